"""Sending the same form twice makes one thing: the second sending gets the first one's answer."""

import hashlib
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.text import Message
from nexus_portal.models.sessions import Idempotency
from nexus_portal.services import sessions

LONGEST_KEY = 80
LIFETIME = timedelta(days=1)


def once(session: Session, actor: Actor, key: str, make: Callable[[], str]) -> str:
    """What `make` gave the first time this caller came with this key; it runs at most once, in parallel too.

    The key belongs to the caller: another's same key is another key. When `make` raises, the transaction
    takes the key back with it, so that a corrected form may use it again.

    Raises:
        Invalid: the key is empty or longer than 80 characters.
    """
    name = _name(actor, key)
    # A parallel sending waits here for the first one's transaction to end: the key is unique.
    if session.connection().execute(_claim(session, name)).first() is not None:
        result = make()
        session.exec(update(Idempotency).where(col(Idempotency.key) == name).values(result=result))
        return result
    return session.exec(select(Idempotency.result).where(Idempotency.key == name)).one()


def sweep() -> None:
    """Forget keys after a day: no session, and so no page that holds one, lives that long."""
    with sessions.system() as session:
        session.exec(delete(Idempotency).where(col(Idempotency.created_at) < clock.now() - LIFETIME))


def _name(actor: Actor, key: str) -> str:
    if not key or len(key) > LONGEST_KEY:
        raise Invalid(Message("This page is out of date. Load it again, then repeat."))
    return hashlib.sha256(f"{actor.account_id}|{actor.user_id}|{key}".encode()).hexdigest()


def _claim(session: Session, name: str) -> ReturningInsert[str]:
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    row = {"key": name, "result": "", "created_at": clock.now()}
    return dialect.insert(Idempotency).values(row).on_conflict_do_nothing().returning(col(Idempotency.key))
