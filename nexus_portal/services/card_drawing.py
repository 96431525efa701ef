"""A card drawn as SVG from its layout's design and a holder's values; `card_print` prints the same marks."""

import base64
from xml.sax.saxutils import escape, quoteattr

from nexus_portal.domain.card_design import HEIGHT, RADIUS, WIDTH, Align, CardDesign, Element, Kind, Side
from nexus_portal.services.card_marks import (
    FAINT,
    Area,
    Box,
    Mark,
    Missing,
    Portrait,
    Said,
    Shown,
    Ticks,
    marks,
)

FAMILY = "Helvetica, Arial, 'Liberation Sans', sans-serif"
"""Fonts of the same widths: what was measured is what is drawn."""

_ANCHORS = {Align.LEFT: "start", Align.MIDDLE: "middle", Align.RIGHT: "end"}
_GROUND = "#e8e8ec"


def draw(design: CardDesign, shown: Shown, side: Side, *, bleed: float = 0.0) -> str:
    """One side as SVG, 1 unit = 1 mm. Whatever a value holds, it stays text.

    With `bleed` (mm, the printer's) the edges are drawn beyond the cut and the corners stay square.
    """
    left, width, height = 0 - bleed, WIDTH + 2 * bleed, HEIGHT + 2 * bleed
    radius = 0 if bleed else RADIUS
    drawn = "".join(_svg(mark) for mark in marks(design, shown, side))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left:g} {left:g} {width:g} {height:g}"'
        f' width="{width:g}mm" height="{height:g}mm" font-family="{FAMILY}">'
        f'<clipPath id="card"><rect x="{left:g}" y="{left:g}" width="{width:g}" height="{height:g}"'
        f' rx="{radius:g}"/></clipPath><g clip-path="url(#card)">'
        f'<rect x="{left:g}" y="{left:g}" width="{width:g}" height="{height:g}" fill="#ffffff"/>'
        f"{drawn}</g></svg>"
    )


def data_address(svg: str) -> str:
    """A drawing as the address of an `<img>`, in which no script ever runs."""
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def photo_box(design: CardDesign) -> Element | None:
    """Where the front shows the holder's photo."""
    return next((each for each in design.front if each.kind is Kind.PHOTO), None)


def _svg(mark: Mark) -> str:
    match mark:
        case Area(box, colour):
            return f'<rect {_at(box)} rx="{box.radius:g}" fill="{colour}"/>'
        case Said():
            return _text(mark)
        case Ticks(boxes, colour):
            return f'<path d="{_path(boxes)}" fill="{colour}" shape-rendering="crispEdges"/>'
        case Missing(box):
            dashes = 'stroke-width="0.25" stroke-dasharray="1 0.8"'
            return f'<rect {_at(box)} fill="none" stroke="{FAINT}" {dashes}/>'
        case Portrait(box, photo):
            return _photo(box, photo) if photo else _silhouette(box)


def _at(box: Box) -> str:
    return f'x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}"'


def _text(said: Said) -> str:
    weight = ' font-weight="700"' if said.bold else ""
    faint = ' opacity="0.75"' if said.faint else ""
    return (
        f'<text x="{said.x:.3f}" y="{said.y:.3f}" font-size="{said.size:.3f}" fill="{said.colour}"'
        f' text-anchor="{_ANCHORS[said.align]}"{weight}{faint}>{escape(said.text)}</text>'
    )


def _path(boxes: tuple[Box, ...]) -> str:
    return "".join(
        f"M{box.x:.3f} {box.y:.3f}h{box.width:.3f}v{box.height:.3f}h{-box.width:.3f}z" for box in boxes
    )


def _photo(box: Box, photo: str) -> str:
    return (
        f'<clipPath id="photo"><rect {_at(box)} rx="{box.radius:g}"/></clipPath>'
        f'<image {_at(box)} preserveAspectRatio="xMidYMid slice" clip-path="url(#photo)"'
        f" href={quoteattr(photo)}/>"
    )


def _silhouette(box: Box) -> str:
    middle, head = box.x + box.width / 2, min(box.width, box.height) * 0.22
    shoulders = f"M{box.x + box.width * 0.14:.2f} {box.y + box.height:.2f}"
    arc = f"a{box.width * 0.36:.2f} {box.height * 0.38:.2f} 0 0 1 {box.width * 0.72:.2f} 0z"
    return (
        f'<rect {_at(box)} rx="{box.radius:g}" fill="{_GROUND}"/>'
        f'<circle cx="{middle:.2f}" cy="{box.y + box.height * 0.38:.2f}" r="{head:.2f}" fill="#c8c9cf"/>'
        f'<path d="{shoulders}{arc}" fill="#c8c9cf"/>'
    )
