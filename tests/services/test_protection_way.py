"""A protected person walks through everything; nobody who is not named meets their name, number or photo."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import select

from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import NotAllowed, PortalError
from nexus_portal.domain.lifecycles import Stage
from nexus_portal.domain.permissions import Permission, Role
from nexus_portal.domain.protection import Protection, alias
from nexus_portal.models.cards import Card
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.outbox import OutboxMail
from nexus_portal.models.privacy import Access
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import (
    access_log,
    billing,
    cards,
    corrections,
    desk,
    draft_mending,
    history,
    history_names,
    import_results,
    order_again,
    order_details,
    order_items,
    ordering,
    people,
    persons_export,
    photo_edits,
    photo_review,
    print_file,
    production,
    protecting,
    protection,
    shipping,
    tracking,
    vault_people,
)
from nexus_portal.services.history_wanted import ANY
from nexus_portal.services.use_case import perform
from tests import ordering_helpers
from tests.ordering_helpers import Desk, values_of
from tests.pdf_texts import texts
from tests.samples import Person, jpeg_bytes
from tests.samples import people as made_up
from tests.world import World

CANARY = replace(made_up(1)[0], name="Canarina Åkerfågel")
OTHER = made_up(2)[1]
NEEDLES = ("Canarina", "Åkerfågel", CANARY.personal_number, CANARY.personal_number.replace("-", ""))
STAFF = (Role.ORDER_DESK, Role.PRODUCTION_OPERATOR, Role.SHIPPING, Role.BILLING)


def named(actor: Actor) -> Actor:
    """The same person, named to see protected persons."""
    return replace(actor, permissions=actor.permissions | {Permission.PERSONS_PROTECTED})


@pytest.fixture
def ours(world: World) -> Desk:
    """Somebody who orders."""
    return ordering_helpers.desk(world)


@pytest.fixture
def officer(ours: Desk) -> Actor:
    return ours.world.person(Role.PRIVACY_OFFICER, ours.account, stepped_up=True)


@pytest.fixture
def bureau(world: World) -> dict[Role, Actor]:
    """Somebody in every role of the bureau that meets an order."""
    account = world.bureau()
    return {role: world.person(role, account, stepped_up=True) for role in STAFF}


def sent(ours: Desk, officer: Actor, person: Person = CANARY) -> str:
    """An order of the protected person and of somebody else, on its way."""
    number = ours.draft([person, OTHER])
    perform(ordering.submit, ours.orderer, number=number, key=ours.key())
    perform(protection.mark_card, officer, code=f"{number}-1")
    return number


def protections(ours: Desk, number: str) -> list[int]:
    ids = [item.id for item in ours.items(number)]
    with ours.world.database.transaction(SYSTEM, writes=False) as session:
        rows = {row.item_id: row.protection for row in session.exec(select(HolderRecord)).all()}
    return [rows[each] for each in ids]


def batch_of(ours: Desk, operator: Actor) -> str:
    number = perform(production.make_batch, operator, layout_id=ours.layout.id, limit=10, key=ours.key())
    for stage in (Stage.ENCODING, Stage.PRINTING):
        perform(production.advance, operator, number=number, to=stage)
    return number


def everything_seen(ours: Desk, officer: Actor, bureau: dict[Role, Actor], number: str) -> Iterator[Any]:
    """What everybody who is not named can be shown of an order, page by page and file by file."""
    items = [item.id for item in ours.items(number)]
    orderer, desk_staff = ours.orderer, bureau[Role.ORDER_DESK]
    yield perform(vault_people.reveal, orderer, item_ids=items, purpose="order page")
    yield perform(vault_people.reveal_found, officer, item_ids=items, purpose="lost card")
    yield perform(vault_people.reveal, desk_staff, item_ids=items, purpose="order page")
    yield perform(vault_people.reveal, bureau[Role.PRODUCTION_OPERATOR], item_ids=items, purpose="order page")
    yield perform(order_details.details, orderer, number=number)
    yield perform(order_items.items, orderer, number=number)
    yield perform(photo_review.photos, desk_staff, number=number)
    yield perform(history.orders, orderer, wanted=ANY)
    for text in ("canarina", "åkerfågel", CANARY.personal_number):
        yield perform(people.search, officer, text=text).rows
        yield perform(history_names.named, officer, text=text)
    yield perform(people.still, officer, item_ids=items)
    taken = perform(persons_export.begin, officer, purpose="lost card", form="csv")
    for part in taken.parts():
        yield perform(persons_export.part, officer, taken=taken, item_ids=part)
    yield perform(access_log.accesses, officer, wanted=access_log.Wanted())
    yield perform(protection.overview, officer)


def test_nobody_who_is_not_named_meets_them_on_the_whole_way(
    ours: Desk, officer: Actor, bureau: dict[Role, Actor]
) -> None:
    number = sent(ours, officer)
    perform(desk.accept, bureau[Role.ORDER_DESK], number=number)
    said = [repr(each) for each in everything_seen(ours, officer, bureau, number)]
    operator = bureau[Role.PRODUCTION_OPERATOR]
    batch = batch_of(ours, operator)
    with pytest.raises(NotAllowed) as refused:
        perform(print_file.plan, operator, number=batch, printer="Standard")
    said.append(str(refused.value))
    items = [item.id for item in ours.items(number)]
    said += texts(perform(print_file.part, operator, number=batch, item_ids=items, bleed=1.0).pdf)
    for stage in (Stage.QC, Stage.PRODUCED):
        perform(production.advance, operator, number=batch, to=stage)
    shipper = bureau[Role.SHIPPING]
    parcel = perform(shipping.pack, shipper, number=number, carrier="P", tracking="T", key=ours.key())
    perform(shipping.ship, shipper, number=parcel)
    perform(shipping.deliver, shipper, number=parcel)
    perform(billing.invoice, bureau[Role.BILLING], number=number, key=ours.key())
    said += [repr(each) for each in everything_seen(ours, officer, bureau, number)]
    said += [repr(perform(tracking.moving, ours.orderer)), repr(perform(cards.register, ours.orderer))]
    for text in said:
        assert not [needle for needle in NEEDLES if needle in text]
    assert OTHER.name in "".join(said)
    assert alias(items[0]) in "".join(said)
    with ours.world.database.transaction(SYSTEM, writes=False) as session:
        assert not [row for row in session.exec(select(Access)).all() if row.item_id == items[0]]
        assert not [mail for mail in session.exec(select(OutboxMail)).all() if CANARY.name in mail.subject]


def test_the_same_walk_meets_them_where_they_are_not_protected(
    ours: Desk, officer: Actor, bureau: dict[Role, Actor]
) -> None:
    """So the walk above looks where persons are."""
    number = ours.draft([CANARY, OTHER])
    perform(ordering.submit, ours.orderer, number=number, key=ours.key())
    said = [repr(each) for each in everything_seen(ours, officer, bureau, number)]
    assert sum(CANARY.name in text for text in said) >= 5


def test_somebody_named_at_the_bureau_makes_the_print_file_and_each_person_is_logged(
    ours: Desk, officer: Actor, bureau: dict[Role, Actor]
) -> None:
    number = sent(ours, officer)
    perform(desk.accept, bureau[Role.ORDER_DESK], number=number)
    operator = named(bureau[Role.PRODUCTION_OPERATOR])
    batch = batch_of(ours, operator)
    [items] = perform(print_file.plan, operator, number=batch, printer="Standard").parts
    printed = perform(print_file.part, operator, number=batch, item_ids=items, bleed=1.0)
    assert CANARY.name in "".join(texts(printed.pdf))
    with ours.world.database.transaction(SYSTEM, writes=False) as session:
        rows = session.exec(select(Access).where(Access.act == "printed")).all()
    assert {row.item_id for row in rows} == set(items)


def test_who_enters_a_person_sees_them_until_the_order_is_sent(ours: Desk, officer: Actor) -> None:
    sent(ours, officer)
    number = ours.draft([CANARY])
    assert ours.view(number).rows.rows[0].values["name"] == CANARY.name
    assert ours.view(number).rows.rows[0].problems == ()
    perform(ordering.submit, ours.orderer, number=number, key=ours.key())
    [item] = ours.items(number)
    [row] = perform(vault_people.reveal, ours.orderer, item_ids=[item.id], purpose="order page")
    assert row.name == f"Protected person {alias(item.id)}"
    assert protections(ours, number) == [Protection.IN_FORCE]


def test_another_accounts_protected_person_is_not_compared_with(
    world: World, officer: Actor, ours: Desk
) -> None:
    sent(ours, officer)
    theirs = ordering_helpers.desk(world, name="Nordhamn Energi")
    number = theirs.draft([CANARY])
    perform(ordering.submit, theirs.orderer, number=number, key=theirs.key())
    assert protections(theirs, number) == [Protection.NONE]


def test_a_rejected_order_gives_the_person_back_to_nobody(
    ours: Desk, officer: Actor, bureau: dict[Role, Actor]
) -> None:
    number = sent(ours, officer)
    perform(desk.reject, bureau[Role.ORDER_DESK], number=number, reason="The photo is too dark.")
    hidden, other = ours.view(number).rows.rows
    assert not [needle for needle in NEEDLES if needle in repr(hidden)]
    assert other.values["name"] == OTHER.name
    item = ours.items(number)[0].id
    refused: list[tuple[Any, dict[str, Any]]] = [
        (draft_mending.mend_row, {"item_id": item, "values": values_of(OTHER)}),
        (photo_edits.original, {"item_id": item}),
    ]
    for act, asked in refused:
        with pytest.raises(PortalError):
            perform(act, ours.orderer, **asked)
    table = perform(
        import_results.rows_to_mend,
        ours.orderer,
        number=number,
        kind="csv",
        language="en",
        everything=True,
    )
    assert OTHER.name in table.decode("utf-8-sig")
    assert not [needle for needle in NEEDLES if needle in table.decode("utf-8-sig")]
    perform(draft_mending.remove_row, ours.orderer, item_id=item)
    perform(ordering.submit, ours.orderer, number=number, key=ours.key())


def test_correcting_is_for_those_who_are_named(ours: Desk, officer: Actor) -> None:
    number = sent(ours, officer)
    item = ours.items(number)[0].id
    right = {**values_of(CANARY), "name": "Canarina Fågel"}
    with pytest.raises(NotAllowed):
        perform(corrections.correction, ours.orderer, item_id=item)
    with pytest.raises(NotAllowed):
        perform(corrections.correct_holder, ours.orderer, item_id=item, values=right)
    assert perform(corrections.correct_holder, named(ours.orderer), item_id=item, values=right) == ()
    assert ours.persons(number)[0]["name"] == "Canarina Fågel"
    assert protections(ours, number) == [Protection.IN_FORCE, Protection.NONE]


def test_a_card_ordered_again_stays_protected_in_the_draft(
    ours: Desk, officer: Actor, bureau: dict[Role, Actor]
) -> None:
    number = sent(ours, officer)
    perform(desk.accept, bureau[Role.ORDER_DESK], number=number)
    batch = batch_of(ours, bureau[Role.PRODUCTION_OPERATOR])
    for stage in (Stage.QC, Stage.PRODUCED):
        perform(production.advance, bureau[Role.PRODUCTION_OPERATOR], number=batch, to=stage)
    item = ours.items(number)[0].id
    with ours.world.database.transaction(SYSTEM, writes=False) as session:
        card = session.exec(select(Card).where(Card.item_id == item)).one().number
    again = perform(
        order_again.order_again, ours.orderer, numbers=[card], why="damaged", into="", key=ours.key()
    )
    [row] = ours.view(again.number).rows.rows
    assert row.ready
    assert not [needle for needle in NEEDLES if needle in repr(row)]
    assert protections(ours, again.number) == [Protection.IN_FORCE]
    perform(ordering.submit, ours.orderer, number=again.number, key=ours.key())
    assert ours.persons(again.number)[0]["name"] == CANARY.name


def test_marked_in_a_draft_protection_begins_when_the_order_is_sent(ours: Desk) -> None:
    number = ours.draft([CANARY, OTHER])
    with ours.world.database.transaction(ours.orderer) as session:
        [record] = session.exec(
            select(HolderRecord).where(HolderRecord.item_id == ours.items(number)[0].id)
        ).all()
        record.protection = Protection.ASKED
        session.add(record)
    assert ours.view(number).rows.rows[0].values["name"] == CANARY.name
    perform(ordering.submit, ours.orderer, number=number, key=ours.key())
    assert protections(ours, number) == [Protection.IN_FORCE, Protection.NONE]


def test_protecting_nobody_changes_nothing(ours: Desk, officer: Actor) -> None:
    number = ours.draft([OTHER], photo=ordering_helpers.photos.process(jpeg_bytes(320, 440)))
    with ours.world.database.transaction(officer) as session:
        order = session.exec(select(Order)).one()
        protecting.order_sent(session, officer, order)
        assert session.exec(select(CardItem)).one().order_id == order.id
    assert protections(ours, number) == [Protection.NONE]
