"""The drawing of a card: true to size, and whatever a value holds stays text."""

from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_portal.domain.card_design import CARD_NUMBER, CardDesign, Element, Kind, Side
from nexus_portal.services.card_drawing import draw
from nexus_portal.services.card_marks import Shown, fitted

SVG = "{http://www.w3.org/2000/svg}"
BOX: dict[str, Any] = {"x": 5.0, "y": 5.0, "width": 30.0, "height": 10.0}
NAME = Element(kind=Kind.TEXT, field="name", size=10, **BOX)
EVERY_KIND = CardDesign(
    (
        Element(kind=Kind.SHAPE, **BOX),
        Element(kind=Kind.PHOTO, **BOX),
        NAME,
        Element(kind=Kind.QR, field="name", **BOX),
        Element(kind=Kind.BARCODE, field="name", **BOX),
    )
)
TAGS = {"svg", "g", "rect", "clipPath", "text", "path", "image", "circle"}


def drawn(design, shown=None, **parts):
    return ET.fromstring(draw(design, shown or Shown(), Side.FRONT, **parts))  # noqa: S314 - our own


def said(picture):
    return [each.text for each in picture.iter(f"{SVG}text")]


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=30))
def test_no_value_breaks_out_of_the_drawing(value, label, photo):
    picture = drawn(EVERY_KIND, Shown({"name": value}, {"name": label}, photo))
    assert {each.tag.removeprefix(SVG) for each in picture.iter()} <= TAGS
    assert not [name for each in picture.iter() for name in each.attrib if name.startswith("on")]


def test_markup_in_a_value_is_shown_as_it_was_typed():
    assert said(drawn(CardDesign((NAME,)), Shown({"name": "<b>&"}))) == ["<b>&"]


def test_the_card_has_its_true_size_and_the_bleed_of_the_printer():
    assert drawn(CardDesign()).get("viewBox") == "0 0 85.6 53.98"
    assert drawn(CardDesign(), bleed=1.5).get("viewBox") == "-1.5 -1.5 88.6 56.98"


@given(st.text(st.characters(codec="cp1252", exclude_categories=["Cc"]), min_size=1, max_size=200))
def test_a_text_fits_its_box_or_is_cut_short(text):
    shown, size = fitted(text, 30, 10, bold=False)
    assert fitted(shown, 30.1, size, bold=False) == (shown, size)
    assert 5 <= size <= 10
    assert shown == text or shown.endswith("…")


def test_a_long_name_shrinks_before_it_is_cut_short():
    assert fitted("Wilhelmina Cederström", 30, 10, bold=False)[0] == "Wilhelmina Cederström"
    assert fitted("Wilhelmina " * 9, 30, 10, bold=False)[0].endswith("…")


def test_a_missing_value_leaves_its_label_faintly():
    picture = drawn(CardDesign((NAME,)), Shown(labels={"name": "Namn"}))
    assert said(picture) == ["Namn"]
    assert picture.find(f".//{SVG}text").get("opacity")


def test_the_photo_lies_in_its_box():
    picture = drawn(EVERY_KIND, Shown(photo="data:image/jpeg;base64,AAAA"))
    assert picture.find(f".//{SVG}image").get("href") == "data:image/jpeg;base64,AAAA"


@pytest.mark.parametrize("kind", [Kind.QR, Kind.BARCODE])
def test_a_code_differs_with_what_it_says_and_stays_in_its_box(kind):
    design = CardDesign((Element(kind=kind, field=CARD_NUMBER, **BOX),))
    one, other = (draw(design, Shown({CARD_NUMBER: each}), Side.FRONT) for each in ("10021", "10022"))
    assert one != other
    assert "h" in ET.fromstring(one).find(f".//{SVG}path").get("d")  # noqa: S314 - drawn by ourselves a line above
