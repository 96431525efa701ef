"""Where a card holder is reached who enters their own data: kept beside the layout's fields, in the vault."""

from nexus_portal.domain.field_definitions import (
    HOLDER_CONTACT,
    FieldDefinition,
    FieldType,
    Purpose,
    RetentionClass,
)

CONTACT = FieldDefinition(
    key=HOLDER_CONTACT,
    label_en="Mail address for the link",
    label_sv="E-postadress för länken",
    type=FieldType.TEXT,
    required=False,
    purpose=Purpose.SORTING,
    retention=RetentionClass.OTHER,
)
"""No layout asks for it and nobody searches by it; it goes as soon as no link has to be sent any more."""
