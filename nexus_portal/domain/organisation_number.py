"""Swedish organisation numbers: ten digits, the last of which checks the others (`stdnum.se.orgnr`)."""

from stdnum.exceptions import InvalidChecksum, ValidationError
from stdnum.se import orgnr

from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.text import Message

LONGEST = 20
_CENTURY = "16"
"""Tax forms write it before the number of an organisation."""


def checked(typed: str) -> str:
    """The ten digits, however they were written.

    Raises:
        Invalid: these are not ten digits, or one of them is wrong.
    """
    number = orgnr.compact(typed.strip()[:LONGEST])
    if len(number) == len(_CENTURY) + 10 and number.startswith(_CENTURY):
        number = number.removeprefix(_CENTURY)
    try:
        return orgnr.validate(number)
    except InvalidChecksum:
        raise Invalid(Message("One of the digits is wrong: the last one does not fit the others.")) from None
    except ValidationError:
        raise Invalid(Message("An organisation number has ten digits, such as 556036-0793.")) from None


def shown(number: str) -> str:
    """As people write it."""
    return orgnr.format(number)


def is_of_a_person(number: str) -> bool:
    """True for a sole trader, whose number is a personal number: its third digit is that of a month."""
    return number[2:3] < "2"
