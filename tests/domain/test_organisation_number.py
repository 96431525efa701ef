"""Organisation numbers: ten digits with a check digit, however they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_portal.domain import organisation_number
from nexus_portal.domain.errors import Invalid


@pytest.mark.parametrize(
    "typed", ["556036-0793", "5560360793", " 556036 0793 ", "16556036-0793", "165560360793"]
)
def test_it_is_read_however_it_is_written(typed: str) -> None:
    assert organisation_number.checked(typed) == "5560360793"
    assert organisation_number.shown("5560360793") == "556036-0793"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("556036-0794", "One of the digits is wrong"),
        ("556036-079", "ten digits"),
        ("", "ten digits"),
        ("abcdef-ghij", "ten digits"),
        ("5" * 4000, "ten digits"),
    ],
)
def test_what_is_wrong_is_said(typed: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        organisation_number.checked(typed)


@given(place=st.integers(0, 9), other=st.integers(1, 9))
def test_one_wrong_digit_is_always_found(place: int, other: int) -> None:
    digits = [int(digit) for digit in "5560360793"]
    digits[place] = (digits[place] + other) % 10
    with pytest.raises(Invalid):
        organisation_number.checked("".join(map(str, digits)))


def test_a_sole_traders_number_is_a_personal_number() -> None:
    assert organisation_number.is_of_a_person(organisation_number.checked("640823-3234"))
    assert not organisation_number.is_of_a_person(organisation_number.checked("556036-0793"))
