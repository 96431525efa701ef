"""Vetting: the bureau asks back, approves or refuses; what was refused is gone after 30 days."""

from datetime import timedelta

import pytest
from sqlmodel import select

from nexus_portal.adapters import keystore
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account, AccountKind
from nexus_portal.models.erasures import Erasure
from nexus_portal.services import (
    application_care,
    applications,
    certificates,
    customer_setup,
    erasure_steps,
    ledger_replay,
    outbox,
    overview,
    vault_care,
)
from nexus_portal.services.certificate_words import CertificateWords
from nexus_portal.services.use_case import perform
from tests import applying
from tests.identity import audited
from tests.world import Clock, World


@pytest.fixture
def admin(world: World) -> Actor:
    return world.person(Role.BUREAU_ADMIN, world.bureau(), stepped_up=True)


def refuse(admin: Actor, reference: str, reason: str = "Vi gör inga kort för förskolor.") -> None:
    seen = applying.sheet(admin, reference).seen
    perform(applications.refuse, admin, reference=reference, reason=reason, seen=seen)


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.BUREAU_ADMIN, Role.OWN}])
def test_nobody_but_the_bureaus_admin_vets(world: World, clock: Clock, admin: Actor, role: Role) -> None:
    reference = applying.received(clock)
    account = (
        world.account()
        if role in {"orderer", "approver", "account_admin", "privacy_officer", "auditor"}
        else world.account(kind=AccountKind.BUREAU)
    )
    somebody = world.person(role, account, stepped_up=True)
    for act in (
        lambda: perform(applications.applications, somebody),
        lambda: perform(applications.application, somebody, reference=reference),
        lambda: perform(applications.refuse, somebody, reference=reference, reason="x", seen=1),
        lambda: perform(customer_setup.approve, somebody, reference=reference, seen=1),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_a_refusal_says_why_and_ends_the_question(world: World, clock: Clock, admin: Actor) -> None:
    reference = applying.received(clock)
    perform(
        applications.ask_back,
        admin,
        reference=reference,
        text="Hur många?",
        seen=applying.sheet(admin, reference).seen,
    )
    refuse(admin, reference)
    mail = applying.mails(world)[-1]
    assert "Vi gör inga kort för förskolor." in outbox.opened(mail)
    found = applying.sheet(admin, reference)
    assert (found.row.state, found.decidable) == ("refused", False)
    with pytest.raises(Conflict):
        refuse(admin, reference)
    assert applying.rows(world)[0].answer_hash == ""


def test_a_decision_needs_words_and_the_state_that_was_seen(world: World, clock: Clock, admin: Actor) -> None:
    reference = applying.received(clock)
    seen = applying.sheet(admin, reference).seen
    with pytest.raises(Invalid):
        perform(applications.refuse, admin, reference=reference, reason=" \n ", seen=seen)
    perform(applications.ask_back, admin, reference=reference, text="Hur många?", seen=seen)
    for stale in (
        lambda: perform(applications.refuse, admin, reference=reference, reason="Nej.", seen=seen),
        lambda: perform(customer_setup.approve, admin, reference=reference, seen=seen),
    ):
        with pytest.raises(Conflict):
            stale()


def test_the_list_is_narrowed_by_state_and_found_by_number(world: World, clock: Clock, admin: Actor) -> None:
    first = applying.received(clock)
    second = applying.received(clock, number="212000-0142", email="b@havsbris.example")
    refuse(admin, second)

    def listed(**asked: str) -> list[str]:
        return [row.reference for row in perform(applications.applications, admin, **asked).rows]

    assert listed() == [first]
    assert listed(state="refused") == [second]
    assert listed(state="nonsense") == [first]
    assert listed(search=second.lower()) == [second]
    assert listed(search="5560360793") == [first]
    assert listed(search="nobody") == []


def test_the_list_is_paged(world: World, clock: Clock, admin: Actor) -> None:
    for n in range(52):
        applying.received(clock, email=f"m{n}@havsbris.example")
        clock.forward(timedelta(hours=2))
    page = perform(applications.applications, admin)
    assert len(page.rows) == 50
    rest = perform(applications.applications, admin, cursor=page.following)
    assert len(rest.rows) == 2
    assert not {row.reference for row in page.rows} & {row.reference for row in rest.rows}
    assert perform(applications.applications, admin, cursor=rest.previous).rows == page.rows


def test_what_was_refused_is_erased_after_thirty_days_and_not_a_second_before(
    world: World, clock: Clock, admin: Actor
) -> None:
    reference = applying.received(clock)
    refuse(admin, reference)
    [row] = applying.rows(world)
    clock.forward(timedelta(days=30) - timedelta(seconds=1))
    assert application_care.sweep() == 0
    assert applying.sheet(admin, reference).email
    clock.forward(timedelta(seconds=1))
    assert application_care.sweep() == 1
    assert application_care.sweep() == 0
    assert applying.rows(world) == []
    with pytest.raises(NotFound):
        applying.sheet(admin, reference)
    assert keystore.current().states([row.id]) == {row.id: "erased"}
    told = [audited(world, f"application:{action}") for action in ("erasure-decided", "erased")]
    assert [[event.subject for event in events] for events in told] == [[reference], [""]]
    assert "Vega" not in repr([event.model_dump() for events in told for event in events])


def test_what_waits_is_not_erased(world: World, clock: Clock, admin: Actor) -> None:
    applying.received(clock)
    clock.forward(timedelta(days=400))
    assert application_care.sweep() == 0


def test_its_erasing_is_in_the_ledger_and_certified_without_a_value(
    world: World, clock: Clock, admin: Actor
) -> None:
    refuse(admin, applying.received(clock))
    clock.forward(timedelta(days=30))
    application_care.sweep()
    with world.database.transaction(SYSTEM, writes=False) as session:
        [erasure] = session.exec(select(Erasure)).all()
    assert (erasure.policy, erasure.state, erasure.persons, erasure.order_id) == (
        "application",
        "done",
        1,
        None,
    )
    assert erasure.certificate is not None
    assert certificates.why_invalid(erasure.certificate, perform(certificates.public_keys, admin)) is None
    words = CertificateWords(erasure.certificate, "en")
    assert "has been erased from what Kortbyrån holds" in words.statement()
    assert "Order" not in {str(label) for label, _ in words.facts()}


def test_an_older_backup_of_it_stays_unreadable(world: World, clock: Clock, admin: Actor) -> None:
    refuse(admin, applying.received(clock))
    [before] = applying.rows(world)
    clock.forward(timedelta(days=30))
    application_care.sweep()
    with world.database.transaction(SYSTEM) as session:
        session.add(type(before)(**before.model_dump()))
    ledger_replay.replay()
    with pytest.raises(NotFound):
        applying.sheet(admin, before.reference)
    assert application_care.sweep() == 1
    assert applying.rows(world) == []


@pytest.mark.parametrize("point", erasure_steps.POINTS)
def test_a_crash_while_erasing_is_resumed(
    world: World, clock: Clock, admin: Actor, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(admin, applying.received(clock))
    [row] = applying.rows(world)
    clock.forward(timedelta(days=30))

    def die(reached: str) -> None:
        if reached == point:
            raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(erasure_steps, "reached", die)
        application_care.sweep()
    erasure_steps.resume_all()
    assert applying.rows(world) == []
    assert keystore.current().states([row.id]) == {row.id: "erased"}
    assert len(audited(world, "application:erased")) == 1


def test_the_key_of_an_application_is_no_stray_one(world: World, clock: Clock, admin: Actor) -> None:
    applying.received(clock)
    clock.forward(timedelta(hours=2))
    report = vault_care.check(tidy=True)
    assert report.stray_keys == 0
    [row] = applying.rows(world)
    assert keystore.current().states([row.id]) == {row.id: "active"}


def test_the_bureau_of_an_application_is_one(world: World, clock: Clock, admin: Actor) -> None:
    applying.received(clock)
    with world.database.transaction(SYSTEM, writes=False) as session:
        assert session.get_one(Account, applying.rows(world)[0].bureau_id).kind == "bureau"


def test_the_first_page_counts_what_waits_for_the_bureau(world: World, clock: Clock, admin: Actor) -> None:
    def counted() -> dict[str, int]:
        return {each.kind: each.count for each in perform(overview.overview, admin).waiting}

    reference = applying.received(clock)
    assert counted() == {"to_vet": 1}
    refuse(admin, reference)
    assert counted() == {"to_vet": 0}
