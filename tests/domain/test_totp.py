"""One-time codes against the examples of RFC 6238, and around the edges of a step."""

from datetime import UTC, datetime, timedelta

import pytest

from nexus_portal.domain import totp

# RFC 6238, appendix B: the ASCII secret "12345678901234567890", SHA-1; the last six of its eight digits.
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
RFC = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]


@pytest.mark.parametrize(("seconds", "code"), RFC)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)

    assert totp.code_at(RFC_SECRET, totp.step_at(moment)) == code
    assert totp.matching_step(RFC_SECRET, code, moment) == seconds // 30


@pytest.mark.parametrize(("away", "fits"), [(-61, False), (-30, True), (0, True), (30, True), (61, False)])
def test_a_code_fits_one_step_around(away: int, *, fits: bool) -> None:
    moment = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)
    code = totp.code_at(RFC_SECRET, totp.step_at(moment))

    assert (totp.matching_step(RFC_SECRET, code, moment + timedelta(seconds=away)) is not None) == fits


def test_secrets_have_160_bits_and_differ() -> None:
    secrets = {totp.new_secret() for _ in range(100)}

    assert len(secrets) == 100
    assert all(len(secret) == 32 for secret in secrets)


def test_secret_is_shown_in_groups_of_four() -> None:
    assert totp.in_groups(RFC_SECRET) == "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
    assert totp.in_groups("") == ""


def test_authenticators_are_told_who_and_where() -> None:
    uri = totp.provisioning_uri(RFC_SECRET, "maja@bjorkskolan.example")

    assert uri.startswith("otpauth://totp/Nexus%20Portal:maja%40bjorkskolan.example?secret=GEZD")
    assert uri.endswith("&issuer=Nexus%20Portal")
