"""SSH keys: which public keys of customers may be used, and the server's own."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

import asyncssh
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.text import Message
from nexus_portal.settings import SettingsError

RSA_BITS = 3072
LONGEST = 4000
_CURVES = {b"ssh-ed25519", b"ecdsa-sha2-nistp256", b"ecdsa-sha2-nistp384", b"ecdsa-sha2-nistp521"}


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key as OpenSSH writes it, without its comment, and its fingerprint."""

    text: str
    fingerprint: str


def checked(pasted: str) -> PublicKey:
    """A public key that somebody pasted.

    Raises:
        Invalid: it is none, or a private one, or one that is too weak; says what would do.
    """
    if "PRIVATE KEY" in pasted:
        raise Invalid(
            Message("This is the private key, which nobody else may have. Paste the file that ends in .pub.")
        )
    try:
        if len(pasted) > LONGEST:
            raise _no_key()
        key = asyncssh.import_public_key(pasted.strip())
    except (asyncssh.KeyImportError, ValueError):
        raise _no_key() from None
    if not (key.algorithm in _CURVES or (key.algorithm == b"ssh-rsa" and _bits(key) >= RSA_BITS)):
        raise Invalid(
            Message("Use an Ed25519 or ECDSA key, or an RSA key of at least {bits} bits.", bits=RSA_BITS)
        )
    return of(key)


def of(key: asyncssh.SSHKey) -> PublicKey:
    """A key that a client showed, in the same form."""
    kind, text, *_comment = key.export_public_key().decode().split()
    return PublicKey(f"{kind} {text}", key.get_fingerprint())


def host_key(path: Path) -> asyncssh.SSHKey:
    """The server's own key, made at the first start, readable by its owner only.

    Raises:
        SettingsError: it cannot be read.
    """
    if not path.exists():
        _make(path)
    try:
        return asyncssh.read_private_key(path)
    except (asyncssh.KeyImportError, OSError) as error:
        message = f"The host key {path} cannot be read: {type(error).__name__}. It must have no passphrase."
        raise SettingsError(message) from error


def _bits(key: asyncssh.SSHKey) -> int:
    public = key.pyca_key
    return int(getattr(public, "key_size", 0))


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        fresh_key = Ed25519PrivateKey.generate()
        file.write(fresh_key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    try:
        os.link(fresh, path)  # of two that start at once, one wins and both use its key
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def _no_key() -> Invalid:
    return Invalid(Message("This is not a public key. It begins with ssh-ed25519, ecdsa-sha2 or ssh-rsa."))
