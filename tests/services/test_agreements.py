"""The agreement is accepted once for all, kept as it was, and asked for before anything is ordered [R13]."""

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from uuid import UUID

import pytest
from pypdf import PdfReader
from sqlalchemy import delete, update
from sqlmodel import select

from nexus_portal.adapters import text_files
from nexus_portal.adapters.catalogue import Language
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.agreements import NOTICE, Standing
from nexus_portal.domain.errors import Conflict, NotAllowed, NotFound, NotYet, StepUpNeeded
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.agreements import AgreementAcceptance, AgreementOffer
from nexus_portal.models.audit import AuditEvent
from nexus_portal.models.outbox import OutboxMail
from nexus_portal.models.people import User
from nexus_portal.services import (
    agreement_offers,
    agreement_pages,
    agreements,
    approval,
    ordering,
    outbox,
    sub_processors,
)
from nexus_portal.services.use_case import perform
from tests import ordering_helpers
from tests.agreeing import FIRST, NEWEST, accept, offer, text
from tests.ordering_helpers import Desk, staff, with_bad_number
from tests.statements import sent
from tests.world import Clock, World


@pytest.fixture
def admin(world: World, account: Account) -> Actor:
    return world.person(Role.ACCOUNT_ADMIN, account, name="Maria Bergdal", stepped_up=True)


@pytest.fixture
def bureau_admin(world: World) -> Actor:
    return world.person(Role.BUREAU_ADMIN, world.bureau())


def standing(world: World, account: Account) -> str:
    with world.database.transaction(SYSTEM, writes=False) as session:
        return agreements.state_of(session, SYSTEM, [account.id])[account.id].standing


def test_what_was_accepted_is_kept_exactly_and_written_down(
    world: World, account: Account, admin: Actor
) -> None:
    offer(world, NEWEST)
    accepted = accept(admin, NEWEST, "sv")

    kept = perform(agreements.paper, admin, acceptance_id=accepted)
    with world.database.transaction(SYSTEM, writes=False) as session:
        row = session.get_one(AgreementAcceptance, accepted)
        entry = session.exec(select(AuditEvent).where(AuditEvent.action == "agreement:accepted")).one()
    assert (row.version, row.language, row.accepted_by) == (NEWEST, "sv", admin.user_id)
    assert (row.text_digest, row.accepted_role) == (text(NEWEST, "sv").digest, Role.ACCOUNT_ADMIN)
    assert hashlib.sha256(kept.data).hexdigest() == row.paper_digest == entry.facts["digest"]
    assert (entry.subject, entry.chain) == (NEWEST, str(account.id))
    assert "Maria" not in str(entry.facts)

    first, *_, last = [page.extract_text() for page in PdfReader(BytesIO(kept.data)).pages]
    for said in (
        "Personuppgiftsbiträdesavtal",
        account.name,
        account.number,
        "Maria Bergdal",
        row.text_digest,
    ):
        assert said in first
    assert text(NEWEST, "sv").sections[-1].title in last


@pytest.mark.parametrize(("language", "said"), [("en", "Sub-processors on"), ("sv", "Underbiträden den")])
def test_who_processes_for_the_bureau_on_that_day_is_printed_with_it(
    world: World, admin: Actor, bureau_admin: Actor, language: Language, said: str
) -> None:
    for name in ("Kylhallen Drift AB", "Gamla Posten AB"):
        given = {"service": "servers & mail", "country": "Sweden", "since": "2024-02-01"}
        ended = perform(sub_processors.add, bureau_admin, name=name, **given)
    perform(sub_processors.end, bureau_admin, row_id=ended)
    offer(world, NEWEST)
    kept = perform(agreements.paper, admin, acceptance_id=accept(admin, NEWEST, language))
    printed = "\n".join(page.extract_text() for page in PdfReader(BytesIO(kept.data)).pages)
    for told in (said, "Kylhallen Drift AB", "servers & mail", "Sweden", "2024"):
        assert told in printed
    assert "Gamla Posten" not in printed


def test_that_nobody_does_is_printed_too(world: World, admin: Actor) -> None:
    offer(world, NEWEST)
    kept = perform(agreements.paper, admin, acceptance_id=accept(admin, NEWEST))
    printed = "\n".join(page.extract_text() for page in PdfReader(BytesIO(kept.data)).pages)
    assert "The bureau uses no sub-processors." in printed


def test_it_is_accepted_once_for_the_whole_account(world: World, account: Account, admin: Actor) -> None:
    offer(world, NEWEST)
    accept(admin, NEWEST)
    with pytest.raises(Conflict):
        accept(world.person(Role.ACCOUNT_ADMIN, account, stepped_up=True), NEWEST)


def test_of_two_who_accept_at_once_one_does(world: World, account: Account, admin: Actor) -> None:
    offer(world, NEWEST)
    other = world.person(Role.ACCOUNT_ADMIN, account, stepped_up=True)

    def attempt(actor: Actor) -> bool:
        try:
            accept(actor, NEWEST)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, [admin, other])) == [False, True]


@pytest.mark.parametrize(
    ("version", "language", "digest"),
    [
        (FIRST, "en", text(FIRST).digest),
        (NEWEST, "en", text(NEWEST, "sv").digest),
        (NEWEST, "de", text(NEWEST).digest),
        ("3.0", "en", text(NEWEST).digest),
    ],
    ids=["an older version", "another text", "another language", "no such version"],
)
def test_only_what_is_offered_and_was_read_is_accepted(
    world: World, admin: Actor, version: str, language: str, digest: str
) -> None:
    offer(world, NEWEST)
    with pytest.raises(Conflict):
        perform(agreements.accept, admin, version=version, language=language, digest=digest)
    assert perform(agreement_pages.reminder, admin).standing == Standing.STOPPED


def test_it_asks_for_the_permission_and_a_second_factor(world: World, account: Account) -> None:
    offer(world, NEWEST)
    for role in (Role.ORDERER, Role.APPROVER, Role.PRIVACY_OFFICER, Role.AUDITOR):
        with pytest.raises(NotAllowed):
            accept(world.person(role, account, stepped_up=True), NEWEST)
    with pytest.raises(StepUpNeeded):
        accept(world.person(Role.ACCOUNT_ADMIN, account), NEWEST)


def test_another_account_sees_nothing_of_it_and_the_bureau_does(
    world: World, admin: Actor, bureau_admin: Actor
) -> None:
    offer(world, NEWEST)
    accepted = accept(admin, NEWEST)
    stranger = world.person(Role.ACCOUNT_ADMIN, world.account("Nordhamn"), stepped_up=True)

    with pytest.raises(NotFound):
        perform(agreements.paper, stranger, acceptance_id=accepted)
    assert perform(agreement_pages.agreement, stranger).acceptances == ()
    assert perform(agreement_pages.agreement, stranger).standing == Standing.STOPPED
    kept = perform(agreements.paper_of_customer, bureau_admin, acceptance_id=accepted)
    assert kept == perform(agreements.paper, admin, acceptance_id=accepted)
    with pytest.raises(NotAllowed):
        perform(agreements.paper_of_customer, admin, acceptance_id=accepted)


@pytest.mark.parametrize(
    "change",
    [
        lambda: update(AgreementAcceptance).values(version="9"),
        lambda: update(AgreementAcceptance).values(paper=b""),
        lambda: delete(AgreementAcceptance),
    ],
    ids=["version", "paper", "row"],
)
def test_an_acceptance_is_never_changed_and_never_removed(
    world: World, admin: Actor, change: Callable[[], object]
) -> None:
    offer(world, NEWEST)
    accept(admin, NEWEST)
    with pytest.raises(Conflict), world.database.transaction(SYSTEM) as session:
        session.connection().execute(change())  # pyright: ignore[reportArgumentType, reportCallIssue] - a statement


def test_the_newest_version_is_offered_once(world: World, clock: Clock) -> None:
    agreement_offers.offer_newest()
    clock.forward(timedelta(days=3))
    agreement_offers.offer_newest()
    with world.database.transaction(SYSTEM, writes=False) as session:
        [row] = session.exec(select(AgreementOffer)).all()
        entries = session.exec(select(AuditEvent).where(AuditEvent.action == "agreement:offered")).all()
    assert row.version == text_files.agreements()[-1]["en"].version
    assert row.offered_at == clock.now() - timedelta(days=3)
    assert len(entries) == 1


def mails(world: World) -> list[tuple[str, str, str]]:
    """To whom, the subject, and the words of every mail."""
    with world.database.transaction(SYSTEM, writes=False) as session:
        rows = session.exec(select(OutboxMail).order_by(OutboxMail.recipient)).all()
        return [(row.recipient, row.subject, outbox.opened(row)) for row in rows]


def test_whoever_may_accept_a_new_version_is_told_by_mail(
    world: World, account: Account, admin: Actor, clock: Clock
) -> None:
    world.person(Role.ORDERER, account)
    closed = world.account("Nordhamn", status="closed")
    world.person(Role.ACCOUNT_ADMIN, closed)
    offer(world, FIRST)
    clock.forward(timedelta(days=1))
    accept(replace(admin, stepped_up_at=clock.now()), FIRST)
    with world.database.transaction(SYSTEM) as session:
        user = session.get_one(User, admin.user_id)
        user.language = "sv"
        address = user.email
    agreement_offers.offer_newest()
    agreement_offers.offer_newest()
    [(to, subject, body)] = mails(world)
    assert (to, subject) == (address, "En ny version av personuppgiftsbiträdesavtalet")
    assert body.startswith(f"Version {NEWEST} av personuppgiftsbiträdesavtalet väntar på {account.name}.")
    assert "/agreement" in body
    assert admin.name not in body
    assert "senast den 1 december 2026" in body


def test_a_new_installation_tells_nobody(world: World) -> None:
    agreement_offers.offer_newest()
    assert mails(world) == []


def test_the_bureau_sees_what_a_customer_accepted_by_whom_and_when(
    world: World, account: Account, admin: Actor, bureau_admin: Actor, clock: Clock
) -> None:
    other = world.account("Nordhamn")
    offer(world, FIRST)
    waits = perform(agreement_pages.of_customer, bureau_admin, number=account.number)
    assert (waits.standing, waits.current, waits.acceptances) == (Standing.STOPPED, FIRST, ())
    accepted = accept(admin, FIRST)
    now = perform(agreement_pages.of_customer, bureau_admin, number=account.number)
    [row] = now.acceptances
    assert (row.id, row.version, row.accepted_by) == (str(accepted), FIRST, "Maria Bergdal")
    assert (row.accepted_at, now.standing) == (clock.now().isoformat(), Standing.ACCEPTED)
    offer(world, NEWEST)
    again = perform(agreement_pages.of_customer, bureau_admin, number=account.number)
    assert (again.standing, again.current) == (Standing.ASKED, NEWEST)
    assert again.due == "2026-12-01"
    assert perform(agreement_pages.of_customer, bureau_admin, number=other.number).acceptances == ()
    with pytest.raises(NotAllowed):
        perform(agreement_pages.of_customer, admin, number=account.number)
    with pytest.raises(NotFound):
        perform(agreement_pages.of_customer, bureau_admin, number="0000")


@pytest.fixture
def orders(world: World) -> Desk:
    """Somebody who orders, while nothing is offered yet."""
    return ordering_helpers.desk(world)


def submit(orders: Desk, number: str) -> None:
    perform(ordering.submit, orders.orderer, number=number, key=orders.key())


@contextmanager
def stopped(orders: Desk, number: str, *, at: str = "draft") -> Iterator[None]:
    """The block is refused for the agreement's sake, and the order stays where it is."""
    with pytest.raises(NotYet, match="agreement is not accepted") as refused:
        yield
    assert [reason for reason in refused.value.reasons if "account admin" in str(reason)]
    assert orders.order(number).fulfilment == at


def test_nothing_is_ordered_before_it_is_accepted(world: World, orders: Desk) -> None:
    offer(world, FIRST)
    one, other = staff(2)
    number = orders.draft([one])
    with stopped(orders, number):
        submit(orders, number)
    assert len(orders.items(number)) == 1
    orders.add(number, [with_bad_number(other)], first_row=3)
    with stopped(orders, number):
        perform(ordering.submit_ready, orders.orderer, number=number, key=orders.key())
    assert len(orders.items(number)) == 2

    accept(world.person(Role.ACCOUNT_ADMIN, orders.account, stepped_up=True), FIRST)
    perform(ordering.submit_ready, orders.orderer, number=number, key=orders.key())
    assert orders.order(number).fulfilment == "submitted"


def test_ordering_stops_on_the_day_of_a_new_version_and_not_before(
    world: World, orders: Desk, clock: Clock
) -> None:
    offer(world, FIRST)
    admin = world.person(Role.ACCOUNT_ADMIN, orders.account, stepped_up=True)
    accept(admin, FIRST)
    clock.set(clock.now().replace(year=2027))
    offer(world, NEWEST)
    due = (clock.now() + NOTICE).replace(hour=0, minute=0)

    one, other = staff(2)
    clock.set(due - timedelta(seconds=1))
    assert standing(world, orders.account) == Standing.ASKED
    submit(orders, orders.draft([one]))
    late = orders.draft([other])

    clock.set(due)
    with stopped(orders, late):
        submit(orders, late)
    again = world.actor(Role.ACCOUNT_ADMIN, orders.account, _id(admin), stepped_up=True)
    accept(again, NEWEST)
    submit(orders, late)


def test_an_order_that_waits_for_approval_is_not_released_either(world: World, clock: Clock) -> None:
    orders = ordering_helpers.desk(world, approval="always")
    number = orders.draft(staff(1))
    submit(orders, number)
    clock.forward(timedelta(days=1))
    offer(world, FIRST)
    approver = world.person(Role.APPROVER, orders.account)

    clock.forward(NOTICE + timedelta(days=1))
    with stopped(orders, number, at="awaiting_approval"):
        perform(approval.approve, approver, number=number)
    perform(approval.give_back, approver, number=number, reason="Later")
    accept(world.person(Role.ACCOUNT_ADMIN, orders.account, stepped_up=True), FIRST)
    submit(orders, number)
    perform(approval.approve, approver, number=number)
    assert orders.order(number).fulfilment == "approved"


def test_what_is_new_is_shown_in_the_readers_language(world: World, account: Account, admin: Actor) -> None:
    offer(world, FIRST)
    accept(admin, FIRST)
    assert perform(agreement_pages.agreement, admin).changed == ()
    offer(world, NEWEST)

    view = perform(agreement_pages.agreement, admin)
    assert (view.current, view.accepted, view.standing) == (NEWEST, FIRST, Standing.ASKED)
    assert view.digests == {"en": text(NEWEST).digest, "sv": text(NEWEST, "sv").digest}
    assert [row.version for row in view.acceptances] == [FIRST]
    assert {section.anchor for section in view.changed} >= {"rights", "deletion"}
    assert "Deletion" in {section.title for section in view.changed}
    auditor = world.person(Role.AUDITOR, account)
    assert perform(agreement_pages.agreement, auditor) == view


def test_everybody_is_told_who_may_accept(world: World, account: Account, admin: Actor) -> None:
    orderer = world.person(Role.ORDERER, account)
    assert perform(agreement_pages.reminder, orderer).standing == Standing.NONE
    offer(world, NEWEST)
    told = perform(agreement_pages.reminder, orderer)
    assert (told.standing, told.version, told.who) == (Standing.STOPPED, NEWEST, ("Maria Bergdal",))
    assert perform(agreement_pages.reminder, admin).who == ()
    accept(admin, NEWEST)
    assert perform(agreement_pages.reminder, orderer).standing == Standing.ACCEPTED


def test_nobody_of_the_bureau_is_reminded(bureau_admin: Actor, world: World) -> None:
    offer(world, NEWEST)
    assert perform(agreement_pages.reminder, bureau_admin).standing == Standing.NONE


def test_the_bureau_sees_who_has_not_accepted(
    world: World, account: Account, admin: Actor, bureau_admin: Actor
) -> None:
    other = world.account("Nordhamn")
    offer(world, NEWEST)
    accepted = accept(admin, NEWEST)

    rows = {row.name: row for row in perform(agreement_pages.customers, bureau_admin).rows}
    assert set(rows) == {account.name, other.name}
    assert rows[account.name].acceptance == str(accepted)
    assert (rows[account.name].standing, rows[other.name].standing) == (Standing.ACCEPTED, Standing.STOPPED)
    [waits] = perform(agreement_pages.customers, bureau_admin, waiting=True).rows
    assert waits.number == other.number
    assert perform(agreement_pages.how_many_wait, bureau_admin) == 1
    with pytest.raises(NotAllowed):
        perform(agreement_pages.customers, admin)


def test_a_full_list_of_customers_costs_three_statements(world: World, bureau_admin: Actor) -> None:
    for _ in range(60):
        world.account()
    offer(world, NEWEST)
    with sent(world.database) as statements:
        page = perform(agreement_pages.customers, bureau_admin)
    assert (len(page.rows), len(statements)) == (50, 3)
    following = perform(agreement_pages.customers, bureau_admin, cursor=page.following)
    assert len(following.rows) == 10


def test_asking_before_an_order_costs_one_statement(world: World, account: Account) -> None:
    offer(world, FIRST)
    offer(world, NEWEST)
    with world.database.transaction(SYSTEM, writes=False) as session, sent(world.database) as statements:
        agreements.state_of(session, SYSTEM, [account.id])
    assert len(statements) == 1


def _id(actor: Actor) -> UUID:
    assert actor.user_id is not None
    return actor.user_id
