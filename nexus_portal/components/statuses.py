"""Every state of the lifecycles as people see it: a word, an icon and a colour, never colour alone.

Vars hold the value of the enum, such as "in_production". Each badge is compiled once and shared by all pages.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

import reflex as rx

from nexus_portal.components.i18n import say
from nexus_portal.components.icons import glyph
from nexus_portal.components.vars import Code, pick, pick_part
from nexus_portal.domain import words
from nexus_portal.domain.lifecycles import BatchState, CardStatus, Fulfilment, PhotoState, Stage
from nexus_portal.domain.text import Message

Colour = Literal["gray", "indigo", "amber", "teal", "cyan", "green", "red"]
Look = tuple[str, Colour]
"""Name of a lucide icon, Radix colour."""

F, S, C, B, P = Fulfilment, Stage, CardStatus, BatchState, PhotoState

FULFILMENT: Mapping[StrEnum, Look] = {
    F.DRAFT: ("pencil-line", "gray"),
    F.SUBMITTED: ("send", "indigo"),
    F.AWAITING_APPROVAL: ("hourglass", "amber"),
    F.APPROVED: ("badge-check", "indigo"),
    F.ACCEPTED: ("clipboard-check", "indigo"),
    F.IN_PRODUCTION: ("printer", "indigo"),
    F.PRODUCED: ("package-check", "teal"),
    F.PART_SHIPPED: ("truck", "cyan"),
    F.SHIPPED: ("truck", "cyan"),
    F.DELIVERED: ("check-check", "green"),
    F.CLOSED: ("archive", "gray"),
    F.REJECTED: ("x", "red"),
    F.ON_HOLD: ("pause", "amber"),
    F.CANCELLED: ("ban", "gray"),
}

STAGE: Mapping[StrEnum, Look] = {
    S.COLLECTING: ("clipboard-list", "gray"),
    S.IN_REVIEW: ("eye", "amber"),
    S.READY: ("circle-check", "indigo"),
    S.QUEUED: ("clock", "gray"),
    S.BATCHED: ("layers", "indigo"),
    S.ENCODING: ("cpu", "indigo"),
    S.PRINTING: ("printer", "indigo"),
    S.QC: ("scan-line", "indigo"),
    S.PRODUCED: ("package-check", "teal"),
    S.PACKED: ("package", "teal"),
    S.SHIPPED: ("truck", "cyan"),
    S.DELIVERED: ("check-check", "green"),
    S.NOT_DELIVERED: ("circle-alert", "amber"),
    S.RETURNED: ("undo-2", "amber"),
    S.RESHIPPED: ("repeat", "cyan"),
    S.DESTROYED: ("flame", "gray"),
    S.CANCELLED: ("ban", "gray"),
}

CARD: Mapping[StrEnum, Look] = {
    C.ISSUED: ("id-card", "indigo"),
    C.ACTIVE: ("circle-check", "green"),
    C.BLOCKED: ("lock", "red"),
    C.TERMINATED: ("circle-x", "gray"),
    C.EXPIRED: ("calendar-off", "gray"),
    C.REPLACED: ("repeat", "gray"),
    C.VOID: ("ban", "gray"),
}

BATCH: Mapping[StrEnum, Look] = {
    B.OPEN: ("package-open", "gray"),
    B.CLOSED: ("package", "indigo"),
    B.SENT: ("send", "indigo"),
    B.ACKNOWLEDGED: ("check", "indigo"),
    B.RUNNING: ("printer", "cyan"),
    B.RECONCILED: ("check-check", "green"),
    B.REFUSED: ("x", "red"),
}

PHOTO: Mapping[StrEnum, Look] = {
    P.MISSING: ("image-off", "gray"),
    P.PENDING: ("clock", "gray"),
    P.IN_REVIEW: ("eye", "amber"),
    P.APPROVED: ("check", "green"),
    P.RELEASED: ("check-check", "green"),
    P.REJECTED: ("x", "red"),
    P.REPLACED: ("repeat", "gray"),
    P.PURGED: ("shield-check", "green"),
}


def fulfilment_badge(status: Code) -> rx.Component:
    """Where an order is."""
    return fulfilment_mark(status=status)


@rx.memo
def fulfilment_mark(status: rx.Var[str]) -> rx.Component:
    """The body of `fulfilment_badge`."""
    return badges(status, FULFILMENT, words.FULFILMENT)


def stage_badge(stage: Code) -> rx.Component:
    """Where one card item is."""
    return stage_mark(stage=stage)


@rx.memo
def stage_mark(stage: rx.Var[str]) -> rx.Component:
    """The body of `stage_badge`."""
    return badges(stage, STAGE, words.STAGE)


def card_status_badge(status: Code) -> rx.Component:
    """Status of an issued card."""
    return card_status_mark(status=status)


@rx.memo
def card_status_mark(status: rx.Var[str]) -> rx.Component:
    """The body of `card_status_badge`."""
    return badges(status, CARD, words.CARD_STATUS)


def batch_badge(state: Code) -> rx.Component:
    """Where a batch is."""
    return batch_mark(state=state)


@rx.memo
def batch_mark(state: rx.Var[str]) -> rx.Component:
    """The body of `batch_badge`."""
    return badges(state, BATCH, words.BATCH)


def photo_badge(state: Code) -> rx.Component:
    """State of a photo."""
    return photo_mark(state=state)


@rx.memo
def photo_mark(state: rx.Var[str]) -> rx.Component:
    """The body of `photo_badge`."""
    return badges(state, PHOTO, words.PHOTO)


def billing_text(status: Code) -> rx.Var[str]:
    """Whether an order is paid for: a word, not a badge, for it is another axis."""
    return _word(status, words.BILLING)


def role_text(role: Code) -> rx.Var[str]:
    """The name of a role; a role that an account made itself keeps its own name."""
    return _word(role, words.ROLE)


def permission_text(permission: Code) -> rx.Var[str]:
    """What a permission allows, in words of the customer."""
    return _word(permission, words.PERMISSION)


def block_reason_text(reason: Code) -> rx.Var[str]:
    """Why a card is blocked."""
    return _word(reason, words.BLOCK_REASON)


def _word(value: Code, table: Mapping[StrEnum, Message]) -> rx.Var[str]:
    return pick(value, ((member.value, say(word)) for member, word in table.items()), value)


def badges(value: Code, looks: Mapping[StrEnum, Look], table: Mapping[StrEnum, Message]) -> rx.Component:
    """The badge of a state, by looks and words of its lifecycle."""
    return pick_part(value, ((member.value, _badge(look, table[member])) for member, look in looks.items()))


def _badge(look: Look, word: Message) -> rx.Component:
    icon, colour = look
    return rx.badge(glyph(icon, size=12), say(word), color_scheme=colour, variant="soft", class_name="badge")
