"""What a layout's editor shows of fields and elements: plain text, and how it becomes them again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TypeVar

from nexus_portal.domain import fields as field_rules
from nexus_portal.domain.card_design import CARD_NUMBER, HEIGHT, WIDTH, CardDesign, Element, Side
from nexus_portal.domain.card_design import from_json as design_from_json
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.fields import FieldDefinition, FieldType, RetentionClass
from nexus_portal.domain.text import Message

FIELD, ELEMENT = "field", "element"
_NUMBERS = ("x", "y", "width", "height", "size", "radius")
_SEPARATOR = ";"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldEdit:
    """One field in the editor; `n` names its inputs, `choices` stand apart by semicolons."""

    n: str
    key: str = ""
    label_en: str = ""
    label_sv: str = ""
    type: str = "text"
    required: str = "yes"
    max_length: str = ""
    choices: str = ""
    purpose: str = "printed"
    retention: str = "other"
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementEdit:
    """One element in the editor; numbers as they were typed."""

    n: str
    side: str = "front"
    kind: str = "text"
    field: str = ""
    text: str = ""
    x: str = "5"
    y: str = "5"
    width: str = "40"
    height: str = "5"
    size: str = "8"
    bold: str = "no"
    align: str = "left"
    colour: str = "#1c2024"
    radius: str = "0"


@dataclass(frozen=True, slots=True)
class HandleView:
    """Where element `n` lies on its side, in parts of the card; `says` is what it shows."""

    n: str
    side: str
    kind: str
    says: str
    at: dict[str, str]


Edit = TypeVar("Edit", FieldEdit, ElementEdit)
_PARTS: Mapping[str, frozenset[str]] = {
    kind: frozenset(each.name for each in fields(table)) - {"n"}
    for kind, table in ((FIELD, FieldEdit), (ELEMENT, ElementEdit))
}


def of_fields(fields: Sequence[FieldDefinition]) -> list[FieldEdit]:
    """Fields as the editor shows them."""
    return [
        FieldEdit(
            n=str(place),
            key=each.key,
            label_en=each.label_en,
            label_sv=each.label_sv,
            type=each.type.value,
            required=_word(yes=each.required),
            max_length=str(each.max_length or ""),
            choices=f"{_SEPARATOR} ".join(each.choices),
            purpose=each.purpose.value,
            retention=each.retention.value,
            reason=each.reason,
        )
        for place, each in enumerate(fields)
    ]


def of_design(design: CardDesign) -> list[ElementEdit]:
    """The elements of both sides as the editor shows them."""
    placed = [(side, each) for side in Side for each in design.side(side)]
    return [_element(str(place), side, each) for place, (side, each) in enumerate(placed)]


def to_fields(edits: Sequence[FieldEdit]) -> tuple[FieldDefinition, ...]:
    """The fields that were typed.

    Raises:
        Invalid: one contradicts itself, in words.
    """
    return tuple(field_rules.from_json(_stored_field(each)) for each in edits)


def to_design(edits: Sequence[ElementEdit]) -> CardDesign:
    """The design that was typed; see `to_fields`."""
    sides = {
        side.value: [_stored_element(each) for each in edits if each.side == side.value] for side in Side
    }
    return design_from_json(sides)


def typed_into(kind: str, edits: Sequence[Edit], typed: Mapping[str, str]) -> list[Edit]:
    """The rows of a kind with what was typed into inputs named `<kind>-<n>-<part>`."""
    known = _PARTS[kind]
    parts: dict[str, dict[str, str]] = {}
    for name, value in typed.items():
        named, _, rest = name.partition("-")
        n, _, part = rest.partition("-")
        if named == kind and part in known:
            parts.setdefault(n, {})[part] = value
    return [replace(each, **parts.get(each.n, {})) for each in edits]


def handles(edits: Sequence[ElementEdit], design: CardDesign) -> list[HandleView]:
    """Where the elements lie that were typed, in the design that came of them."""
    placed = {side: iter(design.side(side)) for side in Side}
    return [
        HandleView(each.n, each.side, each.kind, each.field or each.text, _at(next(placed[Side(each.side)])))
        for each in edits
        if each.side in set(Side)
    ]


def _at(element: Element) -> dict[str, str]:
    parts = {
        "left": element.x / WIDTH,
        "top": element.y / HEIGHT,
        "width": element.width / WIDTH,
        "height": element.height / HEIGHT,
    }
    return {name: f"{100 * part:.3f}%" for name, part in parts.items()}


def samples(fields: Sequence[FieldDefinition], language: str) -> dict[str, str]:
    """Values of nobody, by field."""
    return {CARD_NUMBER: "1002 4417", **{each.key: _sample(each, language) for each in fields}}


def _sample(definition: FieldDefinition, language: str) -> str:
    match definition.type:
        case FieldType.PERSONAL_NUMBER:
            return "19121212-1212"
        case FieldType.DATE:
            return "2030-12-31"
        case FieldType.CHOICE:
            return definition.choices[0]
        case _:
            named = definition.retention is RetentionClass.NAME
            return "Kim Exempelsson" if named else definition.label(language)


def _element(n: str, side: Side, element: Element) -> ElementEdit:
    return ElementEdit(
        n=n,
        side=side.value,
        kind=element.kind.value,
        field=element.field,
        text=element.text,
        bold=_word(yes=element.bold),
        align=element.align.value,
        colour=element.colour,
        **{name: f"{getattr(element, name):g}" for name in _NUMBERS},
    )


def _stored_field(edit: FieldEdit) -> Mapping[str, object]:
    return {
        "key": edit.key.strip(),
        "label_en": edit.label_en.strip(),
        "label_sv": edit.label_sv.strip(),
        "type": edit.type,
        "required": edit.required == "yes",
        "max_length": int(_number(edit.max_length or "0")),
        "choices": [each.strip() for each in edit.choices.split(_SEPARATOR) if each.strip()],
        "purpose": edit.purpose,
        "retention": edit.retention,
        "reason": edit.reason.strip(),
    }


def _stored_element(edit: ElementEdit) -> Mapping[str, object]:
    return {
        "kind": edit.kind,
        "field": edit.field,
        "text": edit.text.strip(),
        "bold": edit.bold == "yes",
        "align": edit.align,
        "colour": edit.colour.strip().lower(),
        **{name: _number(getattr(edit, name)) for name in _NUMBERS},
    }


def _number(text: str) -> float:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        raise Invalid(Message("“{text}” is not a number.", text=text[:20])) from None


def _word(*, yes: bool) -> str:
    return "yes" if yes else "no"
