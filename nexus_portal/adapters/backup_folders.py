"""Folders of backups: written beside, renamed when whole, checked by their manifest, thinned out by age.

A folder with a name of ours is whole. One that a crash left is `.partial-…`; the next backup removes it.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from nexus_portal.adapters import crash_points, restoring
from nexus_portal.domain.hashchain import canonical
from nexus_portal.settings import SettingsError

MANIFEST, BLOBS = "manifest.json", "blobs"
VERSION = 1
_STAMP = "%Y%m%dT%H%M%S%fZ"
_NAME = re.compile(r"(portal|keys)-(\d{8}T\d{12}Z)")
_PIECE = 1 << 20

Manifest = dict[str, Any]
Report = Callable[[int, int], object]


def begin(folder: Path, what: str, now: datetime) -> Path:
    """An empty folder for a backup of `portal` or `keys` made now; those that a crash left are removed."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in folder.glob(f".partial-{what}-*"):
        shutil.rmtree(left)
    fresh = folder / f".partial-{what}-{now.astimezone(UTC).strftime(_STAMP)}"
    fresh.mkdir(mode=0o700)
    return fresh


def finish(fresh: Path, manifest: Mapping[str, Any]) -> Path:
    """Write what is in the folder into its manifest, and give it the name of a whole backup."""
    parts = {path.name: _part(path) for path in sorted(fresh.iterdir()) if path.is_file()}
    if (fresh / BLOBS).is_dir():
        parts[BLOBS] = _tree(fresh / BLOBS)
    # As it will be read back: what is hashed are the plain values, whatever types they came as.
    said = json.loads(canonical({"version": VERSION, **manifest, "parts": parts}))
    said["digest"] = hashlib.sha256(canonical(said)).hexdigest()
    (fresh / MANIFEST).write_text(json.dumps(said, indent=2, sort_keys=True), encoding="utf-8")
    (fresh / MANIFEST).chmod(0o600)
    to_disk()
    crash_points.reached("backup:written")
    whole = fresh.with_name(fresh.name.removeprefix(".partial-"))
    fresh.rename(whole)
    restoring.settle(whole.parent)
    return whole


def read(folder: Path, kind: str) -> Manifest:
    """The manifest of a backup, after comparing everything in the folder with it.

    Raises:
        SettingsError: it is no backup of this kind, not whole, or was changed.
    """
    try:
        parsed: object = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError) as error:
        message = f"{folder} is not a whole backup: its {MANIFEST} cannot be read."
        raise SettingsError(message) from error
    manifest = cast("Manifest", parsed) if isinstance(parsed, dict) else {}
    if manifest.get("type") != kind or manifest.get("version") != VERSION:
        message = f"{folder} is not a backup of this kind, or one of a later version of the portal."
        raise SettingsError(message)
    said = {name: value for name, value in manifest.items() if name != "digest"}
    broken = _changed(folder, manifest)
    if hashlib.sha256(canonical(said)).hexdigest() != manifest.get("digest"):
        broken = MANIFEST
    if broken:
        message = f"{folder}: {broken} was changed or damaged after the backup was made."
        raise SettingsError(message)
    return manifest


def of(folder: Path, what: str) -> list[Path]:
    """The whole backups in a folder, the oldest first."""
    found = [path for path in folder.glob(f"{what}-*") if _NAME.fullmatch(path.name)]
    return sorted(found, key=lambda path: path.name)


def thin_out(folder: Path, what: str, *, keep: int) -> int:
    """Remove all but the newest backups; how many went."""
    return _remove(of(folder, what)[:-keep] if keep else [])


def forget_older(folder: Path, what: str, before: datetime) -> int:
    """Remove backups that were begun before a moment, but never the newest; how many went."""
    return _remove(path for path in of(folder, what)[:-1] if _made(path) < before)


def copy_blobs(source: Path, to: Path, earlier: Path | None, report: Report) -> int:
    """Copy files that never change under their names; what an earlier backup holds is linked, not copied."""
    files = [path for path in source.glob("??/??/*") if not path.suffix]
    to.mkdir(mode=0o700)
    count = 0
    for place, file in enumerate(files, 1):
        inside = file.relative_to(source)
        (to / inside).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        count += _take(file, to / inside, earlier / BLOBS / inside if earlier else None)
        report(place, len(files))
    return count


def _take(file: Path, to: Path, before: Path | None) -> bool:
    if before is not None and before.exists():
        os.link(before, to)
        return True
    try:
        shutil.copyfile(file, to)
    except FileNotFoundError:
        return False  # erased meanwhile: the ledger at the end of this backup says so
    to.chmod(0o600)
    return True


def _part(path: Path) -> dict[str, Any]:
    return {"bytes": path.stat().st_size, "sha256": digest(path)}


def _tree(folder: Path) -> dict[str, Any]:
    """Count, size and one digest of all files below a folder."""
    whole, size, count = hashlib.sha256(), 0, 0
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        whole.update(f"{path.relative_to(folder).as_posix()} {digest(path)}\n".encode())
        size, count = size + path.stat().st_size, count + 1
    return {"files": count, "bytes": size, "sha256": whole.hexdigest()}


def to_disk() -> None:
    """Have everything written reach the disk: thousands of small files are faster at once than one by one."""
    os.sync()


def digest(path: Path) -> str:
    """SHA-256 of a file in hex."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            found.update(piece)
    return found.hexdigest()


def _changed(folder: Path, manifest: Manifest) -> str:
    """The first part that is not as the manifest says."""
    for name, said in manifest.get("parts", {}).items():
        path = folder / Path(name).name
        if not path.exists() or (_tree(path) if name == BLOBS else _part(path)) != said:
            return str(name)
    return ""


def _made(path: Path) -> datetime:
    return datetime.strptime(path.name.partition("-")[2], _STAMP).replace(tzinfo=UTC)


def _remove(folders: Iterable[Path]) -> int:
    count = 0
    for folder in folders:
        # Half removed it must not look whole.
        gone = folder.rename(folder.with_name(f".partial-{folder.name}"))
        shutil.rmtree(gone)
        count += 1
    return count
