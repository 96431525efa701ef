"""Certificates of erasure: signed, chained to each other within an account, verifiable offline."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, select

from nexus_portal import settings
from nexus_portal.adapters import signing
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.certificate import Document, ErasedOrder, document, read, signed_part
from nexus_portal.domain.errors import NotFound
from nexus_portal.domain.hashchain import document_hash
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account
from nexus_portal.models.erasures import Erasure, ErasureState
from nexus_portal.services import tenancy
from nexus_portal.services.serials import next_serial
from nexus_portal.services.use_case import use_case


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
    account = tenancy.get(session, SYSTEM, Account, erasure.account_id)
    # Taking the serial holds the account's chain of certificates until this is committed.
    serial = next_serial(session, f"cert/{account.id.hex}")
    said = document(_erased(session, erasure, account, serial, done_at), signing.key_id())
    said["signature"] = signing.sign(signed_part(said))
    erasure.certificate_serial, erasure.certificate = serial, said
    session.add(erasure)


def why_invalid(certificate: Mapping[str, Any], pem: bytes) -> Message | None:
    """What is wrong with a certificate that `read` took, by these public keys; nothing when it is genuine.

    Raises:
        ValueError: `pem` holds no public key.
    """
    if signing.verifies(signed_part(certificate), certificate["signature"], certificate["key"], pem):
        return None
    return Message("The certificate was changed, or another installation has signed it.")


def number_of(certificate: Mapping[str, Any]) -> str:
    """The number that people read: the account's, then the certificate's within it."""
    return f"{certificate['account']['number']}-{certificate['certificate']['serial']:04d}"


def _erased(
    session: Session, erasure: Erasure, account: Account, serial: int, done_at: datetime
) -> ErasedOrder:
    servers = (settings.current().database_url, settings.current().keystore_url)
    return ErasedOrder(
        serial=serial,
        previous=_previous(session, account.id, serial),
        issuer=settings.current().base_url,
        account_number=account.number,
        account_name=account.name,
        order_number=erasure.order_number,
        erasure_id=str(erasure.id),
        persons_held=erasure.persons_held,
        persons=erasure.persons,
        photos=erasure.photos,
        tokens=erasure.tokens,
        policy=erasure.policy,
        role=erasure.decided_role,
        decided_at=erasure.decided_at,
        keys_destroyed_at=erasure.keys_destroyed_at or done_at,
        bytes_deleted_at=erasure.bytes_deleted_at or done_at,
        done_at=done_at,
        server_logs=any(not url.startswith("sqlite") for url in servers),
    )


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
    "why_invalid",
]
