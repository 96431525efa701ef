"""The print file and the drawing on screen come from the same marks: nothing lies elsewhere."""

import io
import re
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from nexus_portal.domain.card_design import HEIGHT, WIDTH, Align, CardDesign, Element, Kind, Side
from nexus_portal.services.card_drawing import draw
from nexus_portal.services.card_marks import Shown
from nexus_portal.services.card_print import Printed, pdf
from tests.pdf_texts import contents, text_places

SVG = "{http://www.w3.org/2000/svg}"
TEXT = f"{SVG}text"
MM = 72 / 25.4
DESIGN = CardDesign(
    (
        Element(kind=Kind.SHAPE, x=0, y=0, width=WIDTH, height=11, colour="#c62828"),
        Element(kind=Kind.PHOTO, x=5, y=16, width=20, height=30, radius=1.2),
        Element(kind=Kind.TEXT, x=30, y=16, width=40, height=6, field="name", size=12, bold=True),
        Element(kind=Kind.TEXT, x=30, y=24, width=40, height=5, field="name", align=Align.MIDDLE),
        Element(kind=Kind.TEXT, x=30, y=30, width=40, height=5, field="name", align=Align.RIGHT),
        Element(kind=Kind.QR, x=62, y=32, width=18, height=18, field="name"),
        Element(kind=Kind.BARCODE, x=30, y=40, width=25, height=8, text="ABC"),
    )
)
SHOWN = Shown({"name": "Åsa Öberg"})


def jpeg(width: int = 300, height: int = 410) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "#88aa66").save(file, "JPEG")
    return file.getvalue()


def printed(shown: Shown = SHOWN, *, bleed: float = 1.5, photo: bytes = b"") -> bytes:
    return pdf([Printed("2026-00001-1", DESIGN, shown, photo)], bleed=bleed, title="B-1")


def drawn(bleed: float = 1.5) -> ET.Element:
    return ET.fromstring(draw(DESIGN, SHOWN, Side.FRONT, bleed=bleed))  # noqa: S314 - our own


def test_a_page_is_the_card_and_its_bleed_and_the_trim_box_is_the_card() -> None:
    made = printed(bleed=1.5)
    boxes = {name: [float(each) for each in numbers.split()] for name, numbers in _boxes(made)}
    assert boxes["MediaBox"] == pytest.approx([0, 0, (WIDTH + 3) * MM, (HEIGHT + 3) * MM], abs=0.01)
    assert boxes["TrimBox"] == pytest.approx(
        [1.5 * MM, 1.5 * MM, (WIDTH + 1.5) * MM, (HEIGHT + 1.5) * MM], abs=0.01
    )


def _boxes(made: bytes) -> list[tuple[str, str]]:
    found = re.findall(rb"/(MediaBox|TrimBox) \[([^]]+)\]", made)
    return [(name.decode(), numbers.decode()) for name, numbers in found]


def test_every_text_stands_where_it_stands_on_screen() -> None:
    said = [[float(each.get(name, "")) for name in ("x", "y", "font-size")] for each in drawn().iter(TEXT)]
    on_paper = text_places(printed())[0]
    assert len(on_paper) == len(said) == 3
    for screen, paper, align in zip(said, on_paper, ("left", "middle", "right"), strict=True):
        x, y, size = screen
        assert paper.size == pytest.approx(size * MM, abs=0.01)
        assert paper.y == pytest.approx((HEIGHT + 1.5 - y) * MM, abs=0.01)
        part = {"left": 0, "middle": 0.5, "right": 1}[align]
        assert paper.x + part * paper.width == pytest.approx((1.5 + x) * MM, abs=0.01)


def test_every_module_and_bar_lies_where_it_lies_on_screen() -> None:
    moves = [
        re.findall(r"M([\d.-]+) ([\d.-]+)h([\d.-]+)v([\d.-]+)", each.get("d") or "")
        for each in drawn().iter(f"{SVG}path")
        if each.get("shape-rendering")
    ]
    on_screen = [tuple(map(float, each)) for path in moves for each in path]
    page = contents(printed())[0]
    on_paper = [
        tuple(map(float, each)) for each in re.findall(r"([\d.-]+) ([\d.-]+) ([\d.-]+) ([\d.-]+) re", page)
    ]
    on_paper = on_paper[-len(on_screen) :]
    for (x, y, width, height), paper in zip(on_screen, on_paper, strict=True):
        expected = ((1.5 + x) * MM, (HEIGHT + 1.5 - y - height) * MM, width * MM, height * MM)
        assert paper == pytest.approx(expected, abs=0.02)


def test_what_touches_the_edge_is_printed_into_the_bleed() -> None:
    first = re.findall(r"([\d.-]+) ([\d.-]+) ([\d.-]+) ([\d.-]+) re", contents(printed())[0])[0]
    x, y, width, height = map(float, first)
    assert x < 0
    assert x + width > (WIDTH + 3) * MM
    assert y + height > (HEIGHT + 3) * MM


def test_what_stands_for_a_missing_value_is_not_printed() -> None:
    page = contents(printed(Shown(labels={"name": "Name"})))[0]
    assert text_places(printed(Shown(labels={"name": "Name"})))[0] == []
    assert "Do" not in page


def test_the_photo_fills_its_box_without_being_stretched() -> None:
    page = contents(printed(photo=jpeg()))[0]
    [(width, height)] = re.findall(r"([\d.]+) 0 0 ([\d.]+) [\d.-]+ [\d.-]+ cm\s+/", page)
    assert float(width) / float(height) == pytest.approx(300 / 410, abs=0.001)
    assert float(width) >= 20 * MM - 0.01
    assert float(height) >= 30 * MM - 0.01
