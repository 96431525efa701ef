"""Certificates as files: read out of JSON and PDF, and checked by nothing but them and the public keys.

Nothing here asks the database who owns them: whoever has the file may have it checked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from nexus_portal.adapters import pdf_attachments, signing, throttle
from nexus_portal.adapters.throttle import Limit
from nexus_portal.domain import certificate, certificate_chain
from nexus_portal.domain.certificate import Document
from nexus_portal.domain.certificate_chain import Chain
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.text import Message
from nexus_portal.services.certificates import why_invalid

MOST = 4 * 1024 * 1024
"""Bytes of one certificate's file."""
ENDINGS = (".json", ".pdf")
CHECKS = Limit.of("verify", "30/minute; 300/day")
"""Files from strangers that are checked, by network address."""
Certificate = Document


@dataclass(frozen=True, slots=True)
class Checked:
    """A certificate and what is wrong with it: nothing when it is genuine."""

    certificate: Certificate
    why: Message | None


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """One file of a collection: its name, the certificate in it where there is one, and what is wrong."""

    name: str
    certificate: Certificate | None
    why: Message | None


def read(data: bytes) -> Certificate:
    """The certificate in a JSON file, or in a PDF that the portal made.

    Raises:
        Invalid: there is none in it, or more than one.
    """
    if len(data) > MOST:
        raise Invalid(Message("This file is too large for a certificate."))
    text = pdf_attachments.attached(data, ".json") if data.startswith(pdf_attachments.HEAD) else data
    return certificate.parse(text)


def let_in(address: str) -> None:
    """Count a stranger's file before any of it is read.

    Raises:
        TooMany: too many files came from this network address.
    """
    throttle.take(CHECKS, address)


def check(data: bytes) -> Checked:
    """Whether a file holds a certificate that this installation has signed. Keeps nothing.

    Raises:
        Invalid: there is no certificate in it.
    """
    if not data:
        raise Invalid(Message("No file arrived. Choose the file again."))
    found = read(data)
    return Checked(found, why_invalid(found, signing.public_keys()))


def check_all(place: Path, pem: bytes) -> tuple[tuple[CheckedFile, ...], tuple[Chain, ...]]:
    """Every certificate in a folder or a ZIP file, and how the genuine ones follow from each other.

    A certificate that lies there twice, such as JSON and PDF, counts once.

    Raises:
        Invalid: it cannot be read, or no certificate is in it.
        ValueError: `pem` holds no public key.
    """
    files = tuple(_checked(name, data, pem) for name, data in _files(place))
    if not files:
        raise Invalid(Message("There is no certificate in it."))
    genuine = (each.certificate for each in files if each.certificate is not None and each.why is None)
    return files, certificate_chain.chains(genuine)


def _checked(name: str, data: bytes | None, pem: bytes) -> CheckedFile:
    if data is None:
        return CheckedFile(name, None, Message("This file is too large for a certificate."))
    try:
        found = read(data)
    except Invalid as error:
        return CheckedFile(name, None, error.message)
    return CheckedFile(name, found, why_invalid(found, pem))


def _files(place: Path) -> Iterator[tuple[str, bytes | None]]:
    if place.is_dir():
        for path in sorted(place.rglob("*")):
            if path.suffix.lower() in ENDINGS and path.is_file():
                yield str(path.relative_to(place)), path.read_bytes() if path.stat().st_size <= MOST else None
        return
    try:
        with ZipFile(place) as archive:
            for entry in archive.infolist():
                if entry.filename.lower().endswith(ENDINGS):
                    small = entry.file_size <= MOST
                    yield entry.filename, archive.read(entry) if small else None
    except (BadZipFile, NotImplementedError, RuntimeError):
        raise Invalid(Message("This ZIP file cannot be read.")) from None
