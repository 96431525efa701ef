"""Rule 4: every Reflex event goes through the bridge, and the remote events are the committed ones."""

import dataclasses
import typing
from typing import Any

import reflex as rx
from reflex_base.registry import RegistrationContext
from sqlmodel import SQLModel

from nexus_portal.state import manifest
from nexus_portal.state.manifest import Access
from tests.architecture.source import import_all

import_all()

PLAIN = (str, int, bool, float)


def our_states() -> list[type[rx.State]]:
    """Every state class of ours."""
    return [
        cls
        for cls in RegistrationContext.get().base_states.values()
        if cls.__module__.startswith("nexus_portal")
    ]


def test_registry_equals_the_manifest() -> None:
    """A new remote event shows as a changed line of state/events.txt: `make manifest` writes it."""
    ours = {name: access for name, access in manifest.registered().items() if ".tests___" not in name}
    assert ours == manifest.committed()


def test_every_event_of_ours_goes_through_the_bridge() -> None:
    for name, entry in RegistrationContext.get().event_handlers.items():
        if entry.handler.fn.__module__.startswith("nexus_portal"):
            assert hasattr(entry.handler.fn, manifest.ACCESS), name


def test_reflex_own_events_are_refused_unless_a_page_needs_them() -> None:
    for name, access in manifest.committed().items():
        method = name.rpartition(".")[2]
        if method == "setvar" or (method.startswith("set_") and method not in manifest.NEEDED):
            assert access is Access.REFUSED, name


def test_states_hold_view_rows_with_empty_defaults() -> None:
    """Rule 5, and: var defaults are baked into public JavaScript."""
    for cls in our_states():
        for name, field in cls.get_fields().items():
            if name.startswith("_") or name not in cls.base_vars:
                continue
            assert _is_view(field.outer_type_), f"{cls.__name__}.{name}: {field.outer_type_}"
            assert field.default_value() in ("", 0, False, None, [], {}, -1), (
                f"{cls.__name__}.{name} has a default"
            )


def _is_view(kind: Any) -> bool:
    if isinstance(kind, type) and issubclass(kind, SQLModel):
        return False
    arguments = typing.get_args(kind)
    if arguments:
        return all(_is_view(argument) for argument in arguments if argument not in (type(None), Ellipsis))
    if dataclasses.is_dataclass(kind):
        frozen = kind.__dataclass_params__.frozen  # pyright: ignore[reportAttributeAccessIssue] - it is a dataclass: see the line above
        return frozen and all(_is_view(inner) for inner in typing.get_type_hints(kind).values())
    return kind in PLAIN
