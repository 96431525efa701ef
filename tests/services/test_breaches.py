"""A personal data breach as it is handled: its clock, what is written down, and who may."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import col, select

from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.audit import AuditEvent
from nexus_portal.services import breaches
from nexus_portal.services.breach_question import Wanted
from nexus_portal.services.breaches import BreachRow
from nexus_portal.services.use_case import perform
from tests.world import Clock, World


@pytest.fixture
def keeper(world: World, account: Account) -> Actor:
    return world.person(Role.PRIVACY_OFFICER, account, name="Karin Keeper")


Begin = Callable[[Actor], BreachRow]


@pytest.fixture
def begin(clock: Clock) -> Begin:
    """Opens a breach that was discovered an hour ago."""

    def opened(actor: Actor) -> BreachRow:
        discovered = (clock.now() - timedelta(hours=1)).isoformat()
        wanted = Wanted(session="0123456789abcdef")
        perform(breaches.open_breach, actor, title="A lost laptop", discovered_at=discovered, wanted=wanted)
        return perform(breaches.breaches, actor)[0]

    return opened


def test_the_72_hours_count_from_the_discovery(keeper: Actor, begin: Begin, clock: Clock) -> None:
    row = begin(keeper)
    assert (row.number, row.hours_left, row.opened_by) == (1, 71, "Karin Keeper")
    assert row.wanted == {"session": "0123456789abcdef"}
    clock.forward(timedelta(hours=72))
    assert perform(breaches.breaches, keeper)[0].hours_left == -1
    perform(breaches.report, keeper, breach_id=UUID(row.id), to="IMY", at=clock.now().isoformat())
    clock.forward(timedelta(days=9))
    told = perform(breaches.breaches, keeper)[0]
    assert (told.hours_left, told.reported_to) == (-1, "IMY")


def test_it_is_described_told_and_closed_and_each_step_is_in_the_log(
    database: Database, account: Account, keeper: Actor, begin: Begin, clock: Clock
) -> None:
    chosen = UUID(begin(keeper).id)
    with pytest.raises(Invalid):
        perform(breaches.close, keeper, breach_id=chosen)
    perform(
        breaches.describe, keeper, breach_id=chosen, title="A lost laptop", notes="Signed out within an hour."
    )
    perform(breaches.report, keeper, breach_id=chosen, to="IMY", at=clock.now().isoformat())
    with pytest.raises(Conflict):
        perform(breaches.report, keeper, breach_id=chosen, to="IMY", at=clock.now().isoformat())
    perform(breaches.close, keeper, breach_id=chosen)
    for late in (
        lambda: perform(breaches.close, keeper, breach_id=chosen),
        lambda: perform(breaches.describe, keeper, breach_id=chosen, title="Another", notes=""),
    ):
        with pytest.raises(Conflict):
            late()
    second = begin(keeper)
    assert [row.number for row in perform(breaches.breaches, keeper)] == [2, 1]
    assert second.closed_at == ""
    with database.transaction(SYSTEM, writes=False) as session:
        chain = AuditEvent.chain == str(account.id)
        written = session.exec(select(AuditEvent).where(chain).order_by(col(AuditEvent.seq))).all()
    assert [(entry.action, entry.subject, entry.facts) for entry in written] == [
        ("breach:opened", "1", {}),
        ("breach:described", "1", {}),
        ("breach:reported", "1", {"late": "no"}),
        ("breach:closed", "1", {"reported": "yes"}),
        ("breach:opened", "2", {}),
    ]


@pytest.mark.parametrize("discovered", ["", "soon", "2027-01-01T10:00", "2024-01-01T10:00"])
def test_a_time_ahead_or_long_ago_is_refused(keeper: Actor, discovered: str) -> None:
    with pytest.raises(Invalid):
        perform(breaches.open_breach, keeper, title="A loss", discovered_at=discovered, wanted=Wanted())
    assert perform(breaches.breaches, keeper) == ()


def test_nobody_is_told_before_the_discovery_and_texts_have_bounds(
    keeper: Actor, begin: Begin, clock: Clock
) -> None:
    chosen = UUID(begin(keeper).id)
    before = (clock.now() - timedelta(hours=2)).isoformat()
    with pytest.raises(Invalid):
        perform(breaches.report, keeper, breach_id=chosen, to="IMY", at=before)
    for title, notes in (("", "x"), ("x" * 121, ""), ("A loss", "x" * 4001)):
        with pytest.raises(Invalid):
            perform(breaches.describe, keeper, breach_id=chosen, title=title, notes=notes)


def test_a_breach_belongs_to_its_account_and_the_bureau_keeps_its_own(
    world: World, account: Account, keeper: Actor, begin: Begin
) -> None:
    chosen = UUID(begin(keeper).id)
    stranger = world.person(Role.PRIVACY_OFFICER, world.account("Nordhamn Energi"))
    admin = world.person(Role.BUREAU_ADMIN, world.bureau())
    for other in (stranger, admin):
        assert perform(breaches.breaches, other) == ()
        with pytest.raises(NotFound):
            perform(breaches.close, other, breach_id=chosen)
    assert begin(admin).number == 1
    for role in (Role.AUDITOR, Role.ORDERER):
        with pytest.raises(NotAllowed):
            perform(breaches.breaches, world.person(role, account))
