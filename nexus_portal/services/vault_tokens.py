"""Search tokens: keyed hashes by which a person is found without being readable.

A bare hash would not do: there are about 10¹⁰ personal numbers, and all can be tried in minutes. The key
is the account's own and lies in the key store.
"""

import hmac
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from nexus_portal.adapters import clock, keystore
from nexus_portal.domain import personal_number
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.fields import FieldDefinition, FieldType, RetentionClass
from nexus_portal.models.base import new_id
from nexus_portal.models.vault import HolderRecord

NUMBER, NAME = "number", "name"


def number_token(account_id: UUID, normalised: str) -> bytes:
    """The token of a personal number in its 12-digit form."""
    return _token(keystore.search_key(account_id), NUMBER, normalised)


def name_tokens(account_id: UUID, text: str) -> list[bytes]:
    """A token for each word of a name, in whatever case it is written."""
    key = keystore.search_key(account_id)
    return [_token(key, NAME, word) for word in sorted(set(text.casefold().split()))]


def rows(
    record: HolderRecord, values: Mapping[str, str], definitions: Sequence[FieldDefinition]
) -> list[dict[str, Any]]:
    """The rows of `search_tokens` for a record with these values."""
    found: set[tuple[str, bytes]] = set()
    for definition in definitions:
        value = values.get(definition.key, "")
        if definition.type is FieldType.PERSONAL_NUMBER:
            found |= {(NUMBER, number_token(record.account_id, number)) for number in _normalised(value)}
        elif definition.type is FieldType.TEXT and definition.retention is RetentionClass.NAME:
            found |= {(NAME, token) for token in name_tokens(record.account_id, value)}
    return [
        {
            "id": new_id(),
            "account_id": record.account_id,
            "record_id": record.id,
            "kind": kind,
            "token": token,
        }
        for kind, token in sorted(found)
    ]


def _normalised(value: str) -> list[str]:
    try:
        return [personal_number.normalise(value, clock.now().date())]
    except Invalid:
        return []  # a draft may hold what still has to be mended


def _token(key: bytes, kind: str, text: str) -> bytes:
    return hmac.digest(key, f"{kind}|{text}".encode(), "sha256")
