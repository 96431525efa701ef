"""Changing a state only where it changes: whatever is set is sent to the tab and drawn anew, equal or not."""

from typing import Any, TypeVar

import reflex as rx
from reflex.istate.proxy import MutableProxy

Held = TypeVar("Held")


def put(state: rx.State, **values: Any) -> None:
    """Set those of the vars that are something else."""
    for name, value in values.items():
        if plain(getattr(state, name)) != value:
            setattr(state, name, value)


def plain(held: Held) -> Held:
    """What a var holds, to be read only: Reflex does not notice a change of it.

    Otherwise each row that is looked at is wrapped to notice one, and fifty take longer than their query.
    """
    bare: Any = held.__wrapped__ if isinstance(held, MutableProxy) else held
    return bare


def empty(state: rx.State) -> None:
    """Forget all that a state holds; one that holds nothing stays as it is."""
    fields = type(state).get_fields()
    if any(getattr(state, name) != fields[name].default_value() for name in type(state).__annotations__):
        state.reset()
