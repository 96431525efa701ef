"""Who connects to the file server: proven by key or password, looked up anew for each act.

These functions run before there is an actor, so they carry no permission: the credential decides.
"""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from nexus_portal.adapters import clock, db, passwords, throttle
from nexus_portal.adapters.events import News
from nexus_portal.adapters.throttle import Limit
from nexus_portal.domain.actor import SYSTEM, Actor, Scope
from nexus_portal.domain.errors import NotSignedIn
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account
from nexus_portal.models.files import CredentialKind, FileCredential
from nexus_portal.services import attempts, audit
from nexus_portal.services.file_credentials import TOPIC

LIMIT = Limit.of("file password", "10/5 minutes")
USED_EVERY = timedelta(minutes=5)
"""Within so long from the same address, one more connection is no news to the audit log."""
_HELD = frozenset({Permission.FILES_READ, Permission.FILES_USE})


def by_key(login: str, fingerprint: str) -> UUID | None:
    """The credential that this key opens; the door has it signed before anything else happens."""
    query = _living().where(
        FileCredential.login == login,
        FileCredential.kind == CredentialKind.KEY,
        FileCredential.fingerprint == fingerprint,
    )
    with db.current().transaction(SYSTEM, writes=False) as session:
        found = session.exec(query).one_or_none()
    return found.id if found else None


def by_password(login: str, password: str, address: str) -> UUID | None:
    """The credential that this password opens. An unknown login costs the same time, and is throttled alike.

    Raises:
        TooMany: too many passwords did not fit lately, for this login or from this address.
    """
    keys = (f"files {login}", f"address {address}")
    throttle.take(LIMIT, *keys)
    query = _living().where(FileCredential.login == login, FileCredential.kind == CredentialKind.PASSWORD)
    with db.current().transaction(SYSTEM, writes=False) as session:
        found = session.exec(query).one_or_none()
    fits, _ = passwords.verify_password(password, found.password_hash if found else None)
    if not fits or found is None:
        return None
    throttle.give_back(LIMIT, *keys)
    return found.id


def actor_of(credential_id: UUID) -> Actor:
    """The machine behind a credential, with what it may do at this moment.

    Raises:
        NotSignedIn: the credential was revoked.
    """
    query = _living().where(FileCredential.id == credential_id)
    with db.current().transaction(SYSTEM, writes=False) as session:
        found = session.exec(query).one_or_none()
        account = session.get(Account, found.account_id) if found else None
    if found is None or account is None:
        raise NotSignedIn(Message("This credential was revoked."))
    return Actor(
        scope=Scope.ACCOUNT,
        account_id=account.id,
        account_number=account.number,
        account_name=account.name,
        name=found.login,
        credential_id=found.id,
        files_of=found.created_by,
        permissions=_HELD,
    )


def note_use(credential_id: UUID, address: str) -> None:
    """Write down that a credential was used, from where and when."""
    now = clock.now()
    with db.current().transaction(SYSTEM) as session:
        row = session.get_one(FileCredential, credential_id)
        again = row.last_used_at is not None and now - row.last_used_at < USED_EVERY
        if not (again and row.last_used_from == address):
            _audit(session, row, address)
        session.exec(
            update(FileCredential)
            .where(col(FileCredential.id) == credential_id)
            .values(last_used_at=now, last_used_from=address[:64])
        )
        db.announce(session, News(row.account_id, TOPIC))


def living(credential_ids: Collection[UUID]) -> set[UUID]:
    """Which of these credentials still let anybody in."""
    with db.current().transaction(SYSTEM, writes=False) as session:
        return {
            found.id for found in session.exec(_living().where(col(FileCredential.id).in_(credential_ids)))
        }


def _living() -> SelectOfScalar[FileCredential]:
    return select(FileCredential).where(col(FileCredential.revoked_at).is_(None))


def _audit(session: Session, row: FileCredential, address: str) -> None:
    network = attempts.network_of(address)
    audit.record(
        session, SYSTEM, "file_credential:used", subject=row.login, account_id=row.account_id, network=network
    )
