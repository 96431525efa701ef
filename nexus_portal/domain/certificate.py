"""What a certificate of erasure says, in words for machines; `certificate_pdf` says it to people."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.hashchain import canonical, timestamp
from nexus_portal.domain.text import Message

TYPE = "nexus-portal/erasure-certificate"
VERSION = 2
EVERYTHING = "everything"
"""Stands among the kinds of data where whole records went."""

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
_PARTS_OF: Mapping[int, Mapping[str, type]] = {1: _PARTS, VERSION: {**_PARTS, "left": dict}}
"""Certificates of the first version do not say which copies had left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftCopy:
    """Persons of the order left the portal before: how, when, in whose hands (their role), how many."""

    kind: str
    at: datetime
    role: str
    persons: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What the portal cannot take back: copies that were taken away, and how often persons were looked at."""

    copies: Sequence[LeftCopy] = ()
    looks: Mapping[str, int] = field(default_factory=dict[str, int])
    """Kind of act → how many persons were shown, as far back as the access log reaches."""


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
    """Empty where files of the file drop went that belong to no order alone."""
    erasure_id: str
    kinds: Sequence[str]
    """Kinds of data that went, or `EVERYTHING` alone."""
    card_items: int
    """How many the order has, whether their persons went or not."""
    persons_held: int
    """Of how many persons the order held data before; 0 where nobody counted."""
    persons: int
    photos: int
    tokens: int
    policy: str
    days: Mapping[str, int]
    """By kind, how many days after delivery the rule kept it; empty where no such rule decided."""
    role: str
    decided_at: datetime
    keys_destroyed_at: datetime
    bytes_deleted_at: datetime
    done_at: datetime
    key_copies_until: datetime | None
    """When the last copy of the key store that may hold the keys is overwritten; none: no copies are made."""
    server_logs: bool
    """True where a database server keeps a log of its own that only it recycles."""
    left: Left = Left()
    files: int = 0
    """Files of the file drop."""


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
            "kinds": list(erased.kinds),
            "card_items": erased.card_items,
            "persons": erased.persons,
            **({"of_persons": erased.persons_held} if erased.persons_held else {}),
            "photos": erased.photos,
            "search_tokens": erased.tokens,
            **({"files": erased.files} if erased.files else {}),
        },
        "decision": {
            "policy": erased.policy,
            "days": dict(erased.days),
            "role": erased.role,
            "at": timestamp(erased.decided_at),
        },
        "done": [
            {"store": "key_store", "act": "keys_destroyed", "at": timestamp(erased.keys_destroyed_at)},
            {"store": "database", "act": "rows_deleted", "at": timestamp(erased.bytes_deleted_at)},
            {"store": "files", "act": "files_deleted", "at": timestamp(erased.bytes_deleted_at)},
        ],
        "copies": _copies(erased),
        "left": {
            "copies": [
                {"kind": each.kind, "at": timestamp(each.at), "role": each.role, "persons": each.persons}
                for each in erased.left.copies
            ],
            "looked_at": dict(erased.left.looks),
        },
        "at": timestamp(erased.done_at),
        "key": key,
    }


def signed_part(certificate: Mapping[str, Any]) -> bytes:
    """The bytes that the signature stands for: everything but the signature itself."""
    return canonical({name: part for name, part in certificate.items() if name != "signature"})


def parse(text: bytes) -> Document:
    """A certificate out of the bytes of a JSON file. Nothing in it may be said twice.

    Of a name that stands there twice, people would read the first and the signature would cover the last.

    Raises:
        Invalid: this is no JSON, no certificate of erasure, or one of a later version.
    """
    try:
        parsed = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Invalid(Message("This is not a certificate of erasure.")) from None
    return read(parsed)


def read(parsed: object) -> Document:
    """A certificate out of parsed JSON.

    Raises:
        Invalid: this is no certificate of erasure, or one of a later version.
    """
    certificate: Document = cast("Document", parsed) if isinstance(parsed, dict) else {}
    if certificate.get("type") != TYPE:
        raise Invalid(Message("This is not a certificate of erasure."))
    version = certificate.get("version")
    parts = _PARTS_OF.get(version) if type(version) is int else None
    if parts is None:
        raise Invalid(Message("This certificate was made by a later version of the portal."))
    if any(not isinstance(certificate.get(name), kind) for name, kind in parts.items()):
        raise Invalid(Message("This certificate is not complete."))
    return certificate


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _no_number(_name: str) -> None:
    raise ValueError


def _copies(erased: ErasedOrder) -> list[Document]:
    """Where copies remained. Without its key a ciphertext is readable to nobody, whoever keeps it."""
    unreadable = timestamp(erased.keys_destroyed_at)
    copies: list[Document] = [{"where": "backups", "holds": "ciphertext", "readable_until": unreadable}]
    if erased.key_copies_until is not None:
        until = timestamp(erased.key_copies_until)
        copies.append({"where": "key_store_copies", "holds": "wrapped_keys", "until": until})
    if erased.server_logs:
        copies.append({"where": "server_logs", "holds": "wrapped_keys", "until": "recycled"})
    return copies
