import os
import re
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import event, text
from sqlmodel import SQLModel, col, func, select

from nexus_portal import settings
from nexus_portal.adapters import blobs, events, keystore
from nexus_portal.adapters.db import Database
from nexus_portal.adapters.events import News
from nexus_portal.adapters.keystore_db import data_keys
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Conflict, NotAllowed, NotFound, NotYet, StepUpNeeded
from nexus_portal.domain.lifecycles import Billing, Fulfilment, PersonalData
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account, RetentionPolicy
from nexus_portal.models.audit import AuditEvent
from nexus_portal.models.base import new_id
from nexus_portal.models.erasures import Erasure, ErasureState
from nexus_portal.models.orders import Order, Transition
from nexus_portal.models.vault import HolderRecord, Photo, SearchToken
from nexus_portal.services import audit, certificates, erasure, erasure_steps, holds, vault, vault_people
from nexus_portal.services.use_case import perform
from tests.people import ASTRID, BENGT, MARKER, Ordered, order_of
from tests.world import NOON, Clock, World

PLAIN = (b"Astrid", "Åkerlund".encode(), b"Bengt", b"19640823", b"640823-3234", b"198507099805", MARKER)


@pytest.fixture
def ordered(world: World, orderer: Actor) -> Ordered:
    return order_of(world, orderer, ASTRID, BENGT, photos=True)


def change(database: Database, ordered: Ordered, **values: object) -> None:
    with database.transaction(SYSTEM) as session:
        order = session.get_one(Order, ordered.id)
        for name, value in values.items():
            setattr(order, name, value)


def counted(database: Database, *tables: type[SQLModel]) -> list[int]:
    with database.transaction(SYSTEM, writes=False) as session:
        return [session.exec(select(func.count()).select_from(table)).one() for table in tables]


def order_row(database: Database, ordered: Ordered) -> Order:
    with database.transaction(SYSTEM, writes=False) as session:
        return session.get_one(Order, ordered.id)


def ledger(database: Database) -> Sequence[Erasure]:
    with database.transaction(SYSTEM, writes=False) as session:
        return session.exec(select(Erasure)).all()


def is_gone(database: Database, ordered: Ordered) -> bool:
    return (
        counted(database, HolderRecord, Photo, SearchToken) == [0, 0, 0]
        and keystore.keys(ordered.records) == {}
        and not [path for path in settings.current().blob_dir.rglob("*") if path.is_file()]
    )


def secrets_of(database: Database) -> list[bytes]:
    """All that could lead back to a person: ciphertexts, search tokens, wrapped keys, encrypted photos."""
    with database.transaction(SYSTEM, writes=False) as session:
        fields = [text.encode() for row in session.exec(select(HolderRecord)) for text in row.fields.values()]
        tokens = list(session.exec(select(SearchToken.token)))
        names = [name for row in session.exec(select(Photo)) for name in (row.original_blob, row.crop_blob)]
    with keystore.current().engine.connect() as connection:
        wrapped = [key for key in connection.execute(select(data_keys.c.wrapped)).scalars() if key]
    return [*fields, *tokens, *wrapped, *(blobs.get(name)[:64] for name in names)]


def rows_of(database: Database) -> list[bytes]:
    """Every row of a PostgreSQL database as bytes; the files of SQLite are read themselves."""
    if database.is_sqlite:
        return []
    with database.transaction(SYSTEM, writes=False) as session:
        connection = session.connection()
        tables = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        rows = [
            row
            for table in tables.scalars().all()
            for row in connection.execute(text(f"SELECT t::text FROM {table} t")).scalars()
        ]
    # A bytea is written in hex.
    hexed = [bytes.fromhex(found) for row in rows for found in re.findall(r"\\x([0-9a-f]+)", row)]
    return [row.encode() for row in rows] + hexed


def contents(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


def test_what_was_removed_is_gone_and_the_order_stays(
    database: Database, clock: Clock, orderer: Actor, ordered: Ordered
) -> None:
    row = perform(erasure.erase_personal_data, orderer, order_id=ordered.id)

    assert (row.persons, row.photos, row.decided_role) == (2, 2, "orderer")
    assert is_gone(database, ordered)
    order = order_row(database, ordered)
    assert order.personal_data == PersonalData.ERASED
    assert (order.erased_at, order.erasure_id, order.cards) == (clock.now(), row.id, 2)
    [entry] = ledger(database)
    assert entry.state == ErasureState.DONE
    assert entry.done_at == entry.keys_destroyed_at == entry.bytes_deleted_at == clock.now()
    assert (entry.persons, entry.photos, entry.tokens) == (2, 2, 6)


def test_no_byte_of_them_is_left_anywhere(
    database: Database, installation: Path, orderer: Actor, ordered: Ordered
) -> None:
    secrets = secrets_of(database)
    assert len(secrets) == 4 + 6 + 2 + 4
    before = [*contents(installation), *rows_of(database)]
    assert all(any(secret in content for content in before) for secret in secrets)

    perform(erasure.erase_personal_data, orderer, order_id=ordered.id)

    for content in (*contents(installation), *rows_of(database)):
        for secret in (*secrets, *PLAIN):
            assert secret not in content


def test_removing_twice_changes_nothing(database: Database, orderer: Actor, ordered: Ordered) -> None:
    perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
    before = ledger(database)[0].model_dump()

    again = perform(erasure.erase_personal_data, orderer, order_id=ordered.id)

    assert [entry.model_dump() for entry in ledger(database)] == [before]
    assert (again.id, again.state, again.done_at) == (before["id"], "done", before["done_at"])
    with database.transaction(SYSTEM, writes=False) as session:
        moves = session.exec(select(Transition).where(Transition.axis == "personal_data")).all()
    assert [(move.start, move.end) for move in moves] == [("full", "erased")]


def test_it_is_written_down_what_was_decided_and_done_and_by_whom(
    database: Database, orderer: Actor, ordered: Ordered
) -> None:
    perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
    with database.transaction(SYSTEM, writes=False) as session:
        chain = AuditEvent.chain == str(orderer.account_id)
        entries = session.exec(select(AuditEvent).where(chain).order_by(col(AuditEvent.seq))).all()
        assert audit.verify(session, str(orderer.account_id)) is None
    assert [entry.action for entry in entries] == ["order:erasure-decided", "order:erased"]
    assert {entry.actor_id for entry in entries} == {orderer.user_id}
    assert {entry.actor_role for entry in entries} == {"orderer"}
    assert {entry.subject for entry in entries} == {"2026-00001"}
    [entry] = ledger(database)
    counts = {"persons": 2, "photos": 2, "search_tokens": entry.tokens}
    number = certificates.number_of(entry.certificate or {})
    assert entries[0].facts == counts
    assert entries[1].facts == {**counts, "policy": "request", "certificate": number}


def test_open_pages_hear_of_it(orderer: Actor, ordered: Ordered) -> None:
    heard: list[News] = []
    stop = events.listen(heard.append)
    perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
    stop()
    assert heard == [News(orderer.account_id or UUID(int=0), "orders", "2026-00001")]


def test_a_record_whose_data_was_removed_never_gets_a_key_again(
    database: Database, orderer: Actor, ordered: Ordered
) -> None:
    perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
    assert orderer.account_id
    with pytest.raises(Conflict):
        keystore.mint(orderer.account_id, ordered.records[:1])
    with pytest.raises(Conflict), database.transaction(SYSTEM) as session:
        vault.store(
            session,
            account_id=orderer.account_id,
            order_id=ordered.id,
            item_id=ordered.items[0],
            values=ASTRID,
            definitions=ordered.definitions,
        )
    assert perform(vault_people.reveal, orderer, item_ids=ordered.items, purpose="order page") == ()


class TestRefusals:
    def test_before_production_and_invoice_it_says_what_stands_in_the_way(
        self, database: Database, orderer: Actor, ordered: Ordered
    ) -> None:
        change(database, ordered, fulfilment=Fulfilment.IN_PRODUCTION, produced=1, billing=Billing.UNBILLED)
        with pytest.raises(NotYet) as caught:
            perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
        assert [str(reason) for reason in caught.value.reasons] == [
            "1 of 2 cards are not produced yet.",
            "The order is not invoiced yet.",
        ]
        assert ledger(database) == []
        assert keystore.keys(ordered.records).keys() == set(ordered.records)

    def test_a_hold_stops_it(self, world: World, account: Account, orderer: Actor, ordered: Ordered) -> None:
        officer = world.person(Role.PRIVACY_OFFICER, account, stepped_up=True)
        perform(holds.place, officer, reason="An audit is open.", on="2026-00001")
        with pytest.raises(NotYet):
            perform(erasure.erase_personal_data, orderer, order_id=ordered.id)

    def test_another_account_has_no_such_order(self, world: World, ordered: Ordered) -> None:
        stranger = world.person(Role.PRIVACY_OFFICER, world.account("Nordhamn Energi"), stepped_up=True)
        for order_id in (ordered.id, new_id()):
            with pytest.raises(NotFound):
                perform(erasure.erase_personal_data, stranger, order_id=order_id)
            with pytest.raises(NotFound):
                perform(erasure.outlook, stranger, order_id=order_id)

    def test_it_asks_for_a_second_factor(
        self, world: World, account: Account, clock: Clock, ordered: Ordered
    ) -> None:
        orderer = world.person(Role.ORDERER, account)
        with pytest.raises(StepUpNeeded):
            perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
        officer = world.person(Role.PRIVACY_OFFICER, account, stepped_up=True)
        clock.forward(timedelta(minutes=6))
        with pytest.raises(StepUpNeeded):
            perform(erasure.erase_personal_data, officer, order_id=ordered.id)

    @pytest.mark.parametrize("role", [Role.AUDITOR, Role.ACCOUNT_ADMIN, Role.APPROVER])
    def test_the_role_must_allow_it(
        self, world: World, account: Account, ordered: Ordered, role: Role
    ) -> None:
        with pytest.raises(NotAllowed):
            perform(
                erasure.erase_personal_data,
                world.person(role, account, stepped_up=True),
                order_id=ordered.id,
            )


class TestCrashes:
    """Whatever breaks after the decision, the decision stands and is carried out later."""

    @pytest.mark.parametrize("point", erasure_steps.POINTS)
    def test_it_is_resumed_from_where_it_broke(
        self,
        database: Database,
        monkeypatch: pytest.MonkeyPatch,
        orderer: Actor,
        ordered: Ordered,
        point: str,
    ) -> None:
        def crash(here: str) -> None:
            if here == point:
                message = "the power is gone"
                raise OSError(message)

        with monkeypatch.context() as patch:
            patch.setattr(erasure_steps, "reached", crash)
            perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
            assert (ledger(database)[0].state == "done") == (point == "done")

        assert erasure.resume_all() == (0 if point == "done" else 1)

        assert is_gone(database, ordered)
        assert order_row(database, ordered).personal_data == PersonalData.ERASED
        [entry] = ledger(database)
        assert entry.certificate_serial == 1
        assert erasure.resume_all() == 0

    def test_until_then_the_order_says_that_it_is_under_way(
        self, database: Database, monkeypatch: pytest.MonkeyPatch, orderer: Actor, ordered: Ordered
    ) -> None:
        def crash(_here: str) -> None:
            raise OSError

        with monkeypatch.context() as patch:
            patch.setattr(erasure_steps, "reached", crash)
            perform(erasure.erase_personal_data, orderer, order_id=ordered.id)

        seen = perform(erasure.outlook, orderer, order_id=ordered.id)
        assert seen.under_way
        assert not seen.can_erase
        assert [str(reason) for reason in seen.reasons] == ["The removal is under way."]
        assert seen.certificate_id is None

        perform(erasure.erase_personal_data, orderer, order_id=ordered.id)  # whoever asks again carries it on
        assert is_gone(database, ordered)
        assert len(ledger(database)) == 1

    @pytest.mark.parametrize("point", ["keys_destroyed", "rows_deleted"])
    def test_a_process_that_dies_is_carried_on_by_the_next(
        self, database: Database, orderer: Actor, ordered: Ordered, point: str
    ) -> None:
        died = subprocess.run(
            [sys.executable, "-c", DIES, database.url, str(orderer.user_id), str(ordered.id), point],
            env={**os.environ, "NEXUS_DATA_DIR": str(settings.current().data_dir)},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=False,
        )
        assert died.returncode == 9, died.stderr
        assert ledger(database)[0].state != "done"

        assert erasure.resume_all() == 1

        assert is_gone(database, ordered)
        assert order_row(database, ordered).personal_data == PersonalData.ERASED

    def test_a_key_store_that_is_away_is_waited_for(
        self, database: Database, monkeypatch: pytest.MonkeyPatch, orderer: Actor, ordered: Ordered
    ) -> None:
        keystore.use(None)
        with monkeypatch.context() as patch:
            patch.setenv("NEXUS_KEYSTORE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/keys")
            settings.current.cache_clear()
            perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
            assert ledger(database)[0].state == "decided"
        settings.current.cache_clear()

        assert erasure.resume_all() == 1
        assert is_gone(database, ordered)

    def test_two_at_once_leave_one_ledger_row_and_one_certificate(
        self, database: Database, orderer: Actor, ordered: Ordered
    ) -> None:
        together = threading.Barrier(4)

        def erase(_number: int) -> UUID:
            together.wait()
            return perform(erasure.erase_personal_data, orderer, order_id=ordered.id).id

        with ThreadPoolExecutor(4) as pool:
            ids = set(pool.map(erase, range(4)))
        erasure.resume_all()

        assert ids == {ledger(database)[0].id}
        assert [entry.certificate_serial for entry in ledger(database)] == [1]
        assert is_gone(database, ordered)


DIES = """
import os, sys
from uuid import UUID
from nexus_portal.adapters import clock, db
from nexus_portal.domain.actor import Actor, Scope, SYSTEM
from nexus_portal.domain.permissions import Role, granted_by
from nexus_portal.models.orders import Order
from nexus_portal.services import erasure, erasure_steps
from nexus_portal.services.use_case import perform

url, user, order, point = sys.argv[1:]
db.use(db.Database(url))
erasure_steps.reached = lambda here: os._exit(9) if here == point else None
with db.current().transaction(SYSTEM, writes=False) as session:
    account = session.get_one(Order, UUID(order)).account_id
actor = Actor(scope=Scope.ACCOUNT, user_id=UUID(user), account_id=account, role=Role.ORDERER,
              stepped_up_at=clock.now(), permissions=granted_by(Role.ORDERER))
perform(erasure.erase_personal_data, actor, order_id=UUID(order))
"""


class TestLedger:
    @pytest.mark.parametrize(
        "statement",
        [
            "DELETE FROM erasures",
            "UPDATE erasures SET persons = 0",
            "UPDATE erasures SET decided_role = 'auditor'",
            "UPDATE erasures SET targets = '[]'",
            "UPDATE erasures SET done_at = NULL",
            "UPDATE erasures SET certificate_serial = 7",
        ],
    )
    def test_what_was_decided_and_done_is_never_changed(
        self, database: Database, orderer: Actor, ordered: Ordered, statement: str
    ) -> None:
        perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
        with pytest.raises(Conflict), database.transaction(SYSTEM) as session:
            session.connection().execute(text(statement))

    def test_the_ledger_holds_no_personal_data(
        self, database: Database, orderer: Actor, ordered: Ordered
    ) -> None:
        perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
        written = repr([entry.model_dump() for entry in ledger(database)])
        assert not [secret for secret in PLAIN if secret.decode() in written]

    def test_many_persons_go_in_few_statements(
        self, world: World, database: Database, orderer: Actor
    ) -> None:
        many = order_of(world, orderer, *([ASTRID] * 1100))
        statements = 0

        def count(*_args: object) -> None:
            nonlocal statements
            statements += 1

        event.listen(database.engine, "before_cursor_execute", count)
        perform(erasure.erase_personal_data, orderer, order_id=many.id)
        event.remove(database.engine, "before_cursor_execute", count)

        assert is_gone(database, many)
        assert statements < 70


class TestOutlook:
    def test_what_may_be_removed_and_until_when_it_is_kept(
        self, clock: Clock, orderer: Actor, ordered: Ordered
    ) -> None:
        clock.forward(timedelta(days=4))
        seen = perform(erasure.outlook, orderer, order_id=ordered.id)

        assert seen.can_erase
        assert seen.reasons == ()
        assert seen.kept_until == date(2026, 4, 1)
        assert (seen.days_left, seen.days_kept, seen.persons) == (26, 30, 2)
        assert str(seen.policy) == "Kept for 30 days after delivery."
        assert (seen.erased_at, seen.erased_by_role, seen.certificate_id) == (None, "", None)

    def test_before_delivery_no_day_is_known(
        self, database: Database, orderer: Actor, ordered: Ordered
    ) -> None:
        change(database, ordered, delivered_at=None)
        seen = perform(erasure.outlook, orderer, order_id=ordered.id)
        assert (seen.kept_until, seen.days_left) == (None, erasure.NOT_BEGUN)

    def test_immediate_goes_with_the_delivery(self, world: World) -> None:
        account = world.account("Nordhamn Energi", retention_policy=RetentionPolicy.IMMEDIATE)
        orderer = world.person(Role.ORDERER, account)
        seen = perform(erasure.outlook, orderer, order_id=order_of(world, orderer, ASTRID).id)
        assert (seen.kept_until, seen.days_left, seen.days_kept) == (NOON.date(), 0, 0)
        assert str(seen.policy) == "Removed as soon as the cards are delivered."

    def test_a_day_that_was_set_wins_over_a_policy_that_changed_since(
        self, database: Database, orderer: Actor, ordered: Ordered
    ) -> None:
        change(database, ordered, erase_on=date(2026, 3, 9))
        seen = perform(erasure.outlook, orderer, order_id=ordered.id)
        assert (seen.kept_until, seen.days_left) == (date(2026, 3, 9), 7)

    def test_who_may_only_look_is_told_why_not_and_cannot(
        self, world: World, account: Account, ordered: Ordered
    ) -> None:
        auditor = world.person(Role.AUDITOR, account)
        seen = perform(erasure.outlook, auditor, order_id=ordered.id)
        assert seen.reasons == ()
        assert not seen.can_erase

    def test_afterwards_it_says_when_and_by_whom(
        self, clock: Clock, orderer: Actor, ordered: Ordered
    ) -> None:
        row = perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
        seen = perform(erasure.outlook, orderer, order_id=ordered.id)
        assert not seen.can_erase
        assert (seen.erased_at, seen.erased_by_role, seen.certificate_id) == (clock.now(), "orderer", row.id)
        assert (seen.persons, seen.kept_until) == (2, None)


def test_a_cancelled_order_can_be_emptied_at_once(
    database: Database, orderer: Actor, ordered: Ordered
) -> None:
    change(
        database, ordered, fulfilment=Fulfilment.CANCELLED, billing=Billing.NOT_BILLABLE, delivered_at=None
    )
    perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
    assert is_gone(database, ordered)
