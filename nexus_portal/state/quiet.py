"""Changing a state only where it changes: whatever is set is sent to the tab and drawn anew, equal or not."""

from typing import Any

import reflex as rx


def put(state: rx.State, **values: Any) -> None:
    """Set those of the vars that are something else."""
    for name, value in values.items():
        if getattr(state, name) != value:
            setattr(state, name, value)


def empty(state: rx.State) -> None:
    """Forget all that a state holds; one that holds nothing stays as it is."""
    fields = type(state).get_fields()
    if any(getattr(state, name) != fields[name].default_value() for name in type(state).__annotations__):
        state.reset()
