"""Moving the elements of a layout on the drawing of its card. `assets/layout.js` moves them."""

import reflex as rx

from nexus_portal.components.i18n import t
from nexus_portal.pages.layout_inputs import kind_text
from nexus_portal.state.bureau_layout import LayoutState as State

HELP = "moving-help"


def handles(side: str) -> rx.Component:
    """A handle over each element of a side; only those are seen whose rows are open."""
    return rx.foreach(State.handles, lambda each: rx.cond(each.side == side, _handle(each)))


def moving_help() -> rx.Component:
    """How it is done, and the hidden box through which the script says where an element came to lie."""
    return rx.el.div(
        rx.el.p(
            t(
                "Open an element or press it on the card. Then drag it, or choose it there with Tab and "
                "move it with the arrow keys: 0.5 mm at a time, 5 mm with Shift."
            ),
            id=HELP,
            class_name="secondary preview-note",
        ),
        rx.el.input(
            type="text",
            default_value="",
            on_change=State.moved,
            hidden=True,
            aria_hidden="true",
            tab_index=-1,
            custom_attrs={"data-moved": ""},
        ),
        rx.el.script(src="/layout.js", async_=True),
    )


def _handle(each: rx.Var) -> rx.Component:
    return rx.el.button(
        type="button",
        style=each.at,
        aria_label=t("Move: {kind} {text}", kind=kind_text(each.kind), text=each.says),
        aria_describedby=HELP,
        class_name="card-handle",
        custom_attrs={"data-element": each.n},
        key=each.n,
    )
