"""The certificate of FTPS: the bureau's own, or one that is made at the first start and signs itself."""

import os
import secrets
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from nexus_portal.adapters import clock
from nexus_portal.settings import SettingsError

LASTS = timedelta(days=825)
"""As long as clients take a certificate at all."""
_OFTEN_WRONG = timedelta(days=1)


def ensure(certificate: Path, key: Path, host: str) -> None:
    """Make a key and a certificate for this host where there is neither.

    Raises:
        SettingsError: there is one without the other.
    """
    if certificate.exists() != key.exists():
        message = f"Of {certificate} and {key} one is missing: bring it back, or remove the other."
        raise SettingsError(message)
    if certificate.exists():
        return
    private = ec.generate_private_key(ec.SECP256R1())
    _write(
        key,
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )
    _write(certificate, _signed_by_itself(private, host).public_bytes(serialization.Encoding.PEM))


def fingerprint(certificate: Path) -> str:
    """The SHA-256 of a certificate as clients show it: pairs of hex digits between colons."""
    read = x509.load_pem_x509_certificate(certificate.read_bytes())
    return read.fingerprint(hashes.SHA256()).hex(":").upper()


def _signed_by_itself(private: ec.EllipticCurvePrivateKey, host: str) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = clock.now()
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _OFTEN_WRONG)
        .not_valid_after(now + LASTS)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
