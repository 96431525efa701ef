"""What is drawn on a side of a card, in millimetres: one source for the screen and for the print file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import qrcode
from qrcode.constants import ERROR_CORRECT_M
from reportlab.graphics.barcode import code128

from nexus_portal.adapters import print_fonts
from nexus_portal.domain.card_design import HEIGHT, WIDTH, Align, CardDesign, Element, Kind, Side
from nexus_portal.domain.clean_text import UNFIT

POINT = 25.4 / 72
"""Millimetres."""
LEAST_TYPE = 5.0
"""Points to which a text shrinks before it is cut short."""
FAINT = "#8b8d98"
_BEYOND = 10
"""Millimetres by which what touches the card's edge goes on into the bleed."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a drawing shows: values by field, and the labels that stand faintly where a value is missing.

    `photo` is an address or a `data:` address; empty leaves a silhouette.
    """

    values: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    photo: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Box:
    """A place on the card, from its upper left corner."""

    x: float
    y: float
    width: float
    height: float
    radius: float = 0.0


@dataclass(frozen=True, slots=True)
class Area:
    """A box filled with a colour."""

    box: Box
    colour: str


@dataclass(frozen=True, slots=True)
class Said:
    """A line of text: `x` is its start, middle or end by `align`, `y` its baseline, `size` in millimetres.

    `faint` says that it is the label of what is missing.
    """

    x: float
    y: float
    size: float
    text: str = field(repr=False)
    colour: str
    align: Align
    bold: bool = False
    faint: bool = False


@dataclass(frozen=True, slots=True)
class Ticks:
    """The dark modules of a code, or its bars."""

    boxes: tuple[Box, ...] = field(repr=False)
    colour: str


@dataclass(frozen=True, slots=True)
class Missing:
    """Where a code will be once its value is there."""

    box: Box


@dataclass(frozen=True, slots=True)
class Portrait:
    """Where the photo is; `photo` is empty while there is none."""

    box: Box
    photo: str = field(repr=False)


Mark = Area | Said | Ticks | Missing | Portrait


def marks(design: CardDesign, shown: Shown, side: Side) -> Iterator[Mark]:
    """What is drawn on a side, from below to above."""
    for element in design.side(side):
        match element.kind:
            case Kind.SHAPE:
                yield Area(_into_the_bleed(element), element.colour)
            case Kind.PHOTO:
                yield Portrait(_box(element), UNFIT.sub("", shown.photo))
            case Kind.TEXT:
                yield from _text(element, shown)
            case Kind.QR | Kind.BARCODE:
                yield from _code(element, shown)


def fitted(text: str, width: float, size: float, *, bold: bool) -> tuple[str, float]:
    """The text as it fits into `width` mm, and its size in points: smaller first, then cut short."""
    wide = _width(text, size, bold=bold)
    if wide <= width:
        return text, size
    size = max(min(LEAST_TYPE, size), size * width / wide)
    if _width(text, size, bold=bold) <= width + 0.01:
        return text, size
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if _width(text[:middle] + "…", size, bold=bold) <= width:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + "…", size


def _width(text: str, size: float, *, bold: bool) -> float:
    return print_fonts.width(text, size, bold=bold) * POINT


def _box(element: Element) -> Box:
    return Box(element.x, element.y, element.width, element.height, element.radius)


def _into_the_bleed(element: Element) -> Box:
    left = element.x - _BEYOND if element.x <= 0 else element.x
    top = element.y - _BEYOND if element.y <= 0 else element.y
    right, bottom = element.x + element.width, element.y + element.height
    right = right + _BEYOND if right >= WIDTH else right
    bottom = bottom + _BEYOND if bottom >= HEIGHT else bottom
    return Box(left, top, right - left, bottom - top, element.radius)


def _value(element: Element, shown: Shown) -> str:
    raw = shown.values.get(element.field, "") if element.field else element.text
    return UNFIT.sub("", raw).strip()


def _label(element: Element, shown: Shown) -> str:
    return UNFIT.sub("", shown.labels.get(element.field, ""))


def _text(element: Element, shown: Shown) -> Iterator[Mark]:
    value = _value(element, shown)
    text, colour = (value, element.colour) if value else (_label(element, shown), FAINT)
    if not text:
        return
    said, size = fitted(" ".join(text.split()), element.width, element.size, bold=element.bold)
    at = {
        Align.LEFT: element.x,
        Align.MIDDLE: element.x + element.width / 2,
        Align.RIGHT: element.x + element.width,
    }[element.align]
    # The line stands in the middle of its box, whatever it shrank to.
    baseline = element.y + element.height / 2 + 0.36 * size * POINT
    yield Said(at, baseline, size * POINT, said, colour, element.align, bold=element.bold, faint=not value)


def _code(element: Element, shown: Shown) -> Iterator[Mark]:
    value = _value(element, shown)
    if value:
        boxes = _modules(element, value) if element.kind is Kind.QR else _bars(element, value)
        yield Ticks(tuple(boxes), element.colour)
        return
    yield Missing(_box(element))
    label = _label(element, shown)
    size = min(2.1, element.width * POINT / 4 + 1)
    if label:
        text, points = fitted(label, element.width - 1, size / POINT, bold=False)
        middle, baseline = element.x + element.width / 2, element.y + element.height / 2 + 0.7
        yield Said(middle, baseline, points * POINT, text, FAINT, Align.MIDDLE, faint=True)


def _modules(element: Element, value: str) -> Iterator[Box]:
    code: Any = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=0)
    code.add_data(value)
    code.make()
    rows: list[list[bool]] = code.get_matrix()
    step = min(element.width, element.height) / len(rows)
    for row, cells in enumerate(rows):
        for start, length in _runs(cells):
            yield Box(element.x + start * step, element.y + row * step, length * step, step)


def _runs(cells: list[bool]) -> Iterator[tuple[int, int]]:
    start = None
    for place, dark in enumerate([*cells, False]):
        if dark and start is None:
            start = place
        elif not dark and start is not None:
            yield start, place - start
            start = None


def _bars(element: Element, value: str) -> Iterator[Box]:
    """Code 128; what it has no bars for is left out."""
    said = "".join(letter for letter in value if " " <= letter <= "~")
    if not said:
        return
    code: Any = code128.Code128(said, quiet=False)
    code.validate()
    code.encode()
    code.decompose()
    # Lower case is a space, upper case a bar; a is one module wide.
    widths = [(sign.isupper(), ord(sign.lower()) - ord("a") + 1) for sign in code.decomposed]
    step = element.width / sum(wide for _, wide in widths)
    at = element.x
    for dark, wide in widths:
        if dark:
            yield Box(at, element.y, wide * step, element.height)
        at += wide * step
