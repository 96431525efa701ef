"""Who sees protected persons, and who is protected no more, through the forms."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlmodel import col, select

from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.permissions import Permission, Role
from nexus_portal.domain.protection import Protection
from nexus_portal.models.accounts import Account
from nexus_portal.models.people import Membership
from nexus_portal.models.persons import ProtectionProposal
from nexus_portal.models.privacy import ProposalState
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import protection
from nexus_portal.services.use_case import perform
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    RECOVERY,
    Person,
    code,
    enrolled,
    quick_passwords,
)
from tests.people import ASTRID, BENGT, Ordered, order_of
from tests.web.browser import Browser, entered, where
from tests.world import Clock, World

pytestmark = [pytest.mark.usefixtures("quick_passwords")]
PAGE, BUREAU = "/privacy/protected", "/bureau/protected"
ACTS = ("propose", "revoke", "unmark", "confirm")


@pytest.fixture
def account(world: World) -> Account:
    return world.account()


@pytest.fixture
def officer(world: World, account: Account) -> Person:
    return enrolled(world, Role.PRIVACY_OFFICER, account)


@pytest.fixture
def second(world: World, account: Account) -> Person:
    return enrolled(world, Role.PRIVACY_OFFICER, account)


@pytest.fixture
def colleague(world: World, account: Account) -> Person:
    return enrolled(world, Role.ORDERER, account)


@pytest.fixture
def hidden(world: World, account: Account, officer: Person) -> UUID:
    """The card item of somebody whose identity is protected."""
    ordered: Ordered = order_of(world, world.person(Role.ORDERER, account), ASTRID, BENGT)
    assert perform(protection.mark, officer.actor, item_ids=ordered.items[:1]) == 1
    return ordered.items[0]


def arrived(person: Person, clock: Clock) -> Browser:
    """Signed in so long ago that a second factor is asked for."""
    browser = entered(person)
    clock.forward(timedelta(minutes=10))
    return browser


def member(database: Database, person: Person) -> str:
    with database.transaction(SYSTEM, writes=False) as session:
        query = select(Membership.id).where(Membership.user_id == person.user_id)
        return str(session.exec(query).one())


def named(database: Database) -> list[UUID]:
    with database.transaction(SYSTEM, writes=False) as session:
        query = select(Membership.user_id).where(col(Membership.sees_protected))
        return list(session.exec(query).all())


def proposals(database: Database) -> list[ProtectionProposal]:
    with database.transaction(SYSTEM, writes=False) as session:
        return list(session.exec(select(ProtectionProposal).order_by(col(ProtectionProposal.id))).all())


def protected(database: Database) -> list[UUID]:
    with database.transaction(SYSTEM, writes=False) as session:
        query = select(HolderRecord.item_id).where(HolderRecord.protection == Protection.IN_FORCE)
        return list(session.exec(query).all())


def said(browser: Browser) -> tuple[str, dict[str, str]]:
    told = browser.told()
    assert told is not None
    return told.kind, dict(told.kept)


def test_two_people_name_somebody_and_one_takes_it_back(
    database: Database, officer: Person, second: Person, colleague: Person, clock: Clock
) -> None:
    first, other, at_work = arrived(officer, clock), entered(second), entered(colleague)
    before = first.sid
    assert where(first.post(f"{PAGE}/propose", subject=member(database, colleague), code=code())) == PAGE
    assert first.sid != before
    assert said(first) == ("success", {})
    [proposal] = proposals(database)
    asked = {"dialog": "confirm", "subject": str(proposal.id)}
    assert where(first.post(f"{PAGE}/confirm", subject=str(proposal.id))) == PAGE
    assert said(first) == ("error", asked)
    assert named(database) == []

    assert where(other.post(f"{PAGE}/confirm", subject=str(proposal.id))) == PAGE
    assert said(other) == ("success", {})
    assert named(database) == [colleague.user_id]
    assert sees(at_work)
    assert where(other.post(f"{PAGE}/revoke", subject=member(database, colleague))) == PAGE
    assert named(database) == []
    assert not sees(at_work)


def sees(browser: Browser) -> bool:
    assert browser.visit is not None
    return Permission.PERSONS_PROTECTED in browser.visit.actor.permissions


def test_an_identity_is_protected_no_more_once_a_second_person_confirms(
    database: Database, officer: Person, second: Person, hidden: UUID
) -> None:
    first, other = entered(officer), entered(second)
    assert where(first.post(f"{PAGE}/unmark", subject=str(hidden))) == PAGE
    [proposal] = proposals(database)
    first.post(f"{PAGE}/confirm", subject=str(proposal.id))
    assert protected(database) == [hidden]
    other.post(f"{PAGE}/confirm", subject=str(proposal.id))
    assert protected(database) == []
    other.post(f"{PAGE}/confirm", subject=str(proposal.id))
    assert said(other)[0] == "error"


@pytest.mark.parametrize("given", [{}, {"code": "000000"}, {"recovery": "XXXX-XXXX"}, {"passkey": "{}"}])
@pytest.mark.parametrize("act", ACTS)
def test_without_a_second_factor_that_fits_nothing_is_decided(
    database: Database,
    subjects: dict[str, str],
    officer: Person,
    clock: Clock,
    *,
    act: str,
    given: dict[str, str],
) -> None:
    browser = arrived(officer, clock)
    before, waiting = browser.sid, states(database)
    assert where(browser.post(f"{PAGE}/{act}", subject=subjects[act], **given)) == PAGE
    assert browser.sid == before
    assert said(browser) == ("error", {"dialog": act, "at": "code", "subject": subjects[act]})
    assert (states(database), named(database)) == (waiting, [])
    assert protected(database) == [UUID(subjects["unmark"])]


def states(database: Database) -> list[str]:
    return [each.state for each in proposals(database)]


@pytest.fixture
def subjects(database: Database, second: Person, colleague: Person, hidden: UUID) -> dict[str, str]:
    """What each act is about, where it would count: a colleague, a protected person, somebody's proposal."""
    somebody = member(database, colleague)
    entered(second).post(f"{PAGE}/propose", subject=somebody)
    [proposal] = proposals(database)
    return {"propose": somebody, "revoke": somebody, "unmark": str(hidden), "confirm": str(proposal.id)}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("role", [Role.ORDERER, Role.ACCOUNT_ADMIN, Role.APPROVER, Role.AUDITOR])
def test_who_does_not_look_after_privacy_decides_nothing(
    world: World, account: Account, subjects: dict[str, str], *, role: Role, act: str
) -> None:
    browser = entered(enrolled(world, role, account))
    assert where(browser.post(f"{PAGE}/{act}", subject=subjects[act])) == PAGE
    assert said(browser)[0] == "error"
    assert (states(world.database), named(world.database)) == ([ProposalState.OPEN], [])
    assert protected(world.database) == [UUID(subjects["unmark"])]


@pytest.mark.parametrize("act", ACTS)
def test_another_account_decides_nothing_and_is_not_told_what_exists(
    world: World, subjects: dict[str, str], act: str
) -> None:
    browser = entered(enrolled(world, Role.PRIVACY_OFFICER, world.account("Nordhamn Energi")))
    told: list[object] = []
    for subject in (subjects[act], str(uuid4())):
        assert where(browser.post(f"{PAGE}/{act}", subject=subject)) == PAGE
        answer = browser.told()
        assert answer is not None
        told.append((answer.kind, answer.message))
    assert told[0] == told[1]
    assert (states(world.database), named(world.database)) == ([ProposalState.OPEN], [])
    assert protected(world.database) == [UUID(subjects["unmark"])]


def test_the_bureaus_admin_names_its_people_and_not_themselves(
    world: World, database: Database, colleague: Person, clock: Clock
) -> None:
    bureau = world.bureau()
    admin = enrolled(world, Role.BUREAU_ADMIN, bureau)
    operator = enrolled(world, Role.PRODUCTION_OPERATOR, bureau)
    browser = arrived(admin, clock)
    assert where(browser.post(f"{BUREAU}/name", subject=member(database, operator))) == BUREAU
    assert said(browser)[1]["at"] == "code"
    assert named(database) == []
    browser.post(f"{BUREAU}/name", subject=member(database, operator), code=code())
    assert named(database) == [operator.user_id]
    for nobody in (admin, colleague):
        browser.post(f"{BUREAU}/name", subject=member(database, nobody))
        assert said(browser)[0] == "error"
    assert named(database) == [operator.user_id]
    browser.post(f"{BUREAU}/revoke", subject=member(database, operator))
    assert named(database) == []
    outsider = entered(enrolled(world, Role.PRODUCTION_OPERATOR, bureau))
    outsider.post(f"{BUREAU}/name", subject=member(database, operator))
    customer = entered(enrolled(world, Role.PRIVACY_OFFICER, world.account("Nordhamn Energi")))
    customer.post(f"{BUREAU}/name", subject=member(database, operator))
    assert named(database) == []


def test_forms_of_others_and_strangers_and_acts_that_are_none_are_refused(
    database: Database, officer: Person, colleague: Person
) -> None:
    subject, browser = member(database, colleague), entered(officer)
    assert browser.post(f"{PAGE}/propose", form_of="0" * 64, subject=subject).status_code in {303, 403}
    assert browser.post(f"{PAGE}/name", subject=subject, accept="*/*").status_code in {303, 404}
    assert browser.post(f"{PAGE}/refuse", subject=subject).status_code in {303, 404}
    assert browser.post(f"{PAGE}/propose", subject="nonsense").status_code in {303, 404}
    assert browser.get(f"{PAGE}/propose", accept="*/*").status_code == 405
    visitor = Browser()
    visitor.get("/sign-in")
    assert visitor.post(f"{PAGE}/propose", subject=subject, recovery=RECOVERY).status_code in {303, 401}
    assert (proposals(database), named(database)) == ([], [])
