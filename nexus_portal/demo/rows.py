"""The rows of a demo order: persons as a spreadsheet would bring them, checked as an import checks them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from nexus_portal.adapters import clock, photos
from nexus_portal.demo import derived
from nexus_portal.demo.portraits import portrait
from nexus_portal.domain.fields import check_row
from nexus_portal.services.draft_rows import NewRow, photo_problem
from nexus_portal.services.layouts import LayoutRow

if TYPE_CHECKING:
    from nexus_portal.demo.play import Story

Holders = dict[tuple[str, int], Mapping[str, str]]
TWICE = ("blocked", 5)
"""Story and position of the holder who stands in the spoiled draft once more."""


def new_rows(story: "Story", layout: LayoutRow, holders: Holders) -> Sequence[NewRow]:
    """As many rows as the order has cards; in a spoiled one, some are as people send them."""
    today = clock.today()
    rows: list[NewRow] = []
    for position in range(1, story.cards + 1):
        dice = derived.dice("holder", story.key, str(position))
        values, with_photo = dict(story.design.holder(dice, today)), True
        if story.spoiled:
            values, with_photo = _spoil(position, values, holders[TWICE])
        holders[story.key, position] = values
        photo = photos.process(portrait(dice)) if with_photo else None
        rows.append(
            NewRow(
                check_row(layout.fields, values, today),
                source_row=position + 1,
                photo=photo,
                problems=photo_problem(layout, has_photo=with_photo),
            )
        )
    return rows


def _spoil(position: int, values: dict[str, str], twice: Mapping[str, str]) -> tuple[Mapping[str, str], bool]:
    match position:
        case 2:
            return {**values, "personal_number": values["personal_number"][:-1]}, True
        case 3:
            return values, False
        case 4:
            return {**values, "class": ""}, True
        case 5:
            return twice, True
        case _:
            return values, True
