"""Erasing dropped files: decided here, carried out like every other erasing, ended by a certificate."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col

from nexus_portal.adapters import clock, db
from nexus_portal.adapters.events import News
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import NotYet
from nexus_portal.domain.file_drops import FileState, Folder
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account
from nexus_portal.models.erasures import Erasure
from nexus_portal.models.files import FileDrop
from nexus_portal.models.orders import Order
from nexus_portal.services import audit, tenancy, vault_files

BY_REQUEST, BY_RULE, REPLACED, CLOSING = "file", "file_rule", "file_replaced", "file_closing"
POLICIES = frozenset({BY_REQUEST, BY_RULE, REPLACED, CLOSING})


def decide(session: Session, actor: Actor, drops: Sequence[FileDrop], policy: str) -> Erasure:
    """Enter the erasing of files of one account, which the caller holds, into the ledger.

    Whoever calls has it carried out after the commit. Their names go now, so that others may have them.

    Raises:
        NotYet: a hold stands on the account.
    """
    refuse_held(session, actor, drops)
    erasure = Erasure(
        account_id=drops[0].account_id,
        policy=policy,
        decided_by=actor.user_id,
        decided_role=actor.role or "",
        decided_at=clock.now(),
        files=len(drops),
        targets=targets_of(drops),
    )
    unfinished = [drop for drop in drops if drop.state == FileState.RECEIVING]
    session.add(erasure)
    let_go(session, drops, policy)
    session.flush()
    for drop in unfinished:
        _give_back_name(session, actor, drop)
    audit.record(
        session,
        actor,
        "file:erasure-decided",
        account_id=erasure.account_id,
        files=len(drops),
        policy=policy,
        **credential(actor),
    )
    return erasure


def targets_of(drops: Sequence[FileDrop]) -> list[dict[str, Any]]:
    """Files as the ledger names them."""
    return [{"record": str(drop.id), "files": [drop.blob]} for drop in drops]


def let_go(session: Session, drops: Sequence[FileDrop], policy: str) -> None:
    """Take names and checksums from files whose erasing is decided; their bytes follow from the ledger."""
    now = clock.now()
    for drop in drops:
        drop.state = FileState.EXPIRED if policy == BY_RULE else FileState.DELETED
        drop.deleted_at, drop.version, drop.reserved = now, drop.version + 1, 0
        drop.sealed_name = drop.name_token = drop.sealed_digest = drop.digest_token = None
        drop.settles_at = drop.delete_on = None
        session.add(drop)
        db.announce(session, News(drop.account_id, "files"))


def _give_back_name(session: Session, actor: Actor, drop: FileDrop) -> None:
    """Let the file whose name this one was about to take have it again: it never came to that."""
    older = tenancy.rows_of(actor, FileDrop).where(
        FileDrop.replaced_by == drop.id, col(FileDrop.deleted_at).is_(None)
    )
    before = session.exec(older.order_by(col(FileDrop.created_at).desc()).limit(1)).first()
    if before is not None:
        for name in vault_files.names(session, [before]).values():
            before.name_token = vault_files.name_token(before.account_id, Folder(before.folder), name)
        before.replaced_by, before.version = None, before.version + 1
        session.add(before)


def refuse_held(session: Session, actor: Actor, drops: Sequence[FileDrop]) -> None:
    """Let no file go while its whole account is held, or an order that was made of it.

    Raises:
        NotYet: it is.
    """
    held = tenancy.rows_of(actor, Account).where(Account.id == drops[0].account_id)
    orders = {drop.order_id for drop in drops if drop.order_id is not None}
    of_orders = tenancy.rows_of(actor, Order).where(col(Order.id).in_(orders), col(Order.held)).limit(1)
    if tenancy.one(session, held.with_for_update(read=True)).held:
        reason = Message("A hold on the whole account stands in the way.")
    elif orders and session.exec(of_orders).first() is not None:
        reason = Message("A hold on the order that was made of it stands in the way.")
    else:
        return
    raise NotYet(Message("This file cannot be removed now."), [reason])


def credential(actor: Actor) -> dict[str, str]:
    """By which credential of the file server somebody acts, for the audit log."""
    return {"credential": actor.name} if actor.credential_id is not None else {}
