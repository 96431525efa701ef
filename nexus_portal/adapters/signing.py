"""The installation's signature: an Ed25519 key, sealed by the master key, and its public half for everybody.

The public keys lie in `certificates.pub` in PEM. A key that was lost is replaced by a new one, and the old
public key stays in the file, so that what it has signed still verifies.
"""

import base64
import hashlib
import os
import re
import secrets
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from nexus_portal import settings
from nexus_portal.adapters import sealing

_PURPOSE, _BOUND_TO = "signing-key", "certificates"
_PEM = re.compile(rb"-----BEGIN PUBLIC KEY-----.+?-----END PUBLIC KEY-----\s*", re.DOTALL)


def sign(data: bytes) -> str:
    """The signature in base64, by the installation's key."""
    return base64.b64encode(_private(_key_file()).sign(data)).decode()


def key_id() -> str:
    """The name of the installation's key: 16 hex digits of the SHA-256 of its public half."""
    return _name(_private(_key_file()).public_key())


def public_keys() -> bytes:
    """The PEM of the public keys of this installation, the newest last."""
    _private(_key_file())
    return public_key_file().read_bytes()


def public_key_file() -> Path:
    """Where the public keys lie."""
    return settings.current().data_dir / "certificates.pub"


def verifies(data: bytes, signature: str, key: str, pem: bytes) -> bool:
    """True when `signature` over `data` was made by the key of this name, which is among those in `pem`.

    Raises:
        ValueError: `pem` holds no public key.
    """
    known = {_name(public): public for public in _parse(pem)}
    try:
        known[key].verify(base64.b64decode(signature, validate=True), data)
    except (KeyError, InvalidSignature, ValueError):
        return False
    return True


def verifies_here(data: bytes, signature: str) -> bool:
    """True when any key of this installation made the signature."""
    return any(verifies(data, signature, _name(key), public_keys()) for key in _parse(public_keys()))


def renew() -> bool:
    """Seal the key anew while the master key is being replaced; True where the former one had sealed it."""
    path = _key_file()
    if not path.exists():
        return False
    sealed = sealing.renewed(_PURPOSE, path.read_bytes(), _BOUND_TO)
    if sealed is None:
        return False
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    _write(fresh, sealed, 0o600)
    fresh.replace(path)
    return True


def forget() -> None:
    """Read the key anew the next time: its file was put back, or sealed anew."""
    _private.cache_clear()


def _key_file() -> Path:
    return settings.current().data_dir / "certificates.key"


@lru_cache(maxsize=4)
def _private(path: Path) -> Ed25519PrivateKey:
    if not path.exists():
        _create(path)
    private = Ed25519PrivateKey.from_private_bytes(sealing.open(_PURPOSE, path.read_bytes(), _BOUND_TO))
    _publish(private.public_key())
    return private


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    private = Ed25519PrivateKey.generate().private_bytes_raw()
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    _write(fresh, sealing.seal(_PURPOSE, private, _BOUND_TO), 0o600)
    try:
        os.link(fresh, path)  # of two processes that start at once, one wins and both use its key
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def _publish(public: Ed25519PublicKey) -> None:
    file = public_key_file()
    known = file.read_bytes() if file.exists() else b""
    if known and _name(public) in map(_name, _parse(known)):
        return
    fresh = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    _write(fresh, known + public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), 0o644)
    fresh.replace(file)


def _write(path: Path, data: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(file.fileno(), mode)  # the command line works under a umask that would hide public keys
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _parse(pem: bytes) -> list[Ed25519PublicKey]:
    keys = [load_pem_public_key(block) for block in _PEM.findall(pem)]
    found = [key for key in keys if isinstance(key, Ed25519PublicKey)]
    if not found:
        message = "there is no Ed25519 public key in PEM"
        raise ValueError(message)
    return found


def _name(public: Ed25519PublicKey) -> str:
    return hashlib.sha256(public.public_bytes_raw()).hexdigest()[:16]
