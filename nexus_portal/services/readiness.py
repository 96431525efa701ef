"""Whether this installation may serve people: what `doctor` tells and what `serve` insists on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import redis
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlmodel import Session, col, select

from nexus_portal import settings
from nexus_portal.adapters import db, keystore, restoring, schema, text_files
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import PortalError, Tampered
from nexus_portal.models.people import User
from nexus_portal.services import ledger_replay, syslog_feed
from nexus_portal.settings import SettingsError

DEMO_DOMAIN = ".example"
"""Top-level domain that is reserved for examples (RFC 2606): nobody real ever has an address there."""


class Weight(StrEnum):
    """What a finding means for serving people."""

    FINE = "fine"
    WARNING = "warning"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found, and what to do about it."""

    subject: str
    weight: Weight
    text: str
    remedy: str = ""


def findings(*, host: str = "127.0.0.1") -> list[Finding]:
    """Everything that was looked at, the weightiest last; what fails to answer is a finding too."""
    looks: tuple[Callable[[], Finding | None], ...] = (
        _address,
        _keys,
        _schema,
        _role,
        _redis,
        _restoring,
        _syslog,
        _texts,
    )
    found = [finding for look in looks if (finding := look())]
    unreadable = {finding.subject for finding in found if finding.weight is Weight.STOP}
    if not unreadable & {"database", "backup"}:
        found.append(_demo_accounts(host))
    return sorted(found, key=lambda finding: list(Weight).index(finding.weight))


def has_demo_accounts(session: Session) -> bool:
    """True when somebody of the demo is among the users: their passwords and secrets are public."""
    query = select(User.id).where(col(User.email).endswith(DEMO_DOMAIN)).limit(1)
    return session.exec(query).first() is not None


def _address() -> Finding:
    current = settings.current()
    if current.secure and not current.proxies:
        return Finding(
            "address",
            Weight.WARNING,
            f"People reach {current.base_url} through a proxy, and look like one to the limits on guessing.",
            "Set NEXUS_PROXIES to the number of proxies, each of which must add to X-Forwarded-For.",
        )
    if current.secure or current.local:
        return Finding("address", Weight.FINE, f"People reach the portal at {current.base_url}.")
    return Finding(
        "address",
        Weight.STOP,
        f"{current.base_url} is neither https nor this machine: passwords would cross the network in clear.",
        "Set NEXUS_BASE_URL to the https address of the proxy in front of the portal.",
    )


def _keys() -> Finding:
    try:
        if not settings.current().master_key_file.exists():
            missing = f"There is no master key at {settings.current().master_key_file}."
            return Finding(
                "keys", Weight.STOP, missing, "Restore it; on a new installation `nexus-portal migrate`."
            )
        keystore.prepare()
    except SettingsError as error:
        return Finding("keys", Weight.STOP, str(error))
    except PortalError:
        return Finding("keys", Weight.STOP, "The key store does not answer.", "Look at NEXUS_KEYSTORE_URL.")
    return Finding("keys", Weight.FINE, "The master key is safe and fits the key store.")


def _schema() -> Finding:
    try:
        revision = schema.revision(settings.current().database_url)
    except (OperationalError, InterfaceError):
        return Finding(
            "database", Weight.STOP, "The database does not answer.", "Look at NEXUS_DATABASE_URL."
        )
    if revision == schema.head():
        return Finding("database", Weight.FINE, f"The database is at revision {revision}.")
    if revision is None or revision in schema.revisions():
        state = f"The database is at revision {revision or 'none'}, this release needs {schema.head()}."
        return Finding("database", Weight.STOP, state, "Run `nexus-portal migrate`.")
    newer = f"The database is at revision {revision}, which this release does not know."
    return Finding("database", Weight.STOP, newer, "Start the release that made it, or restore its backup.")


def _restoring() -> Finding | None:
    backup = restoring.pending()
    if backup is not None:
        state = (
            f"The backup {backup} was not restored to the end." if backup else "The ledger is being replayed."
        )
        remedy = "Run the same `nexus-portal restore` again, or `nexus-portal restore --replay`."
        return Finding("backup", Weight.STOP, state, remedy)
    try:
        behind = ledger_replay.is_behind()
    except Tampered:
        broken = f"The ledger of erasures {settings.current().ledger_file} was changed."
        return Finding("backup", Weight.STOP, broken, "Bring the right one back.")
    except (DBAPIError, PortalError):
        return None  # said elsewhere
    if not behind:
        return None
    older = "The database is older than the ledger of erasures: it holds what has been erased."
    return Finding("backup", Weight.STOP, older, "Run `nexus-portal restore --replay`.")


def _role() -> Finding | None:
    if settings.current().database_url.startswith("sqlite"):
        return None
    query = text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
    try:
        with db.current().transaction(SYSTEM, writes=False) as session:
            free = session.connection().execute(query).scalar_one()
    except PortalError:
        return None
    if not free:
        return Finding("row-level security", Weight.FINE, "The database holds the portal to its policies.")
    return Finding(
        "row-level security",
        Weight.WARNING,
        "The portal connects to the database as somebody whom no policy holds.",
        "Let it connect as a role that is no superuser and has no BYPASSRLS.",
    )


def _redis() -> Finding | None:
    url = settings.current().redis_url
    if not url:
        return None
    try:
        redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2).ping()  # pyright: ignore[reportUnknownMemberType] - untyped there
    except redis.RedisError:
        return Finding("redis", Weight.STOP, "Redis does not answer.", "Look at NEXUS_REDIS_URL.")
    return Finding("redis", Weight.FINE, "Redis answers.")


def _syslog() -> Finding | None:
    url = settings.current().syslog_url
    if not url:
        return None
    try:
        trouble = syslog_feed.trouble()
    except PortalError:
        return None
    if trouble:
        kept = f"{trouble} The audit log is kept and sent once it does."
        return Finding("syslog", Weight.WARNING, kept, "Look at NEXUS_SYSLOG_URL and at the server.")
    return Finding("syslog", Weight.FINE, f"The audit log is sent to {url}.")


def _texts() -> Finding:
    try:
        text_files.check()
    except SettingsError as error:
        return Finding("texts", Weight.STOP, str(error), "Mend the text, or leave NEXUS_TEXTS_DIR empty.")
    own = settings.current().texts_dir
    whose = f"lie in {own}" if own else "are the portal's"
    return Finding("texts", Weight.FINE, f"Help texts and agreements {whose}.")


def _demo_accounts(host: str) -> Finding:
    current = settings.current()
    with db.current().transaction(SYSTEM, writes=False) as session:
        present = has_demo_accounts(session)
    if not present:
        return Finding("demo", Weight.FINE, "There are no demo accounts.")
    if current.local and host in settings.LOCAL_HOSTS:
        return Finding("demo", Weight.FINE, "There are demo accounts; only this machine reaches them.")
    return Finding(
        "demo",
        Weight.STOP,
        "There are demo accounts, whose passwords are public, and others would reach them.",
        "Serve a database without the demo, or this machine only.",
    )


def stops(found: list[Finding]) -> Iterator[Finding]:
    """What must be put right before anybody is served."""
    return (finding for finding in found if finding.weight is Weight.STOP)
