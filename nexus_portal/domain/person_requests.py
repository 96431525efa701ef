"""What persons may ask of whoever keeps their data, and by when they are answered (GDPR art. 12, 15–21)."""

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from nexus_portal.domain import personal_number
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.text import Message

MONTHS, LONGER = 1, 3
"""Months from the day on which a request came: as a rule, and where two more were taken (art. 12.3)."""
_CASE = re.compile(r"(?=[^0-9]*[0-9])[A-Za-zÅÄÖåäö0-9][A-Za-zÅÄÖåäö0-9./:_-]{0,39}")


class RequestKind(StrEnum):
    """Which of their rights a person uses."""

    ACCESS = "access"
    RECTIFICATION = "rectification"
    ERASURE = "erasure"
    RESTRICTION = "restriction"
    PORTABILITY = "portability"
    OBJECTION = "objection"


class RequestOutcome(StrEnum):
    """What the person was answered."""

    GRANTED = "granted"
    PARTLY = "partly"
    REFUSED = "refused"


KINDS: Mapping[RequestKind, Message] = {
    RequestKind.ACCESS: Message("Access (art. 15)"),
    RequestKind.RECTIFICATION: Message("Correction (art. 16)"),
    RequestKind.ERASURE: Message("Erasing (art. 17)"),
    RequestKind.RESTRICTION: Message("Restriction (art. 18)"),
    RequestKind.PORTABILITY: Message("Portability (art. 20)"),
    RequestKind.OBJECTION: Message("Objection (art. 21)"),
}
OUTCOMES: Mapping[RequestOutcome, Message] = {
    RequestOutcome.GRANTED: Message("Granted"),
    RequestOutcome.PARTLY: Message("Granted in part"),
    RequestOutcome.REFUSED: Message("Refused"),
}


def due_on(received: date, *, extended: bool = False) -> date:
    """The last day for the answer: the same day of a later month, or its last where it has no such day."""
    month = received.month - 1 + (LONGER if extended else MONTHS)
    year, month = received.year + month // 12, month % 12 + 1
    return date(year, month, min(received.day, monthrange(year, month)[1]))


def case_number(text: str, today: date) -> str:
    """The number under which the customer keeps the request: no name fits in it, and no personal number.

    Raises:
        Invalid: it has spaces or no digit, or is a personal number.
    """
    number = text.strip()
    if not number:
        return ""
    if not _CASE.fullmatch(number) or _is_person(number, today):
        raise Invalid(
            Message("Write the number of the case in your files, such as DNR-2026/118. It names no person.")
        )
    return number


def _is_person(text: str, today: date) -> bool:
    try:
        personal_number.normalise(re.sub(r"[^0-9+-]", "", text), today)
    except Invalid:
        return False
    return True
