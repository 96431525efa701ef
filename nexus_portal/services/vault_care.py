"""Whether records, keys and files of the vault fit each other, and taking away what a crash left behind.

A transaction that was never committed may leave a key or a file that no record knows. They hold nothing that
anybody can reach, but they need not stay. Younger than an hour, they may belong to a transaction under way.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from nexus_portal.adapters import blobs, clock, db, keystore
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.models.files import FileDrop
from nexus_portal.models.vault import HolderRecord, Photo
from nexus_portal.services import vault_applications, vault_files
from nexus_portal.services.vault import chunks
from nexus_portal.services.vault_proof import Proof

SETTLED = timedelta(hours=1)
CHUNK = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultReport:
    """How many there are, and which of them stand alone."""

    records: int
    photos: int
    files: int = 0
    """Dropped files; each has a key, like a record."""
    applications: int = 0
    """What applicants wrote; each has a key too."""
    tombstones: int
    unreadable: tuple[UUID, ...]
    """Records without a key that are not being erased: lost, unless the right key store comes back."""
    broken: tuple[UUID, ...] = ()
    """Records of which a field or photo does not open under its key."""
    opened: int = 0
    """Records whose every field and photo was opened."""
    readable_again: tuple[UUID, ...] = ()
    """Records that the ledger calls erased, and that have a key, a row or a file."""
    lost_files: int
    stray_keys: int
    stray_files: int

    @property
    def whole(self) -> bool:
        """True when nothing is lost, everything opens, and nothing erased does."""
        return not (self.unreadable or self.lost_files or self.broken or self.readable_again)


def check(*, tidy: bool = False, proof: Proof | None = None) -> VaultReport:
    """Compare database, key store and files with each other; with `tidy`, remove what no record knows.

    `proof` is what `vault_proof.prove` found, to be told with the rest.
    """
    proof = proof or Proof()
    with db.current().transaction(SYSTEM, writes=False) as session:
        records, unreadable = _records(session)
        photos, lost = _photos(session)
        files, keyless, lost_files = _files(session)
        applications, without_key = _applications(session)
        stray_keys = _stray_keys(session)
        stray_files = _stray_files(session)
    if tidy:
        keystore.discard(stray_keys)
        blobs.delete(stray_files)
    return VaultReport(
        records=records,
        photos=photos,
        files=files,
        applications=applications,
        tombstones=keystore.current().tombstones(),
        unreadable=(*unreadable, *keyless, *without_key),
        lost_files=lost + lost_files,
        opened=proof.opened,
        broken=proof.broken,
        readable_again=proof.readable_again,
        stray_keys=len(stray_keys),
        stray_files=len(stray_files),
    )


def _records(session: Session) -> tuple[int, list[UUID]]:
    count = 0
    unreadable: list[UUID] = []
    for part in _pages(lambda after: _records_after(session, after)):
        count += len(part)
        known = keystore.current().states(part)
        unreadable += [record_id for record_id in part if record_id not in known]
    return count, unreadable


def _records_after(session: Session, after: UUID | None) -> Sequence[UUID]:
    query = select(HolderRecord.id).order_by(col(HolderRecord.id)).limit(CHUNK)
    if after is not None:
        query = query.where(col(HolderRecord.id) > after)
    return session.exec(query).all()


def _photos(session: Session) -> tuple[int, int]:
    rows = session.exec(select(Photo.original_blob, Photo.crop_blob)).all()
    return len(rows), sum(not blobs.exists(name) for pair in rows for name in pair)


def _files(session: Session) -> tuple[int, list[UUID], int]:
    """How many dropped files there are, which have no key, and of how many the bytes are missing."""
    count, lost, keyless = 0, 0, list[UUID]()
    for part in _pages(lambda after: vault_files.living_after(session, after)):
        count += len(part)
        known = keystore.current().states(part)
        keyless += [drop_id for drop_id in part if drop_id not in known]
        lost += sum(not blobs.exists(name) for name in vault_files.blobs_of(session, part))
    return count, keyless, lost


def _applications(session: Session) -> tuple[int, list[UUID]]:
    """How many applications are kept, and which have no key."""
    count, keyless, after = 0, list[UUID](), None
    while part := vault_applications.part_after(session, after):
        ids = [row.id for row in part]
        known = keystore.current().states(ids)
        count, after = count + len(part), ids[-1]
        keyless += [each for each in ids if each not in known]
    return count, keyless


def _stray_keys(session: Session) -> list[UUID]:
    settled = clock.now() - SETTLED
    stray: list[UUID] = []
    for part in _pages(lambda after: keystore.current().active_after(after, settled)):
        known = set(session.exec(select(HolderRecord.id).where(col(HolderRecord.id).in_(part))))
        known |= vault_files.living_among(session, part)
        known |= vault_applications.kept_among(session, part)
        stray += [record_id for record_id in part if record_id not in known]
    return stray


def _stray_files(session: Session) -> list[str]:
    stray: list[str] = []
    for part in chunks(blobs.older_than(clock.now() - SETTLED)):
        found = select(Photo.original_blob, Photo.crop_blob).where(
            col(Photo.original_blob).in_(part) | col(Photo.crop_blob).in_(part)
        )
        known = {name for pair in session.exec(found) for name in pair}
        known |= set(session.exec(select(FileDrop.blob).where(col(FileDrop.blob).in_(part))))
        stray += [name for name in part if name not in known]
    return stray


def _pages(ask: Callable[[UUID | None], Sequence[UUID]]) -> Iterator[Sequence[UUID]]:
    after: UUID | None = None
    while part := ask(after):
        yield part
        after = part[-1]
