"""The master key of the installation, and small secrets sealed under keys derived from it.

The master key is a file of 32 random bytes in base64, readable by its owner only. It is made once, together
with the key store: one that appeared beside an older key store could open nothing in it.
"""

import base64
import binascii
import os
import secrets
import stat
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import create_engine, inspect

from nexus_portal import settings
from nexus_portal.domain.errors import Tampered
from nexus_portal.settings import SettingsError

KEY_BYTES = 32
NONCE_BYTES = 12
_VERSION = b"\x01"
_OTHERS = stat.S_IRWXO | stat.S_IWGRP | stat.S_IXGRP


def ensure() -> None:
    """Make the master key where there is none yet, and check that it can be used.

    Raises:
        SettingsError: the key is missing although a key store exists, or others can read it, or it is no key.
    """
    path = settings.current().master_key_file
    if not path.exists():
        if _key_store_exists(settings.current().keystore_url):
            message = f"The master key {path} is missing, and the key store needs it: restore it."
            raise SettingsError(message)
        make(path)
    _read(path)


def seal(purpose: str, plaintext: bytes, bound_to: str) -> bytes:
    """AES-256-GCM under the purpose's key; opens with the same purpose and `bound_to`, a row's id, only."""
    nonce = os.urandom(NONCE_BYTES)
    return _VERSION + nonce + _cipher(purpose).encrypt(nonce, plaintext, _context(purpose, bound_to))


def open(purpose: str, sealed: bytes, bound_to: str) -> bytes:  # noqa: A001 - read as sealing.open
    """The plaintext of `seal`.

    Raises:
        Tampered: it was changed, moved to another row, or sealed under another master key.
    """
    if sealed[:1] != _VERSION:
        raise Tampered
    nonce, ciphertext = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    for path in _known():
        with suppress(InvalidTag, ValueError):
            return _cipher(purpose, path).decrypt(nonce, ciphertext, _context(purpose, bound_to))
    raise Tampered


def renewed(purpose: str, sealed: bytes, bound_to: str) -> bytes | None:
    """The same under the newest master key; nothing where that has sealed it.

    Raises:
        Tampered: no master key opens it.
    """
    plaintext = open(purpose, sealed, bound_to)
    nonce, ciphertext = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        _cipher(purpose).decrypt(nonce, ciphertext, _context(purpose, bound_to))
    except InvalidTag:
        return seal(purpose, plaintext, bound_to)
    return None


def former() -> Path:
    """Where the master key before this one lies while it is being replaced: it opens, and seals nothing."""
    path = settings.current().master_key_file
    return path.with_name(f"{path.name}.former")


def hmac_key(purpose: str) -> bytes:
    """32 bytes for HMACs of one purpose."""
    return _key(settings.current().master_key_file, f"hmac/{purpose}")


def fingerprint() -> str:
    """The name of the master key: 16 hex digits that lead nowhere."""
    return _key(settings.current().master_key_file, "fingerprint").hex()[:16]


def _cipher(purpose: str, path: Path | None = None) -> AESGCM:
    return AESGCM(_key(path or settings.current().master_key_file, f"seal/{purpose}"))


def _known() -> list[Path]:
    return [settings.current().master_key_file, *([former()] if former().exists() else [])]


def _context(purpose: str, bound_to: str) -> bytes:
    return f"{purpose}|{bound_to}".encode()


def _key(path: Path, info: str) -> bytes:
    return _derived(path, _stamp(path), info)


def _stamp(path: Path) -> tuple[int, int]:
    """Which file this is: another process may have replaced the key meanwhile."""
    with suppress(FileNotFoundError):
        found = path.stat()
        _stamps[path] = (found.st_ino, found.st_ctime_ns)
    return _stamps.get(path, (0, 0))


_stamps: dict[Path, tuple[int, int]] = {}


@lru_cache(maxsize=64)
def _derived(path: Path, _which: tuple[int, int], info: str) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"nexus-portal/{info}".encode()).derive(_read(path))


def _read(path: Path) -> bytes:
    try:
        mode, text = path.stat().st_mode, path.read_text(encoding="ascii")
        key = base64.b64decode(text.strip(), validate=True)
    except FileNotFoundError as error:
        message = f"The master key {path} is missing: restore it; `nexus-portal migrate` makes a first one."
        raise SettingsError(message) from error
    except (OSError, UnicodeDecodeError, binascii.Error) as error:
        message = f"The master key {path} cannot be read: {type(error).__name__}."
        raise SettingsError(message) from error
    if mode & _OTHERS:
        message = f"The master key {path} is open to others: run `chmod 600 {path}`, and ask who has read it."
        raise SettingsError(message)
    if len(key) != KEY_BYTES:
        message = f"The master key {path} is not 32 bytes in base64."
        raise SettingsError(message)
    return key


def make(path: Path) -> None:
    """Make a key of 32 random bytes, readable by its owner only; one that is there already stays."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(base64.b64encode(os.urandom(KEY_BYTES)) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(fresh, path)  # of two processes that start at once, one wins and both use its key
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def _key_store_exists(url: str) -> bool:
    if url.startswith("sqlite:///"):
        file = Path(url.removeprefix("sqlite:///"))
        return file.exists() and file.stat().st_size > 0
    engine = create_engine(url, connect_args={"connect_timeout": 5})
    try:
        return inspect(engine).has_table("account_keys")
    finally:
        engine.dispose()
