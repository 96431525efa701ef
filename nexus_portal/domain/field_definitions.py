"""Which fields a card layout has, and why [R1]."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.text import Message

LONGEST_TEXT = 200
"""Characters in a field whose layout sets no limit of its own, and the most that one may set."""

_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_NORMALISED = re.compile(r"[0-9]{12}")


HOLDER_CONTACT = "holder_contact"
"""Where the vault keeps how a card holder is reached: no layout may use it."""


class FieldType(StrEnum):
    """What a value must be."""

    TEXT = "text"
    PERSONAL_NUMBER = "personal_number"
    DATE = "date"
    CHOICE = "choice"
    PHOTO = "photo"


class Purpose(StrEnum):
    """What becomes of a value: on the card, in its chip, or only used to sort the finished cards."""

    PRINTED = "printed"
    ENCODED = "encoded"
    SORTING = "sorting"


class RetentionClass(StrEnum):
    """Which rule of the customer's retention policy decides how long a value is kept."""

    NAME = "name"
    PERSONAL_NUMBER = "personal_number"
    PHOTO = "photo"
    ADDRESS = "address"
    CARD_NUMBER = "card_number"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDefinition:
    """One thing that a layout asks of every holder. `max_length` 0 leaves the limit to the type.

    Raises:
        Invalid: it contradicts itself.
    """

    key: str
    label_en: str
    label_sv: str
    type: FieldType
    required: bool
    purpose: Purpose
    retention: RetentionClass
    max_length: int = 0
    choices: tuple[str, ...] = ()
    reason: str = ""

    def __post_init__(self) -> None:
        for wrong, message in self._rules():
            if wrong:
                raise Invalid(message)

    def label(self, language: str) -> str:
        """The label in a language; English where it is neither."""
        return self.label_sv if language == "sv" else self.label_en

    def written(self, value: str) -> str:
        """A value as people write it: a personal number with its hyphen, a date as YYYY-MM-DD."""
        if self.type is FieldType.PERSONAL_NUMBER and _NORMALISED.fullmatch(value):
            return f"{value[:8]}-{value[8:]}"
        return value

    def _rules(self) -> tuple[tuple[bool, Message], ...]:
        return (
            (
                not _KEY.fullmatch(self.key),
                Message("The key of a field is made of a–z, 0–9 and _, at most 40, a letter first."),
            ),
            (
                not (self.label_en.strip() and self.label_sv.strip()),
                Message("The field {key} needs a label in English and one in Swedish.", key=self.key),
            ),
            (
                (self.type is FieldType.CHOICE) != bool(self.choices)
                or not all(map(str.strip, self.choices)),
                Message("The field {key}: a choice needs choices, and only a choice has them.", key=self.key),
            ),
            (
                not 0 <= self.max_length <= LONGEST_TEXT,
                Message("The field {key}: at most {longest} characters.", key=self.key, longest=LONGEST_TEXT),
            ),
        )


def to_json(definition: FieldDefinition) -> dict[str, Any]:
    """As a layout stores it: plain text, numbers and lists."""
    return {
        "key": definition.key,
        "label_en": definition.label_en,
        "label_sv": definition.label_sv,
        "type": definition.type.value,
        "required": definition.required,
        "max_length": definition.max_length,
        "choices": list(definition.choices),
        "purpose": definition.purpose.value,
        "retention": definition.retention.value,
        "reason": definition.reason,
    }


_PARTS: Mapping[str, type] = {
    "key": str,
    "label_en": str,
    "label_sv": str,
    "type": str,
    "required": bool,
    "max_length": int,
    "choices": list,
    "purpose": str,
    "retention": str,
    "reason": str,
}


def from_json(stored: Mapping[str, Any]) -> FieldDefinition:
    """The definition that `to_json` wrote. Nothing may be missing, left over or of another type.

    Raises:
        Invalid: any of these, or the definition contradicts itself.
    """
    # `type() is`, because True is an int and would pass for a length.
    fits = stored.keys() == _PARTS.keys() and all(type(stored[part]) is kind for part, kind in _PARTS.items())
    if not fits or any(type(choice) is not str for choice in stored["choices"]):
        raise Invalid(
            Message("A field definition has exactly these parts: {parts}.", parts=", ".join(_PARTS))
        )
    try:
        kind, purpose = FieldType(stored["type"]), Purpose(stored["purpose"])
        retention = RetentionClass(stored["retention"])
    except ValueError:
        raise Invalid(
            Message("The field {key} has an unknown type, purpose or retention class.", key=stored["key"])
        ) from None
    return FieldDefinition(
        key=stored["key"],
        label_en=stored["label_en"],
        label_sv=stored["label_sv"],
        type=kind,
        required=stored["required"],
        purpose=purpose,
        retention=retention,
        max_length=stored["max_length"],
        choices=tuple(stored["choices"]),
        reason=stored["reason"],
    )


def all_from_json(stored: Iterable[Mapping[str, Any]]) -> tuple[FieldDefinition, ...]:
    """The fields of a layout, in the layout's order."""
    return tuple(from_json(each) for each in stored)


def joined(layouts: Iterable[Iterable[FieldDefinition]]) -> dict[str, FieldDefinition]:
    """The typed fields of several layouts by key, all but the photo; of the same key the first counts."""
    found: dict[str, FieldDefinition] = {}
    for definitions in layouts:
        for each in definitions:
            if each.type is not FieldType.PHOTO:
                found.setdefault(each.key, each)
    return found


def why_not_publishable(definitions: Sequence[FieldDefinition]) -> tuple[Message, ...]:
    """What keeps a layout with these fields from being offered; empty when it may be."""
    reasons: list[Message] = []
    keys = [definition.key for definition in definitions]
    if not keys:
        reasons.append(Message("A layout needs at least one field."))
    if len(set(keys)) < len(keys):
        reasons.append(Message("Two fields have the same key."))
    if HOLDER_CONTACT in keys:
        reasons.append(Message("The key {key} is kept for the portal. Choose another.", key=HOLDER_CONTACT))
    if sum(definition.type is FieldType.PHOTO for definition in definitions) > 1:
        reasons.append(Message("A layout has one photo at most."))
    reasons.extend(
        Message("Write down why the cards need the personal number ({key}).", key=definition.key)
        for definition in definitions
        if definition.type is FieldType.PERSONAL_NUMBER and not definition.reason.strip()
    )
    return tuple(reasons)


def publishable(definitions: Sequence[FieldDefinition]) -> bool:
    """True when a layout with these fields may be offered: a personal number needs a written reason."""
    return not why_not_publishable(definitions)
