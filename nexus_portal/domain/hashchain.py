"""Hash chains: each entry carries the hash of the one before it, so that a change anywhere shows."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

GENESIS = "0" * 64
"""What the first entry of a chain names as its predecessor."""


def canonical(document: Mapping[str, Any]) -> bytes:
    """The one spelling of a JSON document: sorted keys, no spaces, UTF-8; what is hashed and signed."""
    text = json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_plain
    )
    return text.encode()


def entry_hash(previous: str, entry: Mapping[str, Any]) -> str:
    """SHA-256 in hex over the predecessor's hash and the entry."""
    return text_hash(previous, canonical(entry))


def text_hash(previous: str, text: bytes) -> str:
    """The same over an entry that is spelled already."""
    return hashlib.sha256(previous.encode() + b"\n" + text).hexdigest()


def document_hash(document: Mapping[str, Any]) -> str:
    """SHA-256 in hex of a document that stands for itself."""
    return hashlib.sha256(canonical(document)).hexdigest()


def timestamp(moment: datetime) -> str:
    """Aware time as UTC with microseconds, alike on every database."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return timestamp(value)
    if isinstance(value, UUID):
        return str(value)
    message = f"{type(value).__name__} has no canonical spelling"
    raise TypeError(message)
