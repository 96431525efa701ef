"""Bringing an installation back from a backup: nobody is served until the ledger was replayed.

Which ledger? The longest one there is: that of this installation, one that is given, else the backup's own,
which knows nothing of what was decided after it. Each must be the same ledger at another time.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from nexus_portal import settings
from nexus_portal.adapters import (
    backup_folders,
    crash_points,
    database_copies,
    db,
    keystore,
    ledger_file,
    restoring,
    schema,
    sealing,
    signing,
)
from nexus_portal.adapters.backup_folders import BLOBS, Manifest
from nexus_portal.adapters.ledger_file import Position
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.services import audit, ledger_replay
from nexus_portal.services.backups import DATABASE, KEYS_TYPE, LEDGER, PORTAL_TYPE, Step
from nexus_portal.services.ledger_replay import Replayed
from nexus_portal.settings import SettingsError

POINTS = (
    "restore:marked",
    "restore:ledger",
    "restore:database",
    "restore:files",
    "restore:keys",
    "replay:keys",
    "replay:rows",
    "replay:noted",
    "restore:replayed",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """Which backup is in place now, by which ledger, and what replaying it erased again."""

    backup: str
    made_at: str
    ledger: Position
    replayed: Replayed


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be brought back, checked as far as it can be before anything is changed."""

    folder: Path
    manifest: Manifest
    keys: Path | None
    ledger: Path


def restore(
    folder: Path,
    *,
    keys: Path | None = None,
    ledger: Path | None = None,
    force: bool = False,
    ledger_lost: bool = False,
    step: Step = lambda _what, _done, _total: None,
) -> Restored:
    """Put a backup in place of this installation's data and replay the ledger over it; see `replay`.

    Raises:
        SettingsError: something does not fit; nothing was changed.
        Unavailable: a store does not answer; the portal refuses to serve until the same was done again.
    """
    step("checking", 0, 0)
    wanted = _checked(folder, keys, ledger, force=force, ledger_lost=ledger_lost)
    with restoring.alone(), restoring.passing():
        restoring.mark(folder.name)
        crash_points.reached("restore:marked")
        _put_ledger(wanted)
        crash_points.reached("restore:ledger")
        step("database", 0, 0)
        _put_database(folder / DATABASE)
        crash_points.reached("restore:database")
        _put_files(folder, step)
        crash_points.reached("restore:files")
        if wanted.keys:
            step("key store", 0, 0)
            keystore.use(None)
            database_copies.put(wanted.keys / DATABASE, settings.current().keystore_url)
        crash_points.reached("restore:keys")
    step("replaying the ledger", 0, 0)
    replayed = replay()
    return Restored(
        backup=folder.name,
        made_at=str(wanted.manifest["made_at"]),
        ledger=ledger_file.end(settings.current().ledger_file),
        replayed=replayed,
    )


def replay() -> Replayed:
    """Replay the ledger over what is in place, and let the portal serve again.

    Raises:
        Tampered: the ledger does not hold together.
        Unavailable: a store does not answer; the portal does not serve until this was done.
    """
    with restoring.passing():
        if restoring.pending() is None:
            restoring.mark("")
        done = ledger_replay.replay()
        with db.current().transaction(SYSTEM) as session:
            audit.record(
                session,
                SYSTEM,
                "installation:restored",
                subject=restoring.pending() or "",
                erasures=done.erasures,
                keys=done.keys,
                records=done.records,
            )
        crash_points.reached("restore:replayed")
        restoring.unmark()
    return done


def _checked(
    folder: Path, keys: Path | None, ledger: Path | None, *, force: bool, ledger_lost: bool
) -> Wanted:
    data = settings.current()
    manifest = backup_folders.read(folder, PORTAL_TYPE)
    _fits(manifest, data.database_url, "NEXUS_DATABASE_URL")
    if manifest["revision"] not in schema.revisions():
        _refuse("The backup was made by a later release of the portal: install that one first.")
    if not data.master_key_file.exists():
        _refuse(f"Put the master key back first, at {data.master_key_file}; no backup holds it.")
    if keys:
        of_keys = backup_folders.read(keys, KEYS_TYPE)
        _fits(of_keys, data.keystore_url, "NEXUS_KEYSTORE_URL")
        if of_keys["master_key"] != sealing.fingerprint():
            _refuse(f"The key store {keys} needs the master key {of_keys['master_key']}; here is another.")
    elif database_copies.is_empty(data.keystore_url):
        _refuse("There is no key store here: name a copy of it by --keys.")
    if not force and not database_copies.is_empty(data.database_url):
        _refuse("There is a database here already: --force replaces it, and nothing brings it back.")
    chosen = _longest(folder, manifest, ledger, ledger_lost=ledger_lost or not keys)
    return Wanted(folder=folder, manifest=manifest, keys=keys, ledger=chosen)


def _fits(manifest: Manifest, url: str, name: str) -> None:
    if manifest["database"] != database_copies.kind(url):
        _refuse(f"The backup is one of {manifest['database']}, and {name} is not.")


def _longest(folder: Path, manifest: Manifest, given: Path | None, *, ledger_lost: bool) -> Path:
    """The ledger to replay: no older than the backup's, and of one piece with all the others."""
    if given is not None and not given.exists():
        _refuse(f"{given} does not exist.")
    own, living = folder / LEDGER, settings.current().ledger_file
    newer = [path for path in (living, given) if path is not None and path.exists()]
    if not newer and not ledger_lost:
        _refuse(
            "Nothing here knows what was erased after this backup: neither this installation's ledger nor its"
            " key store. Bring a newer ledger by --ledger, or say by --ledger-lost that there is none."
        )
    ended = manifest["ledger"]["ended"]
    places = {path: ledger_file.position(path) for path in (own, *newer)}
    longest = max(places, key=lambda path: places[path].count)
    earlier = [*places.values(), Position(ended["count"], ended["head"])]
    if not all(ledger_file.extends(longest, place) for place in earlier):
        _refuse("The ledgers contradict each other: one of them is another installation's, or was changed.")
    return longest


def _put_ledger(wanted: Wanted) -> None:
    """Have the chosen ledger in place, and in it what only the key store of today knows."""
    living = settings.current().ledger_file
    if wanted.ledger != living:
        living.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = living.with_name(f".{living.name}.restored")
        shutil.copyfile(wanted.ledger, fresh)
        fresh.chmod(0o600)
        backup_folders.to_disk()
        fresh.replace(living)
        restoring.settle(living.parent)
    if wanted.keys and not database_copies.is_empty(settings.current().keystore_url):
        ledger_replay.carry_over()


def _put_database(copied: Path) -> None:
    url = settings.current().database_url
    if db.is_open():
        db.current().dispose()
    database_copies.put(copied, url)
    schema.upgrade(url)


def _put_files(folder: Path, step: Step) -> None:
    data = settings.current()
    for name in _missing_keys():
        shutil.copyfile(folder / name, data.data_dir / name)
        (data.data_dir / name).chmod(0o600 if name.endswith(".key") else 0o644)
    signing.forget()
    files = [path for path in (folder / BLOBS).rglob("*") if path.is_file()]
    for place, file in enumerate(files, 1):
        to = data.blob_dir / file.relative_to(folder / BLOBS)
        if not to.exists():
            to.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            part = to.with_suffix(".part")
            shutil.copyfile(file, part)
            part.chmod(0o600)
            part.rename(to)
        step("files", place, len(files))
    backup_folders.to_disk()


def _missing_keys() -> Iterator[str]:
    """The signing keys that this installation lacks: its own may be newer than the backup's."""
    for name in ("certificates.key", "certificates.pub"):
        if not (settings.current().data_dir / name).exists():
            yield name


def _refuse(message: str) -> NoReturn:
    raise SettingsError(message)
