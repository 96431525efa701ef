from pathlib import Path

import pytest

from nexus_portal import settings
from nexus_portal.adapters import signing


def test_a_signature_verifies_with_the_public_key_alone(installation: Path) -> None:
    signature = signing.sign(b"said")
    pem = (installation / "certificates.pub").read_bytes()

    assert signing.verifies(b"said", signature, signing.key_id(), pem)
    assert not signing.verifies(b"Said", signature, signing.key_id(), pem)
    assert not signing.verifies(b"said", signature, "0" * 16, pem)
    assert not signing.verifies(b"said", "no base64", signing.key_id(), pem)


def test_the_key_stays_the_same_and_is_sealed(installation: Path) -> None:
    first = signing.key_id()
    key = installation / "certificates.key"
    signing._private.cache_clear()

    assert signing.key_id() == first
    assert key.stat().st_mode & 0o777 == 0o600
    assert b"PRIVATE" not in key.read_bytes()


def test_a_lost_key_is_replaced_and_what_it_signed_still_verifies(installation: Path) -> None:
    old, signature = signing.key_id(), signing.sign(b"said")
    (installation / "certificates.key").unlink()
    signing._private.cache_clear()

    assert signing.key_id() != old
    assert signing.verifies(b"said", signature, old, signing.public_keys())
    assert signing.verifies_here(b"said", signature)
    assert signing.public_keys().count(b"BEGIN PUBLIC KEY") == 2


def test_a_file_without_a_key_says_so() -> None:
    with pytest.raises(ValueError, match="no Ed25519 public key"):
        signing.verifies(b"said", "", "", b"-----BEGIN NONSENSE-----")


def test_the_public_key_lies_beside_the_data() -> None:
    signing.key_id()
    assert signing.public_key_file().parent == settings.current().data_dir
