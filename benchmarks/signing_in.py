"""Signing in beside the work of others: what a password costs, and what fifty at once do to a list.

Everything goes the way that the portal goes: passwords in the threads set aside for them, the list in the
threads of the event loop, both on the database that the other figures were measured on.
"""

import asyncio
import time
from dataclasses import dataclass
from statistics import median, quantiles
from uuid import UUID

from benchmarks.lists import largest_customer, timed
from nexus_portal.adapters import clock, db, passwords
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.permissions import Role
from nexus_portal.models.people import Membership, User
from nexus_portal.services import history, sessions, sign_in
from nexus_portal.services.history import Wanted
from nexus_portal.services.steps import Browser
from nexus_portal.services.use_case import perform
from nexus_portal.web.steps import hashing

AT_ONCE = 50
READS = 120
PAUSE = 0.01
PASSWORD = "a password of the benchmark"  # noqa: S105 - of people who do not exist


@dataclass(frozen=True, slots=True)
class Beside:
    """Milliseconds of a colleague's order list, alone and while others sign in; 95th percentiles."""

    alone: float
    beside: float
    seconds: float
    """How long the sign-ins took together."""

    @property
    def times_slower(self) -> float:
        """How much the list suffers."""
        return self.beside / self.alone


def hash_ms() -> float:
    """What one password costs, in milliseconds."""
    hashed = passwords.hash_password(PASSWORD)
    return median(timed(lambda: passwords.verify_password(PASSWORD, hashed)) for _ in range(9))


def beside_sign_ins() -> Beside:
    """Read the largest customer's order list while fifty people give their passwords."""
    return asyncio.run(_measure(_newcomers()))


async def _measure(emails: list[str]) -> Beside:
    # Their sessions began when they opened the page, before they typed.
    visits = [await asyncio.to_thread(_opened) for _ in emails]
    await _reads(READS)
    alone = await _reads(READS)
    began = time.perf_counter()
    people = enumerate(zip(emails, visits, strict=True))
    signing_in = asyncio.gather(*(_signs_in(email, visit, place) for place, (email, visit) in people))
    beside: list[float] = []
    while not signing_in.done():
        beside += await _reads(5)
    await signing_in
    return Beside(_p95(alone), _p95(beside), time.perf_counter() - began)


async def _reads(count: int) -> list[float]:
    actor, took = largest_customer(), list[float]()
    for _ in range(count):
        began = time.perf_counter()
        await asyncio.to_thread(perform, history.orders, actor, wanted=Wanted())
        took.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(PAUSE)
    return took


async def _signs_in(email: str, visit: sessions.Visit, place: int) -> None:
    browser = Browser(f"2001:db8::{place:x}", "benchmark")
    await hashing(sign_in.with_password, visit, email=email, password=PASSWORD, browser=browser)


def _opened() -> sessions.Visit:
    with sessions.system() as session:
        sid = sessions.start(session, agent="benchmark")
    visit = sessions.resolve(sid)
    assert visit is not None  # noqa: S101 - it was started a moment ago
    return visit


def _newcomers() -> list[str]:
    account: UUID | None = largest_customer().account_id
    assert account is not None  # noqa: S101 - for the type checker
    hashed, emails = passwords.hash_password(PASSWORD), [f"bench{n}@example.test" for n in range(AT_ONCE)]
    now = clock.now()
    with db.current().transaction(SYSTEM) as session:
        users = [
            User(email=email, name="Benchmark", password_hash=hashed, totp_secret=b"none", created_at=now)
            for email in emails
        ]
        session.add_all(users)
        session.flush()
        session.add_all(
            Membership(
                user_id=user.id, account_id=account, role=Role.APPROVER, created_at=now, changed_at=now
            )
            for user in users
        )
    return emails


def _p95(times: list[float]) -> float:
    return quantiles(times, n=20, method="inclusive")[18]
