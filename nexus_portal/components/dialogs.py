"""Dialogs before something that cannot be taken back: they name the object and the consequence."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from nexus_portal.components.actions import action
from nexus_portal.components.blocks import definition_list
from nexus_portal.components.forms import error_line
from nexus_portal.components.i18n import Text, given, t
from nexus_portal.components.icons import glyph

_DIGITS = 6


def code_input(control_id: str = "code", *, name: str = "code", error: Text = "", auto_focus: bool = False) -> rx.Component:
    """Six boxes that are one input, so that pasting, autofill and screen readers work."""
    real = rx.el.input(
        id=control_id,
        name=name,
        type="text",
        input_mode="numeric",
        pattern="[0-9]{6}",
        max_length=_DIGITS,
        required=True,
        auto_complete="one-time-code",
        auto_focus=auto_focus,
        aria_describedby=f"{control_id}-error",
        aria_invalid=rx.cond(rx.Var.create(error).to(str) != "", "true", "false"),
        class_name="code-real",
        custom_attrs={"data-code": "", "spellCheck": "false"},
    )
    boxes = rx.el.div(*(rx.el.span() for _ in range(_DIGITS)), class_name="code-boxes", aria_hidden="true")
    return rx.el.div(
        rx.el.label(t("Code from your authenticator"), html_for=control_id, class_name="field-label"),
        rx.el.div(boxes, real, class_name="code"),
        error_line(control_id, error),
        class_name="field",
    )


def confirm_dialog(
    *extra: rx.Component,
    title: Text,
    consequence: Text,
    open: rx.Var[bool],  # noqa: A002 - Radix's name for it
    on_close: Any,
    form: Callable[..., rx.Component],
    subject: Text = "",
    goes: Text = "",
    stays: Text = "",
    gets: Text = "",
    icon: str = "shield-x",
    danger: bool = True,
    ask_code: bool | rx.Var[bool] = True,
    error: Text = "",
    busy: bool | rx.Var[bool] = False,
) -> rx.Component:
    """Verb and object, the consequence in a sentence, what goes, stays and comes, the code, the button.

    `form` is `partial(event_form, on_submit=State.erase)`, whose handler gets {"code": …} and the values of the
    `extra` controls, or `partial(post_form, action="/…", csrf=…)`.
    """
    content = form(
        rx.el.p(consequence, class_name="dialog-consequence"),
        _effects(goes, stays, gets),
        *extra,
        rx.cond(ask_code, code_input("confirm-code", error=error), error_line("confirm", error)),
        _buttons(title, danger=danger, busy=busy),
    )
    return rx.dialog.root(
        rx.dialog.content(_heading(title, subject, icon, danger=danger), content, class_name="dialog"),
        open=open,
        on_open_change=on_close,
    )


def _heading(title: Text, subject: Text, icon: str, *, danger: bool) -> rx.Component:
    mark = rx.el.span(glyph(icon, size=17), class_name="dialog-mark", custom_attrs={"data-danger": str(danger).lower()})
    return rx.el.div(
        mark,
        rx.el.div(
            rx.dialog.title(title, class_name="dialog-title"),
            rx.dialog.description(subject, class_name="secondary"),
        ),
        class_name="dialog-heading",
    )


def _effects(goes: Text, stays: Text, gets: Text) -> rx.Component:
    named = ((t("Goes"), goes), (t("Stays"), stays), (t("You get"), gets))
    pairs = [pair for pair in named if given(pair[1])]
    return rx.el.div(definition_list(*pairs), class_name="dialog-effects") if pairs else rx.fragment()


def _buttons(title: Text, *, danger: bool, busy: bool | rx.Var[bool]) -> rx.Component:
    return rx.el.div(
        rx.dialog.close(action(t("Cancel"))),
        action(title, type="submit", kind="danger" if danger else "primary", busy=busy),
        class_name="dialog-buttons",
    )
