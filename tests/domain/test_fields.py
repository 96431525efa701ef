import json
import unicodedata
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.fields import (
    FieldDefinition,
    FieldType,
    Problem,
    ProblemCode,
    Purpose,
    Refused,
    RetentionClass,
    all_from_json,
    check_row,
    check_value,
    from_json,
    publishable,
    to_json,
    why_not_publishable,
)
from tests.world import FIELDS

TODAY = date(2026, 3, 2)
NAME = FieldDefinition(
    key="name",
    label_en="Name",
    label_sv="Namn",
    type=FieldType.TEXT,
    required=True,
    purpose=Purpose.PRINTED,
    retention=RetentionClass.NAME,
    max_length=30,
)
NUMBER = replace(
    NAME,
    key="personal_number",
    type=FieldType.PERSONAL_NUMBER,
    retention=RetentionClass.PERSONAL_NUMBER,
    max_length=0,
    reason="Tells holders of the same name apart.",
)
HIRED = replace(NAME, key="hired", type=FieldType.DATE, required=False, retention=RetentionClass.OTHER)
DEPARTMENT = replace(HIRED, key="department", type=FieldType.CHOICE, choices=("Växeln", "Ekonomi", "A+"))
PHOTO = replace(NAME, key="photo", type=FieldType.PHOTO, retention=RetentionClass.PHOTO, max_length=0)
LAYOUT = (NAME, NUMBER, HIRED, DEPARTMENT, PHOTO)

definitions = st.sampled_from(LAYOUT)


def refusal_of(definition: FieldDefinition, raw: str) -> Refused:
    with pytest.raises(Refused) as refusal:
        check_value(definition, raw, TODAY)
    return refusal.value


@pytest.mark.parametrize(
    ("definition", "raw", "clean"),
    [
        (NAME, "  Åsa \t Öberg\r\n", "Åsa Öberg"),
        (NAME, unicodedata.normalize("NFD", "Åsa Öberg"), "Åsa Öberg"),
        (NAME, "Åsa\u00a0Öberg", "Åsa Öberg"),
        (NAME, "\ufeffAnna\u00adLisa", "AnnaLisa"),
        (NAME, "O’Brien-Ström", "O’Brien-Ström"),
        (NAME, "+46 8 123 45", "+46 8 123 45"),
        (NAME, "-", "-"),
        (NAME, "JOÃO", "JOÃO"),
        (NUMBER, "850709-9805", "198507099805"),
        (HIRED, "2024-02-29", "2024-02-29"),
        (HIRED, "20240229", "2024-02-29"),
        (HIRED, "2024/02/29", "2024-02-29"),
        (HIRED, "2024-02-29 00:00:00", "2024-02-29"),
        (HIRED, "  ", ""),
        (DEPARTMENT, "VÄXELN ", "Växeln"),
        (DEPARTMENT, "a+", "A+"),
        (PHOTO, "åsa.jpg", "åsa.jpg"),
    ],
)
def test_values_take_their_one_form(definition: FieldDefinition, raw: str, clean: str) -> None:
    assert check_value(definition, raw, TODAY) == clean


@pytest.mark.parametrize(
    ("definition", "raw", "code"),
    [
        (NAME, " \n", ProblemCode.MISSING),
        (NAME, "Anna\x07", ProblemCode.CHARACTERS),
        (NAME, "Anna\x00", ProblemCode.CHARACTERS),
        (NAME, "Anna\u202egnp.exe", ProblemCode.CHARACTERS),
        (NAME, "Anna\u2066", ProblemCode.CHARACTERS),
        (NAME, "Anna\ud800", ProblemCode.CHARACTERS),
        (NAME, "BjÃ¶rn", ProblemCode.CHARACTERS),
        (NAME, "Bj\ufffdrn", ProblemCode.CHARACTERS),
        (NAME, "=HYPERLINK(A1)", ProblemCode.FORMULA),
        (NAME, " =1", ProblemCode.FORMULA),
        (NAME, "+cmd|' /C calc'!A0", ProblemCode.FORMULA),
        (NAME, "@SUM(1+1)", ProblemCode.FORMULA),
        (NAME, "-2+3+cmd|x", ProblemCode.FORMULA),
        (NAME, "#N/A", ProblemCode.FORMULA),
        (NAME, "#SAKNAS!", ProblemCode.FORMULA),
        (NAME, "#####", ProblemCode.FORMULA),
        (NAME, "x" * 31, ProblemCode.TOO_LONG),
        (NUMBER, "850709-9804", ProblemCode.PERSONAL_NUMBER),
        (NUMBER, "", ProblemCode.MISSING),
        (HIRED, "2024-02-30", ProblemCode.DATE),
        (HIRED, "3/4/2024", ProblemCode.DATE),
        (DEPARTMENT, "Lunch", ProblemCode.CHOICE),
        (DEPARTMENT, "A", ProblemCode.CHOICE),
    ],
)
def test_what_does_not_fit_is_refused_with_a_code(
    definition: FieldDefinition, raw: str, code: ProblemCode
) -> None:
    assert refusal_of(definition, raw).code is code


def test_a_refusal_says_what_would_fit() -> None:
    assert str(refusal_of(NAME, "x" * 31)) == "This has 31 characters; 30 fit."
    assert "Växeln, Ekonomi, A+" in str(refusal_of(DEPARTMENT, "Lunch"))
    assert "YYYY-MM-DD" in str(refusal_of(HIRED, "igår"))


def test_a_layout_without_a_limit_still_has_one() -> None:
    assert refusal_of(replace(NAME, max_length=0), "x" * 201).code is ProblemCode.TOO_LONG


@given(definitions, st.text(max_size=300))
def test_any_text_gives_a_value_that_passes_again_or_a_refusal(definition: FieldDefinition, raw: str) -> None:
    try:
        value = check_value(definition, raw, TODAY)
    except Refused:
        return
    assert check_value(definition, value, TODAY) == value
    assert value == unicodedata.normalize("NFC", value).strip()
    assert not value or value.isprintable() or "\u200c" in value or "\u200d" in value


def test_a_row_keeps_what_is_asked_for_and_no_more() -> None:
    row = check_row(LAYOUT, {"name": "Åsa", "personal_number": "850709-9805", "wage": "40 000"}, TODAY)
    assert row.good
    assert row.values == {"name": "Åsa", "personal_number": "198507099805"}


def test_a_bad_row_tells_every_problem_and_keeps_what_was_sent_for_mending() -> None:
    row = check_row(LAYOUT, {"name": "Åsa", "personal_number": "850709-9804\x07", "hired": "igår"}, TODAY)
    assert not row.good
    assert row.values == {"name": "Åsa"}
    assert row.refused == {"personal_number": "850709-9804", "hired": "igår"}
    assert [(problem.field, problem.code) for problem in row.problems] == [
        ("personal_number", ProblemCode.CHARACTERS),
        ("hired", ProblemCode.DATE),
    ]


def test_a_photo_is_for_those_who_have_the_files_to_judge() -> None:
    assert check_row((PHOTO,), {}, TODAY).good


@given(st.dictionaries(st.sampled_from([each.key for each in LAYOUT]), st.text(min_size=4, max_size=60)))
def test_problems_never_hold_a_value(values: dict[str, str]) -> None:
    for problem in check_row(LAYOUT, values, TODAY).problems:
        stored = json.dumps(problem.to_json())
        assert Problem.from_json(json.loads(stored)) == problem
        assert all(
            value not in str(param)
            for value in values.values()
            for name, param in problem.message.params.items()
            if name != "choices"
        )


def test_the_layouts_of_the_database_are_read() -> None:
    read = all_from_json(FIELDS)
    assert [definition.key for definition in read] == ["name", "personal_number", "photo"]
    assert publishable(read)


@pytest.mark.parametrize("definition", LAYOUT)
def test_a_definition_survives_storing(definition: FieldDefinition) -> None:
    assert from_json(json.loads(json.dumps(to_json(definition)))) == definition


@pytest.mark.parametrize(
    "change",
    [
        {"extra": 1},
        {"required": 1},
        {"max_length": True},
        {"max_length": -1},
        {"max_length": 100_000},
        {"type": "number"},
        {"purpose": "none"},
        {"retention": "none"},
        {"choices": ["a"]},
        {"choices": "a"},
        {"type": "choice", "choices": []},
        {"type": "choice", "choices": [1]},
        {"type": "choice", "choices": [" "]},
        {"key": "Name"},
        {"key": ""},
        {"label_sv": " "},
    ],
)
def test_a_definition_that_is_not_exactly_right_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        from_json({**to_json(NAME), **change})


def test_a_definition_with_a_part_missing_is_refused() -> None:
    stored = to_json(NAME)
    del stored["reason"]
    with pytest.raises(Invalid):
        from_json(stored)


def test_the_label_is_in_the_readers_language() -> None:
    assert (NAME.label("en"), NAME.label("sv")) == ("Name", "Namn")


@pytest.mark.parametrize(
    "layout", [(), (NAME, NAME), (PHOTO, replace(PHOTO, key="other")), (NAME, replace(NUMBER, reason=" "))]
)
def test_what_keeps_a_layout_from_being_published(layout: tuple[FieldDefinition, ...]) -> None:
    assert not publishable(layout)
    assert len(why_not_publishable(layout)) == 1


def test_the_key_that_the_portal_keeps_for_itself_is_not_published() -> None:
    taken = replace(NAME, key="holder_contact")
    assert [reason.msgid for reason in why_not_publishable([NAME, taken])] == [
        "The key {key} is kept for the portal. Choose another."
    ]


@pytest.mark.parametrize(
    ("kind", "stored", "shown"),
    [
        (FieldType.PERSONAL_NUMBER, "196408233234", "19640823-3234"),
        (FieldType.PERSONAL_NUMBER, "12345", "12345"),
        (FieldType.TEXT, "196408233234", "196408233234"),
        (FieldType.DATE, "2026-03-02", "2026-03-02"),
    ],
)
def test_values_are_written_as_people_write_them(kind: FieldType, stored: str, shown: str) -> None:
    assert replace(NAME, type=kind).written(stored) == shown
