"""The print file of a batch: the cards that are being printed now, with their persons, in parts."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from sqlmodel import Session, col, select

from nexus_portal import settings
from nexus_portal.adapters import clock
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, Invalid, NotAllowed, StepUpNeeded
from nexus_portal.domain.fields import FieldType
from nexus_portal.domain.lifecycles import Stage
from nexus_portal.domain.numbers import item_code, order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.layouts import Layout
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.privacy import AccessAct, CopyKind
from nexus_portal.models.production import Batch
from nexus_portal.models.vault import HolderRecord, Photo
from nexus_portal.services import (
    accesses,
    audit,
    card_faces,
    card_print,
    copies_left,
    protected_meanwhile,
    related,
    tenancy,
    vault,
)
from nexus_portal.services.card_print import Printed
from nexus_portal.services.use_case import perform, use_case
from nexus_portal.services.vault_people import MANY

PART = 25
"""Cards of one PDF: what is in memory at a time."""


@dataclass(frozen=True, slots=True)
class PrintPlan:
    """What will be in a print file: the card items of each part, and the printer's bleed in mm."""

    parts: tuple[tuple[UUID, ...], ...]
    bleed: float


@dataclass(frozen=True, slots=True)
class PrintPart:
    """A PDF of some cards, front and back, and what was left out because the font lacks letters of it."""

    cards: int
    pdf: bytes = field(repr=False)
    left_out: tuple[str, ...] = ()


@use_case(Permission.PRODUCTION_WORK, reads=True)
def plan(session: Session, actor: Actor, *, number: str, printer: str) -> PrintPlan:
    """What a batch's print file would hold for a printer: its cards at printing, nobody's data yet.

    Raises:
        NotFound: no such batch.
        NotAllowed: the actor may not see persons, or not those of a protected identity that are in it.
        Invalid: there is no such printer.
        Conflict: no card of it is being printed.
        StepUpNeeded: these are more than 50 persons.
    """
    batch = _batch(session, actor, number)
    profile = next((each for each in settings.current().printers if each.name == printer), None)
    if profile is None:
        raise Invalid(Message("There is no such printer."))
    items = [item.id for item in _printing(session, actor, batch)]
    if not items:
        raise Conflict(Message("No card of batch {number} is being printed now.", number=number))
    if hidden := vault.hidden(session, actor, items):
        raise NotAllowed(
            Message(
                "Cards of protected persons in this batch: {n}. Somebody at the bureau who is named to see "
                "them makes the print file.",
                n=len(hidden),
            )
        )
    if len(items) > MANY and not actor.stepped_up(clock.now()):
        raise StepUpNeeded
    parts = tuple(tuple(items[start : start + PART]) for start in range(0, len(items), PART))
    return PrintPlan(parts, profile.bleed)


def parts(actor: Actor, *, number: str, plan: PrintPlan) -> Iterator[PrintPart]:
    """Each part, opened and drawn when it is asked for; see `part`."""

    def drawn(items: Sequence[UUID]) -> PrintPart:
        return perform(part, actor, number=number, item_ids=items, bleed=plan.bleed)

    for items in plan.parts:
        yield protected_meanwhile.opened(actor, items, partial(drawn, items))


@use_case(Permission.PRODUCTION_WORK)
def part(session: Session, actor: Actor, *, number: str, item_ids: Sequence[UUID], bleed: float) -> PrintPart:
    """Open the persons of some cards of a batch and draw them; the printing is logged.

    Cards that are not being printed any more are left out, and those whose person was erased.

    Raises:
        NotFound: no such batch.
        NotAllowed: the actor may not see persons.
        Invalid: more cards than one part holds.
        Tampered: a ciphertext or photo does not verify.
    """
    if len(item_ids) > PART:
        raise Invalid(Message("A print file has at most {most} cards in a part.", most=PART))
    batch = _batch(session, actor, number)
    items = [item for item in _printing(session, actor, batch) if item.id in set(item_ids)]
    opened = vault.open_many(session, actor, [item.id for item in items])
    items = [item for item in items if item.id in opened]
    orders = related.by_id(session, actor, Order, (item.order_id for item in items))
    face = card_faces.face_of(session, tenancy.get(session, actor, Layout, batch.layout_id))
    shows_photo = any(each.type is FieldType.PHOTO for each in face.fields)
    photos = _photos(session, actor, [item.id for item in items]) if shows_photo else {}
    cards: list[Printed] = []
    for item in items:
        code = item_code(orders[item.order_id].serial, item.position)
        shown = face.shown(actor.language, number=code, values=opened[item.id])
        cards.append(Printed(code, face.design, shown, photos.get(item.id, b"")))
    left_out = tuple(card.code for card in cards if card_print.lacking(card))
    drawn = [card for card in cards if card.code not in left_out]
    _write_down(session, actor, batch, [(item.id, orders[item.order_id], opened[item.id]) for item in items])
    return PrintPart(len(drawn), card_print.pdf(drawn, bleed=bleed, title=number), left_out)


def _batch(session: Session, actor: Actor, number: str) -> Batch:
    if not actor.may(Permission.PERSONS_READ):
        raise NotAllowed
    return tenancy.one(session, tenancy.rows_of(actor, Batch).where(Batch.number == number))


def _printing(session: Session, actor: Actor, batch: Batch) -> Sequence[CardItem]:
    query = tenancy.rows_of(actor, CardItem).where(
        CardItem.batch_id == batch.id, CardItem.stage == Stage.PRINTING
    )
    return session.exec(query.order_by(col(CardItem.id))).all()


def _photos(session: Session, actor: Actor, item_ids: Sequence[UUID]) -> dict[UUID, bytes]:
    query = (
        select(HolderRecord.item_id, HolderRecord.id)
        .join(Photo, col(Photo.record_id) == col(HolderRecord.id))
        .where(tenancy.within(actor, HolderRecord.account_id), col(HolderRecord.item_id).in_(item_ids))
    )
    records = session.exec(query).all()
    return {item_id: vault.photo_bytes(session, actor, record_id, "crop") for item_id, record_id in records}


def _write_down(
    session: Session, actor: Actor, batch: Batch, opened: Sequence[tuple[UUID, Order, Mapping[str, str]]]
) -> None:
    """One entry per order, as when persons are shown on a page; the access log names each card item."""
    by_order: defaultdict[int, list[Mapping[str, str]]] = defaultdict(list)
    for _, order, values in opened:
        by_order[order.serial].append(values)
    counts = Counter(order.id for _, order, _ in opened)
    copies_left.record(session, actor, CopyKind.PRINT, account_id=batch.account_id, persons=counts)
    seen = [
        accesses.Seen(batch.account_id, order_number(order.serial), item_id, sorted(values))
        for item_id, order, values in opened
    ]
    accesses.record(session, actor, AccessAct.PRINTED, seen)
    for serial, people in by_order.items():
        audit.record(
            session,
            actor,
            "person:printed",
            subject=order_number(serial),
            account_id=batch.account_id,
            persons=len(people),
            fields=sorted({key for values in people for key in values}),
            batch=batch.number,
        )
