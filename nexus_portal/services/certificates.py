"""Certificates of erasure: signed, chained to each other within an account, verifiable offline."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, update
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session, col, select

from nexus_portal import settings
from nexus_portal.adapters import signing
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.certificate import (
    EVERYTHING,
    Document,
    ErasedOrder,
    Left,
    document,
    read,
    signed_part,
)
from nexus_portal.domain.errors import NotFound
from nexus_portal.domain.hashchain import document_hash
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account
from nexus_portal.models.erasures import Erasure, ErasureState
from nexus_portal.models.orders import CardItem
from nexus_portal.services import certificate_rules, copies_left, progress, tenancy
from nexus_portal.services.serials import take_serials
from nexus_portal.services.use_case import use_case

_ERASURES: Any = Erasure.__dict__["__table__"]
_CERTIFY = (
    update(_ERASURES)
    .where(_ERASURES.c.id == bindparam("erasure"))
    .values(certificate_serial=bindparam("serial"), certificate=bindparam("said"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRow:
    """A certificate: its number for people, the order's, and what was signed."""

    number: str
    order_number: str
    document: Mapping[str, Any]


@use_case(Permission.ORDERS_READ, reads=True)
def certificate(session: Session, actor: Actor, *, erasure_id: UUID) -> CertificateRow:
    """The certificate of one erasure in the actor's account.

    Raises:
        NotFound: no such erasure there, or it is not done yet.
    """
    erasure = tenancy.get(session, actor, Erasure, erasure_id)
    if erasure.state != ErasureState.DONE or erasure.certificate is None:
        raise NotFound
    return CertificateRow(
        number=number_of(erasure.certificate),
        order_number=erasure.order_number,
        document=erasure.certificate,
    )


@use_case(Permission.PUBLIC, reads=True)
def public_keys(session: Session, actor: Actor) -> bytes:  # noqa: ARG001 - the same for everybody
    """The keys in PEM with which anybody can verify the certificates of this installation."""
    return signing.public_keys()


def issue(session: Session, erasure: Erasure, done_at: datetime) -> None:
    """Sign the certificate of an erasure whose bytes are deleted, and keep it in the ledger."""
    issue_many(session, [erasure], done_at)


def issue_many(session: Session, erasures: Sequence[Erasure], done_at: datetime) -> None:
    """The same for several, account by account, each certificate chained to the one before."""
    facts, key = _facts(session, erasures), signing.key_id()
    by_account: defaultdict[UUID, list[Erasure]] = defaultdict(list)
    for erasure in erasures:
        by_account[erasure.account_id].append(erasure)
    # One order of accounts, so that two who issue many never wait for each other in a circle.
    for account_id, group in sorted(by_account.items()):
        account = tenancy.get(session, SYSTEM, Account, account_id)
        # Taking the serials holds the account's chain of certificates until this is committed.
        serials = take_serials(session, series_of(account.id), len(group))
        previous = _previous(session, account.id, serials[0])
        days = certificate_rules.days_kept(session, group, account)
        for erasure, serial in zip(group, serials, strict=True):
            chained = replace(
                facts[erasure.id], serial=serial, previous=previous, days=days.get(erasure.id, {})
            )
            erased = _erased(erasure, account, done_at, chained)
            said = document(erased, key)
            said["signature"] = signing.sign(signed_part(said))
            set_committed_value(erasure, "certificate_serial", serial)
            set_committed_value(erasure, "certificate", said)
            previous = document_hash(said)
    _write(session, erasures)


def _write(session: Session, erasures: Sequence[Erasure]) -> None:
    """All in one statement, past the objects, which say it already."""
    rows = [
        {"erasure": each.id, "serial": each.certificate_serial, "said": each.certificate} for each in erasures
    ]
    if rows:
        session.connection().execute(_CERTIFY, rows)


def why_invalid(certificate: Mapping[str, Any], pem: bytes) -> Message | None:
    """What is wrong with a certificate that `read` took, by these public keys; nothing when it is genuine.

    Raises:
        ValueError: `pem` holds no public key.
    """
    if signing.verifies(signed_part(certificate), certificate["signature"], certificate["key"], pem):
        return None
    return Message("The certificate was changed, or another installation has signed it.")


def series_of(account_id: UUID) -> str:
    """The series of numbers that an account's certificates have."""
    return f"cert/{account_id.hex}"


def number_of(certificate: Mapping[str, Any]) -> str:
    """The number that people read: the account's, then the certificate's within it."""
    return f"{certificate['account']['number']}-{certificate['certificate']['serial']:04d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What a certificate says that the erasure itself does not hold."""

    card_items: int
    left: Left
    serial: int = 0
    previous: str | None = None
    days: Mapping[str, int] = field(default_factory=dict[str, int])


def _facts(session: Session, erasures: Sequence[Erasure]) -> dict[UUID, _Facts]:
    """Of all of them in few statements: many are issued together."""
    orders = [erasure.order_id for erasure in erasures if erasure.order_id]
    left = copies_left.of_orders(session, orders)
    counts: dict[UUID, int] = {}
    for part in progress.chunks(orders):
        query = select(CardItem.order_id, func.count()).where(col(CardItem.order_id).in_(part))
        counts |= dict(session.exec(query.group_by(col(CardItem.order_id))).all())
    return {
        erasure.id: _Facts(
            card_items=counts.get(erasure.order_id, 0) if erasure.order_id else 0,
            left=left[erasure.order_id] if erasure.order_id else _of_files(session, erasure),
        )
        for erasure in erasures
    }


def _of_files(session: Session, erasure: Erasure) -> Left:
    if not erasure.files:
        return Left()
    ids = [UUID(target["record"]) for target in erasure.targets]
    return copies_left.of_files(session, erasure.account_id, ids)


def _erased(erasure: Erasure, account: Account, done_at: datetime, facts: _Facts) -> ErasedOrder:
    servers = (settings.current().database_url, settings.current().keystore_url)
    destroyed_at = erasure.keys_destroyed_at or done_at
    return ErasedOrder(
        serial=facts.serial,
        previous=facts.previous,
        issuer=settings.current().base_url,
        account_number=account.number,
        account_name=account.name,
        order_number=erasure.order_number,
        erasure_id=str(erasure.id),
        kinds=sorted(erasure.kinds) if erasure.kinds else [EVERYTHING],
        card_items=facts.card_items,
        persons_held=erasure.persons_held,
        persons=erasure.persons,
        photos=erasure.photos,
        tokens=erasure.tokens,
        files=erasure.files,
        policy=erasure.policy,
        days=facts.days,
        role=erasure.decided_role,
        decided_at=erasure.decided_at,
        keys_destroyed_at=destroyed_at,
        bytes_deleted_at=erasure.bytes_deleted_at or done_at,
        done_at=done_at,
        key_copies_until=_key_copies_until(destroyed_at),
        server_logs=any(not url.startswith("sqlite") for url in servers),
        left=facts.left,
    )


def _key_copies_until(destroyed_at: datetime) -> datetime | None:
    days = settings.current().key_copies_days
    return destroyed_at + timedelta(days=days) if days else None


def _previous(session: Session, account_id: UUID, serial: int) -> str | None:
    query = select(Erasure).where(Erasure.account_id == account_id, Erasure.certificate_serial == serial - 1)
    before = session.exec(query).one_or_none()
    return document_hash(before.certificate) if before is not None and before.certificate else None


__all__ = [
    "CertificateRow",
    "Document",
    "certificate",
    "issue",
    "number_of",
    "public_keys",
    "read",
    "series_of",
    "why_invalid",
]
