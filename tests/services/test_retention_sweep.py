"""What goes by itself: exactly what is due, once, whoever sweeps, and after every crash."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import col, select

from nexus_portal import settings
from nexus_portal.adapters import keystore
from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import NotFound
from nexus_portal.domain.field_definitions import RetentionClass
from nexus_portal.domain.lifecycles import Billing, PersonalData
from nexus_portal.domain.retention import RetentionPolicy, kinds_of
from nexus_portal.models.accounts import Account
from nexus_portal.models.audit import AuditEvent
from nexus_portal.models.erasures import Erasure
from nexus_portal.models.orders import Order, Transition
from nexus_portal.models.privacy import Hold, RetentionRule, Sweep
from nexus_portal.models.vault import HolderRecord, Photo
from nexus_portal.services import audit, erasure_steps, retention_sweep, sweeps, vault, vault_photos
from nexus_portal.services.retention_due import Forecast
from tests.people import ASTRID, BENGT, MARKER, Ordered, order_of
from tests.world import NOON, Clock, World

MONTH = timedelta(days=30)


@pytest.fixture
def ordered(world: World, orderer: Actor) -> Ordered:
    return order_of(world, orderer, ASTRID, BENGT, photos=True)


def ledger(database: Database) -> Sequence[Erasure]:
    with database.transaction(SYSTEM, writes=False) as session:
        return session.exec(select(Erasure).order_by(col(Erasure.id))).all()


def order_row(database: Database, ordered: Ordered) -> Order:
    with database.transaction(SYSTEM, writes=False) as session:
        return session.get_one(Order, ordered.id)


def records(database: Database, ordered: Ordered) -> Sequence[HolderRecord]:
    with database.transaction(SYSTEM, writes=False) as session:
        query = select(HolderRecord).where(HolderRecord.order_id == ordered.id)
        return session.exec(query.order_by(col(HolderRecord.item_id))).all()


def rule(
    database: Database, account: Account, kind: RetentionClass, policy: RetentionPolicy, days: int = 0
) -> None:
    with database.transaction(SYSTEM) as session:
        session.add(
            RetentionRule(account_id=account.id, kind=kind, policy=policy, days=days, changed_at=NOON)
        )


def values(database: Database, ordered: Ordered) -> dict[UUID, dict[str, str]]:
    with database.transaction(SYSTEM, writes=False) as session:
        return vault.open_many(session, SYSTEM, ordered.items)


def swept() -> retention_sweep.Swept:
    done = retention_sweep.sweep()
    assert done is not None
    return done


class TestWhole:
    def test_nothing_goes_a_second_too_early_and_everything_at_the_second(
        self, database: Database, clock: Clock, ordered: Ordered
    ) -> None:
        clock.forward(MONTH - timedelta(seconds=1))
        assert swept().accounts == {}
        assert len(records(database, ordered)) == 2

        clock.forward(timedelta(seconds=1))
        assert [said.cards for said in swept().accounts.values()] == [2]

        assert records(database, ordered) == []
        assert keystore.keys(ordered.records) == {}
        assert not [path for path in settings.current().blob_dir.rglob("*") if path.is_file()]
        order = order_row(database, ordered)
        assert (order.personal_data, order.erased_at) == (PersonalData.ERASED, clock.now())
        [entry] = ledger(database)
        assert (entry.state, entry.policy, entry.kinds, entry.decided_by) == ("done", "retention", None, None)
        assert (entry.persons, entry.photos, entry.tokens) == (2, 2, 6)
        assert entry.decided_role == ""
        assert order.erasure_id == entry.id

    def test_what_has_lost_its_last_person_takes_in_no_other_from_the_decision_on(
        self, database: Database, clock: Clock, ordered: Ordered, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        between: list[tuple[object, bool]] = []

        def look(step: str) -> None:
            if step == "taken":
                [entry] = ledger(database)
                between.append((entry.state, order_row(database, ordered).erasure_id == entry.id))

        monkeypatch.setattr(retention_sweep, "reached", look)
        clock.forward(MONTH)
        swept()
        assert between == [("decided", True)]

    @pytest.mark.parametrize(
        "delivered",
        [
            datetime(2026, 3, 28, 23, 30, tzinfo=UTC),  # the clocks of Sweden go forward that night
            datetime(2026, 10, 24, 23, 59, 59, tzinfo=UTC),  # and back in this one
            datetime(2028, 1, 31, 12, 0, tzinfo=UTC),  # a leap day lies between
        ],
    )
    def test_days_are_of_24_hours_whatever_the_calendar_does(
        self, *, world: World, database: Database, clock: Clock, orderer: Actor, delivered: datetime
    ) -> None:
        clock.set(delivered)
        ordered = order_of(world, orderer, ASTRID)
        clock.set(delivered + MONTH - timedelta(minutes=1))
        assert retention_sweep.dry_run().accounts == swept().accounts == {}
        assert len(records(database, ordered)) == 1
        clock.set(delivered + MONTH)
        said = retention_sweep.dry_run()
        assert swept().accounts == said.accounts
        assert records(database, ordered) == []

    def test_it_does_not_wait_for_the_invoice(
        self, world: World, database: Database, orderer: Actor, account: Account
    ) -> None:
        with database.transaction(SYSTEM) as session:
            session.get_one(Account, account.id).retention_policy = RetentionPolicy.IMMEDIATE
        ordered = order_of(world, orderer, ASTRID)
        with database.transaction(SYSTEM) as session:
            session.get_one(Order, ordered.id).billing = Billing.UNBILLED
        swept()
        assert records(database, ordered) == []

    def test_a_card_that_has_not_arrived_keeps_its_person(
        self, database: Database, clock: Clock, ordered: Ordered
    ) -> None:
        with database.transaction(SYSTEM) as session:
            query = select(HolderRecord).where(HolderRecord.item_id == ordered.items[1])
            session.exec(query).one().delivered_at = None
        clock.forward(MONTH)
        swept()
        assert [record.item_id for record in records(database, ordered)] == [ordered.items[1]]
        order = order_row(database, ordered)
        assert (order.personal_data, order.erasure_id) == (PersonalData.MINIMISED, None)

    def test_the_warranty_of_the_account_counts(
        self, database: Database, clock: Clock, account: Account, ordered: Ordered
    ) -> None:
        with database.transaction(SYSTEM) as session:
            found = session.get_one(Account, account.id)
            found.retention_policy, found.warranty_days = RetentionPolicy.WARRANTY, 40
        clock.forward(timedelta(days=39))
        swept()
        assert len(records(database, ordered)) == 2
        clock.forward(timedelta(days=1))
        swept()
        assert records(database, ordered) == []

    def test_it_is_written_down_once_by_nobody_and_nothing_goes_twice(
        self, database: Database, clock: Clock, account: Account, ordered: Ordered
    ) -> None:
        clock.forward(MONTH)
        swept()
        again = swept()
        assert again.accounts == {}
        assert len(ledger(database)) == 1
        with database.transaction(SYSTEM, writes=False) as session:
            entries = session.exec(select(AuditEvent).where(AuditEvent.chain == str(account.id))).all()
            assert audit.verify(session, str(account.id)) is None
            moves = session.exec(select(Transition).where(Transition.axis == "personal_data")).all()
        assert [(each.action, each.actor_id) for each in entries] == [("order:erased", None)]
        assert [(move.start, move.end) for move in moves] == [("full", "erased")]

    def test_after_ten_days_down_everything_is_caught_up(
        self, world: World, database: Database, clock: Clock, orderer: Actor
    ) -> None:
        orders = []
        for _ in range(12):
            orders.append(order_of(world, orderer, ASTRID))
            clock.forward(timedelta(days=1))
        clock.forward(MONTH - timedelta(days=2))
        swept()
        left = [len(records(database, each)) for each in orders]
        assert left == [0] * 11 + [1]


class TestSomeKinds:
    @pytest.fixture(autouse=True)
    def _photos_go_first(self, database: Database, account: Account) -> None:
        rule(database, account, RetentionClass.PHOTO, RetentionPolicy.IMMEDIATE)
        rule(database, account, RetentionClass.PERSONAL_NUMBER, RetentionPolicy.DAYS, 7)

    def test_what_is_due_goes_and_what_stays_is_under_a_key_of_its_own(
        self, database: Database, clock: Clock, ordered: Ordered
    ) -> None:
        swept()
        kept = records(database, ordered)
        assert [kinds_of(record.kinds) for record in kept] == [
            {RetentionClass.NAME, RetentionClass.PERSONAL_NUMBER}
        ] * 2
        assert {record.delivered_at for record in kept} == {NOON}
        assert not {record.id for record in kept} & set(ordered.records)
        assert keystore.keys(ordered.records) == {}
        assert values(database, ordered) == {ordered.items[0]: ASTRID, ordered.items[1]: BENGT}
        assert not [path for path in settings.current().blob_dir.rglob("*") if path.is_file()]
        order = order_row(database, ordered)
        assert (order.personal_data, order.erasure_id) == (PersonalData.MINIMISED, None)
        [entry] = ledger(database)
        assert (entry.kinds, entry.persons, entry.photos) == (["photo"], 2, 2)
        assert entry.certificate

        clock.forward(timedelta(days=7))
        swept()
        assert [set(each) for each in values(database, ordered).values()] == [{"name"}] * 2
        clock.forward(MONTH)
        swept()
        assert records(database, ordered) == []
        assert order_row(database, ordered).personal_data == PersonalData.ERASED
        assert [entry.kinds for entry in ledger(database)] == [["photo"], ["personal_number"], None]
        assert [entry.certificate_serial for entry in ledger(database)] == [1, 2, 3]

    def test_a_photo_that_stays_is_moved_with_its_cut_and_state(
        self, world: World, database: Database, clock: Clock, account: Account, orderer: Actor
    ) -> None:
        with database.transaction(SYSTEM) as session:
            for row in session.exec(select(RetentionRule)):
                row.days, row.policy = (
                    (60, RetentionPolicy.DAYS) if row.kind == "photo" else (row.days, row.policy)
                )
        ordered = order_of(world, orderer, ASTRID, BENGT, photos=True)
        with database.transaction(SYSTEM) as session:
            for photo in session.exec(select(Photo)):
                photo.state = "approved"
        clock.forward(timedelta(days=7))
        swept()
        kept = records(database, ordered)
        with database.transaction(SYSTEM, writes=False) as session:
            assert {photo.state for photo in session.exec(select(Photo))} == {"approved"}
            for record in kept:
                assert MARKER in vault_photos.photo_bytes(session, SYSTEM, record.id, "crop")
                assert MARKER in vault_photos.photo_bytes(session, SYSTEM, record.id, "original")
        [entry] = ledger(database)
        assert (entry.kinds, entry.photos) == (["personal_number"], 0)
        clock.forward(MONTH)
        swept()
        assert [set(each) for each in values(database, ordered).values()] == [set(), set()]

    def test_one_that_does_not_open_keeps_nobody_else(self, database: Database, ordered: Ordered) -> None:
        with database.transaction(SYSTEM) as session:
            broken = session.get_one(HolderRecord, ordered.records[0])
            broken.fields = {**broken.fields, "name": broken.fields["personal_number"]}
            session.add(broken)
        swept()
        assert {record.item_id: kinds_of(record.kinds) for record in records(database, ordered)} == {
            ordered.items[0]: set(RetentionClass) - {"address", "card_number", "other"},
            ordered.items[1]: {RetentionClass.NAME, RetentionClass.PERSONAL_NUMBER},
        }


class TestHolds:
    @pytest.mark.parametrize("what", ["item", "order", "account"])
    def test_a_hold_stops_it_until_it_is_lifted(
        self,
        *,
        database: Database,
        clock: Clock,
        account: Account,
        orderer: Actor,
        ordered: Ordered,
        what: str,
    ) -> None:
        assert orderer.user_id
        with database.transaction(SYSTEM) as session:
            session.get_one(Account, account.id).held = what == "account"
            session.add(
                Hold(
                    account_id=account.id,
                    order_id=ordered.id if what == "order" else None,
                    item_id=ordered.items[0] if what == "item" else None,
                    reason="A dispute.",
                    owner_id=orderer.user_id,
                    placed_by=orderer.user_id,
                    placed_at=NOON,
                    review_on=date(2026, 6, 1),
                )
            )
        clock.forward(MONTH)
        said = retention_sweep.dry_run()
        done = swept()
        assert done.accounts == said.accounts
        assert len(records(database, ordered)) == (1 if what == "item" else 2)
        with database.transaction(SYSTEM) as session:
            session.get_one(Account, account.id).held = False
            for hold in session.exec(select(Hold)):
                hold.lifted_at = clock.now()
        swept()
        assert records(database, ordered) == []


class TestDryRun:
    def test_it_says_what_the_run_then_does_and_changes_nothing(
        self,
        *,
        world: World,
        database: Database,
        clock: Clock,
        account: Account,
        orderer: Actor,
        ordered: Ordered,
    ) -> None:
        rule(database, account, RetentionClass.NAME, RetentionPolicy.DAYS, 60)
        clock.forward(timedelta(days=10))
        order_of(world, orderer, BENGT)
        clock.forward(timedelta(days=25))
        said = retention_sweep.dry_run()
        lost = {"personal_number": 2, "photo": 2}
        assert said.accounts == {account.number: Forecast(orders=1, cards=2, whole=0, kinds=lost)}
        assert ledger(database) == []
        assert retention_sweep.dry_run(account.number) == said
        assert swept().accounts == said.accounts

    def test_an_unknown_account_is_refused(self, database: Database) -> None:
        for ask in (retention_sweep.dry_run, retention_sweep.sweep_account):
            with pytest.raises(NotFound):
                ask("0000-0000")


class TestSeveralWorkers:
    def test_one_of_two_threads_does_it_and_nothing_goes_twice(
        self, world: World, database: Database, clock: Clock, orderer: Actor
    ) -> None:
        orders = [order_of(world, orderer, ASTRID, BENGT) for _ in range(5)]
        clock.forward(MONTH)
        with ThreadPoolExecutor(2) as pool:
            done = [future.result() for future in [pool.submit(retention_sweep.sweep) for _ in range(2)]]
        assert any(done)
        assert sum(len(each.accounts) for each in done if each) == 1
        assert len(ledger(database)) == 5
        assert sorted(entry.certificate_serial or 0 for entry in ledger(database)) == [1, 2, 3, 4, 5]
        assert not [record for ordered in orders for record in records(database, ordered)]

    def test_even_without_the_claim_nothing_goes_twice(
        self, world: World, database: Database, monkeypatch: pytest.MonkeyPatch, clock: Clock, orderer: Actor
    ) -> None:
        for _ in range(5):
            order_of(world, orderer, ASTRID, BENGT)
        clock.forward(MONTH)
        monkeypatch.setattr(sweeps.Claim, "take", lambda _self: True)
        monkeypatch.setattr(sweeps.Claim, "keep", lambda _self, _session: True)
        with ThreadPoolExecutor(2) as pool:
            for future in [pool.submit(retention_sweep.sweep) for _ in range(2)]:
                future.result()
        assert len(ledger(database)) == 5
        assert sum(entry.persons for entry in ledger(database)) == 10

    def test_a_claim_ends_with_its_worker(
        self, database: Database, clock: Clock, account: Account, ordered: Ordered
    ) -> None:
        clock.forward(MONTH)
        dead = sweeps.Claim(retention_sweep.NAME)
        assert dead.take()
        assert retention_sweep.sweep() is None
        assert retention_sweep.sweep_account(account.number) is None
        assert len(records(database, ordered)) == 2
        clock.forward(sweeps.LEASE + timedelta(seconds=1))
        swept()
        assert records(database, ordered) == []
        with database.transaction(SYSTEM, writes=False) as session:
            row = session.get_one(Sweep, retention_sweep.NAME)
            assert (row.finished_at, row.claimed_until) == (clock.now(), None)


class TestCrashes:
    @pytest.mark.parametrize("kinds", [False, True], ids=["whole", "kinds"])
    @pytest.mark.parametrize(
        "point", [*(f"sweep:{each}" for each in retention_sweep.POINTS), *erasure_steps.POINTS]
    )
    def test_whatever_breaks_the_next_sweep_finishes(
        self,
        *,
        database: Database,
        monkeypatch: pytest.MonkeyPatch,
        clock: Clock,
        account: Account,
        ordered: Ordered,
        point: str,
        kinds: bool,
    ) -> None:
        if kinds:
            rule(database, account, RetentionClass.NAME, RetentionPolicy.DAYS, 90)
        clock.forward(MONTH)

        def crash(here: str) -> None:
            if here == point.rpartition(":")[2]:
                message = "the power is gone"
                raise MemoryError(message)

        with monkeypatch.context() as patch:
            patch.setattr(retention_sweep if point.startswith("sweep:") else erasure_steps, "reached", crash)
            try:
                retention_sweep.sweep()
            except MemoryError:
                assert point.startswith("sweep:")
        swept()
        [entry] = ledger(database)
        assert (entry.state, entry.persons, entry.certificate_serial) == ("done", 2, 1)
        assert keystore.keys(ordered.records) == {}
        if kinds:
            assert [set(each) for each in values(database, ordered).values()] == [{"name"}] * 2
        else:
            assert records(database, ordered) == []
