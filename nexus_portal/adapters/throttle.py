"""Limits on guessing, counted in the database so that they hold across workers and restarts.

Windows move: an attempt counts for as long as its window, and refused attempts do not lengthen the wait.
What succeeds is given back, so that only failures count. Without the database nothing is let through.
"""

import hashlib
import hmac
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from limits import RateLimitItem, parse_many
from limits.storage import MovingWindowSupport, Storage
from limits.strategies import MovingWindowRateLimiter
from sqlalchemy import column, delete, func, insert, select, table, text
from sqlmodel import Session

from nexus_portal.adapters import clock, db, sealing
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import PortalError, TooMany
from nexus_portal.domain.text import Message

LONGEST = timedelta(days=1)
_hits = table("throttle_hits", column("id"), column("bucket"), column("at"))
_MINUTES_READ_WELL = 120


@dataclass(frozen=True, slots=True)
class Limit:
    """What is counted, and how often it may happen: rates of the `limits` library, the narrowest first."""

    name: str
    rates: tuple[RateLimitItem, ...]

    @classmethod
    def of(cls, name: str, rates: str) -> "Limit":
        """Such as `Limit.of("password", "10/5 minutes; 50/day")`."""
        return cls(name, tuple(parse_many(rates)))


def take(limit: Limit, *keys: str) -> None:
    """Count one attempt for each key, such as an address; keys are stored as HMACs.

    An attempt that one key refuses counts for none of them: else whoever has used up their own could still
    use up somebody else's.

    Raises:
        TooMany: one of the keys has used up its attempts; says when to try again.
        Unavailable: the database does not answer.
    """
    counted: list[str] = []
    for key in keys:
        for rate in limit.rates:
            identifiers = _identifiers(limit, key)
            if not _limiter.hit(rate, *identifiers):
                _forget(counted)
                raise TooMany(_wait(_limiter.get_window_stats(rate, *identifiers).reset_time))
            counted.append(rate.key_for(*identifiers))


def give_back(limit: Limit, *keys: str) -> None:
    """Take back the newest attempt of each key, which turned out to be no guess."""
    _forget([rate.key_for(*_identifiers(limit, key)) for key in keys for rate in limit.rates])


def sweep() -> None:
    """Delete attempts that no window looks back to."""
    with db.current().transaction(SYSTEM) as session:
        session.connection().execute(
            delete(_hits).where(_hits.c.at < clock.now().timestamp() - LONGEST.total_seconds())
        )


class HitTable(Storage, MovingWindowSupport):
    """Attempts as rows of `throttle_hits`: the storage that the library counts in."""

    STORAGE_SCHEME = None

    @property
    def base_exceptions(self) -> type[Exception]:
        """What the storage raises: refusals in words, passed on as they are."""
        return PortalError

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count `amount` more unless that would pass the limit; of several at once each counts."""
        now = clock.now().timestamp()
        with db.current().transaction(SYSTEM) as session:
            _alone(session, key)
            session.connection().execute(
                delete(_hits).where(_hits.c.bucket == key, _hits.c.at <= now - expiry)
            )
            if _count(session, key, now - expiry)[1] + amount > limit:
                return False
            session.connection().execute(insert(_hits), [{"bucket": key, "at": now}] * amount)
            return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:  # noqa: ARG002 - limits' signature
        """Time of the oldest attempt that counts, and how many do."""
        now = clock.now().timestamp()
        with db.current().transaction(SYSTEM, writes=False) as session:
            oldest, count = _count(session, key, now - expiry)
        return (oldest if count else now), count

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count `amount` more whatever the limit; gives how many count now."""
        self.acquire_entry(key, self.get(key) + amount, expiry, amount)
        return self.get(key)

    def get(self, key: str) -> int:
        """How many attempts are kept."""
        return self.get_moving_window(key, 0, int(LONGEST.total_seconds()))[1]

    def get_expiry(self, key: str) -> float:
        """When the oldest attempt that is kept falls out of the longest window."""
        oldest, _ = self.get_moving_window(key, 0, int(LONGEST.total_seconds()))
        return oldest + LONGEST.total_seconds()

    def check(self) -> bool:
        """True when the database answers."""
        try:
            self.get("")
        except PortalError:
            return False
        return True

    def reset(self) -> int:
        """Forget every attempt; gives how many."""
        with db.current().transaction(SYSTEM) as session:
            return session.connection().execute(delete(_hits)).rowcount

    def clear(self, key: str) -> None:
        """Forget the attempts of one key."""
        with db.current().transaction(SYSTEM) as session:
            session.connection().execute(delete(_hits).where(_hits.c.bucket == key))


_limiter = MovingWindowRateLimiter(HitTable())


def _identifiers(limit: Limit, key: str) -> tuple[str, str]:
    digest = hmac.new(sealing.hmac_key("throttle"), key.encode(), hashlib.sha256)
    return limit.name, digest.hexdigest()


def _alone(session: Session, key: str) -> None:
    # SQLite has one writer anyway; on PostgreSQL two counts could miss each other's insert.
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key}
        )


def _count(session: Session, key: str, since: float) -> tuple[float, int]:
    query = select(func.min(_hits.c.at), func.count()).where(_hits.c.bucket == key, _hits.c.at > since)
    oldest, count = session.connection().execute(query).one()
    return float(oldest or 0), int(count)


def _forget(buckets: Sequence[str]) -> None:
    with db.current().transaction(SYSTEM) as session:
        for bucket in buckets:
            _forget_newest(session, bucket)


def _forget_newest(session: Session, key: str) -> None:
    newest = select(func.max(_hits.c.id)).where(_hits.c.bucket == key).scalar_subquery()
    session.connection().execute(delete(_hits).where(_hits.c.id == newest))


def _wait(until: float) -> Message:
    minutes = math.ceil((until - clock.now().timestamp()) / 60)
    if minutes <= 1:
        return Message("Too many attempts. Try again in a minute.")
    if minutes <= _MINUTES_READ_WELL:
        return Message("Too many attempts. Try again in {minutes} minutes.", minutes=minutes)
    return Message("Too many attempts. Try again in {hours} hours.", hours=math.ceil(minutes / 60))
