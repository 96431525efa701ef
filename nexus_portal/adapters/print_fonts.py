"""The fonts that cards are measured and printed in: Arimo, with letters as wide as those of Helvetica."""

from functools import cache
from importlib import resources
from typing import Any

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

_FILES = {False: "Arimo-Regular", True: "Arimo-Bold"}


def width(text: str, size: float, *, bold: bool) -> float:
    """How wide a text is, in the unit of `size`."""
    return float(pdfmetrics.stringWidth(text, name(bold=bold), size))


def lacking(text: str, *, bold: bool) -> str:
    """The letters of a text that the font does not have."""
    font: Any = pdfmetrics.getFont(name(bold=bold))
    return "".join(letter for letter in text if ord(letter) not in font.face.charToGlyph)


@cache
def name(*, bold: bool) -> str:
    """The name under which PDFs know the font."""
    path = resources.files("nexus_portal.adapters") / "data" / "fonts" / f"{_FILES[bold]}.ttf"
    with resources.as_file(path) as file:
        fonts: Any = pdfmetrics
        fonts.registerFont(TTFont(_FILES[bold], str(file)))
    return _FILES[bold]
