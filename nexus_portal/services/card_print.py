"""Cards as pages to print: the marks that `card_drawing` shows on screen, in true size with their bleed."""

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from nexus_portal.adapters import print_fonts
from nexus_portal.domain.card_design import HEIGHT, WIDTH, Align, CardDesign, Side
from nexus_portal.services.card_marks import Area, Box, Mark, Portrait, Said, Shown, Ticks, marks


@dataclass(frozen=True, slots=True)
class Printed:
    """One card to print: its code, its design, what stands on it, and its photo as JPEG or nothing."""

    code: str
    design: CardDesign
    shown: Shown = field(repr=False)
    photo: bytes = field(default=b"", repr=False)


def pdf(cards: Iterable[Printed], *, bleed: float, title: str) -> bytes:
    """Front and back of each card, a page each, with the code as a bookmark; `bleed` in mm.

    The trim box is the card. What stands on screen for a missing value is not printed.
    """
    target = io.BytesIO()
    size = ((WIDTH + 2 * bleed) * mm, (HEIGHT + 2 * bleed) * mm)
    canvas: Any = Canvas(target, pagesize=size, pageCompression=1, invariant=1)
    canvas.setTitle(title)
    canvas.setTrimBox((bleed * mm, bleed * mm, (bleed + WIDTH) * mm, (bleed + HEIGHT) * mm))
    canvas.setBleedBox((0, 0, *size))
    for card in cards:
        canvas.bookmarkPage(card.code)
        canvas.addOutlineEntry(card.code, card.code)
        for side in Side:
            page = _Page(canvas, bleed)
            for mark in marks(card.design, card.shown, side):
                page.draw(mark, card.photo)
            canvas.showPage()
    canvas.save()
    return target.getvalue()


def lacking(card: Printed) -> str:
    """The letters on a card that the printing font does not have."""
    drawn = (mark for side in Side for mark in marks(card.design, card.shown, side))
    said = (mark for mark in drawn if isinstance(mark, Said) and not mark.faint)
    return "".join(print_fonts.lacking(each.text, bold=each.bold) for each in said)


class _Page:
    """A page of a PDF, whose zero lies at the lower left and counts in points."""

    def __init__(self, canvas: Any, bleed: float) -> None:
        self._canvas = canvas
        self._bleed = bleed

    def draw(self, mark: Mark, photo: bytes) -> None:
        """Draw one mark."""
        match mark:
            case Area(box, colour):
                self._canvas.setFillColor(HexColor(colour))
                self._canvas.drawPath(self._outline([box]), stroke=0, fill=1)
            case Ticks(boxes, colour):
                self._canvas.setFillColor(HexColor(colour))
                self._canvas.drawPath(self._outline(boxes), stroke=0, fill=1)
            case Said() if not mark.faint:
                self._say(mark)
            case Portrait(box) if photo:
                self._picture(box, photo)
            case _:
                pass

    def _say(self, said: Said) -> None:
        canvas = self._canvas
        canvas.setFillColor(HexColor(said.colour))
        canvas.setFont(print_fonts.name(bold=said.bold), said.size * mm)
        draw: Mapping[Align, Any] = {
            Align.LEFT: canvas.drawString,
            Align.MIDDLE: canvas.drawCentredString,
            Align.RIGHT: canvas.drawRightString,
        }
        draw[said.align](self._x(said.x), self._y(said.y), said.text)

    def _picture(self, box: Box, photo: bytes) -> None:
        """Fill the box, and cut off what is too high or too wide."""
        image: Any = ImageReader(io.BytesIO(photo))
        wide, high = image.getSize()
        scale = max(box.width / wide, box.height / high)
        width, height = wide * scale, high * scale
        left, top = box.x - (width - box.width) / 2, box.y - (height - box.height) / 2
        self._canvas.saveState()
        self._canvas.clipPath(self._outline([box]), stroke=0, fill=0)
        self._canvas.drawImage(image, self._x(left), self._y(top + height), width * mm, height * mm)
        self._canvas.restoreState()

    def _outline(self, boxes: Iterable[Box]) -> Any:
        path = self._canvas.beginPath()
        for x, y, width, height, radius in self._placed(boxes):
            if radius:
                path.roundRect(x, y, width, height, radius)
            else:
                path.rect(x, y, width, height)
        return path

    def _placed(self, boxes: Iterable[Box]) -> Iterator[tuple[float, ...]]:
        for box in boxes:
            radius = min(box.radius, box.width / 2, box.height / 2)
            yield self._x(box.x), self._y(box.y + box.height), box.width * mm, box.height * mm, radius * mm

    def _x(self, x: float) -> float:
        return (self._bleed + x) * mm

    def _y(self, y: float) -> float:
        return (self._bleed + HEIGHT - y) * mm
