from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.se import personnummer

from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.personal_number import birth_year, mask, normalise
from tests.samples import personal_number

TODAY = date(2026, 3, 2)

births = st.dates(date(TODAY.year - 199, 1, 1), TODAY)
numbers = st.builds(personal_number, births, st.integers(0, 999), coordination=st.booleans())


def ways_of_writing(number: str) -> list[str]:
    """Every form in which one person's number turns up."""
    sign = "+" if TODAY.year - birth_year(number) >= 100 else "-"
    short = f"{number[2:8]}{sign}{number[8:]}"
    written = [number, f"{number[:8]}-{number[8:]}", f"{number[:8]} {number[8:]}", short, f" {short}\n"]
    if sign == "-":
        written += [number[2:], short.replace("-", "–"), short.replace("-", " - "), short.replace("-", "")]
    return written


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("640823-3234", "196408233234"),
        ("850709-9805", "198507099805"),
        ("8507099805", "198507099805"),
        ("19121212-1212", "191212121212"),
        ("121212+1212", "191212121212"),
        ("121212-1212", "201212121212"),
        ("701063-2391", "197010632391"),
        ("\u00a01985 0709 9805\t", "198507099805"),
    ],
)
def test_known_numbers(written: str, expected: str) -> None:
    assert normalise(written, TODAY) == expected


@given(numbers)
def test_all_ways_of_writing_a_person_are_one(number: str) -> None:
    assert {normalise(written, TODAY) for written in ways_of_writing(number)} == {number}


# The check digit does not cover the century: there the date alone can tell.
@given(numbers, st.integers(2, 11), st.integers(1, 9))
def test_a_changed_digit_is_refused(number: str, place: int, step: int) -> None:
    changed = number[:place] + str((int(number[place]) + step) % 10) + number[place + 1 :]
    with pytest.raises(Invalid):
        normalise(changed, TODAY)


@given(numbers)
def test_the_library_agrees_where_it_judges(number: str) -> None:
    if int(number[6:8]) <= 31:
        assert personnummer.is_valid(normalise(number, TODAY))


@given(st.text(max_size=40) | st.from_regex(r"[0-9+\- ]{0,16}", fullmatch=True))
def test_any_text_gives_twelve_digits_or_a_refusal(text: str) -> None:
    try:
        number = normalise(text, TODAY)
    except Invalid:
        return
    assert len(number) == 12
    assert number.isascii()
    assert number.isdigit()
    assert normalise(number, TODAY) == number


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("", "10 or 12 digits, this has 0"),
        ("850709-980", "format the column as text"),
        ("850709-98055", "this has 11"),
        ("850709-98O5", "digits only"),
        ("850709--9805", "digits only"),
        ("1985-07-09-9805", "digits only"),
        ("850732-9805", "not a date"),
        ("19850229-9805", "not a date"),
        ("00000709-9805", "not a date"),
        ("18250709-9805", "not a date"),
        ("850792-9805", "not a date"),
        ("20261224-1234", "in the future"),
        ("261224-1234", "in the future"),
        ("850709-9804", "check digit"),
    ],
)
def test_a_refusal_says_what_is_wrong_and_never_repeats_the_number(written: str, words: str) -> None:
    with pytest.raises(Invalid) as refusal:
        normalise(written, TODAY)
    assert words in str(refusal.value)
    assert len(written) < 2 or written not in str(refusal.value)


def test_someone_born_today_is_welcome() -> None:
    assert birth_year(normalise(personal_number(TODAY), TODAY)) == 2026


@given(numbers)
def test_the_mask_shows_the_birth_year_alone(number: str) -> None:
    assert mask(number) == f"{number[:4]}••••-••••"


@pytest.mark.parametrize("text", ["1.98507E+11", "1,98507E+11", "8,5071E+09", "2E11"])
def test_a_number_that_a_spreadsheet_shortened_is_named(text: str) -> None:
    with pytest.raises(Invalid, match="shortened"):
        normalise(text, date(2026, 3, 2))
