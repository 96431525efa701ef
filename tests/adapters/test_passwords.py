"""Hashes of passwords: argon2id, salted, the same on every keyboard."""

import unicodedata

import pytest

from nexus_portal.adapters import passwords
from nexus_portal.domain.errors import TooMany


@pytest.fixture(scope="module")
def hashed() -> str:
    return passwords.hash_password("Björk är ett träd")


def test_hash_is_argon2id_with_the_measured_parameters(hashed: str) -> None:
    assert hashed.startswith("$argon2id$v=19$m=47104,t=2,p=1$")


def test_fits_in_either_unicode_form(hashed: str) -> None:
    assert passwords.verify_password("Björk är ett träd", hashed) == (True, None)
    assert passwords.verify_password(unicodedata.normalize("NFD", "Björk är ett träd"), hashed) == (
        True,
        None,
    )


@pytest.mark.parametrize(
    "wrong", ["", "björk är ett träd", "Björk är ett träd ", "x" * 1_000_000, "\0", "\ud800"]
)
def test_nothing_else_fits(hashed: str, wrong: str) -> None:
    assert passwords.verify_password(wrong, hashed) == (False, None)


def test_nobody_has_no_password() -> None:
    assert passwords.verify_password("a password of nobody", None) == (False, None)


def test_common_list_is_large_and_folded() -> None:
    common = passwords.common_passwords()

    assert len(common) > 20_000
    assert {"password", "sommar", "lösenord", "qwertyuiop"} <= common
    assert all(word == word.casefold() for word in common)


def test_too_many_at_once_are_asked_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "PATIENCE_SECONDS", 0.01)
    taken = 0
    while passwords._slots.acquire(blocking=False):
        taken += 1
    try:
        with pytest.raises(TooMany):
            passwords.hash_password("Björk är ett träd")
    finally:
        for _ in range(taken):
            passwords._slots.release()
