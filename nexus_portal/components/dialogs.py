"""Dialogs before something that cannot be taken back: they name the object and the consequence."""

from collections.abc import Callable
from typing import Any, TypedDict, Unpack

import reflex as rx

from nexus_portal.components.actions import action
from nexus_portal.components.blocks import definition_list
from nexus_portal.components.codes import proof_input
from nexus_portal.components.forms import error_line
from nexus_portal.components.i18n import t
from nexus_portal.components.icons import glyph
from nexus_portal.components.vars import Flag, Text, as_flag, given


class Confirmation(TypedDict, total=False):
    """What a dialog may say beside its title and its consequence."""

    subject: Text
    """The object by name: "Order 2026-00417 · 1 card"."""
    goes: Text
    stays: Text
    gets: Text
    icon: str
    danger: bool
    ask_code: Flag
    """Whether a second factor is asked for; it is, unless this says otherwise."""
    error: Text
    """What is wrong with the code, or why it was refused."""
    busy: Flag


def confirm_dialog(
    *extra: rx.Component,
    title: Text,
    consequence: Text,
    open: Flag,  # noqa: A002 - Radix's name for it
    on_close: Any,
    form: Callable[..., rx.Component],
    **more: Unpack[Confirmation],
) -> rx.Component:
    """Verb and object, the consequence in a sentence, what goes, stays and comes, the code, the button.

    `form` is `partial(post_form, action="/…", csrf=…)`, read by `web.step_up`; without a second factor also
    `partial(event_form, on_submit=State.erase)`, whose handler gets the values of the `extra` controls.
    """
    error, danger = more.get("error", ""), more.get("danger", True)
    code, no_code = proof_input("confirm-code", error=error), error_line("confirm", error)
    content = form(
        rx.el.p(consequence, class_name="dialog-consequence"),
        _effects(more.get("goes", ""), more.get("stays", ""), more.get("gets", "")),
        *extra,
        rx.cond(as_flag(more.get("ask_code", True)), code, no_code),
        _buttons(title, danger=danger, busy=more.get("busy", False)),
    )
    heading = _heading(title, more.get("subject", ""), more.get("icon", "shield-x"), danger=danger)
    return rx.dialog.root(
        rx.dialog.content(heading, content, class_name="dialog"), open=as_flag(open), on_open_change=on_close
    )


def _heading(title: Text, subject: Text, icon: str, *, danger: bool) -> rx.Component:
    tone = {"data-danger": "true" if danger else "false"}
    return rx.el.div(
        rx.el.span(glyph(icon, size=17), class_name="dialog-mark", custom_attrs=tone),
        rx.el.div(
            rx.dialog.title(title, as_="h2", class_name="dialog-title"),
            rx.dialog.description(subject, class_name="secondary"),
        ),
        class_name="dialog-heading",
    )


def _effects(goes: Text, stays: Text, gets: Text) -> rx.Component:
    named = ((t("Goes"), goes), (t("Stays"), stays), (t("You get"), gets))
    pairs = [pair for pair in named if given(pair[1])]
    return rx.el.div(definition_list(*pairs), class_name="dialog-effects") if pairs else rx.fragment()


def _buttons(title: Text, *, danger: bool, busy: Flag) -> rx.Component:
    return rx.el.div(
        rx.dialog.close(action(t("Cancel"))),
        action(title, type="submit", kind="danger" if danger else "primary", busy=busy),
        class_name="dialog-buttons",
    )
