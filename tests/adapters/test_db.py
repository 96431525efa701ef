"""Transactions: all or nothing, news and hooks after the commit, and words when the database is away."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from nexus_portal.adapters import clock, db, events
from nexus_portal.adapters.db import Database
from nexus_portal.adapters.events import News
from nexus_portal.domain.actor import ANONYMOUS, SYSTEM
from nexus_portal.domain.errors import Conflict, Unavailable
from nexus_portal.models.accounts import Account
from nexus_portal.models.base import new_id


def add(session: Session, number: str) -> Account:
    """An account in a transaction that is still open."""
    account = Account(number=number, name="Björkskolan", created_at=clock.now())
    session.add(account)
    session.flush()
    return account


def numbers(database: Database) -> set[str]:
    """The accounts that were committed."""
    with database.transaction(SYSTEM, writes=False) as session:
        return set(session.exec(select(Account.number)))


@pytest.fixture
def heard() -> Iterator[list[News]]:
    """The news of the test."""
    news: list[News] = []
    stop = events.listen(news.append)
    yield news
    stop()


def test_a_block_that_raises_leaves_nothing_and_tells_nobody(database: Database, heard: list[News]) -> None:
    hooks: list[str] = []

    def fall() -> None:
        with database.transaction(SYSTEM) as session:
            add(session, "1")
            db.after_commit(session, lambda: hooks.append("ran"))
            db.announce(session, News(new_id(), "orders"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fall()
    assert (numbers(database), hooks, heard) == (set(), [], [])


def test_hooks_and_news_come_after_the_commit_and_news_once(database: Database, heard: list[News]) -> None:
    seen: list[set[str]] = []
    news = News(new_id(), "orders", "2026-00001")
    with database.transaction(SYSTEM) as session:
        add(session, "1")
        db.after_commit(session, lambda: seen.append(numbers(database)))
        db.announce(session, news)
        db.announce(session, news)
        assert heard == []
    assert (seen, heard) == ([{"1"}], [news])


def test_two_of_a_kind_are_a_conflict(database: Database) -> None:
    with database.transaction(SYSTEM) as session:
        add(session, "1")
    with pytest.raises(Conflict), database.transaction(SYSTEM) as session:
        add(session, "1")


def test_nobody_reads_nothing_on_postgresql(database: Database) -> None:
    with database.transaction(SYSTEM) as session:
        add(session, "1")
    with database.transaction(ANONYMOUS, writes=False) as session:
        seen = session.exec(select(Account)).all()
    assert len(seen) == (1 if database.is_sqlite else 0)


@contextmanager
def locked(path: Path, seconds: float) -> Iterator[None]:
    """Somebody else writes for a while."""
    other = Database(f"sqlite:///{path}")
    taken, enough = threading.Event(), threading.Event()

    def hold() -> None:
        with other.transaction(SYSTEM) as session:
            session.connection().execute(text("SELECT 1"))
            taken.set()
            enough.wait(seconds)

    thread = threading.Thread(target=hold)
    thread.start()
    taken.wait(5)
    yield
    enough.set()
    thread.join()
    other.dispose()


def test_a_short_lock_is_waited_out(migrated_sqlite: Path, installation: Path) -> None:
    path = installation / "busy.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    database = Database(f"sqlite:///{path}")
    with locked(path, 1), database.transaction(SYSTEM) as session:
        add(session, "1")
    assert numbers(database) == {"1"}
    database.dispose()


def test_a_long_lock_is_said_in_words_and_readers_go_on(
    migrated_sqlite: Path, installation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = installation / "busy.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    monkeypatch.setattr(db, "BUSY_SECONDS", 0.2)
    database = Database(f"sqlite:///{path}")
    with locked(path, 5):
        assert numbers(database) == set()
        with pytest.raises(Unavailable), database.transaction(SYSTEM) as session:
            add(session, "1")
    assert numbers(database) == set()
    database.dispose()


def test_a_database_that_is_gone_is_said_in_words() -> None:
    database = Database("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    with pytest.raises(Unavailable), database.transaction(SYSTEM):
        pass
    database.dispose()


def test_connections_that_were_cut_are_replaced(migrated_postgresql: str) -> None:
    database = Database(migrated_postgresql)
    numbers(database)
    plain = migrated_postgresql.replace("+psycopg", "")
    with psycopg.connect(plain, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE usename = current_user AND pid <> pg_backend_pid() AND datname = current_database()"
        )
    assert isinstance(numbers(database), set)
    database.dispose()
