"""A draft order on its way to being ordered: looking at it, describing it, throwing it away."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, Invalid
from nexus_portal.domain.fields import FieldDefinition, FieldType, Problem
from nexus_portal.domain.lifecycles import EDITABLE, Fulfilment, Stage
from nexus_portal.domain.numbers import order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.imports import Import
from nexus_portal.models.orders import CardItem, Order, OrderLine, Transition
from nexus_portal.models.privacy import DataCopy
from nexus_portal.services import (
    cart,
    draft_files,
    draft_orders,
    draft_rows,
    draft_visits,
    file_marks,
    holder_links,
    import_progress,
    import_queue,
    order_details,
    order_words,
    progress,
    tenancy,
    vault_people,
)
from nexus_portal.services.cart import CartLine
from nexus_portal.services.draft_files import DraftFile, Files, Place
from nexus_portal.services.import_progress import ImportRow
from nexus_portal.services.keyset import Page
from nexus_portal.services.layouts import LayoutRow
from nexus_portal.services.order_details import Returned
from nexus_portal.services.use_case import use_case

TO_MEND = "problems"
_LONGEST: Mapping[str, int] = {"reference": 120, "cost_centre": 60, "delivery_address": 400}


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRow:
    """One card item of a draft. `values` by field key are empty for those who may not see the person."""

    item_id: str
    position: int
    source_row: int
    place: Place
    ready: bool
    has_photo: bool
    layout: LayoutRow = field(repr=False)
    problems: tuple[Problem, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    version: str = ""
    """Names what the row holds; a form gives it back as what it `saw`."""
    protected: bool = False
    """The identity of the person is to be protected, or is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftView:
    """A draft with a page of its rows. `shown` says whether their persons are.

    `layouts` are those of its cards, `price` is that of all its lines in öre without VAT. Rows that are not
    ready wait for their holder, were answered by them and are to be looked over, or are to be mended.
    """

    number: str
    fulfilment: str
    reason: str
    returned: Returned | None
    reference: str
    cost_centre: str
    delivery_address: str
    layouts: tuple[LayoutRow, ...]
    lines: tuple[CartLine, ...]
    total: int
    pieces: int
    ready: int
    waiting: int
    answered: int
    price: int
    own: bool
    shown: bool
    files: tuple[DraftFile, ...]
    rows: Page[DraftRow]
    reading: ImportRow | None

    @property
    def to_mend(self) -> int:
        """How many rows have something wrong that is the orderer's to put right."""
        return self.total - self.ready - self.waiting - self.answered


@use_case(Permission.ORDERS_READ)
def draft(session: Session, actor: Actor, *, number: str, show: str = "", cursor: str = "") -> DraftView:
    """A draft or rejected order with 50 of its rows; `show="problems"` shows those to mend alone.

    Its persons are shown to the person who began it, if they may read persons; the showing is logged.

    Raises:
        NotFound: no such order in the actor's account.
        Conflict: it is on its way already.
    """
    order = order_details.find(session, actor, number)
    if order.fulfilment not in EDITABLE:
        raise Conflict(Message("The order is on its way and cannot be changed any more."))
    layouts = draft_orders.layouts_of(session, actor, order)
    lines = cart.lines(session, actor, order)
    counts, waiting = _counts(session, actor, order)
    own = order.orderer_id == actor.user_id
    shown = own and actor.may(Permission.PERSONS_READ)
    page = _page(session, actor, order, show, cursor)
    files = draft_files.files_of(session, actor, order)
    return DraftView(
        number=order_number(order.serial),
        fulfilment=order.fulfilment,
        reason=order.reason,
        returned=order_details.returned(session, actor, order),
        reference=order.reference,
        cost_centre=order.cost_centre,
        delivery_address=order.delivery_address,
        layouts=tuple(layouts.values()),
        lines=lines,
        total=counts.total(),
        pieces=order.pieces,
        ready=counts[Stage.READY],
        waiting=waiting,
        answered=counts[Stage.IN_REVIEW],
        price=cart.price_of(lines),
        own=own,
        shown=shown,
        files=files.files,
        rows=page.of(_rows(session, actor, page.rows, layouts, files, shown=shown)),
        reading=import_progress.of_order(session, actor, order.id),
    )


@use_case(Permission.ORDERS_CREATE)
def draft_row(session: Session, actor: Actor, *, item_id: UUID) -> DraftRow:
    """One row of the actor's own draft with all its values, to be mended; the showing is logged.

    Raises:
        NotFound: no such row in the actor's account.
        NotAllowed: it is a colleague's.
        Conflict: the order is on its way already.
    """
    order, item = draft_orders.of_item(session, actor, item_id)
    layout = draft_orders.layout_of_item(session, actor, item)
    files = draft_files.files_of(session, actor, order)
    row = _rows(session, actor, [item], {item.layout_id: layout}, files, shown=True)[0]
    return replace(row, version=draft_rows.version(item_id, typed_values(layout, row.values)))


@use_case(Permission.ORDERS_CREATE)
def describe(
    session: Session,
    actor: Actor,
    *,
    number: str,
    reference: str | None = None,
    cost_centre: str | None = None,
    delivery_address: str | None = None,
    seen: Mapping[str, str] | None = None,
) -> None:
    """Say what the order is for, who pays, where it goes. No place for names: these texts are kept for years.

    What is None stays. Colleagues who order may do so too: no person is in it. `seen` holds the texts that
    the page showed; what somebody else has changed since is not written over.

    Raises:
        NotFound: no such order in the actor's account.
        Invalid: a text is too long.
        Conflict: somebody else changed one of these texts meanwhile, or the order is on its way already.
    """
    order = draft_orders.shared(session, actor, number)
    texts = {"reference": reference, "cost_centre": cost_centre, "delivery_address": delivery_address}
    given = {name: text.strip() for name, text in texts.items() if text is not None}
    for name, text in given.items():
        if len(text) > _LONGEST[name]:
            raise Invalid(
                Message("One of the texts is too long: {limit} characters fit.", limit=_LONGEST[name])
            )
    changed = {name: text for name, text in given.items() if getattr(order, name) != text}
    if any(getattr(order, name) != (seen or {}).get(name, getattr(order, name)) for name in changed):
        raise Conflict(
            Message("Somebody else changed this meanwhile. What you typed is kept here; nothing is lost.")
        )
    if changed:
        progress.describe(session, actor, order, changed)
        draft_orders.record(session, actor, "draft:described", order, fields=sorted(changed))


@use_case(Permission.ORDERS_CREATE)
def discard_draft(session: Session, actor: Actor, *, number: str) -> None:
    """Throw a draft away with everything that is known of its persons. Its number is not given again.

    Raises:
        Conflict: it was ordered already; such an order is cancelled instead.
    """
    order = draft_orders.editable(session, actor, number)
    if order.fulfilment != Fulfilment.DRAFT:
        raise Conflict(Message("This order was sent already. Cancel it instead."))
    items = session.exec(tenancy.rows_of(actor, CardItem).where(CardItem.order_id == order.id)).all()
    draft_rows.take_away(session, actor, order, items)
    draft_visits.forget(session, order)
    draft_orders.record(session, actor, "draft:discarded", order, cards=len(items))
    import_queue.forget_of_order(session, order.id)
    file_marks.forget_of_order(session, order.id)
    order_words.forget(session, order)
    for table in (DataCopy, Import, Transition, OrderLine):
        session.exec(delete(table).where(col(table.order_id) == order.id))
    session.exec(delete(Order).where(col(Order.id) == order.id))


def _counts(session: Session, actor: Actor, order: Order) -> tuple[Counter[str], int]:
    """The rows of a draft by stage, and how many of them wait for their holder."""
    query = (
        select(CardItem.stage, func.count(), func.count().filter(holder_links.waiting()))
        .where(
            tenancy.within(actor, CardItem.account_id),
            CardItem.order_id == order.id,
            col(CardItem.stage).in_(draft_orders.LIVE),
        )
        .group_by(col(CardItem.stage))
    )
    found = session.exec(query).all()
    return Counter({stage: count for stage, count, _ in found}), sum(waiting for _, _, waiting in found)


def _page(session: Session, actor: Actor, order: Order, show: str, cursor: str) -> Page[CardItem]:
    query = tenancy.rows_of(actor, CardItem).where(CardItem.order_id == order.id)
    if show == TO_MEND:
        query = query.where(CardItem.stage == Stage.COLLECTING, ~holder_links.waiting())
    else:
        query = query.where(col(CardItem.stage).in_(draft_orders.LIVE))
    return order_details.IN_ORDER.page(session, [query], cursor)


def _rows(
    session: Session,
    actor: Actor,
    items: Sequence[CardItem],
    layouts: Mapping[UUID, LayoutRow],
    files: Files,
    *,
    shown: bool,
) -> list[DraftRow]:
    ids = [item.id for item in items]
    persons: dict[UUID, Mapping[str, str]] = {}
    if shown and ids:
        revealed = vault_people.reveal(session, actor, item_ids=ids, purpose="draft order")
        persons = {person.item_id: person.values for person in revealed}
    photos, protected = draft_rows.marks(session, actor, ids)
    return [
        DraftRow(
            item_id=str(item.id),
            position=item.position,
            source_row=item.source_row or item.position,
            place=files.place(item),
            ready=item.stage == Stage.READY,
            has_photo=item.id in photos,
            layout=layouts[item.layout_id],
            problems=tuple(files.told(item, problem) for problem in draft_rows.kept_problems(item)),
            values=persons.get(item.id, {}),
            protected=item.id in protected,
        )
        for item in items
    ]


def typed_values(layout: LayoutRow, values: Mapping[str, str]) -> dict[str, str]:
    """The values of the fields that are typed."""
    return {each.key: values.get(each.key, "") for each in text_fields(layout)}


def text_fields(layout: LayoutRow) -> tuple[FieldDefinition, ...]:
    """The fields that are typed: all but the photo."""
    return tuple(each for each in layout.fields if each.type is not FieldType.PHOTO)
