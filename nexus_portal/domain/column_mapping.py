"""Which column of a customer's spreadsheet fills which field of the layout."""

from collections.abc import Mapping, Sequence

from nexus_portal.domain.clean_text import folded
from nexus_portal.domain.column_words import (
    Concept,
    concept_of_beginning,
    concept_of_field,
    concept_of_header,
)
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.fields import FieldDefinition, FieldType
from nexus_portal.domain.text import Message

_LAST_RESORT: Mapping[Concept, Concept] = {Concept.PERSONAL_NUMBER: Concept.BIRTH_DATE}
"""Swedish lists often head the personal number with "Född"."""


def suggest(headers: Sequence[str], definitions: Sequence[FieldDefinition]) -> dict[int, str]:
    """Column index → field key, to be looked over by a person.

    A column fills one field at most. A field is filled by one column, except that a single name field is
    filled by a first name and a last name together, in this order.
    """
    offers = sorted(
        (distance, place, column)
        for place, definition in enumerate(definitions)
        for column, header in enumerate(headers)
        if (distance := _distance(header, definition)) is not None
    )
    columns: dict[str, int] = {}
    for _, place, column in offers:
        key = definitions[place].key
        if key not in columns and column not in columns.values():
            columns[key] = column
    mapping = {column: key for key, column in columns.items()}
    for definition in definitions:
        if concept_of_field(definition) is Concept.FULL_NAME:
            mapping = _with_split_name(mapping, headers, definition)
    return in_reading_order(mapping, headers)


def in_reading_order(mapping: Mapping[int, str], headers: Sequence[str]) -> dict[int, str]:
    """The same mapping with last names behind all else, so that joined names read as people say them."""

    def order(column: int) -> tuple[bool, int]:
        return concept_of_header(headers[column]) is Concept.LAST_NAME, column

    return {column: mapping[column] for column in sorted(mapping, key=order)}


def check_mapping(
    mapping: Mapping[int, str],
    headers: Sequence[str],
    definitions: Sequence[FieldDefinition],
    language: str = "en",
) -> None:
    """Let only a mapping pass that a person may have made of these columns and fields.

    Raises:
        Invalid: a column or field does not exist, or no column fills a field that the card needs; those are
            named in the reader's language.
    """
    keys = {definition.key for definition in definitions}
    if not all(0 <= column < len(headers) for column in mapping) or not set(mapping.values()) <= keys:
        raise Invalid(Message("The columns do not belong to this file any more. Choose the file again."))
    missing = ", ".join(definition.label(language) for definition in unfilled(mapping, definitions))
    if missing:
        raise Invalid(Message("Say which column holds: {fields}.", fields=missing))


def unfilled(
    mapping: Mapping[int, str], definitions: Sequence[FieldDefinition]
) -> tuple[FieldDefinition, ...]:
    """Required fields that no column fills. A photo needs none: its file may carry the person's name."""
    return tuple(
        definition
        for definition in definitions
        if definition.required
        and definition.type is not FieldType.PHOTO
        and definition.key not in mapping.values()
    )


def protected_column(headers: Sequence[str], mapping: Mapping[int, str]) -> int | None:
    """The column that says whose identity is protected, where there is one and no field is filled from it."""
    return next(
        (
            column
            for column, header in enumerate(headers)
            if column not in mapping and concept_of_header(header) is Concept.PROTECTED
        ),
        None,
    )


def apply(mapping: Mapping[int, str], row: Sequence[str]) -> dict[str, str]:
    """The row's values by field; every column that is not mapped is dropped here, before anything is stored.

    Columns of the same field are joined with a space, in the order of the mapping.
    """
    parts: dict[str, list[str]] = {}
    for column, key in mapping.items():
        value = row[column].strip() if column < len(row) else ""
        parts.setdefault(key, []).extend([value] if value else [])
    return {key: " ".join(values) for key, values in parts.items()}


def _distance(header: str, definition: FieldDefinition) -> int | None:
    """0 for the field's own names, 1 for another word for it, 2 where a header begins so, 3 for a guess."""
    if not folded(header):
        return None
    if folded(header) in {
        folded(name) for name in (definition.key, definition.label_en, definition.label_sv)
    }:
        return 0
    wanted = concept_of_field(definition)
    if wanted is None:
        return None
    found = (concept_of_header(header), concept_of_beginning(header))
    if wanted in found:
        return 1 + found.index(wanted)
    return 3 if _LAST_RESORT.get(wanted, wanted) in found else None


def _with_split_name(
    mapping: dict[int, str], headers: Sequence[str], definition: FieldDefinition
) -> dict[int, str]:
    key = definition.key
    elsewhere = {column: field for column, field in mapping.items() if field != key}
    concepts = [
        None if column in elsewhere else concept_of_header(header) for column, header in enumerate(headers)
    ]
    whole = [
        column for column in mapping if mapping[column] == key and _is_named(headers[column], definition)
    ]
    if Concept.LAST_NAME not in concepts:
        return mapping
    last = concepts.index(Concept.LAST_NAME)
    if Concept.FIRST_NAME in concepts:
        return mapping if whole else {**elsewhere, concepts.index(Concept.FIRST_NAME): key, last: key}
    # "Namn" beside "Efternamn" is a first name.
    return {**mapping, last: key} if whole else mapping


def _is_named(header: str, definition: FieldDefinition) -> bool:
    return _distance(header, definition) in {0, 1}
