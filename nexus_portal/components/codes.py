"""The second factor in a form: six digits, of which six boxes are shown; a passkey; a recovery code."""

import reflex as rx

from nexus_portal.components.forms import error_line, field, text_input
from nexus_portal.components.i18n import t
from nexus_portal.components.passkeys import passkey_use
from nexus_portal.components.vars import Text, as_text

DIGITS = 6


def code_input(
    control_id: str = "code", *, name: str = "code", error: Text = "", auto_focus: bool = False
) -> rx.Component:
    """One real input, so that pasting, autofill and screen readers work."""
    real = rx.el.input(
        id=control_id,
        name=name,
        type="text",
        input_mode="numeric",
        pattern=f"[0-9]{{{DIGITS}}}",
        max_length=16,  # people paste "123 456"; portal.js keeps the digits
        required=True,
        auto_complete="one-time-code",
        auto_focus=auto_focus,
        aria_describedby=f"{control_id}-error",
        aria_invalid=rx.cond(as_text(error) != "", "true", "false"),
        class_name="code-real",
        custom_attrs={"data-code": "", "spellCheck": "false"},
    )
    boxes = rx.el.div(*(rx.el.span() for _ in range(DIGITS)), class_name="code-boxes", aria_hidden="true")
    return rx.el.div(
        rx.el.label(t("Code from your authenticator"), html_for=control_id, class_name="field-label"),
        rx.el.div(boxes, real, class_name="code"),
        error_line(control_id, error),
        class_name="field",
    )


def proof_input(control_id: str, *, error: Text = "") -> rx.Component:
    """The second factor before an act: a code, or in its place a passkey or a recovery code."""
    recovery = text_input(
        f"{control_id}-recovery",
        name="recovery",
        auto_complete="off",
        spell_check=False,
        max_length=40,
        custom_attrs={"data-instead": control_id},
    )
    return rx.el.div(
        code_input(control_id, error=error),
        passkey_use(known=True),
        rx.el.details(
            rx.el.summary(t("No authenticator at hand?"), class_name="text-button"),
            field(
                t("Recovery code"),
                recovery,
                control_id=f"{control_id}-recovery",
                hint=t("One of the ten you kept when you enrolled. Each is good once."),
            ),
        ),
        class_name="fields",
    )
