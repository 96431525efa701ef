"""How every PDF of the portal looks: A4, one set of styles, its parts top to bottom."""

from collections.abc import Sequence
from functools import partial
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    Flowable,
    HRFlowable,
    KeepTogether,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from nexus_portal.adapters import catalogue
from nexus_portal.domain.text import Message

WIDTH = A4[0] - 44 * mm - 12  # reportlab pads its frame by 6 points a side
_LEFT_EDGE = 22 * mm + 6
_INK, _QUIET, _LINE = HexColor("#1c2024"), HexColor("#60646c"), HexColor("#d9d9e0")
_ACCENT = HexColor("#3e63dd")
# Helvetica is in every reader and has the letters of both languages.
TEXT = ParagraphStyle("text", fontName="Helvetica", fontSize=9.5, leading=13.5, textColor=_INK)
LABEL = ParagraphStyle("label", parent=TEXT, textColor=_QUIET)
CODE = ParagraphStyle("code", parent=TEXT, fontName="Courier", fontSize=8, leading=11, wordWrap="CJK")
_NUMBER = ParagraphStyle("number", parent=TEXT, alignment=2)
_NUMBER_LABEL = ParagraphStyle("number-label", parent=LABEL, alignment=2)
_ITEM = ParagraphStyle("item", parent=TEXT, leftIndent=10, bulletIndent=0, spaceAfter=2)
_NUMBERED_ITEM = ParagraphStyle("numbered-item", parent=_ITEM, leftIndent=16)
_TITLE = ParagraphStyle("title", parent=TEXT, fontName="Helvetica-Bold", fontSize=20, leading=25)
_HEADING = ParagraphStyle(
    "heading", parent=TEXT, fontName="Helvetica-Bold", fontSize=11, leading=15, spaceBefore=12, spaceAfter=4
)


class Paper:
    """The parts of a document in one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def say(self, message: Message) -> str:
        """The message in the document's language."""
        return catalogue.render(message, self.language)

    def head(self, title: Message, number: str) -> list[Flowable]:
        """Title and number over a line."""
        return self.top(self.say(title), f"{self.say(Message('No.'))} {number}")

    def titled(self, title: Message, below: str) -> list[Flowable]:
        """A message as title and a few words over a line."""
        return self.top(self.say(title), below)

    def top(self, title: str, below: str) -> list[Flowable]:
        """A title and what stands below it, over a line."""
        return [
            Paragraph(escape(title), _TITLE),
            Paragraph(escape(below), LABEL),
            Spacer(0, 8),
            HRFlowable(width="100%", thickness=0.6, color=_LINE, spaceAfter=10),
        ]

    def heading(self, title: Message) -> Flowable:
        """The name of a section."""
        return Paragraph(escape(self.say(title)), _HEADING)

    def section(self, title: Message, lines: Sequence[str]) -> list[Flowable]:
        """A heading with a list below it."""
        return [self.heading(title), *(Paragraph(escape(line), _ITEM, bulletText="–") for line in lines)]

    def facts(self, *rows: tuple[Message | str, str], style: ParagraphStyle = TEXT) -> Table:
        """Names and values; a name that a customer wrote is text already."""
        cells = [
            [
                Paragraph(escape(label if isinstance(label, str) else self.say(label)), LABEL),
                Paragraph(escape(value), style),
            ]
            for label, value in rows
        ]
        return _ruled(cells, [42 * mm, WIDTH - 42 * mm])

    def pairs(self, rows: Sequence[tuple[str, str]]) -> Table:
        """Names and texts that are in the document's language already."""
        cells = [[Paragraph(escape(name), LABEL), Paragraph(escape(text), TEXT)] for name, text in rows]
        return _ruled(cells, [0.36 * WIDTH, 0.64 * WIDTH])

    def columns(
        self, heads: Sequence[Message], rows: Sequence[Sequence[str]], widths: Sequence[float], *, texts: int
    ) -> Table:
        """A table whose head repeats on every page; columns from `texts` on hold numbers.

        `widths` are parts of the page.
        """
        cells = [
            [
                Paragraph(escape(self.say(head)), LABEL if at < texts else _NUMBER_LABEL)
                for at, head in enumerate(heads)
            ],
            *(
                [Paragraph(escape(cell), TEXT if at < texts else _NUMBER) for at, cell in enumerate(row)]
                for row in rows
            ),
        ]
        return _ruled(cells, [part * WIDTH for part in widths], heads=1)


def line(text: str) -> Flowable:
    """A paragraph as it is."""
    return Paragraph(escape(text), TEXT)


def rich(markup: str) -> Flowable:
    """A paragraph in reportlab's small markup: the words in it are escaped already."""
    return Paragraph(markup, TEXT)


def point(markup: str, mark: str) -> Flowable:
    """One point of a list."""
    return Paragraph(markup, _ITEM if len(mark) == 1 else _NUMBERED_ITEM, bulletText=mark)


def named(title: str) -> Flowable:
    """The name of a section, as it is."""
    return Paragraph(escape(title), _HEADING)


def grid(rows: Sequence[Sequence[str]]) -> Flowable:
    """A table of texts in markup: its first row names the columns."""
    widths = [WIDTH / len(rows[0])] * len(rows[0])
    cells = [[Paragraph(cell, TEXT if place else LABEL) for cell in row] for place, row in enumerate(rows)]
    return _ruled(cells, widths, heads=1)


def gap(points: float = 8) -> Flowable:
    """Some room."""
    return Spacer(0, points)


def together(*parts: Flowable) -> Flowable:
    """Parts that are not torn apart by the end of a page."""
    return KeepTogether(list(parts))


def pdf(
    flow: list[Flowable],
    *,
    title: str,
    language: str,
    footer: str = "",
    letterhead: str = "",
    page_of: str = "",
) -> bytes:
    """The document's bytes; the same parts give the same bytes.

    `letterhead` and `footer` stand on each page, and so does `page_of`, such as "Page {page} of {pages}".
    """

    def frame(canvas: Canvas, _document: object) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.setFillColor(_QUIET)
        canvas.drawString(_LEFT_EDGE, 12 * mm, footer)
        if letterhead:
            _letterhead(canvas, letterhead)

    target = BytesIO()
    template = SimpleDocTemplate(
        target,
        pagesize=A4,
        leftMargin=22 * mm,
        rightMargin=22 * mm,
        topMargin=(30 if letterhead else 22) * mm,
        bottomMargin=20 * mm,
        title=title,
        author="Nexus Portal",
        lang=language,
        invariant=True,
    )
    maker = partial(_Numbered, page_of) if page_of else Canvas
    template.build(flow, onFirstPage=frame, onLaterPages=frame, canvasmaker=maker)
    return target.getvalue()


class _Numbered(Canvas):
    """Keeps its pages until the last is known, for only then each can say of how many it is one."""

    def __init__(self, page_of: str, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)  # pyright: ignore[reportUnknownMemberType] - it has no types
        self._page_of = page_of
        self._kept: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - reportlab's name
        """Keep the page."""
        self._kept.append(dict(self.__dict__))
        self._startPage()  # pyright: ignore[reportUnknownMemberType, reportAttributeAccessIssue] - it has no types

    def save(self) -> None:
        """Write all pages with their numbers."""
        for number, page in enumerate(self._kept, 1):
            self.__dict__.update(page)
            self.setFont("Helvetica", 8)
            self.setFillColor(_QUIET)
            said = self._page_of.format(page=number, pages=len(self._kept))
            self.drawRightString(A4[0] - _LEFT_EDGE, 12 * mm, said)
            super().showPage()
        super().save()


def _letterhead(canvas: Canvas, text: str) -> None:
    """A mark, a name, a line."""
    top = A4[1] - 18 * mm
    canvas.setFillColor(_ACCENT)
    canvas.roundRect(_LEFT_EDGE, top - 1.5, 12, 8, 1.6, stroke=0, fill=1)
    canvas.setFillColor(_INK)
    name, _, rest = text.partition(" · ")
    canvas.setFont("Helvetica-Bold", 10)
    canvas.drawString(_LEFT_EDGE + 18, top, name)
    canvas.setFont("Helvetica", 8.5)
    canvas.setFillColor(_QUIET)
    canvas.drawRightString(A4[0] - _LEFT_EDGE, top, rest)
    canvas.setStrokeColor(_LINE)
    canvas.setLineWidth(0.6)
    canvas.line(_LEFT_EDGE, top - 8, A4[0] - _LEFT_EDGE, top - 8)


def _ruled(cells: list[list[Paragraph]], widths: Sequence[float], *, heads: int = 0) -> Table:
    table = Table(cells, colWidths=list(widths), repeatRows=heads)
    lines = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 3),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
    ]
    table.setStyle(TableStyle(lines))
    return table
