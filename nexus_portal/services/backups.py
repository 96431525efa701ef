"""Taking a backup while the portal serves: database, files and ledger together, the key store apart.

The order is the rule. First the database: whatever it knows has its files and keys already, for both are
made before the commit. Then files, then keys: one that is missing by then was destroyed meanwhile. The ledger
last: it names everything whose key was destroyed until then, so that replaying it leaves nothing behind.

Never in a backup: the master key, and files on their way into a draft. Those are sealed by the master key
alone, so no erasing would reach them there.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from nexus_portal import settings
from nexus_portal.adapters import (
    backup_folders,
    clock,
    crash_points,
    database_copies,
    keystore,
    ledger_file,
    schema,
    sealing,
    signing,
)
from nexus_portal.adapters.backup_folders import BLOBS, Manifest
from nexus_portal.adapters.ledger_file import Position
from nexus_portal.services import ledger
from nexus_portal.settings import SettingsError

PORTAL, KEYS = "portal", "keys"
PORTAL_TYPE, KEYS_TYPE = "nexus-portal/backup", "nexus-portal/key-store-backup"
DATABASE, LEDGER = "database", "ledger.jsonl"
KEEP, KEEP_KEYS_DAYS = 14, 7
POINTS = (
    "backup:begun",
    "backup:database",
    "backup:files",
    "backup:keys",
    "backup:ledger",
    "backup:written",
)

Step = Callable[[str, int, int], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What was written where; `keys` is empty where the key store was left out."""

    folder: Path
    keys: Path | None
    ledger: Position
    files: int
    removed: int


def take(
    folder: Path,
    *,
    keys: Path | None = None,
    keep: int = KEEP,
    keep_keys_days: int = KEEP_KEYS_DAYS,
    step: Step = lambda _what, _done, _total: None,
) -> Backup:
    """Back up this installation; `keep` backups stay, copies of the key store for `keep_keys_days`.

    Raises:
        SettingsError: the two folders lie in each other, or a program of PostgreSQL's is missing.
        Unavailable: a store does not answer, or a disk is full.
    """
    _apart(folder, keys)
    now, data = clock.now(), settings.current()
    fresh = backup_folders.begin(folder, PORTAL, now)
    crash_points.reached("backup:begun")
    ledger.begin()
    begun = ledger_file.end(data.ledger_file)
    step("database", 0, 0)
    database_copies.copy(data.database_url, fresh / DATABASE)
    crash_points.reached("backup:database")
    earlier = next(reversed(backup_folders.of(folder, PORTAL)), None)
    files = backup_folders.copy_blobs(
        data.blob_dir, fresh / BLOBS, earlier, lambda done, total: step("files", done, total)
    )
    _copy_signing_keys(fresh)
    crash_points.reached("backup:files")
    kept_keys = _take_keys(keys, keep_keys_days, step) if keys else None
    crash_points.reached("backup:keys")
    ended = _copy_ledger(fresh)
    crash_points.reached("backup:ledger")
    manifest: Manifest = {
        "type": PORTAL_TYPE,
        "made_at": now,
        "database": database_copies.kind(data.database_url),
        "revision": schema.revision(data.database_url),
        "master_key": sealing.fingerprint(),
        "keys": kept_keys.name if kept_keys else None,
        "ledger": {"begun": _plain(begun), "ended": _plain(ended)},
    }
    whole = backup_folders.finish(fresh, manifest)
    removed = backup_folders.thin_out(folder, PORTAL, keep=keep)
    return Backup(folder=whole, keys=kept_keys, ledger=ended, files=files, removed=removed)


def _take_keys(folder: Path, keep_days: int, step: Step) -> Path:
    now, url = clock.now(), settings.current().keystore_url
    keystore.prepare()
    fresh = backup_folders.begin(folder, KEYS, now)
    step("key store", 0, 0)
    database_copies.copy(url, fresh / DATABASE)
    manifest: Manifest = {
        "type": KEYS_TYPE,
        "made_at": now,
        "database": database_copies.kind(url),
        "master_key": sealing.fingerprint(),
    }
    whole = backup_folders.finish(fresh, manifest)
    # What was erased since can be read from an old copy with the master key, until the copy is gone.
    backup_folders.forget_older(folder, KEYS, now - timedelta(days=keep_days))
    return whole


def _copy_signing_keys(fresh: Path) -> None:
    data = settings.current().data_dir
    signing.public_keys()
    for name in ("certificates.key", "certificates.pub"):
        shutil.copyfile(data / name, fresh / name)
        (fresh / name).chmod(0o600)


def _copy_ledger(fresh: Path) -> Position:
    source, to = settings.current().ledger_file, fresh / LEDGER
    if source.exists():
        shutil.copyfile(source, to)
    else:
        to.touch()
    to.chmod(0o600)
    return ledger_file.position(to)


def _apart(folder: Path, keys: Path | None) -> None:
    if keys is None:
        return
    one, other = folder.resolve(), keys.resolve()
    if one == other or one in other.parents or other in one.parents:
        message = "The key store must not lie in the folder of the backup, nor the backup in its folder:"
        message += " whoever has both can read what was erased. Choose two places."
        raise SettingsError(message)


def _plain(place: Position) -> dict[str, int | str]:
    return {"count": place.count, "head": place.head}
