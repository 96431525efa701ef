"""What card holders have sent: looked over, taken, or sent back with a reason, by whoever asked them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Text, case, cast, func
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, Invalid
from nexus_portal.domain.fields import ProblemCode
from nexus_portal.domain.holder_contact import CONTACT
from nexus_portal.domain.lifecycles import Stage
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.holder_links import HolderLink
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.services import (
    draft_orders,
    draft_rows,
    holder_links,
    holder_mails,
    order_details,
    progress,
    tenancy,
    vault_contacts,
    vault_people,
)
from nexus_portal.services.holder_asking import REMIND_AFTER
from nexus_portal.services.keyset import Keyset, Page, whole
from nexus_portal.services.use_case import use_case

SHOWN = 50
LONGEST_REASON = 400
WAITING, ENDED, ANSWERED = "waiting", "ended", "answered"
_TWICE = "twice"
ANSWERED_FIRST = Keyset[CardItem](
    (case((col(CardItem.stage) == Stage.IN_REVIEW, 0), else_=1), CardItem.position),
    lambda item: (0 if item.stage == Stage.IN_REVIEW else 1, item.position),
    (whole, whole),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedRow:
    """One row whose holder was asked. Times are ISO 8601; `contact` is empty for those who may not see it."""

    item_id: str
    row: int
    state: str
    asked_at: str
    reminded_at: str
    ends_at: str
    answered_at: str
    has_address: bool
    may_remind: bool
    twice: bool
    """The person is on another card of the account."""
    contact: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedView:
    """A page of the rows of a draft whose holders were asked, those who answered first; and counts of all.

    `complete` of those that were `answered` can be taken unseen; nobody answers by a link that `ended`.
    """

    rows: Page[AskedRow]
    waiting: int
    answered: int
    complete: int
    ended: int
    own: bool


@use_case(Permission.ORDERS_READ)
def asked(session: Session, actor: Actor, *, number: str, cursor: str = "") -> AskedView:
    """Where the asked holders of a draft have come to, 50 a page; a page that has emptied begins anew.

    Whoever asked sees their addresses; that is logged.

    Raises:
        NotFound: no such order in the actor's account.
    """
    order = order_details.find(session, actor, number)
    counts = _counts(session, actor, order)
    page: Page[CardItem] = _page(session, actor, order, cursor) if counts.total() else Page(())
    items = page.rows
    links = _newest(session, actor, [item.id for item in items])
    own = order.orderer_id == actor.user_id
    shown = own and actor.may(Permission.PERSONS_READ)
    contacts = _contacts(session, actor, items if shown else ())
    records = vault_contacts.records_of(session, actor, [item.id for item in items])
    return AskedView(
        rows=page.of(
            [
                _row(
                    item,
                    links[item.id],
                    contacts,
                    reachable=vault_contacts.has_address(records.get(item.id)),
                )
                for item in items
            ]
        ),
        waiting=counts[WAITING],
        answered=counts[ANSWERED],
        complete=counts[ANSWERED] - counts[_TWICE],
        ended=counts[ENDED],
        own=own,
    )


@use_case(Permission.ORDERS_CREATE)
def approve(session: Session, actor: Actor, *, item_id: UUID) -> None:
    """Take what a holder sent: the card is ready to be ordered, and the holder's address goes.

    Raises:
        NotFound: no such row in the actor's account.
        NotAllowed: it is a colleague's.
        Conflict: it awaits no review, or the order is on its way.
    """
    order, item = _answered(session, actor, item_id)
    _take(session, actor, order, [item])


@use_case(Permission.ORDERS_CREATE)
def approve_all(session: Session, actor: Actor, *, number: str) -> int:
    """Take everything with which nothing is wrong; gives how many. The others are looked at one by one.

    Raises:
        Invalid: there is nothing to take.
    """
    order = draft_orders.editable(session, actor, number)
    items = draft_orders.live_items(session, actor, order, Stage.IN_REVIEW)
    good = [item for item in items if not _is_twice(item)]
    if not good:
        raise Invalid(Message("There is no answer that can be taken unseen."))
    _take(session, actor, order, good)
    return len(good)


@use_case(Permission.ORDERS_CREATE)
def send_back(session: Session, actor: Actor, *, item_id: UUID, reason: str) -> bool:
    """Ask the holder again, by a new link that says why; the old one stays dead. True when a mail carries it.

    Raises:
        Invalid: no reason, or too long a one.
        Conflict: it awaits no review, or the order is on its way.
    """
    order, item = _answered(session, actor, item_id)
    words = " ".join(reason.split())
    if not 1 <= len(words) <= LONGEST_REASON:
        raise Invalid(
            Message("Say what should be changed, in at most {limit} characters.", limit=LONGEST_REASON)
        )
    old = _newest(session, actor, [item.id])[item.id]
    item.problems = [holder_links.ASKED.to_json()]
    session.add(item)
    session.flush()
    progress.move_items(session, actor, [item], Stage.COLLECTING)
    link = holder_links.make(
        session,
        item,
        by=draft_orders.own_user(actor),
        language=old.language,
        lifetime=max(old.expires_at - old.created_at, timedelta(days=1)),
        reason=words,
    )
    record = vault_contacts.records_of(session, actor, [item.id]).get(item.id)
    mailed = record is not None and vault_contacts.has_address(record)
    if record is not None and mailed:
        about = holder_mails.about(session, actor, item)
        holder_mails.post(session, link, record, holder_mails.returned, about)
    draft_orders.record(session, actor, "holder:returned", order, row=item.position)
    return mailed


def _take(session: Session, actor: Actor, order: Order, items: Sequence[CardItem]) -> None:
    for item in items:
        item.problems = None
        session.add(item)
    session.flush()
    progress.move_items(session, actor, items, Stage.READY)
    holder_links.close(session, actor, [item.id for item in items])
    rows = [str(item.position) for item in items]
    draft_orders.record(session, actor, "holders:approved", order, cards=len(items), rows=rows[:SHOWN])


def _answered(session: Session, actor: Actor, item_id: UUID) -> tuple[Order, CardItem]:
    order, item = draft_orders.of_item(session, actor, item_id)
    if item.stage != Stage.IN_REVIEW:
        raise Conflict(Message("This row awaits no review. Somebody may have been faster."))
    return order, item


def _counts(session: Session, actor: Actor, order: Order) -> Counter[str]:
    answered = col(CardItem.stage) == Stage.IN_REVIEW
    open_link = _has_link(holder_links.unused(), col(HolderLink.expires_at) > clock.now())
    found = (
        select(
            func.count().filter(answered),
            func.count().filter(answered, _said_twice()),
            func.count().filter(~answered, open_link),
            func.count().filter(~answered, ~open_link),
        )
        .select_from(CardItem)
        .where(tenancy.within(actor, CardItem.account_id), *_asked_in(order))
    )
    return Counter(dict(zip((ANSWERED, _TWICE, WAITING, ENDED), session.exec(found).one(), strict=True)))


def _page(session: Session, actor: Actor, order: Order, cursor: str) -> Page[CardItem]:
    query = tenancy.rows_of(actor, CardItem).where(*_asked_in(order))
    page = ANSWERED_FIRST.page(session, [query], cursor)
    return page if page.rows or not cursor else ANSWERED_FIRST.page(session, [query], "")


def _asked_in(order: Order) -> tuple[ColumnElement[bool], ...]:
    unready = col(CardItem.stage).in_((Stage.COLLECTING, Stage.IN_REVIEW))
    return (col(CardItem.order_id) == order.id, unready, _has_link())


def _said_twice() -> ColumnElement[bool]:
    said = func.coalesce(cast(col(CardItem.problems), Text), "")
    return said.contains(f'"{ProblemCode.DUPLICATE}"')


def _has_link(*which: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(HolderLink.id).where(HolderLink.item_id == CardItem.id, *which).exists()


def _newest(session: Session, actor: Actor, item_ids: Sequence[UUID]) -> dict[UUID, HolderLink]:
    query = tenancy.rows_of(actor, HolderLink).where(col(HolderLink.item_id).in_(item_ids))
    return {link.item_id: link for link in session.exec(query.order_by(col(HolderLink.id)))}


def _contacts(session: Session, actor: Actor, items: Sequence[CardItem]) -> Mapping[UUID, str]:
    ids = [item.id for item in items]
    revealed = vault_people.reveal(session, actor, item_ids=ids, purpose="asked card holders") if ids else ()
    return {person.item_id: person.values.get(CONTACT.key, "") for person in revealed}


def _row(item: CardItem, link: HolderLink, contacts: Mapping[UUID, str], *, reachable: bool) -> AskedRow:
    now = clock.now()
    over = link.ended_at is not None or link.submitted_at is not None or link.expires_at <= now
    state = ANSWERED if item.stage == Stage.IN_REVIEW else ENDED if over else WAITING
    last = max(link.created_at, link.reminded_at or link.created_at)
    return AskedRow(
        item_id=str(item.id),
        row=item.source_row or item.position,
        state=state,
        asked_at=link.created_at.isoformat(),
        reminded_at=link.reminded_at.isoformat() if link.reminded_at else "",
        ends_at=(link.ended_at or link.expires_at).isoformat(),
        answered_at=link.submitted_at.isoformat() if link.submitted_at else "",
        has_address=reachable,
        may_remind=state == WAITING and reachable and last <= now - REMIND_AFTER,
        twice=_is_twice(item),
        contact=contacts.get(item.id, ""),
    )


def _is_twice(item: CardItem) -> bool:
    return any(each.code is ProblemCode.DUPLICATE for each in draft_rows.kept_problems(item))
