"""What happened, said on the page in a live region: no toast, nothing that vanishes before it is read."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from nexus_portal.components.i18n import t
from nexus_portal.components.icons import glyph
from nexus_portal.components.vars import Many, as_many, pick_part

_LOOKS = {
    "info": ("info", "indigo"),
    "success": ("circle-check", "green"),
    "warning": ("triangle-alert", "amber"),
    "error": ("circle-alert", "red"),
}


def notice_region(notices: Many, on_dismiss: Callable[[Any], Any]) -> rx.Component:
    """Notices with `key`, `kind` (info, success, warning, error) and `text`; only errors interrupt."""

    def shown(*, urgent: bool) -> rx.Component:
        def one(notice: Any) -> rx.Component:
            is_error = notice.kind == "error"
            return rx.cond(is_error if urgent else ~is_error, _notice(notice, on_dismiss))

        return rx.foreach(as_many(notices), one)

    return rx.el.section(
        rx.el.div(shown(urgent=True), role="alert"),
        rx.el.div(shown(urgent=False), role="status"),
        aria_label=t("Notices"),
        class_name="notices",
    )


def _notice(notice: Any, on_dismiss: Callable[[Any], Any]) -> rx.Component:
    icons = ((kind, glyph(icon, tone=colour)) for kind, (icon, colour) in _LOOKS.items())
    return rx.el.div(
        pick_part(notice.kind, icons),
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
