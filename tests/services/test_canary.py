"""Rule 6: personal data lives in the vault only. A person goes the whole way; then everything is searched."""

import logging
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.holder_contact import CONTACT
from nexus_portal.domain.permissions import Role
from nexus_portal.services import (
    access_log,
    billing,
    billing_lists,
    cards,
    certificates,
    delivery,
    desk,
    draft_mending,
    drafts,
    erasure,
    history,
    holder_asking,
    holder_door,
    holder_review,
    order_details,
    ordering,
    overview,
    persons_export,
    retention_sweep,
    vault_people,
)
from nexus_portal.services.holder_door import Answer
from nexus_portal.services.use_case import perform
from tests import ordering_helpers
from tests.canaries import canary, everything_stored, make, secrets_of, ship, traces
from tests.ordering_helpers import Desk
from tests.samples import Person
from tests.world import Clock, World


@pytest.fixture
def ours(world: World) -> Desk:
    """Somebody who orders."""
    return ordering_helpers.desk(world)


def go_the_whole_way(ours: Desk, person: Person) -> str:
    """Draft, mend, order, make, ship, deliver, block, invoice, look at, export; the order's number."""
    number = ours.draft([ordering_helpers.with_bad_number(person)])
    item = ours.item(number)
    perform(draft_mending.mend_row, ours.orderer, item_id=item, values=ordering_helpers.values_of(person))
    perform(ordering.submit, ours.orderer, number=number, key=ours.key())
    bureau = ours.world.bureau()
    at = {role: ours.world.person(role, bureau) for role in Role if role in STAFF}
    perform(desk.accept, at[Role.ORDER_DESK], number=number)
    make(ours, at[Role.PRODUCTION_OPERATOR])
    ship(ours, at[Role.SHIPPING], number)
    perform(vault_people.reveal, ours.orderer, item_ids=[item], purpose="order page")
    perform(
        cards.block, ours.orderer, number=perform(cards.register, ours.orderer).rows[0].number, reason="lost"
    )
    perform(billing.invoice, at[Role.BILLING], number=number, key=ours.key())
    take_away(ours, person, number)
    return number


STAFF = {Role.ORDER_DESK, Role.PRODUCTION_OPERATOR, Role.SHIPPING, Role.BILLING}


def take_away(ours: Desk, person: Person, number: str) -> None:
    """Export the person, as the privacy officer does."""
    officer = ours.world.person(Role.PRIVACY_OFFICER, ours.account, stepped_up=True)
    asked = {"purpose": "lost card", "form": "csv", "number": number}
    taken = perform(persons_export.begin, officer, **asked)
    [item_ids] = taken.parts()
    [row] = perform(persons_export.part, officer, taken=taken, item_ids=item_ids)
    assert person.name in row


def test_a_person_is_in_the_vault_and_nowhere_else(
    ours: Desk, installation: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    person = canary()
    number = go_the_whole_way(ours, person)
    assert ours.persons(number)[0]["name"] == person.name
    assert traces(person, everything_stored(ours.world, installation)) == []
    assert traces(person, caplog.text.encode()) == []
    assert traces(person, repr(perform(order_details.details, ours.orderer, number=number)).encode()) == []


def test_a_person_who_came_by_a_link_is_in_the_vault_and_nowhere_else(
    ours: Desk, installation: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Asked by mail, reminded, answered, returned, answered again, taken; the mails lie in files."""
    caplog.set_level(logging.DEBUG)
    person, address = canary(), "kanariefagel@hemma.example"
    asked = {"key": "k", "layout_id": ours.layout.id, "people": f"{person.name} <{address}>"}
    number = perform(holder_asking.ask, ours.orderer, **asked).number
    item = ours.item(number)
    assert ours.persons(number)[0][CONTACT.key] == address
    answer_by_link(ours, item, person)
    perform(holder_review.send_back, ours.orderer, item_id=item, reason="The photo is too dark.")
    perform(holder_review.asked, ours.orderer, number=number)
    answer_by_link(ours, item, person)
    for needle in (address, address.partition("@")[0]):
        assert needle.encode() not in everything_stored(ours.world, installation)
    perform(holder_review.approve, ours.orderer, item_id=item)
    perform(ordering.submit, ours.orderer, number=number, key=ours.key())

    assert ours.persons(number)[0]["name"] == person.name
    assert CONTACT.key not in ours.persons(number)[0]
    stored = everything_stored(ours.world, installation)
    assert traces(person, stored) == []
    assert traces(person, caplog.text.encode()) == []
    assert "kanariefagel" not in caplog.text


def answer_by_link(ours: Desk, item: UUID, person: Person) -> None:
    """The mail leaves, and its reader answers."""
    assert delivery.deliver() == 1
    secret = perform(holder_asking.copy_link, ours.orderer, item_id=item).link.partition("#")[2]
    wrong = Answer(values={**ordering_helpers.values_of(person), "personal_number": "1"})
    assert holder_door.send(secret, wrong, address="192.0.2.1")
    right = Answer(values=ordering_helpers.values_of(person), photo=ordering_helpers.PHOTO)
    assert not holder_door.send(secret, right, address="192.0.2.1")


def test_the_search_would_find_a_person_that_had_leaked(ours: Desk, installation: Path) -> None:
    """Break it on purpose: a name in a reference is found."""
    person = canary()
    number = ours.draft([person])
    perform(
        drafts.describe,
        ours.orderer,
        number=number,
        reference=person.name,
        cost_centre="",
        delivery_address="",
    )
    assert traces(person, everything_stored(ours.world, installation)) != []


@pytest.mark.parametrize("by", ["request", "retention"])
def test_after_erasing_every_total_is_what_it_was(ours: Desk, clock: Clock, by: str) -> None:
    number = go_the_whole_way(ours, canary())
    clock.forward(timedelta(days=40))
    officer = ours.world.person(Role.PRIVACY_OFFICER, ours.account, stepped_up=True)
    bureau = ours.world.bureau()
    staff = [ours.world.person(role, bureau) for role in STAFF]
    before = totals(ours, staff, number)
    if by == "request":
        perform(erasure.erase_personal_data, officer, order_id=ours.order(number).id)
    else:
        retention_sweep.sweep()
    assert totals(ours, staff, number) == before
    assert perform(order_details.details, ours.orderer, number=number).personal_data == "erased"


def totals(ours: Desk, staff: list[Actor], number: str) -> list[object]:
    """What the order comes to, what the bureau bills, and what waits for whom there."""
    told = perform(order_details.details, ours.orderer, number=number)
    [biller] = [actor for actor in staff if actor.role == Role.BILLING]
    return [
        (told.documents, told.total, told.cards, told.lines),
        perform(billing_lists.invoices, biller).rows,
        perform(billing_lists.to_invoice, biller).rows,
        perform(history.count_all, ours.orderer),
        [(row.number, row.status, row.valid_until) for row in perform(cards.register, ours.orderer).rows],
        *(perform(overview.overview, actor).waiting for actor in staff),
    ]


def test_after_erasing_nothing_of_a_person_is_anywhere(
    ours: Desk, installation: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even what nobody could read: ciphertexts, tokens and wrapped keys, in tables, files and logs."""
    caplog.set_level(logging.DEBUG)
    person = canary()
    number = go_the_whole_way(ours, person)
    officer = ours.world.person(Role.PRIVACY_OFFICER, ours.account, stepped_up=True)
    order_id = ours.order(number).id
    secrets = secrets_of(ours.world.database, order_id)
    assert len(secrets) > 8
    done = perform(erasure.erase_personal_data, officer, order_id=order_id)
    assert done.id
    stored = everything_stored(ours.world, installation) + caplog.text.encode()
    told = [
        perform(order_details.details, ours.orderer, number=number),
        perform(history.orders, ours.orderer),
        perform(cards.register, ours.orderer),
        perform(certificates.certificate, officer, erasure_id=done.id),
        perform(access_log.accesses, officer, wanted=access_log.Wanted()),
    ]
    assert traces(person, stored + repr(told).encode()) == []
    assert [secret for secret in secrets if secret in stored] == []
