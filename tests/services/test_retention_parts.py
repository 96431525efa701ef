"""What goes by itself, a few at a time: every part is found, none twice, and what is told adds up."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from nexus_portal.adapters import events
from nexus_portal.adapters.db import Database
from nexus_portal.adapters.events import News
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.permissions import Role
from nexus_portal.domain.retention import RetentionPolicy, Rule
from nexus_portal.models.accounts import Account
from nexus_portal.models.audit import AuditEvent
from nexus_portal.models.base import new_id
from nexus_portal.models.cards import Card
from nexus_portal.models.erasures import Erasure
from nexus_portal.models.orders import Order
from nexus_portal.models.outbox import OutboxMail
from nexus_portal.models.people import User
from nexus_portal.models.privacy import RetentionRule, Sweep
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import (
    blocked_cards,
    cards,
    holds,
    outbox,
    retention,
    retention_due,
    retention_sweep,
)
from nexus_portal.services.retention_due import Forecast
from nexus_portal.services.use_case import perform
from tests.people import ASTRID, BENGT, Ordered, order_of
from tests.world import NOON, Clock, World

MONTH, DAYS_90 = timedelta(days=30), timedelta(days=90)
CECILIA = {"name": "Cecilia Ek"}


@pytest.fixture
def two_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of two records, two cards."""
    monkeypatch.setattr(retention_due, "AT_ONCE", 2)
    monkeypatch.setattr(retention_due, "WITH_PHOTOS", 2)
    monkeypatch.setattr(blocked_cards, "AT_ONCE", 2)


def swept() -> retention_sweep.Swept:
    done = retention_sweep.sweep()
    assert done is not None
    return done


def left(database: Database, account: Account) -> int:
    with database.transaction(SYSTEM, writes=False) as session:
        return len(session.exec(select(HolderRecord.id).where(HolderRecord.account_id == account.id)).all())


def name_of(database: Database, actor: Actor) -> str:
    with database.transaction(SYSTEM, writes=False) as session:
        return session.get_one(User, actor.user_id).name


def active_cards(database: Database, made: Ordered, first: int) -> list[str]:
    """A card in use for each item of an order."""
    numbers = [f"C-2026-{first + place:04}" for place in range(len(made.items))]
    with database.transaction(SYSTEM) as session:
        account_id = session.get_one(Order, made.id).account_id
        session.add_all(
            Card(
                id=new_id(),
                account_id=account_id,
                item_id=item_id,
                number=number,
                status="active",
                status_changed_at=NOON,
                created_at=NOON,
            )
            for item_id, number in zip(made.items, numbers, strict=True)
        )
    return numbers


@pytest.mark.usefixtures("two_at_once")
class TestParts:
    def test_all_that_is_due_goes_in_one_sweep_and_is_told_once(
        self, world: World, database: Database, clock: Clock, orderer: Actor, account: Account
    ) -> None:
        other = world.account("Annan AB")
        colleague = world.person(Role.ORDERER, other)
        order_of(world, orderer, *[ASTRID] * 3)
        clock.forward(timedelta(hours=1))
        order_of(world, orderer, *[BENGT] * 3, CECILIA)
        order_of(world, colleague, ASTRID)
        clock.forward(timedelta(hours=1))
        late = order_of(world, orderer, ASTRID)
        clock.forward(MONTH - timedelta(hours=1))

        told = retention_sweep.dry_run()
        assert told.dry
        done = swept()

        assert not done.dry
        assert told.accounts == done.accounts
        ours = done.accounts[account.number]
        assert (ours.orders, ours.cards, ours.whole) == (2, 7, 7)
        assert (ours.kinds["name"], ours.kinds["personal_number"]) == (7, 6)
        assert (done.accounts[other.number].orders, done.accounts[other.number].cards) == (1, 1)
        assert left(database, account) == len(late.records)
        assert left(database, other) == 0
        with database.transaction(SYSTEM, writes=False) as session:
            rows = session.exec(select(Erasure)).all()
        assert sum(row.persons for row in rows) == 8
        assert swept().accounts == {}

    def test_of_one_account_alone(
        self, world: World, database: Database, clock: Clock, orderer: Actor, account: Account
    ) -> None:
        other = world.account("Annan AB")
        order_of(world, orderer, *[ASTRID] * 3)
        order_of(world, world.person(Role.ORDERER, other), ASTRID)
        clock.forward(MONTH)
        assert list(retention_sweep.dry_run(account.number).accounts) == [account.number]
        done = retention_sweep.sweep_account(account.number)
        assert done
        assert not done.dry
        assert [said.cards for said in done.accounts.values()] == [3]
        assert (left(database, account), left(database, other)) == (0, 1)
        # It gave its claim back: the next one takes it.
        assert [said.cards for said in swept().accounts.values()] == [1]

    def test_the_first_delivered_go_first_and_a_hold_does_not_stop_the_others(
        self, world: World, database: Database, clock: Clock, orderer: Actor, account: Account
    ) -> None:
        officer = world.person(Role.PRIVACY_OFFICER, account, stepped_up=True)
        orders = []
        for _ in range(4):
            orders.append(order_of(world, orderer, ASTRID, BENGT))
            clock.forward(timedelta(minutes=1))
        perform(
            holds.place,
            officer,
            on="2026-00002",
            reason="a dispute",
            review_on=clock.now().date() + timedelta(days=80),
        )
        clock.set(NOON + MONTH + timedelta(minutes=2))
        told = retention_sweep.dry_run().accounts[account.number]
        assert swept().accounts[account.number] == told
        assert (told.orders, told.cards) == (2, 4)
        with database.transaction(SYSTEM, writes=False) as session:
            kept = session.exec(select(HolderRecord.order_id)).all()
        assert set(kept) == {orders[1].id, orders[3].id}

    def test_photos_before_the_rest_in_parts_of_their_own(
        self, world: World, database: Database, clock: Clock, orderer: Actor, account: Account
    ) -> None:
        with database.transaction(SYSTEM) as session:
            session.add(
                RetentionRule(
                    account_id=account.id,
                    kind="photo",
                    policy=RetentionPolicy.IMMEDIATE,
                    days=0,
                    changed_at=NOON,
                )
            )
        order_of(world, orderer, *[ASTRID] * 5, photos=True)
        done = swept().accounts[account.number]
        assert (done.orders, done.cards, done.whole, done.kinds) == (1, 5, 0, {"photo": 5})
        with database.transaction(SYSTEM, writes=False) as session:
            rows = session.exec(select(Erasure)).all()
        assert [row.kinds for row in rows] == [["photo"]] * len(rows)
        assert sum(row.photos for row in rows) == sum(row.persons for row in rows) == 5
        assert all(row.order_number == "2026-00001" and row.decided_role == "" for row in rows)
        assert left(database, account) == 5
        assert swept().accounts == {}

    def test_blocked_cards_of_several_accounts(self, world: World, database: Database, clock: Clock) -> None:
        keeping = world.account(retention_days=3650)
        other = world.account("Annan AB", retention_days=3650)
        for place, (account, count) in enumerate(((keeping, 5), (other, 2))):
            person = world.person(Role.ORDERER, account)
            for number in active_cards(database, order_of(world, person, *[ASTRID] * count), 10 * place):
                perform(cards.block, person, number=number, reason="lost")
                clock.forward(timedelta(seconds=1))
        clock.set(NOON + DAYS_90 - timedelta(minutes=1))
        assert (retention_sweep.dry_run().blocked, swept().blocked) == (0, 0)
        clock.set(NOON + DAYS_90 + timedelta(seconds=10))

        heard: list[News] = []
        stop = events.listen(heard.append)
        try:
            assert (retention_sweep.dry_run().blocked, swept().blocked) == (7, 7)
        finally:
            stop()

        assert (left(database, keeping), left(database, other)) == (0, 0)
        assert {News(keeping.id, "cards", f"C-2026-000{n}") for n in range(5)} <= set(heard)
        assert News(other.id, "cards", "C-2026-0010") in heard
        with database.transaction(SYSTEM, writes=False) as session:
            said = session.exec(
                select(AuditEvent.chain, AuditEvent.subject).where(AuditEvent.action == "card:deleted")
            ).all()
        assert sorted(said) == sorted(
            [(str(keeping.id), f"C-2026-000{n}") for n in range(5)]
            + [(str(other.id), f"C-2026-001{n}") for n in range(2)]
        )


def test_who_is_told_of_blocked_cards_hears_of_all_of_theirs_in_their_language(
    world: World, database: Database, clock: Clock
) -> None:
    account = world.account(retention_days=3650)
    orderer = world.person(Role.ORDERER, account)
    made = order_of(world, orderer, ASTRID, BENGT)
    for number in active_cards(database, made, 1):
        perform(cards.block, orderer, number=number, reason="lost")
    clock.forward(timedelta(days=83))
    swept()
    with database.transaction(SYSTEM, writes=False) as session:
        [mail] = session.exec(select(OutboxMail).where(OutboxMail.kind == "blocked")).all()
        body = outbox.opened(mail)
        said = session.exec(
            select(AuditEvent.chain, AuditEvent.subject).where(AuditEvent.action == "card:deletion-announced")
        ).all()
    assert mail.account_id == account.id
    assert body.index("C-2026-0001") < body.index("C-2026-0002")
    assert sorted(said) == [(str(account.id), f"C-2026-000{n}") for n in (1, 2)]


def test_what_a_sweep_came_to_is_kept(world: World, database: Database, clock: Clock, orderer: Actor) -> None:
    order_of(world, orderer, ASTRID)
    clock.forward(MONTH)
    done = swept()
    with database.transaction(SYSTEM, writes=False) as session:
        [kept] = session.exec(select(Sweep)).all()
    assert kept.outcome is not None
    assert kept.outcome["dry"] is False
    [(number, said)] = kept.outcome["accounts"].items()
    assert Forecast(**said) == done.accounts[number]


def test_a_change_of_retention_is_written_down_before_and_after(
    world: World, database: Database, account: Account
) -> None:
    officer, second = (world.person(Role.PRIVACY_OFFICER, account, stepped_up=True) for _ in range(2))
    proposed = perform(retention.propose, officer, rules={"default": Rule(RetentionPolicy.DAYS, 10)})
    waiting = perform(retention.retention, second)
    assert waiting.proposal
    assert not waiting.proposal.own
    own = perform(retention.retention, officer)
    assert own.proposal
    assert own.proposal.own
    assert (own.proposal.proposed_by, own.proposal.proposed_at) == (name_of(database, officer), NOON)
    perform(retention.confirm, second, proposal_id=proposed)
    with database.transaction(SYSTEM, writes=False) as session:
        rows = session.exec(
            select(AuditEvent).where(AuditEvent.chain == str(account.id)).order_by(col(AuditEvent.id))
        ).all()
    facts = [(row.action, row.subject, row.facts) for row in rows if row.action.startswith("retention")]
    assert [(action, subject) for action, subject, _ in facts] == [
        ("retention:proposed", account.number),
        ("retention:changed", account.number),
    ]
    for _, _, fact in facts:
        assert "30" in str(fact["before"])
        assert "10" in str(fact["after"])
