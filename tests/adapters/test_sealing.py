import base64
from pathlib import Path

import pytest

from nexus_portal import settings
from nexus_portal.adapters import keystore, sealing
from nexus_portal.domain.errors import Tampered
from nexus_portal.settings import SettingsError


def test_a_secret_opens_for_its_own_purpose_and_row_only() -> None:
    sealed = sealing.seal("totp", b"JBSWY3DPEHPK3PXP", "user-1")

    assert sealing.open("totp", sealed, "user-1") == b"JBSWY3DPEHPK3PXP"
    assert b"JBSWY3DPEHPK3PXP" not in sealed
    for purpose, bound_to in (("totp", "user-2"), ("outbox", "user-1")):
        with pytest.raises(Tampered):
            sealing.open(purpose, sealed, bound_to)


@pytest.mark.parametrize("position", [0, 1, 13, -1])
def test_a_changed_byte_does_not_open(position: int) -> None:
    sealed = bytearray(sealing.seal("totp", b"secret", "user-1"))
    sealed[position] ^= 1
    with pytest.raises(Tampered):
        sealing.open("totp", bytes(sealed), "user-1")


@pytest.mark.parametrize("rest", [b"", b"\x01", b"\x01short"])
def test_a_cut_off_secret_does_not_open(rest: bytes) -> None:
    with pytest.raises(Tampered):
        sealing.open("totp", rest, "user-1")


def test_the_master_key_is_made_once_and_for_its_owner_only(installation: Path) -> None:
    path = settings.current().master_key_file
    first = path.read_bytes()

    sealing.ensure()

    assert path.read_bytes() == first
    assert len(base64.b64decode(first)) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_missing_master_key_is_not_made_anew_beside_a_key_store() -> None:
    keystore.prepare()
    keystore.use(None)
    settings.current().master_key_file.unlink()

    with pytest.raises(SettingsError, match="missing"):
        sealing.ensure()
    assert not settings.current().master_key_file.exists()


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o660])
def test_a_master_key_that_others_can_read_or_change_is_refused(mode: int) -> None:
    settings.current().master_key_file.chmod(mode)
    with pytest.raises(SettingsError, match="chmod 600"):
        sealing.ensure()


@pytest.mark.parametrize("text", ["", "not base64!", base64.b64encode(b"too short").decode(), "å"])
def test_what_is_no_key_is_refused(text: str) -> None:
    settings.current().master_key_file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"master\.key"):
        sealing.ensure()


def test_keys_of_purposes_differ() -> None:
    assert sealing.hmac_key("csrf") != sealing.hmac_key("invitation")
    assert sealing.hmac_key("csrf") == sealing.hmac_key("csrf")
