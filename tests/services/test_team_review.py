"""The access review: what is confirmed is what was shown, and it stays as it was."""

from datetime import timedelta
from uuid import UUID

import pytest

from nexus_portal.adapters import csv_export
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Conflict, NotAllowed, NotFound, StepUpNeeded, Tampered
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.people import AccessReview
from nexus_portal.services import team, team_changes, team_review
from nexus_portal.services.use_case import perform
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    Person,
    audited,
    enrolled,
    quick_passwords,
    signed_in,
)
from tests.world import Clock, World

pytestmark = pytest.mark.usefixtures("quick_passwords")


@pytest.fixture
def home(world: World) -> Account:
    return world.account()


@pytest.fixture
def admin(world: World, home: Account) -> Person:
    return enrolled(world, Role.ACCOUNT_ADMIN, home, stepped_up=True)


def test_says_who_may_do_what_since_when_and_by_whom(
    world: World, home: Account, admin: Person, clock: Clock
) -> None:
    person = enrolled(world, Role.ORDERER, home)
    signed_in(person)
    clock.forward(timedelta(minutes=2))
    member = next(row for row in perform(team.team, admin.actor).members if row.email == person.email)
    perform(team_changes.change_role, admin.actor, member_id=UUID(member.id), role=Role.APPROVER)

    row = next(r for r in perform(team_review.review, admin.actor).rows if r.email == person.email)

    assert (row.role, row.granted_by, row.since) == ("approver", admin.actor.name, "2026-03-02")
    assert row.permissions == ("cards:read", "orders:approve", "orders:read")
    assert (row.last_used, row.authenticator, row.passkeys) == ("2026-03-02", True, 0)


def test_confirmed_is_kept_unchanged(world: World, home: Account, admin: Person) -> None:
    shown = perform(team_review.review, admin.actor)
    kept = perform(team_review.confirm, admin.actor, digest=shown.digest)
    enrolled(world, Role.ORDERER, home)

    again = perform(team_review.confirmation, admin.actor, review_id=kept)

    assert (again.rows, again.digest) == (shown.rows, shown.digest)
    assert [row.id for row in perform(team_review.confirmations, admin.actor)] == [str(kept)]
    (entry,) = audited(world, "access_review:confirmed")
    assert entry.facts == {"digest": shown.digest, "people": 1}
    assert perform(team_review.export, admin.actor, review_id=kept).rows == shown.rows
    assert len(audited(world, "access_review:exported")) == 1


def test_it_is_due_a_year_after_the_last_confirmation(admin: Person, clock: Clock) -> None:
    shown = perform(team_review.review, admin.actor)
    assert shown.due
    perform(team_review.confirm, admin.actor, digest=shown.digest)

    clock.forward(timedelta(days=365) - timedelta(seconds=1))
    assert not perform(team_review.review, admin.actor).due
    clock.forward(timedelta(seconds=1))
    assert perform(team_review.review, admin.actor).due


def test_a_confirmation_that_was_rewritten_is_not_shown(world: World, admin: Person) -> None:
    digest = perform(team_review.review, admin.actor).digest
    kept = perform(team_review.confirm, admin.actor, digest=digest)
    with world.database.transaction(SYSTEM) as session:
        session.get_one(AccessReview, kept).content = {"people": []}

    with pytest.raises(Tampered):
        perform(team_review.confirmation, admin.actor, review_id=kept)


def test_what_changed_meanwhile_is_not_confirmed(world: World, home: Account, admin: Person) -> None:
    shown = perform(team_review.review, admin.actor)
    enrolled(world, Role.ORDERER, home)

    with pytest.raises(Conflict):
        perform(team_review.confirm, admin.actor, digest=shown.digest)


def test_who_may(world: World, home: Account, admin: Person) -> None:
    digest = perform(team_review.review, admin.actor).digest
    kept = perform(team_review.confirm, admin.actor, digest=digest)
    foreign = world.person(Role.ACCOUNT_ADMIN, world.account("Nordhamn Energi"), stepped_up=True)

    with pytest.raises(NotFound):
        perform(team_review.confirmation, foreign, review_id=kept)
    assert perform(team_review.confirmations, foreign) == ()
    with pytest.raises(NotAllowed):
        perform(team_review.confirm, world.person(Role.AUDITOR, home, stepped_up=True), digest="x")
    with pytest.raises(StepUpNeeded):
        perform(team_review.confirm, world.person(Role.ACCOUNT_ADMIN, home), digest="x")
    with pytest.raises(NotAllowed):
        perform(team_review.review, world.person(Role.ORDERER, home))


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\t=1", " =1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert csv_export.neutral(cell) == f"'{cell}"
