"""Sealing and opening what belongs to one holder record, under the record's own key.

Each ciphertext is bound to account, record and field: moved anywhere else, it does not open.
"""

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlmodel import Session

from nexus_portal.adapters import keystore
from nexus_portal.adapters.sealing import NONCE_BYTES
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Tampered
from nexus_portal.services import audit

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Box:
    """One record's cipher: AES-256-GCM, a random nonce before each ciphertext."""

    account_id: UUID
    record_id: UUID
    cipher: AESGCM

    @classmethod
    def of(cls, account_id: UUID, record_id: UUID, key: bytes) -> Self:
        """The box that this key opens."""
        return cls(account_id, record_id, AESGCM(key))

    def seal(self, field: str, plaintext: bytes) -> bytes:
        """The ciphertext of a field."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self.cipher.encrypt(nonce, plaintext, self._place(field))

    def open(self, session: Session, field: str, sealed: bytes) -> bytes:
        """The plaintext of a field.

        Raises:
            Tampered: the ciphertext was changed or stood elsewhere; that is logged and audited.
        """
        try:
            return self.reveal(field, sealed)
        except (InvalidTag, ValueError) as error:
            _report(session, self.account_id, str(self.record_id), field)
            raise Tampered from error

    def reveal(self, field: str, sealed: bytes) -> bytes:
        """The plaintext of a field, for whoever looks at many and reports by themselves: see `open`."""
        return self.cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], self._place(field))

    def _place(self, field: str) -> bytes:
        return f"{self.account_id}|{self.record_id}|{field}".encode()


def boxes(session: Session, records: Sequence[tuple[UUID, UUID]]) -> Mapping[UUID, Box]:
    """The boxes of (record, account) pairs by record, in one key-store statement; erased ones are left out.

    Raises:
        Tampered: a wrapped key was changed or stood elsewhere; that is logged and audited.
    """
    if not records:
        return {}
    try:
        keys = keystore.keys([record_id for record_id, _ in records])
    except Tampered:
        _report(session, records[0][1], "", "data key")
        raise
    return {
        record_id: Box.of(account_id, record_id, keys[record_id])
        for record_id, account_id in records
        if record_id in keys
    }


def _report(session: Session, account_id: UUID, record_id: str, field: str) -> None:
    log.error("a ciphertext does not verify: record %s, field %s", record_id, field)
    audit.record_apart(
        session, SYSTEM, "vault:tampered", subject=record_id, account_id=account_id, fields=[field]
    )
