"""What a customer's first layouts begin with: as few fields as such a card needs [R1]."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from nexus_portal.domain.field_definitions import FieldDefinition, FieldType, Purpose, RetentionClass
from nexus_portal.domain.text import Message


class Template(StrEnum):
    """The kinds of cards that are asked for most."""

    STAFF = "staff"
    ACCESS = "access"
    VISITOR = "visitor"


@dataclass(frozen=True, slots=True)
class Beginning:
    """A layout before anybody has drawn it: what it is called, and what it asks of a card holder."""

    title: Message
    fields: tuple[FieldDefinition, ...]
    colour: str


_NAME = FieldDefinition(
    key="name",
    label_en="Name",
    label_sv="Namn",
    type=FieldType.TEXT,
    required=True,
    purpose=Purpose.PRINTED,
    retention=RetentionClass.NAME,
    max_length=60,
)
_PHOTO = FieldDefinition(
    key="photo",
    label_en="Photo",
    label_sv="Foto",
    type=FieldType.PHOTO,
    required=True,
    purpose=Purpose.PRINTED,
    retention=RetentionClass.PHOTO,
)
_TITLE = FieldDefinition(
    key="title",
    label_en="Title",
    label_sv="Titel",
    type=FieldType.TEXT,
    required=False,
    purpose=Purpose.PRINTED,
    retention=RetentionClass.OTHER,
    max_length=60,
)
_COMPANY = FieldDefinition(
    key="company",
    label_en="Company",
    label_sv="Företag",
    type=FieldType.TEXT,
    required=True,
    purpose=Purpose.PRINTED,
    retention=RetentionClass.OTHER,
    max_length=60,
)

TEMPLATES: Mapping[Template, Beginning] = {
    Template.STAFF: Beginning(
        Message("Staff card with name, title and photo"), (_NAME, _TITLE, _PHOTO), "#3e63dd"
    ),
    Template.ACCESS: Beginning(Message("Access card with name, without a photo"), (_NAME,), "#2f7d5b"),
    Template.VISITOR: Beginning(
        Message("Visitor’s card with company, without a name"), (_COMPANY,), "#ad5700"
    ),
}
