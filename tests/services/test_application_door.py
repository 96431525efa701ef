"""Applying [R11]: kept for the bureau alone, answered alike whatever is known, closed to scripts."""

from dataclasses import replace
from datetime import timedelta

import pytest

from nexus_portal.adapters import keystore
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Invalid, NotFound, TooMany, Unavailable
from nexus_portal.domain.permissions import Permission, Role
from nexus_portal.models.accounts import Account
from nexus_portal.services import application_door, application_guard, applications, customer_setup, outbox
from nexus_portal.services.use_case import perform
from tests import applying
from tests.identity import audited
from tests.world import Clock, World

VALUES = ("556036", "5560360793", "Vega", "Strandqvist", "havsbris.example", "90 123", "i höst")


@pytest.fixture(autouse=True)
def bureau(world: World) -> Account:
    return world.bureau()


def test_an_application_waits_for_the_bureau(world: World, clock: Clock, bureau: Account) -> None:
    admin = world.person(Role.BUREAU_ADMIN, bureau)
    reference = applying.received(clock)
    found = applying.sheet(admin, reference)
    assert (found.row.state, found.row.organisation) == ("waiting", "Havsbris Förskola AB")
    assert (found.number, found.email, found.decidable) == ("556036-0793", "vega@havsbris.example", True)
    listed = perform(applications.applications, admin)
    assert [row.reference for row in listed.rows] == [reference]


def test_nothing_of_it_lies_in_clear(world: World, clock: Clock, bureau: Account) -> None:
    world.person(Role.BUREAU_ADMIN, bureau)
    applying.received(clock)
    [row] = applying.rows(world)
    mails = applying.mails(world)
    kept = repr(row.model_dump()) + "".join(repr(mail.model_dump()) + outbox.opened(mail) for mail in mails)
    kept += repr([event.model_dump() for event in audited(world, "application:received")])
    assert [value for value in VALUES if value in kept] == []
    assert len(mails) == 2
    assert [mail.recipient for mail in mails if mail.application_id] == [""]
    assert keystore.current().states([row.id]) == {row.id: "active"}


def test_the_same_form_sent_twice_is_one_application(world: World, clock: Clock) -> None:
    token = application_guard.new_token()
    clock.forward(timedelta(minutes=1))
    first, second = (
        application_door.apply(applying.TYPED, [], token=token, address="192.0.2.7", language="en")
        for _ in range(2)
    )
    assert first.reference == second.reference != ""
    assert len(applying.rows(world)) == 1


def test_what_is_known_already_changes_nothing_of_the_answer(
    world: World, clock: Clock, bureau: Account
) -> None:
    admin = world.person(Role.BUREAU_ADMIN, bureau, stepped_up=True)
    first = applying.send(clock)
    second = applying.send(clock, address="198.51.100.7", email="other@havsbris.example")
    seen = applying.sheet(admin, first.reference)
    assert seen.others == 1
    number = perform(
        customer_setup.approve,
        world.person(Role.BUREAU_ADMIN, bureau, stepped_up=True),
        reference=first.reference,
        seen=seen.seen,
    )
    third = applying.send(clock, address="203.0.113.7", email="third@havsbris.example")
    assert [each.refusals or each.refusal for each in (first, second, third)] == [None, None, None]
    assert all(len(each.reference) == 9 for each in (first, second, third))
    assert applying.sheet(admin, third.reference).customers == (number,)


def test_what_is_wrong_is_said_and_nothing_kept(world: World, clock: Clock) -> None:
    refused = applying.send(clock, number="556036-0794", email="vega")
    assert set(refused.refusals) == {"number", "email"}
    assert refused.token
    assert applying.rows(world) == []


def test_without_a_bureau_nobody_can_apply(world: World, clock: Clock, bureau: Account) -> None:
    with world.database.transaction(SYSTEM) as session:
        session.delete(session.get_one(Account, bureau.id))
    with pytest.raises(Unavailable):
        applying.send(clock)


@pytest.mark.parametrize("token", ["", "1.x", "99999999999.abc.00", "å.å.å", "\ud800"])
def test_a_script_without_a_token_gets_nothing_in(world: World, clock: Clock, token: str) -> None:
    refused = application_door.apply(applying.TYPED, [], token=token, address="192.0.2.7", language="en")
    assert not refused.reference
    assert refused.refusal is not None
    assert application_guard.standing(refused.token) is application_guard.Standing.TOO_FAST
    assert applying.rows(world) == []


def test_the_time_a_person_takes_is_between_seconds_and_hours(world: World, clock: Clock) -> None:
    def sent(after: timedelta) -> bool:
        token = application_guard.new_token()
        clock.forward(after)
        done = application_door.apply(
            {**applying.TYPED, "email": f"m{after.seconds}@havsbris.example"},
            [],
            token=token,
            address="192.0.2.7",
            language="en",
        )
        return bool(done.reference)

    tried = [timedelta(seconds=2), timedelta(seconds=3), timedelta(hours=4), timedelta(hours=4, seconds=1)]
    assert [sent(after) for after in tried] == [False, True, True, False]
    assert len(applying.rows(world)) == 2


def test_who_fills_in_what_people_do_not_see_gets_a_receipt_and_no_application(
    world: World, clock: Clock
) -> None:
    done = applying.send(clock, website="https://spam.example")
    assert done.reference
    assert applying.rows(world) == []
    assert applying.mails(world) == []


def test_a_flood_from_one_address_ends(world: World, clock: Clock) -> None:
    done = [applying.send(clock, email=f"m{n}@havsbris.example") for n in range(8)]
    assert [bool(each.reference) for each in done] == [True] * 5 + [False] * 3
    assert len(applying.rows(world)) == 5
    assert "Try again" in str(done[-1].refusal) or "again" in str(done[-1].refusal)


def test_a_flood_from_one_network_ends(world: World, clock: Clock) -> None:
    done = [
        applying.send(clock, address=f"192.0.2.{n}", email=f"m{n}@havsbris.example") for n in range(1, 26)
    ]
    assert sum(bool(each.reference) for each in done) == 20
    assert applying.send(clock, address="198.51.100.1", email="x@havsbris.example").reference


def test_nobodys_letter_box_is_filled(world: World, clock: Clock) -> None:
    done = [applying.send(clock, address=f"198.51.{n}.1") for n in range(5)]
    assert sum(bool(each.reference) for each in done) == 3


def test_forms_that_are_wrong_count_too(world: World, clock: Clock) -> None:
    token = application_guard.new_token()
    refusals = [
        application_door.apply({}, [], token=token, address="192.0.2.9", language="en").refusals
        for _ in range(70)
    ]
    assert sum(bool(each) for each in refusals) == 60


@pytest.mark.parametrize(
    ("address", "network"),
    [("192.0.2.77", "192.0.2.0/24"), ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"), ("elsewhere", "elsewhere")],
)
def test_networks_are_as_large_as_a_customers(address: str, network: str) -> None:
    assert application_guard.network_of(address) == network


def test_the_bureaus_question_is_answered_once(world: World, clock: Clock, bureau: Account) -> None:
    admin = world.person(Role.BUREAU_ADMIN, bureau)
    reference = applying.received(clock)
    perform(
        applications.ask_back,
        admin,
        reference=reference,
        text="Hur många kort?\nOch när?",
        seen=applying.sheet(admin, reference).seen,
    )
    link = applying.secret(world)
    asked = application_door.question(link, address="192.0.2.7")
    assert (asked.reference, asked.text) == (reference, "Hur många kort?\nOch när?")
    with pytest.raises(Invalid, match="Write your answer"):
        application_door.answer(link, "  ", address="192.0.2.7")
    application_door.answer(link, "Femtio, i höst.", address="192.0.2.7")
    found = applying.sheet(admin, reference)
    assert found.row.state == "answered"
    assert [(each.by_bureau, each.text) for each in found.talk] == [
        (True, "Hur många kort?\nOch när?"),
        (False, "Femtio, i höst."),
    ]
    for again in (
        application_door.question,
        lambda token, address: application_door.answer(token, "x", address=address),
    ):
        with pytest.raises(Invalid, match="does not work"):
            again(link, address="192.0.2.7")


def test_an_old_link_and_one_that_a_new_question_replaced_lead_nowhere(
    world: World, clock: Clock, bureau: Account
) -> None:
    admin = world.person(Role.BUREAU_ADMIN, bureau)
    reference = applying.received(clock)
    links: list[str] = []
    for text in ("Hur många?", "När?"):
        perform(
            applications.ask_back,
            admin,
            reference=reference,
            text=text,
            seen=applying.sheet(admin, reference).seen,
        )
        links.append(applying.secret(world))
    with pytest.raises(Invalid):
        application_door.question(links[0], address="192.0.2.7")
    clock.forward(timedelta(days=14) - timedelta(seconds=1))
    assert application_door.question(links[1], address="192.0.2.7").text == "När?"
    clock.forward(timedelta(seconds=1))
    with pytest.raises(Invalid):
        application_door.question(links[1], address="192.0.2.7")


@pytest.mark.parametrize("made_up", ["", "0" * 64, "å", "' OR 1=1 --"])
def test_made_up_links_are_told_alike_and_counted(world: World, made_up: str) -> None:
    for _ in range(30):
        with pytest.raises(Invalid, match="does not work"):
            application_door.question(made_up, address="203.0.113.9")
    with pytest.raises(TooMany):
        application_door.question(made_up, address="203.0.113.9")


def test_a_customer_reaches_no_application(world: World, clock: Clock, bureau: Account) -> None:
    """Not by the permission, and with it not by the tenant line."""
    reference = applying.received(clock)
    admin = world.person(Role.ACCOUNT_ADMIN, world.account())
    stranger = replace(admin, permissions={*admin.permissions, Permission.CUSTOMERS_MANAGE})
    assert perform(applications.applications, stranger).rows == ()
    with pytest.raises(NotFound):
        perform(applications.application, stranger, reference=reference)
