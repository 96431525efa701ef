"""An application for an account: what is asked, what will do, and how far it has come [R11]."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from nexus_portal.domain import clean_text, email, organisation_number
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.text import Message

KEPT_AFTER_DECISION = timedelta(days=30)
"""Then what an applicant wrote is erased, unless the account is still being set up."""
ANSWER_WITHIN = timedelta(days=14)
LONGEST_NAME = 120
LONGEST_PHONE = 40
LONGEST_TEXT = 2000
MOST_ARTICLES = 50
_PHONE = re.compile(r"\+?[0-9][0-9 ()/.-]{4,}")


class ApplicationState(StrEnum):
    """How far an application has come."""

    WAITING = "waiting"
    ASKED = "asked"
    """The bureau has asked the applicant something."""
    ANSWERED = "answered"
    APPROVED = "approved"
    REFUSED = "refused"


OPEN = (ApplicationState.WAITING, ApplicationState.ASKED, ApplicationState.ANSWERED)
"""States in which the bureau has yet to decide."""


WORDS: Mapping[ApplicationState, Message] = {
    ApplicationState.WAITING: Message("Waits for you"),
    ApplicationState.ASKED: Message("Asked back"),
    ApplicationState.ANSWERED: Message("Answered"),
    ApplicationState.APPROVED: Message("Approved"),
    ApplicationState.REFUSED: Message("Refused"),
}


class Volume(StrEnum):
    """How many cards a year are expected."""

    FEW = "few"
    SOME = "some"
    MANY = "many"
    MOST = "most"


VOLUMES: Mapping[Volume, Message] = {
    Volume.FEW: Message("Fewer than 100 cards a year"),
    Volume.SOME: Message("100 to 1,000 cards a year"),
    Volume.MANY: Message("1,000 to 10,000 cards a year"),
    Volume.MOST: Message("More than 10,000 cards a year"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What an applicant wrote, as it is kept. The contact is personal data: only the bureau sees it."""

    number: str = field(repr=False)
    organisation: str
    contact: str = field(repr=False)
    email: str = field(repr=False)
    phone: str = field(repr=False)
    volume: str
    articles: tuple[str, ...]
    """Numbers of articles."""
    message: str = field(repr=False)


Refusals = Mapping[str, Message]
"""What is wrong, by the name of the field."""


def check(
    typed: Mapping[str, str], wanted: Collection[str], offered: Collection[str]
) -> tuple[Wish | None, Refusals]:
    """The wish, or what is wrong with each field. `wanted` and `offered` are numbers of articles."""
    refusals: dict[str, Message] = {}

    def read(name: str, reader: Callable[[str], str]) -> str:
        try:
            return reader(typed.get(name, ""))
        except Invalid as error:
            refusals[name] = error.message
            return ""

    wish = Wish(
        number=read("number", organisation_number.checked),
        organisation=read("organisation", _name),
        contact=read("contact", _name),
        email=read("email", email.checked),
        phone=read("phone", _phone),
        volume=read("volume", _volume),
        articles=tuple(number for number in offered if number in set(wanted)),
        message=read("message", several_lines),
    )
    return (None if refusals else wish), refusals


def several_lines(text: str) -> str:
    """A text of several lines, each without hidden characters.

    Raises:
        Invalid: it is too long, or has characters that nobody typed.
    """
    if len(text) > LONGEST_TEXT:
        raise Invalid(Message("At most {limit} characters fit here.", limit=LONGEST_TEXT))
    return "\n".join(clean_text.clean(line) for line in text.splitlines()).strip()


def _name(text: str) -> str:
    tidy = clean_text.clean(text)
    if not 1 <= len(tidy) <= LONGEST_NAME:
        raise Invalid(Message("Write the name, in at most {limit} characters.", limit=LONGEST_NAME))
    return tidy


def _phone(text: str) -> str:
    tidy = clean_text.clean(text)
    if tidy and (len(tidy) > LONGEST_PHONE or not _PHONE.fullmatch(tidy)):
        raise Invalid(Message("This is no telephone number. It looks like +46 90 123 45 67."))
    return tidy


def _volume(text: str) -> str:
    if text not in set(Volume):
        raise Invalid(Message("Choose about how many cards you need."))
    return text
