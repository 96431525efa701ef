"""What a card's design may say, and what keeps it from being printed."""

from typing import Any

import pytest

from nexus_portal.domain import card_design
from nexus_portal.domain.card_design import CARD_NUMBER, CardDesign, Element, Kind, Side
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.fields import FieldDefinition, FieldType, Purpose, RetentionClass


def field(key, kind=FieldType.TEXT, purpose=Purpose.PRINTED):
    return FieldDefinition(
        key=key,
        label_en=key,
        label_sv=key,
        type=kind,
        required=True,
        purpose=purpose,
        retention=RetentionClass.OTHER,
    )


NAME, PHOTO = field("name"), field("photo", FieldType.PHOTO)
BOX: dict[str, Any] = {"x": 5, "y": 5, "width": 20, "height": 5}


def text(**parts):
    return Element(kind=Kind.TEXT, **{**BOX, "field": "name", **parts})


def test_a_design_comes_back_as_it_was_stored():
    design = card_design.plain([NAME, PHOTO], title="Nordhamn", colour="#2f7d5b")
    assert card_design.from_json(card_design.to_json(design)) == design


def test_the_plain_design_shows_what_is_printed_and_nothing_else():
    design = card_design.plain([NAME, PHOTO, field("class", purpose=Purpose.SORTING)])
    shown = {each.field for side in Side for each in design.side(side) if each.field}
    assert shown == {"name", CARD_NUMBER}
    assert card_design.why_not_printable(design, [NAME, PHOTO]) == ()


def test_a_layout_without_a_design_has_the_plain_one():
    assert card_design.design_of({}, [NAME]) == card_design.plain([NAME])


@pytest.mark.parametrize(
    "parts",
    [
        {"x": 90},
        {"width": 0},
        {"height": 200},
        {"size": 2},
        {"colour": "red"},
        {"colour": '#000000"/><script>'},
        {"field": "", "text": " "},
        {"text": "x" * 201},
        {"x": float("nan")},
        {"width": float("inf")},
    ],
)
def test_an_element_that_cannot_be_drawn_is_refused(parts):
    with pytest.raises(Invalid):
        text(**parts)


@pytest.mark.parametrize(
    "stored",
    [
        {"spine": []},
        {"front": "text"},
        {"front": ["text"]},
        {"front": [{"kind": "text"}]},
        {"front": [{"kind": "film", **BOX}]},
        {"front": [{"kind": "shape", **BOX, "x": True}]},
        {"front": [{"kind": "shape", **BOX, "onload": "x"}]},
        {"front": [{"kind": "shape", **BOX}] * 61},
    ],
)
def test_what_is_no_design_is_refused(stored):
    with pytest.raises(Invalid):
        card_design.from_json(stored)


@pytest.mark.parametrize(
    ("elements", "fields"),
    [
        ([text(field="gone")], [NAME]),
        ([text(field="photo"), Element(kind=Kind.PHOTO, **BOX)], [PHOTO]),
        ([text()], [field("name", purpose=Purpose.SORTING)]),
        ([Element(kind=Kind.PHOTO, **BOX)], [NAME]),
        ([text()], [NAME, PHOTO]),
    ],
)
def test_a_design_that_does_not_fit_its_fields_is_not_printable(elements, fields):
    assert len(card_design.why_not_printable(CardDesign(tuple(elements)), fields)) == 1
