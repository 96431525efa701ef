"""Which passwords are too easy: short, common, patterned, made of one's own names. Nothing else."""

import unicodedata

import pytest

from nexus_portal.adapters import passwords as adapter
from nexus_portal.domain import passwords
from nexus_portal.domain.errors import Invalid

ABOUT = ("anna.andersson@bjorkskolan.example", "Anna Andersson", "Björkskolan AB")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "tagg-lampa-fisk",
        "åäö åäö lökar på rad",
        "x7!Kq02_vvRz",
        "пароль для портала",
        "密码很长很长很长很长很长的",
        "🐟🐠🐡🦈🐙🦀🦐🦑🐚🐳🐋🐬",
    ],
)
def test_long_and_unusual_is_enough(password: str) -> None:
    passwords.check(password, common=adapter.common_passwords(), about=ABOUT)


@pytest.mark.parametrize(
    "password",
    [
        "",
        "elva tecken",
        "x" * 129,
        "aaaaaaaaaaaaaaa",
        "abababababababab",
        "hundkatthundkatt",
        "123456789012",
        "987654321098",
        "abcdefghijklm",
        "password123456",
        "Sommar2026!!!",
        "Lösenord12345",
        "QWERTYuiop123",
        "Bjorkskolan2026",
        "Björkskolan-2026",
        "anna-andersson",
        "andersson-password",
        "nexusportal99!",
    ],
)
def test_easy_ones_are_refused(password: str) -> None:
    with pytest.raises(Invalid):
        passwords.check(password, common=adapter.common_passwords(), about=ABOUT)


def test_length_counts_letters_not_their_parts() -> None:
    eleven = unicodedata.normalize("NFD", "åäöåäöåäöåx")

    assert len(eleven) > 12
    with pytest.raises(Invalid, match="at least 12"):
        passwords.check(eleven, common=frozenset())
