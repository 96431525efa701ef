"""The six digits of an authenticator: six boxes to look at, one input underneath."""

import reflex as rx

from nexus_portal.components.forms import error_line
from nexus_portal.components.i18n import t
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
