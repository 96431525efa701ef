"""Whether a holder's values fit the layout: row by row, in words that help."""

import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, NoReturn

from nexus_portal.domain import personal_number
from nexus_portal.domain.clean_text import clean, refuse_formula
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.field_definitions import (
    LONGEST_TEXT,
    FieldDefinition,
    FieldType,
    Purpose,
    RetentionClass,
    all_from_json,
    from_json,
    publishable,
    to_json,
    why_not_publishable,
)
from nexus_portal.domain.text import Message

__all__ = [
    "CheckedRow",
    "FieldDefinition",
    "FieldType",
    "Problem",
    "ProblemCode",
    "Purpose",
    "Refused",
    "RetentionClass",
    "all_from_json",
    "check_row",
    "check_value",
    "from_json",
    "publishable",
    "to_json",
    "why_not_publishable",
    "written",
]

_NUMBER = re.compile("[0-9]{12}")
_DATE = re.compile(r"(\d{4})[-./]?(\d\d)[-./]?(\d\d)(?: 00:00(?::00)?)?", re.ASCII)


class ProblemCode(StrEnum):
    """What is wrong with one field, for machines. The last three need more than one row to be seen."""

    MISSING = "missing"
    CHARACTERS = "characters"
    FORMULA = "formula"
    TOO_LONG = "too_long"
    PERSONAL_NUMBER = "personal_number"
    DATE = "date"
    CHOICE = "choice"
    PHOTO_MISSING = "photo_missing"
    PHOTO_REFUSED = "photo_refused"
    DUPLICATE = "duplicate"
    HOLDER_ASKED = "holder_asked"
    """The card holder was sent a link and has not answered yet."""
    HOLDER_SENT = "holder_sent"
    """The card holder has answered, and nobody has looked at it yet."""


class Refused(Invalid):
    """A value that does not fit its field."""

    def __init__(self, code: ProblemCode, message: Message) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field of a row. It holds no value, so it may be stored outside the vault."""

    field: str
    code: ProblemCode
    message: Message

    def to_json(self) -> dict[str, Any]:
        """As a card item stores it: `{field, code, msgid, params}`."""
        return {
            "field": self.field,
            "code": self.code.value,
            "msgid": self.message.msgid,
            "params": dict(self.message.params),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Problem":
        """The problem that `to_json` wrote."""
        return cls(stored["field"], ProblemCode(stored["code"]), Message(stored["msgid"], **stored["params"]))


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """One holder's row: clean values, and the refused ones as they were sent, for the form that mends them.

    Both hold personal data: they belong into the vault. Problems do not.
    """

    values: Mapping[str, str] = field(repr=False)
    refused: Mapping[str, str] = field(repr=False, default_factory=dict[str, str])
    problems: tuple[Problem, ...] = ()

    @property
    def good(self) -> bool:
        """True when nothing has to be mended."""
        return not self.problems


def check_row(definitions: Sequence[FieldDefinition], values: Mapping[str, str], today: date) -> CheckedRow:
    """Every text field of the layout checked; what the layout does not ask for is dropped.

    Photos are passed over: they are no text, and whoever has the files knows whether one is missing.
    """
    good: dict[str, str] = {}
    refused: dict[str, str] = {}
    problems: list[Problem] = []
    for definition in definitions:
        if definition.type is FieldType.PHOTO:
            continue
        raw = values.get(definition.key, "")
        try:
            good[definition.key] = check_value(definition, raw, today)
        except Refused as refusal:
            refused[definition.key] = _showable(raw)
            problems.append(Problem(definition.key, refusal.code, refusal.message))
    return CheckedRow({key: value for key, value in good.items() if value}, refused, tuple(problems))


def check_value(definition: FieldDefinition, raw: str, today: date) -> str:
    """The value as it is stored: NFC, trimmed, numbers, dates and choices in their one form; or empty.

    Raises:
        Refused: it does not fit; the message says what would, and does not repeat it.
    """
    with _as(ProblemCode.CHARACTERS):
        text = clean(raw)
    if not text:
        return _empty(definition)
    with _as(ProblemCode.FORMULA):
        refuse_formula(text)
    match definition.type:
        case FieldType.PERSONAL_NUMBER:
            with _as(ProblemCode.PERSONAL_NUMBER):
                return personal_number.normalise(text, today)
        case FieldType.DATE:
            return _date(text)
        case FieldType.CHOICE:
            return _choice(definition, text)
        case FieldType.TEXT | FieldType.PHOTO:
            return _short_enough(definition, text)


def written(definition: FieldDefinition, value: str) -> str:
    """A stored value as people write it: on screen and on the card."""
    if definition.type is FieldType.PERSONAL_NUMBER and _NUMBER.fullmatch(value):
        return f"{value[:8]}-{value[8:]}"
    return value


@contextmanager
def _as(code: ProblemCode) -> Generator[None, None, None]:
    try:
        yield
    except Invalid as refusal:
        raise Refused(code, refusal.message) from None


def _empty(definition: FieldDefinition) -> str:
    if definition.required:
        raise Refused(ProblemCode.MISSING, Message("Nothing is filled in here, but the card needs it."))
    return ""


def _date(text: str) -> str:
    parts = _DATE.fullmatch(text)
    try:
        return date(*map(int, parts.groups())).isoformat() if parts else _no_date()
    except ValueError:
        return _no_date()


def _no_date() -> NoReturn:
    raise Refused(ProblemCode.DATE, Message("This is not a date. Write YYYY-MM-DD."))


def _choice(definition: FieldDefinition, text: str) -> str:
    for choice in definition.choices:
        if choice.casefold() == text.casefold():
            return choice
    raise Refused(
        ProblemCode.CHOICE, Message("This is not one of: {choices}.", choices=", ".join(definition.choices))
    )


def _short_enough(definition: FieldDefinition, text: str) -> str:
    longest = definition.max_length or LONGEST_TEXT
    if len(text) > longest:
        raise Refused(
            ProblemCode.TOO_LONG,
            Message("This has {length} characters; {longest} fit.", length=len(text), longest=longest),
        )
    return text


def _showable(raw: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in raw[:LONGEST_TEXT]).strip()
