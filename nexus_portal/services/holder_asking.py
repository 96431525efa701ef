"""Asking card holders for their own data: a link each, by mail or to hand over."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col

from nexus_portal.adapters import catalogue, clock, db
from nexus_portal.adapters.events import News
from nexus_portal.domain import email, pasted_addresses
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, Invalid, NotFound
from nexus_portal.domain.fields import CheckedRow, FieldDefinition, FieldType, RetentionClass, check_row
from nexus_portal.domain.holder_contact import CONTACT
from nexus_portal.domain.lifecycles import Stage
from nexus_portal.domain.numbers import order_number
from nexus_portal.domain.pasted_addresses import Pasted
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.holder_links import HolderLink
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.services import (
    draft_orders,
    draft_rows,
    holder_links,
    holder_mails,
    layouts,
    tenancy,
    vault,
    vault_contacts,
)
from nexus_portal.services.draft_rows import NewRow
from nexus_portal.services.holder_links import DAYS, MOST_DAYS
from nexus_portal.services.idempotency import once
from nexus_portal.services.layouts import LayoutRow
from nexus_portal.services.use_case import use_case

MOST = 200
REMIND_AFTER = timedelta(days=1)
RESERVED = Message("This layout has a field that the portal keeps for itself. Ask the bureau to rename it.")


@dataclass(frozen=True, slots=True)
class Asked:
    """The draft in which holders were asked, and how many."""

    number: str
    holders: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A link to hand over. It is a secret: who opens it first fills the form in."""

    link: str = field(repr=False)
    row: int


@use_case(Permission.ORDERS_CREATE)
def ask(
    session: Session,
    actor: Actor,
    *,
    key: str,
    number: str = "",
    layout_id: UUID | None = None,
    people: str = "",
    days: int = DAYS,
    language: str = catalogue.SWEDISH,
) -> Asked:
    """Ask up to 200 holders, pasted as `Name <a@b.se>` or `a@b.se`; without any, one whom no mail is sent.

    Each gets a row of the draft `number`, or of a new one in the layout, that waits for what they send by
    a link good for `days` and once. The same `key` asks once.

    Raises:
        Invalid: an entry is no mail address, there are too many, or the days are out of bounds.
        NotFound: the actor's account has no such draft or layout.
        NotAllowed: the draft is a colleague's.
        Conflict: it is on its way already.
    """
    _check(days, language)
    entries = _entries(people)

    def make() -> str:
        order, layout = _draft(session, actor, number, layout_id)
        rows = [_row(layout, entry) for entry in entries]
        items = draft_rows.add(session, actor, order, layout, rows)
        _send(session, actor, items, language=language, lifetime=timedelta(days=days))
        draft_orders.record(session, actor, "holders:asked", order, cards=len(items))
        return f"{order_number(order.serial)} {len(items)}"

    asked, _, count = once(session, actor, key and f"ask {key}", make).partition(" ")
    return Asked(asked, int(count))


@use_case(Permission.ORDERS_CREATE)
def copy_link(session: Session, actor: Actor, *, item_id: UUID) -> Shown:
    """The link of a row that waits, for whoever asked to hand over. The audit log keeps that it was shown.

    Raises:
        NotFound: no such row in the actor's account, or no link that still works.
        NotAllowed: it is a colleague's.
    """
    order, item, link = _waiting(session, actor, item_id)
    shown = holder_links.renewed(link)
    session.add(link)
    draft_orders.record(session, actor, "holder:link_shown", order, row=item.position)
    return Shown(shown, item.source_row or item.position)


@use_case(Permission.ORDERS_CREATE)
def remind(session: Session, actor: Actor, *, item_id: UUID) -> None:
    """Mail a holder the same link again, once a day at most.

    Raises:
        Invalid: no address is known.
        Conflict: it was sent less than a day ago.
        NotFound: no such row in the actor's account, or no link that still works.
    """
    order, item, link = _waiting(session, actor, item_id)
    record = vault_contacts.records_of(session, actor, [item.id]).get(item.id)
    if record is None or not vault_contacts.has_address(record):
        raise Invalid(Message("No mail address is known for this row. Copy the link and hand it over."))
    before = clock.now() - REMIND_AFTER
    if link.created_at > before or not take_reminder(session, link.id, before=before):
        raise Conflict(Message("A mail was sent within the last day. Remind again tomorrow."))
    about = holder_mails.about(session, actor, item)
    holder_mails.post(session, link, record, holder_mails.reminder, about)
    draft_orders.record(session, actor, "holder:reminded", order, row=item.position)
    _tell(session, order)


@use_case(Permission.ORDERS_CREATE)
def withdraw(session: Session, actor: Actor, *, item_id: UUID) -> None:
    """End the link of a row that waits: the holder's address goes, and the row is the orderer's to fill in.

    Raises:
        NotFound: no such row in the actor's account, or no link that was not used.
    """
    order, item, _ = _waiting(session, actor, item_id, too_old=True)
    holder_links.close(session, actor, [item.id])
    settle_abandoned(session, actor, order, [item])
    draft_orders.record(session, actor, "holder:withdrawn", order, row=item.position)


def settle_abandoned(session: Session, actor: Actor, order: Order, items: Sequence[CardItem]) -> None:
    """Rows whose holder is not asked any more: what they lack is said, as of any other row."""
    layout = draft_orders.layout_of(session, actor, order)
    photos = draft_rows.with_photo(session, [item.id for item in items])
    opened = vault.open_many(session, actor, [item.id for item in items])
    for item in items:
        checked = check_row(layout.fields, opened.get(item.id, {}), clock.today())
        photo = draft_rows.photo_problem(layout, has_photo=item.id in photos)
        draft_rows.settle(session, actor, item, [*checked.problems, *photo])
    _tell(session, order)


def take_reminder(session: Session, link_id: UUID, *, before: object) -> bool:
    """Note that a reminder goes now: True for one of all that try, unless one went after `before`."""
    earlier = col(HolderLink.reminded_at).is_(None) | (col(HolderLink.reminded_at) <= before)
    taken = session.exec(
        update(HolderLink)
        .where(col(HolderLink.id) == link_id, holder_links.unused(), earlier)
        .values(reminded_at=clock.now())
        .execution_options(synchronize_session="fetch")
    )
    return taken.rowcount == 1


def _check(days: int, language: str) -> None:
    if not 1 <= days <= MOST_DAYS:
        raise Invalid(Message("A link works for 1 to {most} days.", most=MOST_DAYS))
    if language not in catalogue.LANGUAGES:
        raise Invalid(Message("Choose the language of the form."))


def _entries(people: str) -> list[Pasted | None]:
    if not people.strip():
        return [None]
    entries = pasted_addresses.read(people, most=MOST)
    wrong = [str(place) for place, entry in enumerate(entries, 1) if not _is_address(entry.email)]
    if wrong:
        # Their places, not their words: a refusal may be written down, and they name somebody.
        raise Invalid(
            Message(
                "Not a mail address, counted from the top: {places}. Nobody was asked.",
                places=", ".join(wrong),
            )
        )
    return list(entries)


def _is_address(text: str) -> bool:
    try:
        return bool(email.checked(text))
    except Invalid:
        return False


def _draft(session: Session, actor: Actor, number: str, layout_id: UUID | None) -> tuple[Order, LayoutRow]:
    if number:
        order = draft_orders.editable(session, actor, number)
        there = draft_orders.layouts_of(session, actor, order)
        if not there:
            raise Invalid(Message("There is no card in this draft yet, so no layout says what to ask for."))
        layout = next(iter(there.values()))
    elif layout_id is not None:
        layout = layouts.orderable(session, actor, layout_id)
        order = draft_orders.begin(session, actor, layout)
    else:
        raise NotFound
    if any(each.key == CONTACT.key for each in layout.fields):
        raise Invalid(RESERVED)
    return order, layout


def _row(layout: LayoutRow, entry: Pasted | None) -> NewRow:
    values: dict[str, str] = {}
    if entry is not None:
        values[CONTACT.key] = email.checked(entry.email)
        name = _name_field(layout)
        if name is not None and entry.written_name:
            values |= check_row([name], {name.key: entry.written_name}, clock.today()).values
    return NewRow(CheckedRow(values), problems=(holder_links.ASKED,))


def _name_field(layout: LayoutRow) -> FieldDefinition | None:
    """The one field for the whole name; where there are two, nobody can say which part is which."""
    names = [
        each
        for each in layout.fields
        if each.retention is RetentionClass.NAME and each.type is FieldType.TEXT
    ]
    return names[0] if len(names) == 1 else None


def _send(
    session: Session, actor: Actor, items: Sequence[CardItem], *, language: str, lifetime: timedelta
) -> None:
    records = vault_contacts.records_of(session, actor, [item.id for item in items])
    about = holder_mails.about(session, actor, items[0])
    by = draft_orders.own_user(actor)
    for item in items:
        link = holder_links.make(session, item, by=by, language=language, lifetime=lifetime)
        if vault_contacts.has_address(records.get(item.id)):
            holder_mails.post(session, link, records[item.id], holder_mails.invitation, about)


def _waiting(
    session: Session, actor: Actor, item_id: UUID, *, too_old: bool = False
) -> tuple[Order, CardItem, HolderLink]:
    order, item = draft_orders.of_item(session, actor, item_id)
    query = tenancy.rows_of(actor, HolderLink).where(HolderLink.item_id == item.id, holder_links.unused())
    if not too_old:
        query = query.where(HolderLink.expires_at > clock.now())
    if item.stage != Stage.COLLECTING:
        raise NotFound
    return order, item, tenancy.one(session, query)


def _tell(session: Session, order: Order) -> None:
    db.announce(session, News(order.account_id, "orders", order_number(order.serial)))
