"""The database: connections, and the only place that commits.

A transaction carries its caller's scope. On PostgreSQL it is set as transaction-local settings that the
row-level security policies read, so that a query without its tenant condition still finds nothing of others.
"""

import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Session, create_engine

from nexus_portal import settings
from nexus_portal.adapters import events, restoring
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, Unavailable

log = logging.getLogger(__name__)

BUSY_SECONDS = 15
_HOOKS = "nexus.after_commit"
_NEWS = "nexus.news"
_WRITES = "nexus_writes"


class Database:
    """One database, SQLite or PostgreSQL, by URL."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        self.engine = _sqlite(url) if self.is_sqlite else _postgresql(url)
        self._reading = self.engine.execution_options(**{_WRITES: False})

    @contextmanager
    def transaction(self, actor: Actor, *, writes: bool = True) -> Generator[Session]:
        """A session in one transaction: committed when the block ends, rolled back when it raises.

        News and hooks of the session are carried out after the commit.

        Raises:
            Conflict: a row was changed by somebody else meanwhile.
            Unavailable: the database does not answer or stays locked.
        """
        engine = self.engine if writes else self._reading
        with _refusals_in_words(), Session(engine, expire_on_commit=False) as session:
            if writes:
                session.connection()  # waits for other writers now, not when there is something to lose
            if not self.is_sqlite:
                _set_scope(session.connection(), actor)
            yield session
            # Who only reads leaves nothing to commit: closing ends it, in half the time.
            if writes:
                session.commit()
        _carry_out(session)

    @contextmanager
    def reading(self, actor: Actor) -> Generator[Connection]:
        """A connection in one transaction that only reads, without a session around it.

        Raises:
            Unavailable: the database does not answer or stays locked.
        """
        with _refusals_in_words(), self._reading.connect() as connection:
            if not self.is_sqlite:
                _set_scope(connection, actor)
            yield connection

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def after_commit(session: Session, hook: Callable[[], None]) -> None:
    """Run `hook` in the same thread once the session's transaction is committed; never if it is not."""
    session.info.setdefault(_HOOKS, []).append(hook)


def announce(session: Session, news: events.News) -> None:
    """Tell the open pages once the change is committed; the same news only once."""
    pending: dict[events.News, None] = session.info.setdefault(_NEWS, {})
    pending[news] = None


def _carry_out(session: Session) -> None:
    for hook in session.info.pop(_HOOKS, []):
        hook()
    for news in session.info.pop(_NEWS, ()):
        events.publish(news)


def _set_scope(connection: Connection, actor: Actor) -> None:
    connection.execute(
        text("SELECT set_config('nexus.scope', :scope, true), set_config('nexus.account', :account, true)"),
        {"scope": actor.scope.value, "account": str(actor.account_id or "")},
    )


@contextmanager
def _refusals_in_words() -> Generator[None]:
    try:
        yield
    except (StaleDataError, IntegrityError) as error:
        log.info("conflict: %s", type(error).__name__)
        raise Conflict from error
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        log.warning("the database does not answer: %s", type(error).__name__)
        raise Unavailable from error
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        raise Unavailable from error


def _postgresql(url: str) -> Engine:
    return create_engine(
        url,
        pool_size=10,
        max_overflow=20,
        pool_timeout=BUSY_SECONDS,
        pool_pre_ping=True,
        pool_use_lifo=True,  # the connection used last has its statements prepared
        hide_parameters=True,
        connect_args={"connect_timeout": 5},
    )


def _sqlite(url: str) -> Engine:
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
        pool_size=10,
        hide_parameters=True,  # errors are logged, and values would be in their text
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            "secure_delete=ON",
            "cache_size=-65536",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A deferred transaction that starts to write later cannot wait for the lock: it fails at once.
        if connection.get_execution_options().get(_WRITES, True):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            # Takes no lock yet, so that nothing can be refused: said to the driver, it costs a tenth.
            connection.connection.cursor().execute("BEGIN")

    return engine


_current: Database | None = None


def current() -> Database:
    """The database of this process.

    Raises:
        Unavailable: it is being restored, and holds what was erased since the backup.
    """
    global _current  # noqa: PLW0603 - one per process
    if restoring.refused():
        raise Unavailable
    if _current is None:
        settings.current().data_dir.mkdir(parents=True, exist_ok=True)
        _current = Database(settings.current().database_url)
    return _current


def is_open() -> bool:
    """True when this process has a database in use."""
    return _current is not None


def use(database: Database | None) -> None:
    """Make `database` the one of this process: for tests and tools that work on another."""
    global _current  # noqa: PLW0603 - one per process
    _current = database
