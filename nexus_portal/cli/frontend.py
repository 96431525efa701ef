"""Building the front end, and knowing when the last build still fits."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import nexus_portal
from nexus_portal import settings
from nexus_portal.adapters import text_files

ROOT = Path(nexus_portal.__file__).parent.parent
WEB = ROOT / ".web"
STATIC = WEB / "build" / "client"
BUILT_FROM = WEB / "built-from"
OLDEST_NODE = (22, 22)

_SOURCES = ("rxconfig.py", "requirements/runtime.txt", "nexus_portal", "assets")
_LOCK = ("reflex.lock",)
_BESIDE = frozenset({"cli", "demo", "migrations", "__pycache__"})
"""Folders of nexus_portal that no page comes from."""


def environment() -> dict[str, str]:
    """The environment for Reflex and the server: Node and npm of the virtual environment come first."""
    current = settings.current()
    return os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "REFLEX_USE_NPM": "1",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "NEXUS_BASE_URL": current.base_url,
        "NEXUS_DATA_DIR": str(current.data_dir),
        "NEXUS_TEXTS_DIR": str(current.texts_dir or ""),
    }


def fingerprint() -> str:
    """A digest of all that the front end is built from, the address of the portal included."""
    return _digest(_SOURCES) + _digest(_LOCK)


def _digest(names: Sequence[str]) -> str:
    digest = hashlib.sha256(f"{settings.current().base_url} {sys.version_info[:2]}".encode())
    for path in _files(names):
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    for path in text_files.own_files():
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def is_built() -> bool:
    """True when the last build was made from what lies here now."""
    return (
        (STATIC / "index.html").exists() and BUILT_FROM.exists() and BUILT_FROM.read_text() == fingerprint()
    )


def build() -> bool:
    """Compile the pages and build the front end; False when that failed, and the output has said why."""
    sources = _digest(_SOURCES)
    BUILT_FROM.unlink(missing_ok=True)
    command = [
        sys.executable,
        "-m",
        "reflex",
        "export",
        "--frontend-only",
        "--no-zip",
        "--loglevel",
        "warning",
    ]
    done = subprocess.run(command, cwd=ROOT, env=environment(), check=False)  # noqa: S603 - our own command
    if done.returncode != 0 or not (STATIC / "index.html").exists():
        return False
    # Reflex writes the lock anew as it builds; a source that changes meanwhile is not in the build.
    if _digest(_SOURCES) == sources:
        BUILT_FROM.write_text(fingerprint())
    return True


def node_version() -> tuple[int, ...] | None:
    """The version of the Node that a build would use; nothing when there is none."""
    node = shutil.which("node", path=environment()["PATH"])
    if node is None:
        return None
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - Node itself
    return tuple(int(part) for part in re.findall(r"\d+", told.stdout)) or None


def _files(names: Sequence[str]) -> Iterator[Path]:
    for source in (ROOT / name for name in names):
        if source.is_file():
            yield source
        for path in sorted(source.rglob("*")):
            if path.is_file() and not _BESIDE & set(path.relative_to(ROOT).parts):
                yield path
