"""A card is ordered again: its person is copied inside the vault, and the old card ends when it should."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import col, select

from nexus_portal.adapters import keystore
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Invalid, NotAllowed, NotFound, NotYet, StepUpNeeded
from nexus_portal.domain.lifecycles import CardStatus, Stage
from nexus_portal.domain.permissions import Permission, Role
from nexus_portal.models.audit import AuditEvent
from nexus_portal.models.cards import Card
from nexus_portal.models.layouts import Layout
from nexus_portal.models.orders import CardItem
from nexus_portal.models.people import Membership
from nexus_portal.models.vault import HolderRecord, Photo
from nexus_portal.services import (
    cards,
    draft_mending,
    drafts,
    order_again,
    ordering,
    shipping,
    vault,
    vault_people,
)
from nexus_portal.services.order_again import Again
from nexus_portal.services.use_case import perform
from tests.bureau_helpers import both_at_once
from tests.ordering_helpers import Desk, desk, staff
from tests.people import ASTRID, BENGT, order_of
from tests.world import Clock, World


@pytest.fixture
def orders(world: World) -> Desk:
    return desk(world)


def issued(orders: Desk, *people: dict[str, str], orderer: Actor | None = None) -> list[str]:
    """Cards in use with these persons, who have photos; their numbers."""
    made = order_of(orders.world, orderer or orders.orderer, *people, photos=True, layout=orders.layout)
    with orders.world.database.transaction(SYSTEM) as session:
        items = [session.get_one(CardItem, item) for item in made.items]
        cards.issue(session, items)
        cards.activate(session, items)
        query = select(Card.number).where(col(Card.item_id).in_(made.items)).order_by(col(Card.number))
        return list(session.exec(query))


def again(orders: Desk, *numbers: str, why: str = "lost", who: Actor | None = None, into: str = "") -> Again:
    return perform(
        order_again.order_again,
        who or orders.orderer,
        numbers=list(numbers),
        why=why,
        into=into,
        key=orders.key(),
    )


def status(orders: Desk, number: str) -> str:
    with orders.world.database.transaction(SYSTEM, writes=False) as session:
        return session.exec(select(Card.status).where(Card.number == number)).one()


def arrive(orders: Desk, number: str) -> None:
    """The cards of an order are delivered."""
    shipper = orders.world.person(Role.SHIPPING, orders.world.bureau())
    with orders.world.database.transaction(SYSTEM) as session:
        items = [session.get_one(CardItem, item.id) for item in orders.items(number)]
        cards.issue(session, items)
        for item in items:
            item.stage = Stage.SHIPPED
            session.add(item)
        session.flush()
        order = orders.order(number)
        order.fulfilment = "shipped"
        session.add(session.merge(order))
    codes = [f"{number}-{item.position}" for item in orders.items(number)]
    perform(shipping.mark, shipper, codes=codes, to=Stage.DELIVERED)


def test_a_lost_card_is_made_again_with_its_person_and_photo(orders: Desk) -> None:
    [card] = issued(orders, ASTRID)
    made = again(orders, card)
    assert (made.cards, made.left_out) == (1, ())
    [row] = orders.view(made.number).rows.rows
    assert (row.ready, row.has_photo, row.problems) == (True, True, ())
    assert row.values["name"] == ASTRID["name"]
    [item] = orders.items(made.number)
    assert (item.replaces_why, item.replaces_id is not None) == ("lost", True)
    with orders.world.database.transaction(SYSTEM, writes=False) as session:
        records = session.exec(select(HolderRecord)).all()
        images = {vault.photo_bytes(session, SYSTEM, record.id, "original") for record in records}
        assert len(images) == 1
        assert len({name for photo in session.exec(select(Photo)) for name in (photo.original_blob,)}) == 2
    assert status(orders, card) == CardStatus.ACTIVE, "it ends when the order is sent"
    perform(ordering.submit, orders.orderer, number=made.number, key="k")
    assert status(orders, card) == CardStatus.TERMINATED


def test_a_renewed_card_works_until_the_new_one_is_delivered(orders: Desk) -> None:
    old = issued(orders, ASTRID, BENGT)
    made = again(orders, *old, why="renewal")
    assert made.cards == 2
    perform(ordering.submit, orders.orderer, number=made.number, key="k")
    assert {status(orders, card) for card in old} == {CardStatus.ACTIVE}
    arrive(orders, made.number)
    assert {status(orders, card) for card in old} == {CardStatus.REPLACED}
    with pytest.raises(NotYet) as refusal:
        again(orders, old[0])
    assert "was replaced" in str(refusal.value.reasons[0])


def test_a_card_is_not_made_twice_until_the_row_is_taken_away(orders: Desk) -> None:
    [card] = issued(orders, ASTRID)
    made = again(orders, card)
    with pytest.raises(NotYet) as refusal:
        again(orders, card)
    assert made.number in str(refusal.value.reasons[0])
    perform(draft_mending.remove_row, orders.orderer, item_id=orders.item(made.number))
    again(orders, card, into=made.number)
    assert orders.view(made.number).total == 1


def test_two_who_order_one_card_again_make_one(orders: Desk) -> None:
    [card] = issued(orders, ASTRID)

    def attempt() -> object:
        try:
            return again(orders, card)
        except NotYet as refusal:
            return refusal

    results = both_at_once(attempt, attempt)
    assert sorted(type(result).__name__ for result in results) == ["Again", "NotYet"]
    assert orders.count(CardItem) == 2


def test_the_same_key_orders_again_once(orders: Desk) -> None:
    [card] = issued(orders, ASTRID)
    made = [
        perform(order_again.order_again, orders.orderer, numbers=[card], why="damaged", key="k")
        for _ in range(2)
    ]
    assert made[0] == made[1]
    assert orders.count(CardItem) == 2


def test_in_bulk_what_cannot_be_copied_is_left_out_and_said(orders: Desk) -> None:
    gone, kept = issued(orders, ASTRID, BENGT)
    [foreign] = issued(orders, {**BENGT, "name": "Cecilia"}, orderer=orders.colleague)
    with orders.world.database.transaction(SYSTEM) as session:
        card = session.exec(select(Card).where(Card.number == gone)).one()
        record = session.exec(select(HolderRecord).where(HolderRecord.item_id == card.item_id)).one()
        keystore.destroy([record.id], UUID(int=1))
    made = again(orders, gone, kept, foreign, why="renewal")
    assert made.cards == 1
    said = [str(each) for each in made.left_out]
    assert [("removed" in each, "colleague" in each) for each in sorted(said, key=len)] == [
        (True, False),
        (False, True),
    ]


def finder(orders: Desk) -> Actor:
    """Somebody who orders and may search for persons, by a role that the account made."""
    more = orders.colleague.permissions | {Permission.PERSONS_SEARCH}
    return replace(orders.colleague, permissions=more)


def test_who_may_search_for_persons_orders_a_colleagues_card_again_and_that_is_logged(orders: Desk) -> None:
    [card] = issued(orders, ASTRID)
    assert perform(order_again.again_row, finder(orders), number=card).hindrance is None
    made = again(orders, card, who=finder(orders))
    with orders.world.database.transaction(SYSTEM, writes=False) as session:
        facts = [
            each.facts
            for each in session.exec(select(AuditEvent).where(AuditEvent.action == "person:revealed"))
            if each.actor_id == orders.colleague.user_id
        ]
    assert [(each["purpose"], each["persons"]) for each in facts] == [("ordering again", 1)]
    orders.orderer, orders.colleague = orders.colleague, orders.orderer
    assert orders.view(made.number).rows.rows[0].values["name"] == ASTRID["name"]


def test_colleagues_persons_are_not_collected_by_ordering_again(
    orders: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault_people, "MANY", 1)
    one, two = issued(orders, ASTRID, BENGT)
    again(orders, one, who=finder(orders))
    with pytest.raises(StepUpNeeded):
        again(orders, two, who=finder(orders))
    again(orders, two)


def test_the_page_says_who_can_order_a_colleagues_card_again(orders: Desk) -> None:
    [card] = issued(orders, ASTRID)
    said = str(perform(order_again.again_row, orders.colleague, number=card).hindrance)
    assert said.startswith(f"{orders.orderer.name}, a colleague, ordered this card and can order it again.")
    with orders.world.database.transaction(SYSTEM) as session:
        query = select(Membership).where(Membership.user_id == orders.orderer.user_id)
        session.exec(query).one().active = False
    said = str(perform(order_again.again_row, orders.colleague, number=card).hindrance)
    assert "has left" in said
    assert "account admin" in said


def test_a_colleagues_card_is_theirs_and_persons_have_to_be_seen(orders: Desk) -> None:
    [card] = issued(orders, ASTRID, orderer=orders.colleague)
    with pytest.raises(NotAllowed, match="colleague"):
        again(orders, card)
    [mine] = issued(orders, BENGT)
    blind = replace(orders.orderer, permissions=orders.orderer.permissions - {Permission.PERSONS_READ})
    with pytest.raises(NotAllowed):
        again(orders, mine, who=blind)
    stranger = desk(orders.world).orderer
    with pytest.raises(NotFound):
        again(orders, mine, who=stranger)
    with pytest.raises(NotFound):
        perform(order_again.again_row, stranger, number=mine)
    number = orders.draft(staff(1))
    with pytest.raises(NotAllowed):
        perform(order_again.order_again, orders.colleague, numbers=[card], why="lost", into=number, key="key")


@pytest.mark.parametrize(("count", "why"), [(0, "lost"), (501, "lost"), (1, "bored")])
def test_what_makes_no_sense_is_refused(orders: Desk, count: int, why: str) -> None:
    with pytest.raises(Invalid):
        again(orders, *(f"C-{index}" for index in range(count)), why=why)


def test_a_new_version_of_the_layout_asks_for_what_is_missing(orders: Desk) -> None:
    [card] = issued(orders, ASTRID)
    with orders.world.database.transaction(SYSTEM) as session:
        fields = [*orders.layout.fields, {**orders.layout.fields[0], "key": "title", "label_en": "Title"}]
        newer = Layout(
            account_id=orders.account.id,
            article_id=orders.layout.article_id,
            name=orders.layout.name,
            version=2,
            fields=fields,
            created_at=orders.layout.created_at,
        )
        session.add(newer)
    [row] = orders.view(again(orders, card).number).rows.rows
    assert ([each.field for each in row.problems], row.layout.version) == (["title"], 2)


def test_cards_that_expire_soon_are_found(orders: Desk, clock: Clock) -> None:
    cards_ = issued(orders, ASTRID, BENGT)
    assert perform(order_again.expiring, orders.orderer, days=90) == ()
    clock.forward(timedelta(days=5 * 365 - 60))
    rows = perform(order_again.expiring, orders.orderer, days=90)
    assert [(row.number, row.hindrance) for row in rows] == [(card, None) for card in cards_]
    again(orders, cards_[0], why="renewal")
    rows = perform(order_again.expiring, orders.orderer, days=90)
    assert "on order again" in str(rows[0].hindrance)
    for days in (0, 9999):
        with pytest.raises(Invalid):
            perform(order_again.expiring, orders.orderer, days=days)


def test_the_log_names_the_order_and_no_person(orders: Desk) -> None:
    [card] = issued(orders, ASTRID)
    made = again(orders, card)
    perform(drafts.describe, orders.orderer, number=made.number, reference="Autumn")
    with orders.world.database.transaction(SYSTEM, writes=False) as session:
        told = [(event.action, event.subject, str(event.facts)) for event in session.exec(select(AuditEvent))]
    assert ("draft:ordered_again", made.number) in [(action, subject) for action, subject, _ in told]
    assert ASTRID["name"] not in str(told)


def test_a_draft_thrown_away_frees_the_card(orders: Desk) -> None:
    [card] = issued(orders, ASTRID)
    made = again(orders, card, why="renewal")
    perform(drafts.discard_draft, orders.orderer, number=made.number)
    assert again(orders, card, why="renewal").cards == 1
