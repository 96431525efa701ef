import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_portal.domain.photo_matching import Holder, match_photos, photo_name_candidates

ASA = Holder(personal_number="850709-9805", name="Åsa Maria Öberg")


@pytest.mark.parametrize(
    "file_name",
    [
        "198507099805.jpg",
        "8507099805.PNG",
        "850709-9805.jpeg",
        "19850709-9805 Åsa.jpg",
        "Öberg_850709_9805.jpg",
        "Åsa Maria Öberg.jpg",
        "asa_maria_oberg.JPG",
        "Åsa Öberg.jpg",
        "ÖBERG, ÅSA.jpg",
        unicodedata.normalize("NFD", "Åsa-Öberg.jpg"),
    ],
)
def test_a_person_is_found_in_a_file_name(file_name: str) -> None:
    assert match_photos([ASA], ["other.jpg", file_name]) == [file_name]


@pytest.mark.parametrize(
    "cell", ["IMG_1.jpg", "img_1.JPG", "IMG_1", "IMG_1.png", "C:\\bilder\\IMG_1.jpg", "b/IMG_1.jpg"]
)
def test_the_photo_column_comes_first(cell: str) -> None:
    holder = Holder(photo=cell, personal_number="850709-9805", name="Åsa Öberg")
    assert match_photos([holder], ["850709-9805.jpg", "Åsa Öberg.jpg", "IMG_1.jpg"]) == ["IMG_1.jpg"]


def test_without_the_named_file_the_person_decides() -> None:
    holder = Holder(photo="gone.jpg", personal_number="850709-9805")
    assert match_photos([holder], ["850709-9805.jpg"]) == ["850709-9805.jpg"]


def test_the_number_is_surer_than_the_name() -> None:
    assert match_photos([ASA], ["Åsa Öberg.jpg", "8507099805.jpg"]) == ["8507099805.jpg"]


@pytest.mark.parametrize(
    "file_name", ["20240301_123456.jpg", "1985070998051.jpg", "IMG_0001.jpg", "Åsa.jpg", ".jpg", ""]
)
def test_what_only_looks_alike_is_left(file_name: str) -> None:
    assert match_photos([ASA], [file_name]) == [None]


def test_two_files_that_could_be_meant_are_none() -> None:
    assert match_photos([ASA], ["Åsa Öberg.jpg", "åsa_öberg.png"]) == [None]


def test_two_persons_of_one_name_get_no_face_by_chance() -> None:
    twins = [Holder(name="Anna Ek"), Holder(name="Anna Ek")]
    assert match_photos(twins, ["Anna Ek.jpg"]) == [None, None]


def test_a_file_that_is_surely_anothers_is_not_given_by_name() -> None:
    holders = [Holder(name="Anna Ek", photo="Anna Ek.jpg"), Holder(name="Anna Ek")]
    assert match_photos(holders, ["Anna Ek.jpg"]) == ["Anna Ek.jpg", None]


def test_a_row_that_says_nothing_matches_nothing() -> None:
    assert photo_name_candidates(Holder()) == ()
    assert match_photos([Holder()], ["", ".jpg", "a.jpg"]) == [None]


texts = st.text(max_size=12)
holders = st.builds(Holder, photo=texts, personal_number=texts, name=texts)


@given(st.lists(holders, max_size=4), st.lists(texts, max_size=4))
def test_only_files_that_exist_are_given(rows: list[Holder], files: list[str]) -> None:
    found = match_photos(rows, files)
    assert len(found) == len(rows)
    assert all(file is None or file in files for file in found)
