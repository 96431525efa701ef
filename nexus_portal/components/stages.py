"""The steps of something that is done in order, and which of them is next."""

from collections.abc import Sequence

import reflex as rx

from nexus_portal.components.i18n import t
from nexus_portal.components.icons import glyph
from nexus_portal.components.vars import Number, Text, as_number

_LIST = {"display": "grid", "grid_template_columns": "max-content max-content", "gap": "6px 22px"}
_STEP = {"display": "flex", "align_items": "center", "gap": "6px", "font_size": "var(--font-size-1)"}
_MARK = {
    "display": "grid",
    "place_items": "center",
    "width": "18px",
    "height": "18px",
    "border_radius": "50%",
    "font_size": "11px",
    "font_weight": "500",
}


def stages(titles: Sequence[Text], current: Number) -> rx.Component:
    """The steps by name: those before `current` (from 0) are ticked, `current` itself stands out."""
    now = as_number(current)
    steps = (_stage(number, title, now) for number, title in enumerate(titles))
    return rx.el.ol(*steps, aria_label=t("Steps"), style=_LIST)


def _stage(number: int, title: Text, now: rx.vars.NumberVar) -> rx.Component:
    done, here = now > number, now == number
    colour = rx.cond(here | done, "var(--accent-9)", "var(--gray-a4)")
    mark = rx.el.span(
        rx.cond(done, glyph("check", size=11), rx.el.span(str(number + 1))),
        aria_hidden="true",
        style={**_MARK, "background": colour, "color": rx.cond(here | done, "#fff", "var(--gray-11)")},
    )
    weight = {
        "color": rx.cond(here, "var(--gray-12)", "var(--gray-11)"),
        "font_weight": rx.cond(here, "500", "400"),
    }
    return rx.el.li(
        mark,
        rx.el.span(title, style=weight),
        rx.cond(done, rx.el.span(t("done"), class_name="unseen")),
        style=_STEP,
        custom_attrs={"aria-current": rx.cond(here, "step", "false")},
    )
