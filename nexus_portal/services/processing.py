"""Records of processing (GDPR article 30): generated from how things are set up, kept in versions.

A record that is generated says when and from what; one that is kept stays as it was. Neither names persons.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import Session, col

from nexus_portal.adapters import clock, db
from nexus_portal.adapters.events import News
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, NotAllowed, NotFound
from nexus_portal.domain.hashchain import document_hash
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account
from nexus_portal.models.base import JsonObject
from nexus_portal.models.records import ProcessingRecord
from nexus_portal.services import audit, processing_facts, tenancy
from nexus_portal.services.order_details import colleagues
from nexus_portal.services.use_case import use_case

FORMAT = 1
CONTROLLER, PROCESSOR = "controller", "processor"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRow:
    """A version that somebody kept."""

    version: int
    kept_at: str
    kept_by: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordView:
    """A record, the versions kept, the newest first, and the document `before` it to compare with."""

    document: Mapping[str, Any]
    digest: str
    versions: tuple[KeptRow, ...]
    before: Mapping[str, Any] | None


@use_case(Permission.PRIVACY_READ, reads=True)
def account_record(session: Session, actor: Actor, *, version: int = 0) -> RecordView:
    """The record of the actor's account as it is now, or with `version` as it was kept.

    Raises:
        NotFound: there is no such version.
    """
    return _view(session, actor, CONTROLLER, version)


@use_case(Permission.CUSTOMERS_MANAGE, reads=True)
def bureau_record(session: Session, actor: Actor, *, version: int = 0) -> RecordView:
    """The bureau's own record as it is now, or with `version` as it was kept.

    Raises:
        NotFound: there is no such version.
    """
    return _view(session, actor, PROCESSOR, version)


@use_case(Permission.PRIVACY_MANAGE)
def keep_account_record(session: Session, actor: Actor) -> int:
    """Keep the account's record as it is now; gives its version.

    Raises:
        Conflict: nothing has changed since the last one.
    """
    return _keep(session, actor, CONTROLLER)


@use_case(Permission.CUSTOMERS_MANAGE)
def keep_bureau_record(session: Session, actor: Actor) -> int:
    """Keep the bureau's record as it is now; gives its version.

    Raises:
        Conflict: nothing has changed since the last one.
    """
    return _keep(session, actor, PROCESSOR)


def _view(session: Session, actor: Actor, side: str, version: int) -> RecordView:
    account = _account(session, actor)
    kept = _kept(session, actor, account.id)
    names = colleagues(session, actor, {row.kept_by for row in kept})
    versions = tuple(_row(row, names) for row in kept)
    if version:
        found = next((row for row in kept if row.version == version), None)
        if found is None:
            raise NotFound
        before = next((row.document for row in kept if row.version < version), None)
        return RecordView(document=found.document, digest=found.digest, versions=versions, before=before)
    document = _generated(session, actor, account, side)
    return RecordView(
        document=document,
        digest=_digest(document),
        versions=versions,
        before=kept[0].document if kept else None,
    )


def _keep(session: Session, actor: Actor, side: str) -> int:
    account = _account(session, actor, lock=True)
    kept = _kept(session, actor, account.id)
    document = _generated(session, actor, account, side)
    digest = _digest(document)
    if kept and kept[0].digest == digest:
        raise Conflict(Message("Nothing has changed since version {version}.", version=kept[0].version))
    if actor.user_id is None:
        raise NotAllowed
    version = kept[0].version + 1 if kept else 1
    session.add(
        ProcessingRecord(
            account_id=account.id,
            version=version,
            document=document,
            digest=digest,
            kept_by=actor.user_id,
            kept_at=clock.now(),
        )
    )
    audit.record(session, actor, "record:kept", subject=str(version), digest=digest)
    db.announce(session, News(account.id, "records"))
    return version


def _generated(session: Session, actor: Actor, account: Account, side: str) -> JsonObject:
    gather = processing_facts.of_account if side == CONTROLLER else processing_facts.of_bureau
    return {
        "format": FORMAT,
        "record": side,
        "account": account.number,
        "generated_at": clock.now().isoformat(),
        "generated_from": processing_facts.sources(session, actor, account),
        "sections": gather(session, actor, account),
    }


def _digest(document: Mapping[str, Any]) -> str:
    return document_hash({"record": document["record"], "sections": document["sections"]})


def _account(session: Session, actor: Actor, *, lock: bool = False) -> Account:
    if actor.account_id is None:
        raise NotAllowed
    return tenancy.get(session, actor, Account, actor.account_id, lock=lock)


def _kept(session: Session, actor: Actor, account_id: UUID) -> list[ProcessingRecord]:
    # The bureau may see every account's rows, and its own record is that of its own account.
    query = tenancy.rows_of(actor, ProcessingRecord).where(ProcessingRecord.account_id == account_id)
    return list(session.exec(query.order_by(col(ProcessingRecord.version).desc())))


def _row(row: ProcessingRecord, names: Mapping[UUID, str]) -> KeptRow:
    return KeptRow(
        version=row.version,
        kept_at=row.kept_at.isoformat(),
        kept_by=names.get(row.kept_by, ""),
        digest=row.digest,
    )
