"""How applications and customers stand, as people see it: a word, an icon and a colour."""

from collections.abc import Mapping
from enum import StrEnum

import reflex as rx

from nexus_portal.components.i18n import say
from nexus_portal.components.icons import glyph
from nexus_portal.components.statuses import Look
from nexus_portal.components.vars import Code, pick, pick_part
from nexus_portal.domain import account_status, applications
from nexus_portal.domain.account_status import AccountStatus
from nexus_portal.domain.applications import ApplicationState
from nexus_portal.domain.text import Message

APPLICATION: Mapping[StrEnum, Look] = {
    ApplicationState.WAITING: ("inbox", "indigo"),
    ApplicationState.ASKED: ("hourglass", "amber"),
    ApplicationState.ANSWERED: ("reply", "indigo"),
    ApplicationState.APPROVED: ("circle-check", "green"),
    ApplicationState.REFUSED: ("x", "red"),
}
ACCOUNT: Mapping[StrEnum, Look] = {
    AccountStatus.SETUP: ("wrench", "indigo"),
    AccountStatus.ACTIVE: ("circle-check", "green"),
    AccountStatus.PAUSED: ("pause", "amber"),
    AccountStatus.CLOSING: ("hourglass", "red"),
    AccountStatus.CLOSED: ("archive", "gray"),
}


def application_badge(state: Code) -> rx.Component:
    """How far an application has come."""
    return _badges(state, APPLICATION, applications.WORDS)


def account_badge(status: Code) -> rx.Component:
    """How an account stands."""
    return _badges(status, ACCOUNT, account_status.WORDS)


def volume_text(volume: Code) -> rx.Var[str]:
    """How many cards an applicant expects."""
    return pick(volume, ((each.value, say(word)) for each, word in applications.VOLUMES.items()), volume)


def _badges(
    value: Code,
    looks: Mapping[StrEnum, Look],
    words: Mapping[AccountStatus, Message] | Mapping[ApplicationState, Message],
) -> rx.Component:
    said = {str(each): word for each, word in words.items()}
    return pick_part(value, ((each.value, _badge(look, said[each.value])) for each, look in looks.items()))


def _badge(look: Look, word: Message) -> rx.Component:
    icon, colour = look
    return rx.badge(glyph(icon, size=12), say(word), color_scheme=colour, variant="soft", class_name="badge")
