"""Credentials of the file server: made and revoked by people of the account, with a second factor.

A machine signs in with a login name of its own, and with a key whose public half the portal has, or with
a password that the portal made, shows for ten minutes, and keeps as a hash.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col

from nexus_portal.adapters import clock, db, sealing, ssh_keys
from nexus_portal.adapters.events import News
from nexus_portal.domain import clean_text
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Conflict, Invalid, NotFound, NotSignedIn
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.base import new_id
from nexus_portal.models.files import CredentialKind, FileCredential
from nexus_portal.services import audit, order_details, tenancy
from nexus_portal.services.use_case import use_case

MOST = 20
"""Of one account, those that were revoked not counted."""
LONGEST_NAME = 80
PASSWORD_BYTES = 20
"""160 bits, so that nobody needs to make it slower to guess."""
SHOWN_FOR = timedelta(minutes=10)
PURPOSE = "file credential"
TOPIC = "file_credentials"
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialRow:
    """One credential as the account's people see it; who made it by name, what it proves by fingerprint."""

    id: str
    kind: str
    name: str
    login: str
    fingerprint: str
    created_by: str
    created_at: str
    last_used_at: str
    last_used_from: str
    revoked_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPassword:
    """A password that was made just now, for whoever made it."""

    login: str
    name: str
    password: str = field(repr=False)


@use_case(Permission.FILES_READ, reads=True)
def credentials(session: Session, actor: Actor) -> tuple[CredentialRow, ...]:
    """The credentials of the actor's account, those that work first, the newest first."""
    query = tenancy.rows_of(actor, FileCredential).where(FileCredential.account_id == actor.account_id)
    rows = session.exec(query.order_by(col(FileCredential.created_at).desc())).all()
    names = order_details.colleagues(session, actor, {row.created_by for row in rows})
    ordered = sorted(rows, key=lambda row: row.revoked_at is not None)
    return tuple(_row(row, names.get(row.created_by, "")) for row in ordered)


@use_case(Permission.FILES_MANAGE, step_up=True)
def add_key(session: Session, actor: Actor, *, name: str, public_key: str) -> UUID:
    """Let a machine in by its SSH key; gives the credential.

    Raises:
        Invalid: the name is missing or too long, the key is none or too weak, or there are too many.
        Conflict: the account has a credential with this key.
    """
    key = ssh_keys.checked(public_key)
    living = _living(session, actor)
    if any(row.fingerprint == key.fingerprint for row in living):
        raise Conflict(Message("This key has a credential already."))
    made = _new(actor, CredentialKind.KEY, name, living)
    made.public_key, made.fingerprint = key.text, key.fingerprint
    return _keep(session, actor, made)


@use_case(Permission.FILES_MANAGE, step_up=True)
def add_password(session: Session, actor: Actor, *, name: str, password: str, password_hash: str) -> UUID:
    """Let a machine in by a password from `new_password`, hashed outside of the transaction.

    Raises:
        Invalid: the name is missing or too long, or there are too many.
    """
    made = _new(actor, CredentialKind.PASSWORD, name, _living(session, actor))
    made.password_hash = password_hash
    made.password_shown = sealing.seal(PURPOSE, password.encode(), str(made.id))
    return _keep(session, actor, made)


def new_password() -> str:
    """A password of 160 bits in groups that can be read aloud."""
    number = int.from_bytes(secrets.token_bytes(PASSWORD_BYTES))
    letters = [_LETTERS[number >> 5 * place & 31] for place in range(PASSWORD_BYTES * 8 // 5)]
    return "-".join("".join(letters[start : start + 8]) for start in range(0, len(letters), 8))


@use_case(Permission.FILES_MANAGE, reads=True)
def shown_password(session: Session, actor: Actor, *, credential_id: UUID) -> ShownPassword:
    """The password of a credential that the actor made less than ten minutes ago and has not put away.

    Raises:
        NotFound: there is none to show, or not to this person.
    """
    row = tenancy.get(session, actor, FileCredential, credential_id)
    fresh = clock.now() - row.created_at <= SHOWN_FOR
    if row.password_shown is None or not fresh or row.created_by != actor.user_id or row.revoked_at:
        raise NotFound(Message("The password is not shown any more. Make a new one if you need it."))
    password = sealing.open(PURPOSE, row.password_shown, str(row.id)).decode()
    return ShownPassword(login=row.login, name=row.name, password=password)


@use_case(Permission.FILES_MANAGE)
def put_away(session: Session, actor: Actor, *, credential_id: UUID) -> None:
    """Show the password of a credential no more: whoever made it has it.

    Raises:
        NotFound: no such credential in the actor's account.
    """
    row = tenancy.get(session, actor, FileCredential, credential_id, lock=True)
    row.password_shown = None
    session.add(row)


@use_case(Permission.FILES_MANAGE, step_up=True)
def revoke(session: Session, actor: Actor, *, credential_id: UUID) -> None:
    """Let a machine in no more: connections that are open end within seconds. Twice is as once.

    Raises:
        NotFound: no such credential in the actor's account.
    """
    row = tenancy.get(session, actor, FileCredential, credential_id, lock=True)
    if row.revoked_at is not None:
        return
    row.revoked_at, row.revoked_by = clock.now(), actor.user_id
    row.password_hash = row.password_shown = None
    session.add(row)
    audit.record(session, actor, "file_credential:revoked", subject=row.login)
    db.announce(session, News(row.account_id, TOPIC))


def forget_shown() -> None:
    """Forget passwords that were shown for long enough."""
    old = tenancy.rows_of(SYSTEM, FileCredential).where(
        col(FileCredential.password_shown).is_not(None),
        col(FileCredential.created_at) < clock.now() - SHOWN_FOR,
    )
    with db.current().transaction(SYSTEM) as session:
        for row in session.exec(old.with_for_update()):
            row.password_shown = None
            session.add(row)


def _living(session: Session, actor: Actor) -> Sequence[FileCredential]:
    query = tenancy.rows_of(actor, FileCredential).where(
        FileCredential.account_id == actor.account_id, col(FileCredential.revoked_at).is_(None)
    )
    return session.exec(query).all()


def _new(actor: Actor, kind: CredentialKind, name: str, living: Sequence[FileCredential]) -> FileCredential:
    if actor.user_id is None:
        raise NotSignedIn
    if len(living) >= MOST:
        raise Invalid(Message("An account has at most {most} credentials. Revoke one first.", most=MOST))
    return FileCredential(
        id=new_id(),
        account_id=tenancy.own_account(actor),
        kind=kind,
        name=_checked_name(name),
        login="files-" + "".join(secrets.choice(_LETTERS) for _ in range(10)),
        created_by=actor.user_id,
        created_at=clock.now(),
    )


def _keep(session: Session, actor: Actor, made: FileCredential) -> UUID:
    session.add(made)
    session.flush()
    audit.record(session, actor, "file_credential:made", subject=made.login, kind=made.kind)
    db.announce(session, News(made.account_id, TOPIC))
    return made.id


def _checked_name(name: str) -> str:
    cleaned = clean_text.clean(name)
    if not cleaned:
        raise Invalid(Message("Give it a name, such as that of the machine or the system."))
    if len(cleaned) > LONGEST_NAME:
        raise Invalid(Message("The name is too long: at most {limit} characters fit.", limit=LONGEST_NAME))
    return cleaned


def _row(row: FileCredential, created_by: str) -> CredentialRow:
    return CredentialRow(
        id=str(row.id),
        kind=row.kind,
        name=row.name,
        login=row.login,
        fingerprint=row.fingerprint,
        created_by=created_by,
        created_at=_told(row.created_at),
        last_used_at=_told(row.last_used_at),
        last_used_from=row.last_used_from,
        revoked_at=_told(row.revoked_at),
    )


def _told(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
