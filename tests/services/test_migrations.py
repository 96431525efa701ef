"""Both databases come to today's tables from every earlier revision; PostgreSQL holds the tenant line."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from psycopg import sql
from sqlalchemy import Connection, create_engine, func, text
from sqlalchemy.exc import ProgrammingError
from sqlmodel import SQLModel, select

from nexus_portal import models as _models  # noqa: F401 - importing them fills the metadata
from nexus_portal.adapters import clock, schema
from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import ANONYMOUS, SYSTEM, Actor, Scope
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.audit import AuditEvent
from nexus_portal.models.base import new_id
from nexus_portal.models.orders import Order
from tests.conftest import APP_ROLE, POSTGRESQL
from tests.world import World

TENANT_TABLES = sorted(
    table.name
    for table in SQLModel.metadata.sorted_tables
    if "account_id" in table.c or table.name == "accounts"
)

EARLIER: dict[str, dict[str, object]] = {
    "accounts": {
        "id": "accounts", "number": "1", "name": "A", "kind": "customer", "wants_approval": True,
        "retention_policy": "days", "retention_days": 30, "delivery_address": "", "created_at": "now",
    },
    "users": {
        "id": "users", "email": "a@example.test", "name": "A", "language": "en",
        "totp_last_step": 0, "created_at": "now",
    },
    "articles": {
        "id": "articles", "number": "A", "name": "Card", "technology": "", "price": 1, "active": True,
    },
    "layouts": {
        "id": "layouts", "account_id": "accounts", "article_id": "articles", "name": "L", "version": 1,
        "fields": "[]", "colour": "#000000", "active": True, "created_at": "now",
    },
    "orders": {
        "id": "orders", "account_id": "accounts", "serial": 2026000007, "reference": "Autumn 7B",
        "cost_centre": "", "delivery_address": "", "orderer_id": "users", "fulfilment": "draft",
        "billing": "unbilled", "personal_data": "full", "held": False, "reason": "", "cards": 1,
        "produced": 0, "shipped": 0, "delivered": 0, "created_at": "now", "changed_at": "now", "version": 1,
    },
    "order_lines": {
        "id": "order_lines", "account_id": "accounts", "order_id": "orders", "article_id": "articles",
        "layout_id": "layouts", "quantity": 1, "unit_price": 1,
    },
    "card_items": {
        "id": "card_items", "account_id": "accounts", "order_id": "orders", "line_id": "order_lines",
        "layout_id": "layouts", "position": 1, "stage": "ready", "stage_at": "now", "attempt": 1,
    },
}  # fmt: skip
"""Rows as the release of revision 0005 wrote them, by table; ids are the names of their tables."""


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'fresh.db'}"
        return
    url = request.getfixturevalue("migrated_postgresql") + "_fresh"
    name = sql.Identifier(url.rpartition("/")[2])
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name)
    with psycopg.connect(POSTGRESQL, autocommit=True) as server:
        server.execute(drop)
        server.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, sql.Identifier(APP_ROLE)))
        yield url
        server.execute(drop)


@contextmanager
def everything(url: str) -> Iterator[Connection]:
    """A transaction that sees the rows of every account."""
    engine = create_engine(url)
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT set_config('nexus.scope', 'system', true)"))
        yield connection
    engine.dispose()


def differences(url: str) -> list[object]:
    """What the models say otherwise than the database."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = compare_metadata(
            MigrationContext.configure(connection, opts={"compare_type": True}), SQLModel.metadata
        )
    engine.dispose()
    return list(found)


def test_an_empty_database_comes_to_what_the_models_say(empty_url: str) -> None:
    assert schema.revision(empty_url) is None
    assert schema.is_empty(empty_url)

    applied = schema.upgrade(empty_url)

    assert applied == schema.revisions()
    assert schema.revision(empty_url) == schema.head()
    assert schema.is_empty(empty_url)
    assert differences(empty_url) == []


def test_every_earlier_revision_comes_to_the_same(empty_url: str) -> None:
    """Release by release, each in a transaction of its own; the test above comes there in a single one."""
    for revision in schema.revisions():
        assert schema.upgrade(empty_url, revision) == [revision]
        assert schema.revision(empty_url) == revision

    assert schema.revision(empty_url) == schema.head()
    assert differences(empty_url) == []
    assert schema.upgrade(empty_url) == []


def test_rows_of_an_earlier_release_keep_their_meaning(empty_url: str) -> None:
    schema.upgrade(empty_url, "0005")
    now, ids = "2026-01-02 03:04:05+00:00", {name: new_id().hex for name in EARLIER}
    with everything(empty_url) as connection:
        for table, columns in EARLIER.items():
            names, values = zip(*columns.items(), strict=True)
            marks = ", ".join(f":{name}" for name in names)
            given = {
                name: ids.get(str(value), now if value == "now" else value)
                for name, value in zip(names, values, strict=True)
            }
            connection.execute(text(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"), given)

    schema.upgrade(empty_url)

    with everything(empty_url) as connection:
        assert connection.execute(text("SELECT approval FROM accounts")).scalar_one() == "always"
        assert connection.execute(text("SELECT kind FROM articles")).scalar_one() == "card"
        assert connection.execute(text("SELECT serial FROM order_lines")).scalar_one() == 2026000007
        joined = "SELECT count(*) FROM card_items JOIN order_lines ON order_lines.id = line_id"
        assert connection.execute(text(joined)).scalar_one() == 1
        connection.execute(text("UPDATE order_lines SET layout_id = NULL"))


ACCESSORIES: dict[str, dict[str, object]] = {
    "accounts": {
        "id": "a", "number": "1", "name": "A", "kind": "customer", "retention_policy": "days",
        "retention_days": 30, "delivery_address": "", "created_at": "now", "approval": "never",
        "warranty_days": 365, "access_months": 24, "held": False,
    },
    "users": EARLIER["users"] | {"id": "u"},
    "articles": EARLIER["articles"] | {"id": "lanyard", "kind": "accessory"},
    **{
        f"orders {name}": EARLIER["orders"] | {
            "id": name, "account_id": "a", "orderer_id": "u", "serial": serial, "fulfilment": fulfilment,
            "delivered_at": at,
        }
        for name, serial, fulfilment, at in (
            ("there", 2026000001, "delivered", "now"),
            ("going", 2026000002, "part_shipped", None),
            ("begun", 2026000003, "draft", None),
        )
    },
    **{
        f"order_lines {name}": {
            "id": f"line of {name}", "account_id": "a", "order_id": name, "article_id": "lanyard",
            "quantity": quantity, "unit_price": 1, "serial": 0,
        }
        for name, quantity in (("there", 5), ("going", 7), ("begun", 9))
    },
    **{
        f"shipments {number}": {
            "id": number, "account_id": "a", "order_id": order, "number": number, "carrier": "",
            "tracking": "", "cards": 1, "packed_at": "now", "shipped_at": "now",
        }
        for number, order in (("S-1", "there"), ("S-2", "going"), ("S-3", "going"))
    },
}  # fmt: skip
"""Orders with accessories as the release of revision 0008 wrote them, which all went with a first parcel."""


def insert(url: str, found: dict[str, dict[str, object]]) -> None:
    """Write rows: the first word of each name is its table, ids are told by name."""
    named = {str(columns["id"]): new_id().hex for columns in found.values()}
    with everything(url) as connection:
        for name, columns in found.items():
            marks = ", ".join(f":{column}" for column in columns)
            given = {
                column: named[str(value)]
                if column in {"id", "created_by"} or column.endswith("_id")
                else "2026-01-02 03:04:05+00:00"
                if value == "now"
                else value
                for column, value in columns.items()
            }
            table = name.partition(" ")[0]
            connection.execute(text(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"), given)


def test_accessories_of_an_earlier_release_went_with_the_first_parcel(empty_url: str) -> None:
    schema.upgrade(empty_url, "0008")
    insert(empty_url, ACCESSORIES)

    schema.upgrade(empty_url)

    with everything(empty_url) as connection:
        counts = "pieces, pieces_packed, pieces_shipped, pieces_delivered"
        orders = connection.execute(text(f"SELECT {counts} FROM orders ORDER BY serial")).all()
        assert [tuple(order) for order in orders] == [(5, 5, 5, 5), (7, 7, 7, 0), (9, 0, 0, 0)]
        parcels = connection.execute(text("SELECT pieces FROM shipments ORDER BY number")).scalars()
        assert list(parcels) == [5, 7, 0]


def test_orders_of_an_earlier_release_are_found_by_their_words(empty_url: str) -> None:
    """One was written through the mapper and kept its words, one was described on the page and kept none."""
    schema.upgrade(empty_url, "0008")
    insert(empty_url, ACCESSORIES)
    with everything(empty_url) as connection:
        connection.execute(text("DELETE FROM order_words"))
        connection.execute(text("UPDATE orders SET reference = 'Winter, 7B 7b', cost_centre = 'Lager'"))
        connection.execute(
            text("UPDATE orders SET reference = 'Autumn 7B', cost_centre = '' WHERE serial = 2026000001")
        )
        for word in ("autumn", "7b"):
            kept = "INSERT INTO order_words (account_id, serial, word)"
            connection.execute(text(f"{kept} SELECT id, 2026000001, :word FROM accounts"), {"word": word})

    schema.upgrade(empty_url)

    with everything(empty_url) as connection:
        found = connection.execute(text("SELECT serial, word FROM order_words")).all()
        assert sorted(map(tuple, found)) == [
            (2026000001, "7b"), (2026000001, "autumn"),
            (2026000002, "7b"), (2026000002, "lager"), (2026000002, "winter"),
            (2026000003, "7b"), (2026000003, "lager"), (2026000003, "winter"),
        ]  # fmt: skip


FILE: dict[str, object] = {
    "account_id": "a", "folder": "inbox", "state": "processed", "size": 1, "reserved": 1, "whole": True,
    "rows": 0, "created_at": "now", "written_at": "now", "version": 1,
}  # fmt: skip
FILES: dict[str, dict[str, object]] = {
    "accounts": ACCESSORIES["accounts"],
    "users": EARLIER["users"] | {"id": "u"},
    "users admin": EARLIER["users"] | {"id": "admin", "email": "b@example.test"},
    "articles": ACCESSORIES["articles"] | {"id": "p"},
    "layouts": EARLIER["layouts"] | {"id": "l", "account_id": "a", "article_id": "p"},
    "imports": {
        "id": "i", "account_id": "a", "user_id": "u", "layout_id": "l", "fingerprint": b"", "state": "done",
        "total": 1, "done": 1, "used_columns": "[]", "dropped_columns": "[]", "notes": "[]",
        "created_at": "now", "changed_at": "now",
    },
    "file_credentials": {
        "id": "c", "account_id": "a", "kind": "key", "name": "HR", "login": "hr", "public_key": "",
        "fingerprint": "", "created_by": "admin", "created_at": "now", "last_used_from": "",
    },
    "file_drops page": FILE | {"id": "f1", "blob": "1 page", "user_id": "u"},
    "file_drops machine": FILE | {"id": "f2", "blob": "2 machine", "credential_id": "c", "import_id": "i"},
    "file_drops answer": FILE | {"id": "f3", "blob": "3 answer", "folder": "results", "import_id": "i"},
    "file_drops lost": FILE | {"id": "f4", "blob": "4 lost", "folder": "results"},
}  # fmt: skip
"""Files as the release of revision 0015 wrote them: of the last it is not known whose list it answers."""


def test_files_of_an_earlier_release_belong_to_who_sent_them(empty_url: str) -> None:
    schema.upgrade(empty_url, "0015")
    insert(empty_url, FILES)

    schema.upgrade(empty_url)

    with everything(empty_url) as connection:
        query = "SELECT email FROM file_drops LEFT JOIN users ON users.id = owner_id ORDER BY blob"
        owners = connection.execute(text(query)).scalars().all()
    assert owners == ["a@example.test", "b@example.test", "b@example.test", None]


def test_asking_for_the_revision_makes_no_file(tmp_path: Path) -> None:
    assert schema.revision(f"sqlite:///{tmp_path / 'absent.db'}") is None
    assert list(tmp_path.glob("absent*")) == []


def test_a_migration_that_fails_leaves_nothing_behind(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = create_engine(empty_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE transitions (other INTEGER)"))
    engine.dispose()

    with pytest.raises(Exception, match="transitions"):
        schema.upgrade(empty_url)

    assert schema.revision(empty_url) is None
    engine = create_engine(empty_url)
    with engine.connect() as connection, pytest.raises(Exception, match="accounts"):
        connection.execute(text("SELECT * FROM accounts"))
    engine.dispose()


def test_what_was_written_is_guarded_by_triggers(database: Database) -> None:
    query = (
        "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'"
        if database.is_sqlite
        else "SELECT relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE NOT tgisinternal"
    )
    with database.transaction(SYSTEM, writes=False) as session:
        guarded = set(session.connection().execute(text(query)).scalars())
    assert guarded == {"audit_events", "audit_checkpoints", "erasures", "agreement_acceptances"}


on_postgresql = pytest.mark.parametrize("dialect", ["postgresql"])


def customer_with_an_order(world: World, name: str) -> Account:
    account = world.account(name)
    orderer, layout = world.person(Role.ORDERER, account), world.layout(account)
    assert orderer.user_id
    with world.database.transaction(SYSTEM) as session:
        now, serial = clock.now(), 2026_000_000 + layout.created_at.microsecond + len(name)
        order = Order(
            account_id=account.id, serial=serial, orderer_id=orderer.user_id, created_at=now, changed_at=now
        )
        session.add(order)
        session.flush()
        session.add(
            AuditEvent(chain=str(account.id), seq=1, at=now, action="order:made", previous="", hash=name)
        )
    return account


def in_account(account: Account) -> Actor:
    return Actor(scope=Scope.ACCOUNT, account_id=account.id)


@on_postgresql
def test_every_table_of_an_account_is_held_by_row_level_security(database: Database) -> None:
    with database.transaction(SYSTEM, writes=False) as session:
        held = session.execute(
            text(
                "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
                " AND EXISTS (SELECT FROM pg_policies WHERE tablename = relname AND policyname = 'tenant')"
            )
        ).scalars()
        assert sorted(held) == sorted([*TENANT_TABLES, "audit_events", "audit_verifications"])


@on_postgresql
def test_the_portal_connects_as_somebody_whom_the_policies_hold(database: Database) -> None:
    with database.transaction(SYSTEM, writes=False) as session:
        role = session.execute(
            text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        )
        assert role.scalar_one() is False


@on_postgresql
def test_a_query_without_its_tenant_condition_finds_nothing_of_others(world: World) -> None:
    mine, other = (
        customer_with_an_order(world, "Björkskolan"),
        customer_with_an_order(world, "Nordhamn Energi"),
    )
    for actor, seen in (
        (in_account(mine), {mine.id}),
        (in_account(other), {other.id}),
        (Actor(scope=Scope.BUREAU), {mine.id, other.id}),
        (SYSTEM, {mine.id, other.id}),
        (ANONYMOUS, set[UUID]()),
        (Actor(scope=Scope.ACCOUNT), set[UUID]()),
    ):
        with world.database.transaction(actor, writes=False) as session:
            assert set(session.exec(select(Order.account_id))) == seen, actor.scope
            assert {account.id for account in session.exec(select(Account))} == seen
            assert {UUID(entry.chain) for entry in session.exec(select(AuditEvent))} == seen


@on_postgresql
def test_a_transaction_that_says_nothing_sees_nothing(world: World) -> None:
    customer_with_an_order(world, "Björkskolan")
    with world.database.engine.connect() as connection:
        for table in (*TENANT_TABLES, "audit_events"):
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0


@on_postgresql
def test_the_scope_ends_with_its_transaction(world: World) -> None:
    customer_with_an_order(world, "Björkskolan")
    with world.database.transaction(SYSTEM, writes=False) as session:
        assert session.exec(select(func.count()).select_from(Order)).one() == 1
    with world.database.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM orders")).scalar_one() == 0


@on_postgresql
def test_nobody_writes_into_another_account(world: World) -> None:
    mine, other = (
        customer_with_an_order(world, "Björkskolan"),
        customer_with_an_order(world, "Nordhamn Energi"),
    )
    with world.database.transaction(in_account(mine)) as session:
        taken = session.execute(text("UPDATE orders SET reference = 'mine now'"))
        assert taken.rowcount == 1  # pyright: ignore[reportAttributeAccessIssue] - a cursor's result has it, its general type has not
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        world.database.transaction(in_account(mine)) as session,
    ):
        session.execute(text("UPDATE orders SET account_id = :other"), {"other": other.id})
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        world.database.transaction(in_account(mine)) as session,
    ):
        session.add(AuditEvent(chain=str(other.id), seq=2, at=clock.now(), action="x", previous="", hash=""))


@on_postgresql
def test_everybody_appends_to_the_installations_chain_and_only_the_bureau_reads_it(world: World) -> None:
    entry = {
        "chain": "installation",
        "at": clock.now(),
        "action": "sign_in:refused",
        "previous": "",
        "hash": "",
    }
    with world.database.transaction(ANONYMOUS) as session:
        session.add(AuditEvent(id=new_id(), seq=1, **entry))
    with world.database.transaction(ANONYMOUS, writes=False) as session:
        assert session.exec(select(AuditEvent)).all() == []
    with world.database.transaction(Actor(scope=Scope.BUREAU), writes=False) as session:
        assert len(session.exec(select(AuditEvent)).all()) == 1
