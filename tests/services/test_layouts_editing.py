"""Layouts from draft to offer: what keeps them from it, and what stays with orders that were begun."""

from dataclasses import replace
from uuid import UUID

import pytest
from sqlmodel import select

from nexus_portal.domain.card_design import CardDesign, Element, Kind
from nexus_portal.domain.errors import Conflict, NotYet
from nexus_portal.domain.permissions import Role
from nexus_portal.models.audit import AuditEvent
from nexus_portal.services import layouts, layouts_editing, ordering
from nexus_portal.services.layouts_editing import LayoutSheet
from nexus_portal.services.use_case import perform
from tests.ordering_helpers import Desk, desk, staff
from tests.world import World


@pytest.fixture
def orders(world: World) -> Desk:
    return desk(world)


@pytest.fixture
def designer(world: World):
    return world.person(Role.LAYOUT_DESIGNER, world.bureau())


@pytest.fixture
def draft(orders: Desk, designer) -> LayoutSheet:
    begun = perform(layouts_editing.begin_version, designer, layout_id=orders.layout.id)
    return perform(layouts_editing.sheet, designer, layout_id=UUID(begun))


def save(designer, draft: LayoutSheet, **changed) -> LayoutSheet:
    new = replace(draft, **changed)
    return perform(
        layouts_editing.save,
        designer,
        layout_id=UUID(draft.line.id),
        fields=new.fields,
        design=new.design,
        seen=new.stamp,
    )


def publish(designer, draft: LayoutSheet) -> None:
    seen = perform(layouts_editing.sheet, designer, layout_id=UUID(draft.line.id)).stamp
    perform(layouts_editing.publish, designer, layout_id=UUID(draft.line.id), seen=seen)


def offered(orders: Desk) -> list[tuple[str, int]]:
    return [(each.id, each.version) for each in perform(layouts.layouts_for_ordering, orders.orderer)]


def test_a_new_version_is_a_copy_that_nobody_can_order_in(orders: Desk, draft: LayoutSheet) -> None:
    assert (draft.line.version, draft.line.state, draft.reasons) == (2, "draft", ())
    assert len(draft.fields) == len(orders.layout.fields)
    assert offered(orders) == [(str(orders.layout.id), 1)]


def test_a_version_is_begun_once(orders: Desk, designer, draft: LayoutSheet) -> None:
    assert perform(layouts_editing.begin_version, designer, layout_id=orders.layout.id) == draft.line.id


def test_publishing_takes_the_place_of_the_version_before(orders: Desk, designer, draft: LayoutSheet) -> None:
    publish(designer, draft)
    assert offered(orders) == [(draft.line.id, 2)]
    states = {each.version: each.state for each in perform(layouts_editing.all_layouts, designer)}
    assert states == {1: "withdrawn", 2: "offered"}


def test_what_was_begun_in_the_old_version_is_ordered_in_it(
    orders: Desk, designer, draft: LayoutSheet
) -> None:
    number = orders.draft(staff(1))
    publish(designer, draft)
    assert [layout.version for layout in orders.view(number).layouts] == [1]
    perform(ordering.submit, orders.orderer, number=number, key="once")
    assert orders.line(number).layout_id == orders.layout.id


def test_a_personal_number_without_a_reason_is_not_published(
    orders: Desk, designer, draft: LayoutSheet
) -> None:
    unreasoned = tuple(replace(each, reason="") for each in draft.fields)
    bound = (*draft.design.front, Element(kind=Kind.TEXT, x=1, y=1, width=9, height=5, field="gone"))
    kept = save(designer, draft, fields=unreasoned, design=CardDesign(bound, draft.design.back))
    assert len(kept.reasons) == 2
    with pytest.raises(NotYet) as refusal:
        publish(designer, draft)
    assert refusal.value.reasons == kept.reasons
    assert offered(orders) == [(str(orders.layout.id), 1)]


def test_what_was_published_is_edited_no_more(designer, draft: LayoutSheet) -> None:
    publish(designer, draft)
    for again in (lambda: save(designer, draft), lambda: publish(designer, draft)):
        with pytest.raises(Conflict):
            again()


def test_a_withdrawn_layout_is_offered_no_more(orders: Desk, designer) -> None:
    perform(layouts_editing.withdraw, designer, layout_id=orders.layout.id)
    assert offered(orders) == []
    assert perform(layouts_editing.sheet, designer, layout_id=orders.layout.id).line.state == "withdrawn"
    with pytest.raises(Conflict):
        perform(layouts_editing.withdraw, designer, layout_id=orders.layout.id)


def test_the_log_keeps_who_published(orders: Desk, designer, draft: LayoutSheet) -> None:
    publish(designer, draft)
    with orders.world.database.transaction(designer, writes=False) as session:
        found = [row.action for row in session.exec(select(AuditEvent)) if row.subject == draft.line.id]
    assert sorted(found) == ["layout:published", "layout:version_begun"]
