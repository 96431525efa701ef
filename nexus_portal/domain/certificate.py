"""What a certificate of erasure says, in words for machines; `certificate_pdf` says it to people."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.hashchain import canonical, timestamp
from nexus_portal.domain.text import Message

TYPE = "nexus-portal/erasure-certificate"
VERSION = 1

Document = dict[str, Any]

_PARTS: Mapping[str, type] = {
    "type": str,
    "version": int,
    "certificate": dict,
    "issuer": str,
    "account": dict,
    "order": str,
    "erasure": str,
    "erased": dict,
    "decision": dict,
    "done": list,
    "copies": list,
    "at": str,
    "key": str,
    "signature": str,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedOrder:
    """What a certificate is made of. Counts, times, numbers: nothing about the persons."""

    serial: int
    previous: str | None
    """Hash of the account's certificate before this one."""
    issuer: str
    account_number: str
    account_name: str
    order_number: str
    erasure_id: str
    persons_held: int
    """Of how many persons the order held data before; 0 where nobody counted."""
    persons: int
    photos: int
    tokens: int
    policy: str
    role: str
    decided_at: datetime
    keys_destroyed_at: datetime
    bytes_deleted_at: datetime
    done_at: datetime
    server_logs: bool
    """True where a database server keeps a log of its own that only it recycles."""


def document(erased: ErasedOrder, key: str) -> Document:
    """The certificate as it is signed by the key of this name; `signature` comes to it afterwards."""
    return {
        "type": TYPE,
        "version": VERSION,
        "certificate": {"serial": erased.serial, "previous": erased.previous},
        "issuer": erased.issuer,
        "account": {"number": erased.account_number, "name": erased.account_name},
        "order": erased.order_number,
        "erasure": erased.erasure_id,
        "erased": {
            "persons": erased.persons,
            **({"of_persons": erased.persons_held} if erased.persons_held else {}),
            "photos": erased.photos,
            "search_tokens": erased.tokens,
        },
        "decision": {"policy": erased.policy, "role": erased.role, "at": timestamp(erased.decided_at)},
        "done": [
            {"store": "key_store", "act": "keys_destroyed", "at": timestamp(erased.keys_destroyed_at)},
            {"store": "database", "act": "rows_deleted", "at": timestamp(erased.bytes_deleted_at)},
            {"store": "files", "act": "files_deleted", "at": timestamp(erased.bytes_deleted_at)},
        ],
        "copies": _copies(erased),
        "at": timestamp(erased.done_at),
        "key": key,
    }


def signed_part(certificate: Mapping[str, Any]) -> bytes:
    """The bytes that the signature stands for: everything but the signature itself."""
    return canonical({name: part for name, part in certificate.items() if name != "signature"})


def read(parsed: object) -> Document:
    """A certificate out of parsed JSON.

    Raises:
        Invalid: this is no certificate of erasure, or one of a later version.
    """
    certificate: Document = cast("Document", parsed) if isinstance(parsed, dict) else {}
    if certificate.get("type") != TYPE:
        raise Invalid(Message("This is not a certificate of erasure."))
    if certificate.get("version") != VERSION:
        raise Invalid(Message("This certificate was made by a later version of the portal."))
    if any(not isinstance(certificate.get(name), kind) for name, kind in _PARTS.items()):
        raise Invalid(Message("This certificate is not complete."))
    return certificate


def _copies(erased: ErasedOrder) -> list[Document]:
    """Where copies remained. Without its key a ciphertext is readable to nobody, whoever keeps it."""
    unreadable = timestamp(erased.keys_destroyed_at)
    copies: list[Document] = [{"where": "backups", "holds": "ciphertext", "readable_until": unreadable}]
    if erased.server_logs:
        copies.append({"where": "server_logs", "holds": "wrapped_keys", "until": "recycled"})
    return copies
