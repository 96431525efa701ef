"""Keys of accounts: they wrap the data keys of the account's records and make its search tokens."""

import os
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Engine, select
from sqlalchemy.dialects import postgresql, sqlite

from nexus_portal.adapters import clock, sealing
from nexus_portal.adapters.keystore_db import account_keys, transaction
from nexus_portal.adapters.sealing import KEY_BYTES, NONCE_BYTES
from nexus_portal.domain.errors import Tampered
from nexus_portal.domain.hashchain import timestamp


@dataclass(frozen=True, slots=True)
class AccountKey:
    """One version of an account's key, unwrapped."""

    account_id: UUID
    version: int
    cipher: AESGCM
    search: bytes

    def wrap(self, record_id: UUID, key: bytes) -> bytes:
        """A data key as it may be stored, bound to its record."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self.cipher.encrypt(nonce, key, self._context(record_id))

    def unwrap(self, record_id: UUID, wrapped: bytes) -> bytes:
        """The data key.

        Raises:
            Tampered: it was changed or belongs to another record.
        """
        try:
            return self.cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], self._context(record_id))
        except (InvalidTag, ValueError) as error:
            raise Tampered from error

    def _context(self, record_id: UUID) -> bytes:
        return f"data-key|{self.account_id}|{record_id}".encode()


class AccountKeys:
    """The account keys of one key store, remembered once unwrapped."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[tuple[UUID, int], AccountKey] = {}
        self._search: dict[UUID, bytes] = {}

    def newest(self, connection: Connection, account_id: UUID) -> AccountKey:
        """The key that wraps new data keys, held until the commit; made at the account's first record."""
        newest = select(account_keys.c.version).where(account_keys.c.account_id == account_id)
        query = (
            newest.order_by(account_keys.c.version.desc()).limit(1).with_for_update(read=True, key_share=True)
        )
        version = connection.execute(query).scalar_one_or_none()
        if version is None:
            self.add(connection, account_id, 1, os.urandom(KEY_BYTES))
            version = connection.execute(query).scalar_one()
        return self.get(connection, account_id, version)

    def get(self, connection: Connection, account_id: UUID, version: int) -> AccountKey:
        """One version of an account's key.

        Raises:
            Tampered: there is no such version, or it was not wrapped by this master key.
        """
        known = self._known.get((account_id, version))
        if known is None:
            known = self._load(connection, account_id, version)
            self._known[account_id, version] = known
        return known

    def search_key(self, account_id: UUID) -> bytes:
        """The account's search key, the same in every version."""
        if account_id not in self._search:
            with transaction(self._engine) as connection:
                self._search[account_id] = self.newest(connection, account_id).search
        return self._search[account_id]

    def add(self, connection: Connection, account_id: UUID, version: int, search: bytes) -> None:
        """Make a version of an account's key, unless another process just did."""
        key, bound_to = os.urandom(KEY_BYTES), f"{account_id}|{version}"
        row = {
            "account_id": account_id,
            "version": version,
            "wrapped": sealing.seal("account-key", key, bound_to),
            "search": _wrap_search(key, search, account_id),
            "created_at": timestamp(clock.now()),
        }
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        connection.execute(dialect.insert(account_keys).on_conflict_do_nothing(), row)

    def _load(self, connection: Connection, account_id: UUID, version: int) -> AccountKey:
        own = (account_keys.c.account_id == account_id) & (account_keys.c.version == version)
        row = connection.execute(
            select(account_keys.c.wrapped, account_keys.c.search).where(own)
        ).one_or_none()
        if row is None:
            raise Tampered
        key = sealing.open("account-key", row.wrapped, f"{account_id}|{version}")
        return AccountKey(account_id, version, AESGCM(key), _unwrap_search(key, row.search, account_id))


def _wrap_search(key: bytes, search: bytes, account_id: UUID) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, search, f"search-key|{account_id}".encode())


def _unwrap_search(key: bytes, wrapped: bytes, account_id: UUID) -> bytes:
    context = f"search-key|{account_id}".encode()
    try:
        return AESGCM(key).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], context)
    except (InvalidTag, ValueError) as error:
        raise Tampered from error
