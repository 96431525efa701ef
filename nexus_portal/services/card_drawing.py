"""A card drawn from its layout's design and a holder's values: on screen now, in the print file later."""

import base64
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import qrcode
from qrcode.constants import ERROR_CORRECT_M
from reportlab.graphics.barcode import code128
from reportlab.pdfbase.pdfmetrics import stringWidth

from nexus_portal.domain.card_design import HEIGHT, RADIUS, WIDTH, Align, CardDesign, Element, Kind, Side

POINT = 25.4 / 72
"""Millimetres."""
LEAST_TYPE = 5.0
"""Points to which a text shrinks before it is cut short."""
FAMILY = "Helvetica, Arial, 'Liberation Sans', sans-serif"
"""Fonts of the same widths: what was measured is what is drawn."""

_UNFIT = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML has no place for."""
_ANCHORS = {Align.LEFT: "start", Align.MIDDLE: "middle", Align.RIGHT: "end"}
_GROUND, _FAINT = "#e8e8ec", "#8b8d98"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a drawing shows: values by field, and the labels that stand faintly where a value is missing.

    `photo` is an address or a `data:` address; empty leaves a silhouette.
    """

    values: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    photo: str = field(default="", repr=False)


def draw(design: CardDesign, shown: Shown, side: Side, *, bleed: float = 0.0) -> str:
    """One side as SVG, 1 unit = 1 mm. Whatever a value holds, it stays text.

    With `bleed` (mm, the printer's) the edges are drawn beyond the cut and the corners stay square.
    """
    left, width, height = 0 - bleed, WIDTH + 2 * bleed, HEIGHT + 2 * bleed
    radius = 0 if bleed else RADIUS
    marks = "".join(mark for element in design.side(side) for mark in _marks(element, shown))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left:g} {left:g} {width:g} {height:g}"'
        f' width="{width:g}mm" height="{height:g}mm" font-family="{FAMILY}">'
        f'<clipPath id="card"><rect x="{left:g}" y="{left:g}" width="{width:g}" height="{height:g}"'
        f' rx="{radius:g}"/></clipPath><g clip-path="url(#card)">'
        f'<rect x="{left:g}" y="{left:g}" width="{width:g}" height="{height:g}" fill="#ffffff"/>'
        f"{marks}</g></svg>"
    )


def data_address(svg: str) -> str:
    """A drawing as the address of an `<img>`, in which no script ever runs."""
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def photo_box(design: CardDesign) -> Element | None:
    """Where the front shows the holder's photo."""
    return next((each for each in design.front if each.kind is Kind.PHOTO), None)


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
    font = "Helvetica-Bold" if bold else "Helvetica"
    known = text.encode("cp1252", "replace").decode("cp1252")
    # Letters that the font lacks come from another one: taken as wide as its widest.
    strange = sum(1 for letter, other in zip(text, known, strict=True) if letter != other)
    plain = stringWidth(known, font, size)
    return (float(plain) + strange * 0.45 * size) * POINT


def _marks(element: Element, shown: Shown) -> Iterator[str]:
    match element.kind:
        case Kind.SHAPE:
            yield _rect(element, element.colour)
        case Kind.PHOTO:
            yield _photo(element, shown.photo)
        case Kind.TEXT:
            yield _text(element, shown)
        case Kind.QR:
            value = _value(element, shown)
            yield _modules(element, value) if value else _absent(element, shown)
        case Kind.BARCODE:
            value = _value(element, shown)
            yield _bars(element, value) if value else _absent(element, shown)


def _value(element: Element, shown: Shown) -> str:
    raw = shown.values.get(element.field, "") if element.field else element.text
    return _UNFIT.sub("", raw).strip()


def _label(element: Element, shown: Shown) -> str:
    return _UNFIT.sub("", shown.labels.get(element.field, ""))


def _text(element: Element, shown: Shown) -> str:
    value = _value(element, shown)
    text, colour = (value, element.colour) if value else (_label(element, shown), _FAINT)
    if not text:
        return ""
    said, size = fitted(" ".join(text.split()), element.width, element.size, bold=element.bold)
    at = {
        Align.LEFT: element.x,
        Align.MIDDLE: element.x + element.width / 2,
        Align.RIGHT: element.x + element.width,
    }[element.align]
    # The line stands in the middle of its box, whatever it shrank to.
    baseline = element.y + element.height / 2 + 0.36 * size * POINT
    weight = ' font-weight="700"' if element.bold else ""
    faint = "" if value else ' opacity="0.75"'
    return (
        f'<text x="{at:.3f}" y="{baseline:.3f}" font-size="{size * POINT:.3f}" fill="{colour}"'
        f' text-anchor="{_ANCHORS[element.align]}"{weight}{faint}>{escape(said)}</text>'
    )


def _rect(element: Element, colour: str) -> str:
    # What touches the card's edge goes on into the bleed.
    left, top = (
        (element.x - 10 if element.x <= 0 else element.x),
        (element.y - 10 if element.y <= 0 else element.y),
    )
    right, bottom = element.x + element.width, element.y + element.height
    right = right + 10 if right >= WIDTH else right
    bottom = bottom + 10 if bottom >= HEIGHT else bottom
    return (
        f'<rect x="{left:g}" y="{top:g}" width="{right - left:g}" height="{bottom - top:g}"'
        f' rx="{element.radius:g}" fill="{colour}"/>'
    )


def _photo(element: Element, photo: str) -> str:
    x, y, width, height = element.x, element.y, element.width, element.height
    box = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"'
    if photo:
        address = quoteattr(_UNFIT.sub("", photo))
        return (
            f'<clipPath id="photo"><rect {box} rx="{element.radius:g}"/></clipPath>'
            f'<image {box} preserveAspectRatio="xMidYMid slice" clip-path="url(#photo)" href={address}/>'
        )
    middle, head = x + width / 2, min(width, height) * 0.22
    shoulders = f"M{x + width * 0.14:.2f} {y + height:.2f}a{width * 0.36:.2f} {height * 0.38:.2f} 0 0 1"
    return (
        f'<rect {box} rx="{element.radius:g}" fill="{_GROUND}"/>'
        f'<circle cx="{middle:.2f}" cy="{y + height * 0.38:.2f}" r="{head:.2f}" fill="#c8c9cf"/>'
        f'<path d="{shoulders} {width * 0.72:.2f} 0z" fill="#c8c9cf"/>'
    )


def _absent(element: Element, shown: Shown) -> str:
    label = _label(element, shown)
    size = min(2.1, element.width * POINT / 4 + 1)
    text, points = fitted(label, element.width - 1, size / POINT, bold=False) if label else ("", 1.0)
    return (
        f'<rect x="{element.x:g}" y="{element.y:g}" width="{element.width:g}" height="{element.height:g}"'
        f' fill="none" stroke="{_FAINT}" stroke-width="0.25" stroke-dasharray="1 0.8"/>'
        f'<text x="{element.x + element.width / 2:.3f}" y="{element.y + element.height / 2 + 0.7:.3f}"'
        f' font-size="{points * POINT:.3f}" fill="{_FAINT}" text-anchor="middle">{escape(text)}</text>'
    )


def _modules(element: Element, value: str) -> str:
    code: Any = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=0)
    code.add_data(value)
    code.make()
    rows: list[list[bool]] = code.get_matrix()
    step = min(element.width, element.height) / len(rows)
    path = "".join(
        f"M{element.x + start * step:.3f} {element.y + row * step:.3f}h{length * step:.3f}v{step:.3f}"
        f"h{-length * step:.3f}z"
        for row, cells in enumerate(rows)
        for start, length in _runs(cells)
    )
    return f'<path d="{path}" fill="{element.colour}" shape-rendering="crispEdges"/>'


def _runs(cells: list[bool]) -> Iterator[tuple[int, int]]:
    start = None
    for place, dark in enumerate([*cells, False]):
        if dark and start is None:
            start = place
        elif not dark and start is not None:
            yield start, place - start
            start = None


def _bars(element: Element, value: str) -> str:
    """Code 128; what it has no bars for is left out."""
    said = "".join(letter for letter in value if " " <= letter <= "~")
    if not said:
        return ""
    code: Any = code128.Code128(said, quiet=False)
    code.validate()
    code.encode()
    code.decompose()
    # Lower case is a space, upper case a bar; a is one module wide.
    widths = [(sign.isupper(), ord(sign.lower()) - ord("a") + 1) for sign in code.decomposed]
    step = element.width / sum(wide for _, wide in widths)
    at, path = element.x, io.StringIO()
    for dark, wide in widths:
        if dark:
            path.write(f"M{at:.3f} {element.y:g}h{wide * step:.3f}v{element.height:g}h{-wide * step:.3f}z")
        at += wide * step
    return f'<path d="{path.getvalue()}" fill="{element.colour}" shape-rendering="crispEdges"/>'
