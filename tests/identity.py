"""People who sign in, for tests: with a password, an authenticator and recovery codes."""

from dataclasses import dataclass
from functools import cache
from uuid import UUID

import pytest
from passlib.context import CryptContext
from sqlmodel import col, select

from nexus_portal.adapters import clock, passwords
from nexus_portal.domain import recovery_codes, totp
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.audit import AuditEvent
from nexus_portal.models.people import RecoveryCode, User
from nexus_portal.services import second_factor, sessions, sign_in
from nexus_portal.services.sessions import Visit
from nexus_portal.services.steps import Browser, Step
from tests.world import World

PASSWORD = "plommon under stolen"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
RECOVERY = "3F7K-9Q2M-XW4T-8RBD"
QUICK = CryptContext(
    schemes=["argon2"], argon2__type="ID", argon2__memory_cost=64, argon2__rounds=1, argon2__parallelism=1
)
BROWSER = Browser("192.0.2.7", "Mozilla/5.0 (Windows NT 10.0) Gecko Firefox/140.0")


@pytest.fixture
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash with next to no work: for tests of everything but the work."""
    monkeypatch.setattr(passwords, "_context", QUICK)
    passwords._dummy.cache_clear()


@dataclass(frozen=True)
class Person:
    """Somebody who has finished enrolling."""

    user_id: UUID
    email: str
    actor: Actor


@cache
def password_hash() -> str:
    """A hash of `PASSWORD`."""
    return str(QUICK.hash(PASSWORD))


def enrolled(world: World, role: Role, account: Account, *, stepped_up: bool = False) -> Person:
    """A person of the account who can sign in."""
    actor = world.person(role, account, stepped_up=stepped_up)
    assert actor.user_id is not None
    with world.database.transaction(SYSTEM) as session:
        user = session.get_one(User, actor.user_id)
        user.password_hash = password_hash()
        user.totp_secret = second_factor.sealed(user.id, SECRET)
        session.add(user)
        session.add(RecoveryCode(user_id=user.id, code_hash=recovery_codes.hash_of(RECOVERY)))
    return Person(user.id, user.email, actor)


def newcomer() -> Visit:
    """A browser that has just opened a page."""
    with sessions.system() as session:
        sid = sessions.start(session, address=BROWSER.address, agent=BROWSER.agent)
    return visit(sid)


def visit(sid: str) -> Visit:
    """The session with this id, which must be alive."""
    found = sessions.resolve(sid)
    assert found is not None
    return found


def after(step: Step) -> Visit:
    """The session that a step led to."""
    return visit(step.sid)


def code(secret: str = SECRET, *, steps: int = 0) -> str:
    """What the authenticator shows now, or some steps away."""
    return totp.code_at(secret, totp.step_at(clock.now()) + steps)


def with_password(person: Person, password: str = PASSWORD) -> Visit:
    """A browser after the first step."""
    return after(sign_in.with_password(newcomer(), email=person.email, password=password, browser=BROWSER))


def signed_in(person: Person) -> Visit:
    """A browser after both steps."""
    return after(sign_in.with_second_factor(with_password(person), code=code()))


def audited(world: World, action: str) -> list[AuditEvent]:
    """What the audit log says of an action."""
    with world.database.transaction(SYSTEM, writes=False) as session:
        query = (
            select(AuditEvent)
            .where(AuditEvent.action == action)
            .order_by(col(AuditEvent.at), col(AuditEvent.id))
        )
        return list(session.exec(query))
