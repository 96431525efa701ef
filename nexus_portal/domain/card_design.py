"""What is drawn on the front and back of a card: elements at places in millimetres."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, cast

from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.field_definitions import FieldDefinition, FieldType, Purpose
from nexus_portal.domain.text import Message

WIDTH, HEIGHT, RADIUS = 85.60, 53.98, 3.18
"""ID-1, in millimetres. Bleed is no part of a design: it differs by printer."""
CARD_NUMBER = "card_number"
"""What an element may be bound to beside the layout's fields."""
MOST_ELEMENTS = 60
"""On one side."""
PHOTO_PROPORTION = 300 / 410

_SMALLEST_TYPE, _LARGEST_TYPE = 4.0, 48.0
_LONGEST = 200
_BEYOND, _THINNEST = 5, 0.1
"""Millimetres: how far an element may begin outside the card, and the least width of one."""
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_INK, _FAINT = "#1c2024", "#60646c"


class Side(StrEnum):
    """A side of a card."""

    FRONT = "front"
    BACK = "back"


class Kind(StrEnum):
    """What an element draws."""

    TEXT = "text"
    PHOTO = "photo"
    QR = "qr"
    BARCODE = "barcode"
    SHAPE = "shape"


class Align(StrEnum):
    """Where a text stands in its box."""

    LEFT = "left"
    MIDDLE = "middle"
    RIGHT = "right"


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One thing on a side. Places are in mm from the upper left corner, `size` is in points.

    A text or code shows what the holder has in `field`; where `field` is empty, the fixed `text`.

    Raises:
        Invalid: it has no place on the card, an unknown colour, or nothing to draw.
    """

    kind: Kind
    x: float
    y: float
    width: float
    height: float
    field: str = ""
    text: str = ""
    size: float = 8.0
    bold: bool = False
    align: Align = Align.LEFT
    colour: str = _INK
    radius: float = 0.0

    def __post_init__(self) -> None:
        for wrong, message in self._rules():
            if wrong:
                raise Invalid(message)

    def _rules(self) -> tuple[tuple[bool, Message], ...]:
        inside = -_BEYOND <= self.x <= WIDTH and -_BEYOND <= self.y <= HEIGHT
        most_width, most_height = WIDTH + 2 * _BEYOND, HEIGHT + 2 * _BEYOND
        large = _THINNEST <= self.width <= most_width and _THINNEST <= self.height <= most_height
        says = self.kind in {Kind.TEXT, Kind.QR, Kind.BARCODE}
        return (
            (
                not (inside and large),
                Message(
                    "An element lies outside the card, which is {width} × {height} mm.",
                    width=f"{WIDTH:.2f}",
                    height=f"{HEIGHT:.2f}",
                ),
            ),
            (
                not _SMALLEST_TYPE <= self.size <= _LARGEST_TYPE or not 0 <= self.radius <= HEIGHT,
                Message(
                    "Type on a card has {least} to {most} points.",
                    least=int(_SMALLEST_TYPE),
                    most=int(_LARGEST_TYPE),
                ),
            ),
            (
                not _COLOUR.fullmatch(self.colour),
                Message("A colour is written like #1c2024."),
            ),
            (
                says and not (self.field or self.text.strip()),
                Message("A text or code needs a field or a text of its own."),
            ),
            (
                len(self.text) > _LONGEST,
                Message("A text on a card has at most {longest} characters.", longest=_LONGEST),
            ),
        )


@dataclass(frozen=True, slots=True)
class CardDesign:
    """The two sides of a card; later elements lie over earlier ones."""

    front: tuple[Element, ...] = ()
    back: tuple[Element, ...] = ()

    def side(self, side: Side) -> tuple[Element, ...]:
        """The elements of one side."""
        return self.front if side is Side.FRONT else self.back


def to_json(design: CardDesign) -> dict[str, Any]:
    """As a layout stores it; what an element leaves to the default is left out."""
    return {side.value: [_stored(each) for each in design.side(side)] for side in Side}


def from_json(stored: Mapping[str, Any]) -> CardDesign:
    """The design that `to_json` wrote.

    Raises:
        Invalid: something is left over, missing or of another type, or an element contradicts itself.
    """
    sides = [stored.get(side.value, []) for side in Side]
    known = stored.keys() <= {side.value for side in Side}
    if not known or not all(isinstance(each, list) for each in sides):
        raise Invalid(Message("A design has a front and a back, and nothing else."))
    if max(map(len, sides)) > MOST_ELEMENTS:
        raise Invalid(Message("A side of a card has at most {most} elements.", most=MOST_ELEMENTS))
    return CardDesign(*(tuple(map(_element, side)) for side in sides))


def why_not_printable(design: CardDesign, definitions: Sequence[FieldDefinition]) -> tuple[Message, ...]:
    """What keeps a design from being printed with these fields; empty when nothing does."""
    printed = {each.key: each for each in definitions}
    elements = (*design.front, *design.back)
    wrong = [reason for each in elements for reason in _bound_wrongly(each, printed)]
    reasons = [reason for place, reason in enumerate(wrong) if reason not in wrong[:place]]
    photos = sum(each.kind is Kind.PHOTO for each in elements)
    wants = any(each.type is FieldType.PHOTO for each in definitions)
    if photos and not wants:
        reasons.append(Message("The design shows a photo, but the layout asks for none."))
    if elements and wants and not photos:
        reasons.append(Message("The layout asks for a photo that the design does not show."))
    return tuple(reasons)


def plain(definitions: Iterable[FieldDefinition], *, title: str = "", colour: str = "#3e63dd") -> CardDesign:
    """A design for a layout that has none: a bar, the photo, and what is printed, line by line."""
    printed = [each for each in definitions if each.purpose is Purpose.PRINTED]
    photo = any(each.type is FieldType.PHOTO for each in printed)
    texts = [each for each in printed if each.type is not FieldType.PHOTO]
    left = 29.5 if photo else 5.0
    front = [
        Element(kind=Kind.SHAPE, x=0, y=0, width=WIDTH, height=11, colour=colour),
        *_title(title),
        *([_portrait()] if photo else []),
        *(_line(place, each.key, left) for place, each in enumerate(texts[:5])),
    ]
    back = [
        Element(kind=Kind.QR, x=5, y=5, width=18, height=18, field=CARD_NUMBER),
        Element(kind=Kind.TEXT, x=5, y=25, width=40, height=4, field=CARD_NUMBER, size=7, colour=_FAINT),
    ]
    return CardDesign(tuple(front), tuple(back))


def design_of(
    stored: Mapping[str, Any],
    definitions: Sequence[FieldDefinition],
    *,
    title: str = "",
    colour: str = "#3e63dd",
) -> CardDesign:
    """What a layout stores, or the plain design where it stores none."""
    design = from_json(stored)
    return design if design.front or design.back else plain(definitions, title=title, colour=colour)


def _title(title: str) -> list[Element]:
    if not title.strip():
        return []
    shown = title[:_LONGEST]
    return [
        Element(
            kind=Kind.TEXT, x=5, y=3, width=75.6, height=5, text=shown, size=9, bold=True, colour="#ffffff"
        )
    ]


def _portrait() -> Element:
    height = 30.0
    return Element(
        kind=Kind.PHOTO, x=5, y=16, width=round(height * PHOTO_PROPORTION, 2), height=height, radius=1.2
    )


def _line(place: int, key: str, left: float) -> Element:
    first = place == 0
    return Element(
        kind=Kind.TEXT,
        x=left,
        y=16.0 if first else 17.5 + 5.6 * place,
        width=WIDTH - left - 5,
        height=5.5 if first else 4.5,
        field=key,
        size=12 if first else 8,
        bold=first,
        colour=_INK if first else _FAINT,
    )


def _bound_wrongly(element: Element, printed: Mapping[str, FieldDefinition]) -> Iterable[Message]:
    if element.kind in {Kind.PHOTO, Kind.SHAPE} or not element.field or element.field == CARD_NUMBER:
        return
    definition = printed.get(element.field)
    if definition is None:
        yield Message("The design shows the field {key}, which the layout does not have.", key=element.field)
    elif definition.type is FieldType.PHOTO:
        yield Message("The field {key} is a photo: it cannot be shown as text.", key=element.field)
    elif definition.purpose is not Purpose.PRINTED:
        yield Message(
            "The design shows the field {key}, whose purpose is not to be printed.", key=element.field
        )


_NUMBERS = frozenset({"x", "y", "width", "height", "size", "radius"})
_TEXTS = frozenset({"kind", "field", "text", "align", "colour"})
_NEEDED = frozenset({"kind", "x", "y", "width", "height"})
_DEFAULTS: Mapping[str, Any] = {each.name: each.default for each in fields(Element)}


def _element(stored: object) -> Element:
    parts = cast("dict[str, Any]", stored) if isinstance(stored, dict) else {}
    fits = _NEEDED <= parts.keys() <= _DEFAULTS.keys()
    if not fits or not all(_is_typed(name, value) for name, value in parts.items()):
        names = ", ".join(_DEFAULTS)
        raise Invalid(Message("An element of a design has these parts and no others: {parts}.", parts=names))
    try:
        kind, align = Kind(parts["kind"]), Align(parts.get("align", Align.LEFT))
    except ValueError:
        raise Invalid(Message("An element of a design is of an unknown kind or alignment.")) from None
    whole: dict[str, Any] = {**parts, "kind": kind, "align": align}
    return Element(**whole)


def _is_typed(name: str, value: object) -> bool:
    # `type() in`, because True is an int and would pass for a place.
    expected = (int, float) if name in _NUMBERS else (str,) if name in _TEXTS else (bool,)
    return type(value) in expected


def _stored(element: Element) -> dict[str, Any]:
    parts = {name: getattr(element, name) for name in _DEFAULTS}
    kept = {name: value for name, value in parts.items() if name in _NEEDED or value != _DEFAULTS[name]}
    return {name: value.value if isinstance(value, StrEnum) else value for name, value in kept.items()}
