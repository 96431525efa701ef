"""Which files of an inbox become one order, and which wait."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_portal.domain import inbox
from nexus_portal.domain.inbox import Arrived, Group, Part

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(minutes=5)


def ids(count: int) -> list[UUID]:
    return [UUID(int=number) for number in range(1, count + 1)]


def arrived(*names: str, at: datetime = LONG_AGO, **more: bool) -> list[Arrived]:
    return [
        Arrived(id=number, name=name, at=at, **more)
        for number, name in zip(ids(len(names)), names, strict=True)
    ]


def groups(*files: Arrived, alone: bool = False) -> tuple[Group, ...]:
    return inbox.sort_out(files, NOW, alone=alone).groups


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("9B.xlsx", Part.SHEET),
        ("9B.CSV", Part.SHEET),
        ("gammal.xls", Part.SHEET),
        ("foton.zip", Part.ARCHIVE),
        ("Åsa.JPG", Part.PHOTO),
        ("9B.xlsx.filepart", Part.PASSING),
        (".9B.xlsx.swp", Part.PASSING),
        ("~$9B.xlsx", Part.PASSING),
        ("Thumbs.db", Part.PASSING),
        ("brev.docx", Part.OTHER),
        ("utan", Part.OTHER),
    ],
)
def test_endings_tell_what_a_file_is(name: str, part: Part) -> None:
    assert inbox.part_of(name) is part


def test_one_of_each_goes_together_at_once_whatever_they_are_called() -> None:
    sheet, archive = arrived("personal.csv", "foton.zip", at=NOW)
    assert groups(sheet, archive) == (Group(sheet=sheet.id, archive=archive.id),)


def test_several_go_by_their_names() -> None:
    a, b, b_zip, a_zip = arrived("7A.xlsx", "7B.xlsx", "7b.zip", "7A.zip", at=NOW)
    assert groups(a, b, b_zip, a_zip) == (
        Group(sheet=a.id, archive=a_zip.id),
        Group(sheet=b.id, archive=b_zip.id),
    )


def test_of_several_without_a_common_name_none_is_guessed() -> None:
    a, b, archive = arrived("7A.xlsx", "7B.xlsx", "foton.zip", at=NOW)
    found = inbox.sort_out([a, b, archive], NOW, alone=False)
    assert found.groups == ()
    assert found.waiting == {a.id: inbox.FOR_PHOTOS, b.id: inbox.FOR_PHOTOS, archive.id: inbox.FOR_ITS_LIST}


def test_a_zip_file_that_is_half_there_keeps_one_of_each_waiting() -> None:
    sheet, archive = arrived("personal.csv", "foton.zip", at=NOW)
    _, coming = arrived("x", "foton.zip", at=NOW, whole=False)
    assert groups(sheet, coming) == ()
    other = Arrived(id=UUID(int=9), name="mer.csv", at=NOW, whole=False)
    assert groups(sheet, archive, other) == (), "another spreadsheet may be the one that it belongs to"


def test_an_upload_that_was_cut_off_keeps_nobody_waiting_for_ever() -> None:
    sheet, _ = arrived("personal.csv", "x")
    _, stuck = arrived("x", "foton.zip", whole=False)
    assert groups(sheet, stuck) == (Group(sheet=sheet.id),)


def test_a_spreadsheet_waits_a_minute_for_photos_unless_its_cards_have_none() -> None:
    (sheet,) = arrived("personal.csv", at=NOW - inbox.CALM + timedelta(seconds=1))
    assert groups(sheet) == ()
    assert groups(sheet, alone=True) == (Group(sheet=sheet.id),)
    (sheet,) = arrived("personal.csv", at=NOW - inbox.CALM)
    assert groups(sheet) == (Group(sheet=sheet.id),)


def test_loose_photos_are_offered_to_every_spreadsheet_that_has_no_zip_file() -> None:
    a, b, one, two, b_zip = arrived("a.csv", "b.csv", "1.jpg", "2.png", "b.zip")
    assert set(groups(a, b, one, two, b_zip)) == {
        Group(sheet=a.id, photos=(one.id, two.id)),
        Group(sheet=b.id, archive=b_zip.id),
    }


def test_photos_alone_and_a_zip_file_alone_wait() -> None:
    photo, archive, passing, letter = arrived("1.jpg", "foton.zip", "b.csv.part", "brev.docx")
    found = inbox.sort_out([photo, archive, passing, letter], NOW, alone=True)
    assert found.groups == ()
    assert found.unusable == (letter.id,)
    assert found.waiting == {
        photo.id: inbox.FOR_A_ROW,
        archive.id: inbox.FOR_ITS_LIST,
        passing.id: inbox.FOR_ITS_NAME,
    }


def test_a_zip_file_with_its_own_spreadsheet_needs_no_other() -> None:
    (archive,) = arrived("allt.zip", at=NOW, holds_sheet=True)
    assert groups(archive) == (Group(sheet=archive.id),)


@given(
    st.dictionaries(
        st.text("ab.", min_size=1, max_size=3).map(lambda stem: f"{stem}x"),
        st.sampled_from([".csv", ".zip", ".jpg", ".part", ".doc"]),
        max_size=8,
    ),
    st.booleans(),
)
def test_every_whole_file_is_taken_or_told_why_not(names: Mapping[str, str], alone: bool) -> None:  # noqa: FBT001 - made by hypothesis
    files = arrived(*(stem + ending for stem, ending in names.items()))
    found = inbox.sort_out(files, NOW, alone=alone)
    taken = [each for group in found.groups for each in (group.sheet, group.archive) if each]
    assert len(taken) == len(set(taken)), "nothing is taken twice"
    told = {*taken, *found.unusable, *found.waiting}
    assert told == {each.id for each in files}
