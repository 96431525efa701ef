"""Views that a person keeps: their own only, named once, not without end."""

from dataclasses import replace
from uuid import UUID

import pytest

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid, NotFound, PortalError
from nexus_portal.domain.permissions import Role
from nexus_portal.services import saved_views
from nexus_portal.services.saved_views import MOST, ViewRow
from nexus_portal.services.use_case import perform
from tests.world import World


@pytest.fixture
def reader(world: World) -> Actor:
    return world.person(Role.AUDITOR, world.account())


def keep(reader: Actor, name: str = "Open", **query: str) -> ViewRow:
    return perform(saved_views.keep, reader, name=name, query=query, columns=["cards"])


def names(reader: Actor) -> list[str]:
    return [view.name for view in perform(saved_views.views, reader)]


def test_a_view_is_kept_replaced_renamed_and_removed(reader: Actor) -> None:
    keep(reader, "  Open   ones ", fulfilment="draft", search="å b")
    kept = keep(reader, "Open ones", fulfilment="shipped")
    [view] = perform(saved_views.views, reader)
    assert (view, view.name, view.query) == (kept, "Open ones", "fulfilment=shipped&columns=cards")
    other = keep(reader, "All")
    perform(saved_views.rename, reader, view_id=UUID(view.id), name="Shipped")
    assert names(reader) == ["All", "Shipped"]
    with pytest.raises(Invalid):
        perform(saved_views.rename, reader, view_id=UUID(view.id), name="All")
    perform(saved_views.remove, reader, view_id=UUID(other.id))
    assert names(reader) == ["Shipped"]


def test_another_person_s_view_is_like_an_absent_one(world: World, reader: Actor) -> None:
    view = keep(reader)
    colleague = replace(reader, user_id=world.person(Role.AUDITOR, world.account()).user_id)
    for other in (colleague, world.person(Role.AUDITOR, world.account("Nordhamn Energi"))):
        assert names(other) == []
        with pytest.raises(NotFound):
            perform(saved_views.rename, other, view_id=UUID(view.id), name="Mine")
        with pytest.raises(NotFound):
            perform(saved_views.remove, other, view_id=UUID(view.id))
    assert names(reader) == ["Open"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "a\0b"])
def test_a_view_needs_a_name(reader: Actor, name: str) -> None:
    with pytest.raises(Invalid):
        keep(reader, name)


def test_nobody_keeps_views_without_end(reader: Actor) -> None:
    for number in range(MOST):
        keep(reader, f"View {number}")
    with pytest.raises(Invalid):
        keep(reader, "One more")
    keep(reader, "View 0", search="again")
    assert len(names(reader)) == MOST


def test_what_no_address_has_is_not_kept(reader: Actor) -> None:
    with pytest.raises(PortalError):
        keep(reader, "Long", search="x" * 201)
