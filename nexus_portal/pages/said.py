"""What the last form post left to say: at its field, or beside the form."""

import reflex as rx
from reflex.vars import StringVar

from nexus_portal.components import blocks
from nexus_portal.components.vars import as_flag, as_text
from nexus_portal.state.shell import ShellState

ARRIVED = ShellState.csrf != ""
"""True once the page knows its session: no form can be sent before that."""


def kept(name: str) -> StringVar:
    """A field that a refused form gives back."""
    return as_text(rx.cond(ShellState.kept.contains(name), ShellState.kept[name], ""))


def at(place: str) -> StringVar:
    """The refusal that belongs to this field, or nothing."""
    return as_text(rx.cond(kept("at") == place, _text(), ""))


def beside(*places: str) -> rx.Component:
    """What belongs to none of these fields, above the form."""
    elsewhere = as_flag(_text() != "")
    for place in places:
        elsewhere = as_flag(elsewhere & (kept("at") != place))
    tone = [blocks.callout(_text(), tone="danger"), blocks.callout(_text(), tone="accent")]
    shown = rx.cond(ShellState.notices[0].kind == "error", *tone)
    return rx.el.div(rx.cond(elsewhere, shown), role="status")


def _text() -> StringVar:
    return as_text(rx.cond(ShellState.notices.length() > 0, ShellState.notices[0].text, ""))
