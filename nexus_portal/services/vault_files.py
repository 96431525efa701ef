"""What opens dropped files: their keys, their sealed names and checksums, the keyed hashes they are found by.

Each file has a key of its own, like a holder record: its name and checksum are sealed under it too, so that
destroying the key leaves nothing, in no backup either.
"""

import hmac
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from sqlalchemy import update
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock, drop_files, ending, keystore
from nexus_portal.domain.errors import NotFound, Tampered
from nexus_portal.domain.file_drops import GONE, FileState, Folder
from nexus_portal.models.files import FileDrop
from nexus_portal.services.vault_cipher import Box, boxes

CHUNK = 1000
NAME, DIGEST = "file name", "file digest"
_DESTROYED: dict[str, Any] = {
    "sealed_name": None,
    "name_token": None,
    "sealed_digest": None,
    "digest_token": None,
    "reserved": 0,
    "settles_at": None,
    "delete_on": None,
}


def mint(session: Session, drop: FileDrop) -> bytes:
    """A key for a new file; taken back if the file does not come to be."""
    key = keystore.mint(drop.account_id, [drop.id])[drop.id]
    ending.after_rollback(session, partial(keystore.discard, [drop.id]))
    return key


def key_of(drop: FileDrop) -> bytes:
    """The key of a file.

    Raises:
        NotFound: it was destroyed.
    """
    key = keystore.keys([drop.id]).get(drop.id)
    if key is None:
        raise NotFound
    return key


def name_token(account_id: UUID, folder: Folder, name: str) -> bytes:
    """The keyed hash by which a file is found in its folder."""
    return _token(account_id, f"file-name|{folder}|{name}".encode())


def digest_token(account_id: UUID, digest: bytes) -> bytes:
    """The keyed hash by which the same bytes are known again."""
    return _token(account_id, b"file-digest|" + digest)


def name_file(drop: FileDrop, key: bytes, folder: Folder, name: str) -> None:
    """Give a file its place and name."""
    drop.folder, drop.name_token = folder, name_token(drop.account_id, folder, name)
    drop.sealed_name = Box.of(drop.account_id, drop.id, key).seal(NAME, name.encode())


def sign_file(drop: FileDrop, key: bytes, digest: bytes) -> None:
    """Keep the SHA-256 of a file."""
    drop.sealed_digest = Box.of(drop.account_id, drop.id, key).seal(DIGEST, digest)
    drop.digest_token = digest_token(drop.account_id, digest)


def names(session: Session, rows: Sequence[Any]) -> dict[UUID, str]:
    """The names of files by id, of rows with `id`, `account_id` and `sealed_name`; gone ones are left out.

    Raises:
        Tampered: a name was changed or stood elsewhere.
    """
    return {
        drop_id: sealed.decode() for drop_id, sealed in _opened(session, rows, NAME, "sealed_name").items()
    }


def names_in(session: Session, account_id: UUID, sealed: Mapping[UUID, bytes]) -> dict[UUID, str]:
    """The same of files of one account, whose sealed names are given by id.

    Raises:
        Tampered: a name was changed or stood elsewhere.
    """
    opening = boxes(session, [(drop_id, account_id) for drop_id in sealed])
    return {drop_id: box.open(session, NAME, sealed[drop_id]).decode() for drop_id, box in opening.items()}


def digests(session: Session, rows: Sequence[Any]) -> dict[UUID, str]:
    """The checksums in hex, likewise, of rows that hold `sealed_digest`."""
    return {
        drop_id: sealed.hex() for drop_id, sealed in _opened(session, rows, DIGEST, "sealed_digest").items()
    }


def forget(session: Session, drop_ids: Sequence[UUID]) -> list[str]:
    """Leave nothing but the rows of erased files; gives the names of their bytes. Others are passed over."""
    still = col(FileDrop.id).in_(drop_ids)
    names_of_bytes = session.exec(select(FileDrop.blob).where(still)).all()
    if names_of_bytes:
        connection = session.connection()
        connection.execute(update(FileDrop).where(still).values(_DESTROYED))
        # A backup from before the erasing knows it as it was.
        there = still & col(FileDrop.state).not_in(GONE)
        connection.execute(
            update(FileDrop).where(there).values(state=FileState.DELETED, deleted_at=clock.now())
        )
    return list(names_of_bytes)


def living_after(session: Session, after: UUID | None) -> Sequence[UUID]:
    """Up to a thousand files that were not erased, by id, after this one."""
    query = select(FileDrop.id).where(col(FileDrop.deleted_at).is_(None)).order_by(col(FileDrop.id))
    if after is not None:
        query = query.where(col(FileDrop.id) > after)
    return session.exec(query.limit(CHUNK)).all()


def living_among(session: Session, ids: Sequence[UUID]) -> set[UUID]:
    """Which of these are files that were not erased, or are being erased just now."""
    return set(session.exec(select(FileDrop.id).where(col(FileDrop.id).in_(ids))))


def named_among(session: Session, ids: Sequence[UUID]) -> set[UUID]:
    """Which of these are files whose name or checksum is still there."""
    there = col(FileDrop.sealed_name).is_not(None) | col(FileDrop.sealed_digest).is_not(None)
    return set(session.exec(select(FileDrop.id).where(col(FileDrop.id).in_(ids), there)))


def blobs_of(session: Session, drop_ids: Sequence[UUID]) -> Sequence[str]:
    """The names of the bytes of those files that have arrived."""
    arrived = col(FileDrop.state) != FileState.RECEIVING
    return session.exec(select(FileDrop.blob).where(col(FileDrop.id).in_(drop_ids), arrived)).all()


def whole(drop: FileDrop, key: bytes) -> bool:
    """Whether name, checksum and every piece of a file open under its key."""
    box = Box.of(drop.account_id, drop.id, key)
    try:
        box.reveal(NAME, drop.sealed_name or b"")
        if drop.sealed_digest is None:
            return True
        known = box.reveal(DIGEST, drop.sealed_digest)
        return drop_files.digest(drop.blob, drop.id, key) == (drop.size, known)
    except (InvalidTag, ValueError, Tampered):
        return False
    except NotFound:
        return True  # the bytes are missing, which is counted apart


def _opened(session: Session, rows: Sequence[Any], field: str, column: str) -> dict[UUID, bytes]:
    sealed = {row.id: getattr(row, column) for row in rows}
    opening = boxes(session, [(row.id, row.account_id) for row in rows if sealed[row.id] is not None])
    return {drop_id: box.open(session, field, sealed[drop_id]) for drop_id, box in opening.items()}


def _token(account_id: UUID, said: bytes) -> bytes:
    return hmac.digest(keystore.search_key(account_id), said, "sha256")
