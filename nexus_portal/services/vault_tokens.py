"""Search tokens: keyed hashes by which a person is found without being readable.

A bare hash would not do: there are about 10¹⁰ personal numbers, and all can be tried in minutes. The key
is the account's own and lies in the key store.
"""

import hmac
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from nexus_portal.adapters import clock, keystore
from nexus_portal.domain import personal_number
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.fields import FieldDefinition, FieldType, RetentionClass
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.protection import Protection
from nexus_portal.models.base import new_id
from nexus_portal.models.vault import HolderRecord

NUMBER, NAME = "number", "name"
PROTECTED = {NUMBER: "protected_number", NAME: "protected_name"}
"""The kinds under which the same tokens stand of persons whose identity is protected."""
MOST = 12
"""Tokens of one record: a name of more words is found by its first ones."""


def number_token(account_id: UUID, normalised: str) -> bytes:
    """The token of a personal number in its 12-digit form."""
    return _token(keystore.search_key(account_id), NUMBER, normalised)


def name_tokens(account_id: UUID, text: str, *, most: int = MOST) -> list[bytes]:
    """A token for each of the first words of a name, in whatever case it is written."""
    key = keystore.search_key(account_id)
    return [_token(key, NAME, word) for word in words(text)[:most]]


def kinds(actor: Actor, kind: str) -> tuple[str, ...]:
    """The kinds in which somebody finds persons: those who are protected only where they may be seen."""
    return (kind, PROTECTED[kind]) if actor.may(Permission.PERSONS_PROTECTED) else (kind,)


def words(text: str) -> list[str]:
    """The words by which a name is found, each once: no case, no commas, one form of each letter."""
    plain = unicodedata.normalize("NFC", text).casefold().replace(",", " ").replace(";", " ")
    return list(dict.fromkeys(plain.split()))


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
            found |= {(NAME, token) for token in name_tokens(record.account_id, value, most=MOST)}
    hidden = record.protection == Protection.IN_FORCE
    return [
        {
            "id": new_id(),
            "account_id": record.account_id,
            "record_id": record.id,
            "kind": PROTECTED[kind] if hidden else kind,
            "token": token,
        }
        # Numbers first, then names.
        for kind, token in sorted(found, reverse=True)[:MOST]
    ]


def _normalised(value: str) -> list[str]:
    try:
        return [personal_number.normalise(value, clock.now().date())]
    except Invalid:
        return []  # a draft may hold what still has to be mended


def _token(key: bytes, kind: str, text: str) -> bytes:
    return hmac.digest(key, f"{kind}|{text}".encode(), "sha256")
