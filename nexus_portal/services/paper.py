"""How every PDF of the portal looks: A4, one set of styles, its parts top to bottom."""

from collections.abc import Sequence
from io import BytesIO
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, HRFlowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from nexus_portal.adapters import catalogue
from nexus_portal.domain.text import Message

WIDTH = A4[0] - 44 * mm - 12  # reportlab pads its frame by 6 points a side
_INK, _QUIET, _LINE = HexColor("#1c2024"), HexColor("#60646c"), HexColor("#d9d9e0")
# Helvetica is in every reader and has the letters of both languages.
TEXT = ParagraphStyle("text", fontName="Helvetica", fontSize=9.5, leading=13.5, textColor=_INK)
LABEL = ParagraphStyle("label", parent=TEXT, textColor=_QUIET)
CODE = ParagraphStyle("code", parent=TEXT, fontName="Courier", fontSize=8, leading=11, wordWrap="CJK")
_NUMBER = ParagraphStyle("number", parent=TEXT, alignment=2)
_NUMBER_LABEL = ParagraphStyle("number-label", parent=LABEL, alignment=2)
_ITEM = ParagraphStyle("item", parent=TEXT, leftIndent=10, bulletIndent=0, spaceAfter=2)
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
        return [
            Paragraph(escape(self.say(title)), _TITLE),
            Paragraph(escape(f"{self.say(Message('No.'))} {number}"), LABEL),
            Spacer(0, 8),
            HRFlowable(width="100%", thickness=0.6, color=_LINE, spaceAfter=10),
        ]

    def heading(self, title: Message) -> Flowable:
        """The name of a section."""
        return Paragraph(escape(self.say(title)), _HEADING)

    def section(self, title: Message, lines: Sequence[str]) -> list[Flowable]:
        """A heading with a list below it."""
        return [self.heading(title), *(Paragraph(escape(line), _ITEM, bulletText="–") for line in lines)]

    def facts(self, *rows: tuple[Message, str], style: ParagraphStyle = TEXT) -> Table:
        """Names and values."""
        cells = [
            [Paragraph(escape(self.say(label)), LABEL), Paragraph(escape(value), style)]
            for label, value in rows
        ]
        return _ruled(cells, [42 * mm, WIDTH - 42 * mm])

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


def gap(points: float = 8) -> Flowable:
    """Some room."""
    return Spacer(0, points)


def pdf(flow: list[Flowable], *, title: str, language: str, footer: str = "") -> bytes:
    """The document's bytes; the same parts give the same bytes. `footer` stands on each page."""

    def foot(canvas: Canvas, _document: object) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.setFillColor(_QUIET)
        canvas.drawString(22 * mm + 6, 12 * mm, footer)

    target = BytesIO()
    template = SimpleDocTemplate(
        target,
        pagesize=A4,
        leftMargin=22 * mm,
        rightMargin=22 * mm,
        topMargin=22 * mm,
        bottomMargin=20 * mm,
        title=title,
        author="Nexus Portal",
        lang=language,
        invariant=True,
    )
    template.build(flow, onFirstPage=foot, onLaterPages=foot)
    return target.getvalue()


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
