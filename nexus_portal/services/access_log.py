"""The access log as those read it who watch over an account's persons. No persons are in it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from nexus_portal.adapters.dates import ZONE
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid, NotFound
from nexus_portal.domain.field_definitions import all_from_json
from nexus_portal.domain.numbers import order_number, parse_item_code, parse_order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account
from nexus_portal.models.cards import Card
from nexus_portal.models.layouts import Layout
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.people import Membership, User
from nexus_portal.models.privacy import Access, AccessAct
from nexus_portal.services import audit, same_person, tenancy
from nexus_portal.services.history_choices import Choice
from nexus_portal.services.keyset import Keyset, Page, moment
from nexus_portal.services.order_details import colleagues
from nexus_portal.services.use_case import perform, use_case

FORMS = ("csv", "jsonl")
SHORTEST, LONGEST = 12, 120
"""Months for which it may be kept."""
NEWEST_FIRST: Keyset[Access] = Keyset(
    columns=(col(Access.at), col(Access.id)),
    key=lambda row: (row.at, row.id),
    read=(moment, UUID),
    descending=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What narrows the log, as the page's address has it; `number` is of an order, a card item or a card.

    With `person` it is about everybody's accesses to the person on that card, over all their cards.
    """

    who: str = ""
    act: str = ""
    purpose: str = ""
    number: str = ""
    person: str = ""
    since: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRow:
    """One act. `who` is a colleague's name, empty for the bureau's staff, who are known by their role."""

    id: str
    at: str
    who: str
    role: str
    session: str
    act: str
    purpose: str
    order: str
    file: str
    """Code of a file of the file drop, where one was taken."""
    card: str
    """Code of the card item, where the act was one person's."""
    persons: int
    fields: tuple[str, ...]
    """Keys of the layouts; `labels` gives their names."""


@use_case(Permission.PRIVACY_READ, reads=True)
def accesses(session: Session, actor: Actor, *, wanted: Wanted, cursor: str = "") -> Page[AccessRow]:
    """Who saw persons of the actor's account, the newest first, 50 a page. Of a card: also whole orders."""
    begun = _of_person if wanted.person else _begun
    branches = [_narrowed(query, wanted) for query in begun(session, actor, wanted.number.strip())]
    page = NEWEST_FIRST.page(session, branches, cursor)
    return page.of(_rows(session, actor, page.rows))


@use_case(Permission.PRIVACY_READ, reads=True)
def team(session: Session, actor: Actor) -> tuple[Choice, ...]:
    """The people of the account, those who left included, to narrow the log by."""
    query = (
        select(User.id, User.name)
        .join(Membership, col(Membership.user_id) == col(User.id))
        .where(tenancy.within(actor, Membership.account_id))
    )
    return tuple(Choice(user_id.hex, name) for user_id, name in session.exec(query.order_by(User.name)))


@use_case(Permission.PRIVACY_READ, reads=True)
def labels(session: Session, actor: Actor, *, language: str) -> dict[str, str]:
    """What the fields of the account's layouts are called, by key; of several versions the newest says it."""
    query = tenancy.rows_of(actor, Layout).order_by(col(Layout.created_at), col(Layout.id))
    versions = (all_from_json(layout.fields) for layout in session.exec(query))
    return {each.key: each.label(language) for version in versions for each in version}


@use_case(Permission.PRIVACY_READ)
def begin(session: Session, actor: Actor, *, wanted: Wanted, form: str) -> None:
    """Write down that the log is taken away, and narrowed by what.

    Raises:
        Invalid: there is no such form of table.
    """
    if form not in FORMS:
        raise Invalid(Message("There is no such form of table."))
    narrowed = [each.name for each in fields(wanted) if getattr(wanted, each.name)]
    audit.record(session, actor, "accesses:exported", subject=form, filters=narrowed)


def rows(actor: Actor, *, wanted: Wanted) -> Iterator[AccessRow]:
    """Everything that is wanted, page by page: of each the permission is looked at anew."""
    cursor = ""
    while True:
        page = perform(accesses, actor, wanted=wanted, cursor=cursor)
        yield from page.rows
        cursor = page.following
        if not cursor:
            return


@use_case(Permission.PRIVACY_READ, reads=True)
def months_kept(session: Session, actor: Actor) -> int:
    """For how many months the log is kept."""
    return tenancy.get(session, actor, Account, tenancy.own_account(actor)).access_months


@use_case(Permission.PRIVACY_MANAGE, step_up=True)
def keep(session: Session, actor: Actor, *, months: int) -> None:
    """Keep the log for so many months from now on; what is older goes with the next sweep.

    Raises:
        Invalid: fewer than 12 months or more than 120.
    """
    if not SHORTEST <= months <= LONGEST:
        raise Invalid(
            Message("The access log is kept for {least} to {most} months.", least=SHORTEST, most=LONGEST)
        )
    account = tenancy.get(session, actor, Account, tenancy.own_account(actor), lock=True)
    before, account.access_months = account.access_months, months
    session.add(account)
    audit.record(session, actor, "accesses:kept_for", account_id=account.id, months=months, before=before)


def _begun(session: Session, actor: Actor, number: str) -> list[SelectOfScalar[Access]]:
    """Queries without a row in common: all, an order's, or a person's with those of the whole order."""
    query = tenancy.rows_of(actor, Access)
    if not number:
        return [query]
    try:
        serial = parse_order_number(number)
    except NotFound:
        item, serial = _card(session, actor, number)
        whole = query.where(Access.subject == order_number(serial), col(Access.item_id).is_(None))
        return [query.where(Access.item_id == item), whole]
    return [query.where(Access.subject == order_number(serial))]


def _of_person(session: Session, actor: Actor, number: str) -> list[SelectOfScalar[Access]]:
    """The same for all cards of the person on one; whoever asks must be allowed to search for persons."""
    item, _ = _card(session, actor, number)
    places = same_person.places(session, actor, [item])
    items = {item, *(each for found in places.values() for each in found)}
    serials = session.exec(
        select(Order.serial)
        .join(CardItem, col(CardItem.order_id) == col(Order.id))
        .where(tenancy.within(actor, Order.account_id), col(CardItem.id).in_(items))
    )
    orders = {order_number(serial) for serial in serials}
    query = tenancy.rows_of(actor, Access)
    whole = query.where(col(Access.subject).in_(orders), col(Access.item_id).is_(None))
    return [query.where(col(Access.item_id).in_(items)), whole]


def _card(session: Session, actor: Actor, number: str) -> tuple[UUID, int]:
    query = (
        select(CardItem.id, Order.serial)
        .join(Order, col(Order.id) == col(CardItem.order_id))
        .where(tenancy.within(actor, CardItem.account_id))
    )
    try:
        serial, position = parse_item_code(number)
    except NotFound:
        query = query.join(Card, col(Card.item_id) == col(CardItem.id)).where(Card.number == number.upper())
    else:
        query = query.where(Order.serial == serial, CardItem.position == position)
    found = session.exec(query.limit(1)).first()
    if found is None:
        raise NotFound(Message("There is no order or card with this number."))
    return found


def _narrowed(query: SelectOfScalar[Access], wanted: Wanted) -> SelectOfScalar[Access]:
    if wanted.who:
        query = query.where(Access.actor_id == _id(wanted.who))
    if wanted.act in set(AccessAct):
        query = query.where(Access.act == wanted.act)
    if wanted.purpose:
        query = query.where(Access.purpose == wanted.purpose)
    since, until = _day(wanted.since), _day(wanted.until)
    if since:
        query = query.where(col(Access.at) >= since)
    if until:
        query = query.where(col(Access.at) < until + timedelta(days=1))
    return query


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)  # nobody: what the address asks for is not there


def _day(text: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(text), time.min, ZONE) if text else None
    except ValueError:
        return None


def _rows(session: Session, actor: Actor, found: Sequence[Access]) -> list[AccessRow]:
    names = colleagues(session, actor, {row.actor_id for row in found if row.actor_id is not None})
    codes = _positions(session, actor, [row.item_id for row in found if row.item_id is not None])
    return [_row(row, names, codes) for row in found]


def _positions(session: Session, actor: Actor, item_ids: Sequence[UUID]) -> dict[UUID, int]:
    query = select(CardItem.id, CardItem.position).where(
        tenancy.within(actor, CardItem.account_id), col(CardItem.id).in_(item_ids)
    )
    return dict(session.exec(query).all()) if item_ids else {}


def _row(row: Access, names: dict[UUID, str], positions: dict[Any, int]) -> AccessRow:
    return AccessRow(
        id=str(row.id),
        at=row.at.isoformat(),
        who=names.get(row.actor_id, "") if row.actor_id else "",
        role=row.actor_role,
        session=row.session_ref,
        act=row.act,
        purpose=row.purpose,
        order="" if row.act == AccessAct.FILE else row.subject,
        file=row.subject if row.act == AccessAct.FILE else "",
        card=f"{row.subject}-{positions[row.item_id]}" if row.item_id in positions else "",
        persons=row.persons,
        fields=tuple(row.fields),
    )
