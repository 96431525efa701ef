"""The database of the key store: its tables, its connection, its transactions."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Uuid,
    create_engine,
    event,
    insert,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.schema import CreateTable

from nexus_portal.adapters import sealing
from nexus_portal.adapters.db import BUSY_SECONDS
from nexus_portal.domain.errors import Conflict, Tampered, Unavailable
from nexus_portal.settings import SettingsError

ACTIVE, ERASED = "active", "erased"
_WRITES = "nexus_writes"
_LOCK = 0x6E78_6B73  # any number that no other user of advisory locks takes

metadata = MetaData()

account_keys = Table(
    "account_keys",
    metadata,
    Column("account_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("search", LargeBinary, nullable=False),
    Column("created_at", String(32), nullable=False),
    PrimaryKeyConstraint("account_id", "version"),
)

data_keys = Table(
    "data_keys",
    metadata,
    Column("record_id", Uuid, primary_key=True),
    Column("account_id", Uuid),
    Column("version", Integer, nullable=False),
    Column("wrapped", LargeBinary),
    Column("state", String(10), nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("erased_at", String(32)),
    Column("erasure_id", Uuid),
)

master_check = Table(
    "master_check",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("sealed", LargeBinary, nullable=False),
)


def open_store(url: str) -> Engine:
    """An engine on a key store whose tables exist and whose master key is the one of this installation.

    Raises:
        SettingsError: the master key is missing, or is not the one that this key store was made with.
        Unavailable: the key store does not answer.
    """
    proof = sealing.seal("key-store", b"nexus-portal", url.partition(":")[0])
    engine = _sqlite(url) if url.startswith("sqlite") else _postgresql(url)
    try:
        with transaction(engine) as connection:
            _make_tables(connection)
            _check_master(connection, proof, url)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _make_tables(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    for table in metadata.sorted_tables:
        connection.execute(CreateTable(table, if_not_exists=True))


def _check_master(connection: Connection, proof: bytes, url: str) -> None:
    known = connection.execute(select(master_check.c.sealed)).scalar_one_or_none()
    if known is None:
        connection.execute(insert(master_check).values(id=1, sealed=proof))
    else:
        _compare(known, url)


def _compare(known: bytes, url: str) -> None:
    try:
        sealing.open("key-store", known, url.partition(":")[0])
    except Tampered as error:
        message = "The master key is not the one this key store was made with: restore the right one."
        raise SettingsError(message) from error


@contextmanager
def transaction(engine: Engine, *, writes: bool = True) -> Generator[Connection]:
    """A transaction of the key store's own, committed when the block ends.

    Raises:
        Conflict: a key of that record exists already, or has been erased.
        Unavailable: the key store does not answer or stays locked.
    """
    try:
        with engine.connect().execution_options(**{_WRITES: writes}) as connection, connection.begin():
            yield connection
    except IntegrityError as error:
        raise Conflict from error
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        raise Unavailable from error
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        raise Unavailable from error


def _postgresql(url: str) -> Engine:
    return create_engine(
        url,
        pool_size=5,
        max_overflow=20,
        pool_timeout=BUSY_SECONDS,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"connect_timeout": 5},
    )


def _sqlite(url: str) -> Engine:
    Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = create_engine(
        url, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        # FULL: a key that a power cut takes back would make its record unreadable, or an erased one readable.
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES, True)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
