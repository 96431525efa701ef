import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_portal.domain.column_mapping import apply, check_mapping, in_reading_order, suggest, unfilled
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.fields import FieldDefinition, FieldType, Purpose, RetentionClass

NAME = FieldDefinition(
    key="name",
    label_en="Name",
    label_sv="Namn",
    type=FieldType.TEXT,
    required=True,
    purpose=Purpose.PRINTED,
    retention=RetentionClass.NAME,
)
NUMBER = replace(
    NAME,
    key="personal_number",
    label_en="Personal number",
    label_sv="Personnummer",
    type=FieldType.PERSONAL_NUMBER,
)
PHOTO = replace(NAME, key="photo", label_en="Photo", label_sv="Foto", type=FieldType.PHOTO)
UNIT = replace(NAME, key="unit", label_en="Department", label_sv="Avdelning", required=False)
LAYOUT = (NAME, NUMBER, PHOTO, UNIT)
FIRST = replace(NAME, key="first_name", label_en="First name", label_sv="Förnamn")
LAST = replace(NAME, key="last_name", label_en="Last name", label_sv="Efternamn")

NAMED = [
    ("Namn", "name"),
    ("NAMN ", "name"),
    ("Name", "name"),
    ("Fullständigt namn", "name"),
    ("Namn på kortet", "name"),
    ("Personnr", "personal_number"),
    ("Personnummer", "personal_number"),
    ("Pnr", "personal_number"),
    ("PERS.NR", "personal_number"),
    ("Personnr (12 siffror)", "personal_number"),
    ("Född", "personal_number"),
    ("Fodd", "personal_number"),
    ("Foto", "photo"),
    ("Bild", "photo"),
    ("Bildfil", "photo"),
    ("Photo file", "photo"),
    ("Avdelning", "unit"),
    ("avd.", "unit"),
    ("Dept", "unit"),
]


@pytest.mark.parametrize(("header", "key"), NAMED)
def test_a_header_finds_its_field(header: str, key: str) -> None:
    assert suggest(["Lön", header], LAYOUT) == {1: key}


@pytest.mark.parametrize(("header", "key"), NAMED)
def test_decomposed_letters_are_letters(header: str, key: str) -> None:
    assert suggest([unicodedata.normalize("NFD", header)], LAYOUT) == {0: key}


@pytest.mark.parametrize(
    ("label", "header"),
    [
        ("Klass", "Class"),
        ("Title", "Befattning"),
        ("Titel", "Yrke"),
        ("E-mail", "E-postadress"),
        ("E-post", "mejl"),
        ("Phone", "Mobil (arbete)"),
        ("Employee number", "Anst.nr"),
        ("Card number", "Kortnr"),
        ("Company", "Företag"),
    ],
)
def test_a_text_field_is_known_by_its_label(label: str, header: str) -> None:
    field = replace(NAME, key="extra", label_en=label, label_sv=label)
    assert suggest([header], (field,)) == {0: "extra"}


@pytest.mark.parametrize(
    "header", ["", "Personalnummer", "Lön", "Namnsdag", "Närmaste chef, namn", "Skonummer", "?"]
)
def test_what_means_something_else_is_left_out(header: str) -> None:
    assert suggest([header], LAYOUT) == {}


def test_a_field_takes_the_column_that_fits_best() -> None:
    headers = ["Född", "Namn på chef", "Personnr", "Namn", "Namn"]
    assert suggest(headers, LAYOUT) == {2: "personal_number", 3: "name"}


def test_first_and_last_name_fill_a_single_name_in_the_order_of_speech() -> None:
    headers = ["Efternamn", "Personnr", "Förnamn"]
    mapping = suggest(headers, LAYOUT)
    assert mapping == {0: "name", 1: "personal_number", 2: "name"}
    assert apply(mapping, ["Öberg", "850709-9805", "Åsa"]) == {
        "name": "Åsa Öberg",
        "personal_number": "850709-9805",
    }


def test_namn_beside_efternamn_is_a_first_name() -> None:
    mapping = suggest(["Efternamn", "Namn"], LAYOUT)
    assert apply(mapping, ["Öberg", "Åsa"]) == {"name": "Åsa Öberg"}


def test_a_whole_name_beats_its_parts() -> None:
    assert suggest(["Förnamn", "Efternamn", "Namn"], LAYOUT) == {2: "name"}


def test_its_parts_beat_a_name_that_is_only_guessed() -> None:
    assert suggest(["Namn på chef", "Förnamn", "Efternamn"], LAYOUT) == {1: "name", 2: "name"}


def test_half_a_name_is_not_taken_for_the_whole() -> None:
    assert suggest(["Förnamn"], LAYOUT) == {}
    assert suggest(["Efternamn"], LAYOUT) == {}


def test_a_layout_with_both_names_gets_both() -> None:
    assert suggest(["Efternamn", "Tilltalsnamn", "Namn"], (FIRST, LAST)) == {0: "last_name", 1: "first_name"}
    assert suggest(["Förnamn", "Efternamn"], (NAME, FIRST, LAST)) == {0: "first_name", 1: "last_name"}


@given(
    st.lists(st.sampled_from([header for header, _ in NAMED] + ["Förnamn", "Efternamn", "Lön"]) | st.text()),
    st.lists(st.sampled_from((*LAYOUT, FIRST, LAST)), unique=True),
)
def test_a_suggestion_is_always_a_mapping_that_may_be_applied(
    headers: list[str], layout: list[FieldDefinition]
) -> None:
    mapping = suggest(headers, layout)
    check_mapping(mapping, headers, [replace(field, required=False) for field in layout])
    keys = list(mapping.values())
    assert all(keys.count(key) == 1 for key in keys if key != "name")
    assert keys.count("name") <= 2


def test_a_mapping_that_lost_its_order_on_the_way_gets_it_back() -> None:
    headers = ["Efternamn", "Förnamn"]
    restored = in_reading_order({0: "name", 1: "name"}, headers)
    assert apply(restored, ["Öberg", "Åsa"]) == {"name": "Åsa Öberg"}


def test_unmapped_columns_and_missing_cells_leave_nothing() -> None:
    assert apply({0: "name", 3: "unit"}, ["Åsa", "40 000"]) == {"name": "Åsa", "unit": ""}


def test_required_fields_without_a_column_are_named() -> None:
    assert unfilled({}, LAYOUT) == (NAME, NUMBER)
    with pytest.raises(Invalid, match="Personnummer"):
        check_mapping({0: "name"}, ["Namn"], LAYOUT, "sv")


@pytest.mark.parametrize("mapping", [{5: "name"}, {-1: "name"}, {0: "wage"}])
def test_a_mapping_of_another_file_or_layout_is_refused(mapping: dict[int, str]) -> None:
    with pytest.raises(Invalid):
        check_mapping(mapping, ["Namn"], LAYOUT)
