"""What happened, said on the page in a live region: no toast, nothing that vanishes before it is read."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from nexus_portal.components.i18n import t
from nexus_portal.components.icons import glyph

_LOOKS = {
    "info": ("info", "indigo"),
    "success": ("circle-check", "green"),
    "warning": ("triangle-alert", "amber"),
    "error": ("circle-alert", "red"),
}


def notice_region(notices: rx.Var[list[Any]], on_dismiss: Callable[[rx.Var[str]], Any]) -> rx.Component:
    """Notices with `key`, `kind` (info, success, warning, error) and `text`; errors interrupt, the rest waits."""

    def shown(urgent: bool) -> rx.Component:  # noqa: FBT001 - read by name below
        def one(notice: rx.Var[Any]) -> rx.Component:
            return rx.cond((notice.kind == "error") == urgent, _notice(notice, on_dismiss))

        return rx.foreach(notices, one)

    return rx.el.section(
        rx.el.div(shown(urgent=True), role="alert"),
        rx.el.div(shown(urgent=False), role="status"),
        aria_label=t("Notices"),
        class_name="notices",
    )


def _notice(notice: rx.Var[Any], on_dismiss: Callable[[rx.Var[str]], Any]) -> rx.Component:
    icons = ((kind, glyph(icon, tone=colour)) for kind, (icon, colour) in _LOOKS.items())
    return rx.el.div(
        rx.match(notice.kind, *icons, rx.fragment()),
        rx.el.p(notice.text),
        rx.el.button(
            glyph("x"),
            type="button",
            on_click=on_dismiss(notice.key),
            aria_label=t("Dismiss"),
            title=t("Dismiss"),
            class_name="preference",
        ),
        key=notice.key,
        class_name="notice",
        custom_attrs={"data-kind": notice.kind},
    )
