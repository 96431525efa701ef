"""Drafts of layouts: begun from nothing, thrown away, and never written over by a second designer."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from threading import Barrier, BrokenBarrierError
from uuid import UUID

import pytest
from sqlmodel import select

from nexus_portal.adapters import clock
from nexus_portal.domain.card_design import CardDesign, Element, Kind
from nexus_portal.domain.errors import Conflict, Invalid, NotFound
from nexus_portal.domain.field_definitions import from_json
from nexus_portal.domain.permissions import Role
from nexus_portal.models.audit import AuditEvent
from nexus_portal.models.layouts import Article, ArticleKind
from nexus_portal.services import layout_drafts, layouts, layouts_editing
from nexus_portal.services.layouts_editing import LayoutSheet
from nexus_portal.services.use_case import perform
from tests.bureau_helpers import both_at_once
from tests.ordering_helpers import FIELDS, Desk, desk
from tests.world import World


@pytest.fixture
def orders(world: World) -> Desk:
    return desk(world)


@pytest.fixture
def designer(world: World):
    return world.person(Role.LAYOUT_DESIGNER, world.bureau())


def begun(orders: Desk, designer, **other) -> str:
    parts = {
        "account_id": orders.account.id,
        "article_id": orders.layout.article_id,
        "name": "Visitors",
        "colour": "#c62828",
        "key": orders.key(),
    }
    return perform(layout_drafts.begin, designer, **{**parts, **other})


def looked_at(designer, layout_id: object) -> LayoutSheet:
    return perform(layouts_editing.sheet, designer, layout_id=UUID(str(layout_id)))


def save(designer, sheet: LayoutSheet) -> LayoutSheet:
    return perform(
        layouts_editing.save,
        designer,
        layout_id=UUID(sheet.line.id),
        fields=sheet.fields,
        design=sheet.design,
        seen=sheet.stamp,
    )


def discard(designer, sheet: LayoutSheet) -> None:
    perform(layout_drafts.discard, designer, layout_id=UUID(sheet.line.id), seen=sheet.stamp)


def test_a_layout_begins_without_fields_in_the_plain_design(orders: Desk, designer) -> None:
    sheet = looked_at(designer, begun(orders, designer))
    assert (sheet.line.state, sheet.line.version, sheet.line.name) == ("draft", 1, "Visitors")
    assert sheet.fields == ()
    assert sheet.design.front[0].colour == "#c62828"
    assert sheet.reasons
    assert len(perform(layouts.layouts_for_ordering, orders.orderer)) == 1
    kept = save(designer, replace(sheet, fields=tuple(from_json(each) for each in FIELDS[:1])))
    assert kept.reasons == ()
    perform(layouts_editing.publish, designer, layout_id=UUID(kept.line.id), seen=kept.stamp)
    assert {each.name for each in perform(layouts.layouts_for_ordering, orders.orderer)} >= {"Visitors"}


def test_the_same_form_begins_one_layout(orders: Desk, designer) -> None:
    assert begun(orders, designer, key="once") == begun(orders, designer, key="once")


def test_a_name_is_begun_once_even_by_two_at_once(
    orders: Desk, designer, monkeypatch: pytest.MonkeyPatch
) -> None:
    together, now = Barrier(2), clock.now

    def wait_then_look() -> datetime:
        with suppress(BrokenBarrierError):  # one waits for the other's transaction: it does not come
            together.wait(1)
        return now()

    monkeypatch.setattr(layout_drafts.clock, "now", wait_then_look)
    results = both_at_once(*(lambda: begun(orders, designer) for _ in range(2)))
    assert [isinstance(each, Conflict) for each in results].count(True) == 1
    with pytest.raises(Conflict):
        begun(orders, designer, name=f" {orders.layout.name} ")


@pytest.mark.parametrize(
    "wrong", [{"name": "  "}, {"name": "x" * 121}, {"colour": "red"}, {"colour": "#3E63DD"}]
)
def test_a_layout_needs_a_name_and_a_colour(orders: Desk, designer, wrong) -> None:
    with pytest.raises(Invalid):
        begun(orders, designer, **wrong)


def test_a_layout_is_begun_for_a_customer_on_a_card(orders: Desk, designer, world: World) -> None:
    with world.database.transaction(designer) as session:
        lanyard = Article(number="L-1", name="Lanyard", kind=ArticleKind.ACCESSORY, price=900)
        session.add(lanyard)
    for wrong in ({"account_id": designer.account_id}, {"article_id": lanyard.id}):
        with pytest.raises(NotFound):
            begun(orders, designer, **wrong)
    offered = perform(layout_drafts.beginnings, designer)
    assert [each.name for each in offered.accounts] == [orders.account.name]
    assert "Lanyard" not in {each.name for each in offered.articles}


def test_a_discarded_draft_is_gone_and_the_version_before_it_stays(orders: Desk, designer) -> None:
    draft = looked_at(designer, perform(layouts_editing.begin_version, designer, layout_id=orders.layout.id))
    discard(designer, draft)
    with pytest.raises(NotFound):
        looked_at(designer, draft.line.id)
    assert [each.state for each in perform(layouts_editing.all_layouts, designer)] == ["offered"]
    with orders.world.database.transaction(designer, writes=False) as session:
        found = [row.action for row in session.exec(select(AuditEvent)) if row.subject == draft.line.id]
    assert found == ["layout:version_begun", "layout:discarded"]


def test_what_is_or_was_offered_is_not_discarded(orders: Desk, designer) -> None:
    with pytest.raises(Conflict):
        discard(designer, looked_at(designer, orders.layout.id))
    perform(layouts_editing.withdraw, designer, layout_id=orders.layout.id)
    with pytest.raises(Conflict):
        discard(designer, looked_at(designer, orders.layout.id))


def test_what_somebody_else_saved_meanwhile_is_not_written_over(orders: Desk, designer, world) -> None:
    mine = looked_at(designer, begun(orders, designer))
    other = world.person(Role.LAYOUT_DESIGNER, world.bureau())
    bar = CardDesign((Element(kind=Kind.SHAPE, x=0, y=0, width=9, height=9),))
    theirs = save(other, replace(mine, design=bar))
    for act in (
        lambda: save(designer, mine),
        lambda: discard(designer, mine),
        lambda: perform(layouts_editing.publish, designer, layout_id=UUID(mine.line.id), seen=mine.stamp),
    ):
        with pytest.raises(Conflict):
            act()
    assert looked_at(designer, mine.line.id).design == bar
    assert save(designer, replace(mine, stamp=theirs.stamp)).design == mine.design
