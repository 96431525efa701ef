"""When a chain of the audit log was verified last, by whom and with what result; the portal's own walks.

The portal walks each chain by itself from the last signed entry that it had come to; people walk it whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from nexus_portal import settings
from nexus_portal.adapters import clock, db
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account, AccountKind
from nexus_portal.models.audit import AuditHead, AuditVerification
from nexus_portal.models.base import JsonObject
from nexus_portal.models.people import User
from nexus_portal.services import audit, audit_checks, audit_list, outbox, sweeps, tenancy
from nexus_portal.services.audit_checks import Broken, Walk
from nexus_portal.services.audit_list import Verified, Wanted
from nexus_portal.services.holders_of import people_who_may
from nexus_portal.services.order_details import colleagues
from nexus_portal.services.use_case import use_case

NAME = "audit"
EVERY = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class LastWalk:
    """The last verification by a person, or by the portal, which has neither name nor role."""

    by_portal: bool
    at: str
    who: str
    role: str
    first: int
    last: int
    broken_at: int
    why: Message | None


@use_case(Permission.AUDIT_READ, reads=True)
def last_walks(session: Session, actor: Actor, *, wanted: Wanted) -> tuple[LastWalk, ...]:
    """The last verification of a chain by a person and the last by the portal, the newer one first."""
    chain = audit_list.chain_of(actor, wanted)
    found = [_newest(session, chain, by_portal=each) for each in (False, True)]
    rows = sorted((row for row in found if row is not None), key=lambda row: row.at, reverse=True)
    names = colleagues(session, actor, {row.actor_id for row in rows if row.actor_id is not None})
    return tuple(_row(row, names) for row in rows)


@use_case(Permission.AUDIT_READ)
def keep(session: Session, actor: Actor, *, wanted: Wanted, found: Verified) -> None:
    """Keep that the actor has walked a chain from its first entry, and what came of it."""
    chain = audit_list.chain_of(actor, wanted)
    row = AuditVerification(
        chain=chain,
        at=clock.now(),
        actor_id=actor.user_id,
        actor_role=actor.role.value if actor.role else "",
        first_seq=1,
        seq=found.entries,
        broken_at=found.broken_at,
        why=_told(found.why),
    )
    session.add(row)
    audit.record(session, actor, "audit:verified", entries=found.entries, broken_at=found.broken_at)


def sweep() -> int:
    """Walk on along every chain that has grown; how many are broken. Of several workers one does it."""
    claim = sweeps.Claim(NAME)
    with db.current().transaction(SYSTEM, writes=False) as session:
        last = sweeps.finished_at(session, NAME)
        heads = session.exec(select(AuditHead.chain, AuditHead.seq)).all()
    if (last is not None and clock.now() - last < EVERY) or not claim.take():
        return 0
    outcome: JsonObject | None = None
    try:
        broken = sum(_walk_on(claim, chain, seq) for chain, seq in heads)
        outcome = {"chains": len(heads), "broken": broken}
    finally:
        claim.give_back(outcome)
    return broken


def _walk_on(claim: sweeps.Claim, chain: str, end: int) -> bool:
    """Walk one chain from where the portal had come to; whether it is broken."""
    with db.current().transaction(SYSTEM, writes=False) as session:
        before = _newest(session, chain, by_portal=True)
        after = 0 if before is None or before.broken_at else before.seq
        found = None if before is not None and before.seq == end else audit_checks.walk(session, chain, after)
    if found is None:
        return bool(before and before.broken_at)
    if found.broken is None and before is not None and found.last < before.seq:
        # What nobody had signed yet was cut off, and the head put back: the portal had been further.
        gone = Message("Entry {seq} is missing.", seq=found.last + 1)
        found = replace(found, broken=Broken(chain, found.last + 1, gone))
    with db.current().transaction(SYSTEM) as session:
        claim.keep(session)
        _keep_own(session, chain, found)
        known = before is not None and before.broken_at == (found.broken.seq if found.broken else 0)
        if found.broken is not None and not known:
            _tell(session, chain, found.broken)
    return found.broken is not None


def _keep_own(session: Session, chain: str, found: Walk) -> None:
    row = _newest(session, chain, by_portal=True)
    row = row or AuditVerification(chain=chain, at=clock.now(), first_seq=0, seq=0)
    row.at, row.first_seq, row.seq = clock.now(), found.first, found.last
    row.broken_at = found.broken.seq if found.broken else 0
    row.why = _told(found.broken.why if found.broken else None)
    session.add(row)


def _newest(session: Session, chain: str, *, by_portal: bool) -> AuditVerification | None:
    whose = col(AuditVerification.actor_role) == "" if by_portal else col(AuditVerification.actor_role) != ""
    query = select(AuditVerification).where(AuditVerification.chain == chain, whose)
    return session.exec(query.order_by(col(AuditVerification.at).desc()).limit(1)).first()


def _told(why: Message | None) -> JsonObject | None:
    return {"msgid": why.msgid, "params": dict(why.params)} if why else None


def _row(row: AuditVerification, names: dict[UUID, str]) -> LastWalk:
    return LastWalk(
        by_portal=row.actor_role == "",
        at=row.at.isoformat(),
        who=names.get(row.actor_id, "") if row.actor_id else "",
        role=row.actor_role,
        first=row.first_seq,
        last=row.seq,
        broken_at=row.broken_at,
        why=Message(row.why["msgid"], **row.why["params"]) if row.why else None,
    )


def _tell(session: Session, chain: str, broken: Broken) -> None:
    """A mail to everybody who reads this log, once for each break."""
    for user in _readers(session, chain):
        outbox.post(
            session,
            to=user.email,
            language=user.language,
            subject=Message("The audit log is broken"),
            body=Message(
                "The portal has verified an audit log that you may read and found that it is not as it was "
                "written: the first entry concerned is number {seq}. Do not change anything; tell whoever "
                "runs the portal, and see what the page says:\n\n{link}",
                seq=broken.seq,
                link=f"{settings.current().base_url}/audit",
            ),
            kind="audit",
        )
    audit.record(session, SYSTEM, "audit:broken", subject=chain, entry=broken.seq)


def _readers(session: Session, chain: str) -> Sequence[User]:
    accounts = tenancy.rows_of(SYSTEM, Account)
    if chain == audit.INSTALLATION:
        found = session.exec(accounts.where(Account.kind == AccountKind.BUREAU)).first()
    else:
        found = session.get(Account, UUID(chain))
    return people_who_may(session, found.id, Permission.AUDIT_READ) if found else ()
