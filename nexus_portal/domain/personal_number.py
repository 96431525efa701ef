"""Swedish personal numbers and coordination numbers in the one form that is stored and compared.

`stdnum.se.personnummer` reads the century off the machine's clock and refuses coordination numbers, so only
its parts are used here: the cleaning of separators and the Luhn check digit.
"""

import re
from datetime import date

from stdnum import luhn
from stdnum.util import clean

from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.text import Message

COORDINATION_DAYS = 60
"""A coordination number has this added to its day of birth."""

_OLDEST = 199
"""A `+` reaches back to the 199th year of life; the 12-digit form must not reach further than it."""

_WRITTEN = re.compile(
    r"(?P<century>\d\d)?(?P<year>\d\d)(?P<month>\d\d)(?P<day>\d\d)(?P<sign>[-+]?)\d{4}", re.ASCII
)
_SHORTENED = re.compile(r"\d+(?:,?\d+)?E[+-]?\d+", re.ASCII | re.IGNORECASE)
"""Such as 1,98507E+11; points are gone by then."""


def normalise(text: str, today: date) -> str:
    """One person, one text: the 12 digits YYYYMMDDNNNN, however the number was written.

    Ten digits mean the latest such year up to today's; a `+` in them means a hundred years earlier.

    Raises:
        Invalid: wrong length, no such date, a birth in the future, or a wrong check digit.
    """
    compact = clean(text, " .:").strip()
    written = _WRITTEN.fullmatch(compact)
    if written is None:
        raise Invalid(_why_unreadable(compact))
    year = _year(written, today)
    born = _born(year, int(written["month"]), int(written["day"]))
    if born is None or year < today.year - _OLDEST:
        raise Invalid(Message("The first digits of the personal number are not a date. Write YYYYMMDD-NNNN."))
    if born > today:
        raise Invalid(
            Message("The personal number lies in the future. Write the year with four digits: YYYYMMDD-NNNN.")
        )
    digits = re.sub(r"[-+]", "", compact)[-10:]
    if not luhn.is_valid(digits):
        raise Invalid(Message("The check digit of the personal number is wrong: look for a mistyped digit."))
    return f"{year:04}{digits[2:]}"


def birth_year(normalised: str) -> int:
    """The year of birth of a normalised number."""
    return int(normalised[:4])


def mask(normalised: str) -> str:
    """All but the birth year hidden: the other digits tell the birthday and the sex."""
    return f"{birth_year(normalised):04}••••-••••"


def _year(written: re.Match[str], today: date) -> int:
    if written["century"]:
        return int(written["century"] + written["year"])
    age = (today.year - int(written["year"])) % 100
    return today.year - age - (100 if written["sign"] == "+" else 0)


def _born(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day - COORDINATION_DAYS if day > COORDINATION_DAYS else day)
    except ValueError:
        return None


def _why_unreadable(compact: str) -> Message:
    if _SHORTENED.fullmatch(compact):
        return Message(
            "The spreadsheet program has shortened this number, and its last digits are lost. "
            "Format the column as text and type the number again."
        )
    digits = sum(character.isdecimal() for character in compact)
    if digits in {10, 12} or set(compact) - set("0123456789-+"):
        return Message("This is not a personal number. Write YYYYMMDD-NNNN, digits only.")
    if digits in {8, 9}:
        return Message(
            "A personal number has 10 or 12 digits, this has {digits}. Excel drops zeros at the start: "
            "format the column as text.",
            digits=digits,
        )
    return Message("A personal number has 10 or 12 digits, this has {digits}.", digits=digits)
