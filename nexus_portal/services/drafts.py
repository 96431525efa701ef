"""A draft order on its way to being ordered: looking at it, describing it, throwing it away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, Invalid
from nexus_portal.domain.fields import FieldDefinition, Problem
from nexus_portal.domain.lifecycles import EDITABLE, Fulfilment, Stage
from nexus_portal.domain.numbers import order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.imports import Import
from nexus_portal.models.orders import CardItem, Order, OrderLine, Transition
from nexus_portal.services import (
    draft_orders,
    draft_rows,
    import_progress,
    order_details,
    order_words,
    tenancy,
    vault_people,
)
from nexus_portal.services.import_progress import ImportRow
from nexus_portal.services.keyset import Page
from nexus_portal.services.layouts import LayoutRow
from nexus_portal.services.use_case import use_case

TO_MEND = "problems"
_LONGEST: Mapping[str, int] = {"reference": 120, "cost_centre": 60, "delivery_address": 400}


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRow:
    """One card item of a draft. `values` by field key are empty for those who may not see the person."""

    item_id: str
    position: int
    source_row: int
    ready: bool
    has_photo: bool
    layout: LayoutRow = field(repr=False)
    problems: tuple[Problem, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftView:
    """A draft with a page of its rows. `price` is one card's, in öre; `shown` says whether persons are."""

    number: str
    fulfilment: str
    reason: str
    reference: str
    cost_centre: str
    delivery_address: str
    layout: LayoutRow
    total: int
    ready: int
    price: int
    own: bool
    shown: bool
    rows: Page[DraftRow]
    reading: ImportRow | None

    @property
    def to_mend(self) -> int:
        """How many rows still have something wrong."""
        return self.total - self.ready


@use_case(Permission.ORDERS_READ)
def draft(session: Session, actor: Actor, *, number: str, show: str = "", cursor: str = "") -> DraftView:
    """A draft or rejected order with 50 of its rows; `show="problems"` leaves out the ready ones.

    Its persons are shown to the person who began it, if they may read persons; the showing is logged.

    Raises:
        NotFound: no such order in the actor's account.
        Conflict: it is on its way already.
    """
    order = order_details.find(session, actor, number)
    if order.fulfilment not in EDITABLE:
        raise Conflict(Message("The order is on its way and cannot be changed any more."))
    layout = draft_orders.layout_of(session, actor, order)
    counts = _counts(session, actor, order)
    own = order.orderer_id == actor.user_id
    shown = own and actor.may(Permission.PERSONS_READ)
    page = _page(session, actor, order, show, cursor)
    return DraftView(
        number=order_number(order.serial),
        fulfilment=order.fulfilment,
        reason=order.reason,
        reference=order.reference,
        cost_centre=order.cost_centre,
        delivery_address=order.delivery_address,
        layout=layout,
        total=sum(counts.values()),
        ready=counts.get(Stage.READY, 0),
        price=layout.price,
        own=own,
        shown=shown,
        rows=page.of(_rows(session, actor, page.rows, layout, shown=shown)),
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
    layout = draft_orders.layout_of(session, actor, order)
    return _rows(session, actor, [item], layout, shown=True)[0]


@use_case(Permission.ORDERS_CREATE)
def describe(
    session: Session,
    actor: Actor,
    *,
    number: str,
    reference: str,
    cost_centre: str,
    delivery_address: str,
) -> None:
    """Say what the order is for, who pays, where it goes. No place for names: these texts are kept for years.

    Raises:
        Invalid: a text is too long.
    """
    order = draft_orders.editable(session, actor, number)
    given = {"reference": reference, "cost_centre": cost_centre, "delivery_address": delivery_address}
    for name, text in given.items():
        if len(text.strip()) > _LONGEST[name]:
            raise Invalid(
                Message("One of the texts is too long: {limit} characters fit.", limit=_LONGEST[name])
            )
    changed = {name: text.strip() for name, text in given.items() if getattr(order, name) != text.strip()}
    for name, text in changed.items():
        setattr(order, name, text)
    if changed:
        session.add(order)
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
    draft_orders.record(session, actor, "draft:discarded", order, cards=len(items))
    order_words.forget(session, order)
    for table in (Import, Transition, OrderLine):
        session.exec(delete(table).where(col(table.order_id) == order.id))
    session.exec(delete(Order).where(col(Order.id) == order.id))


def _counts(session: Session, actor: Actor, order: Order) -> Mapping[str, int]:
    query = (
        select(CardItem.stage, func.count())
        .where(
            tenancy.within(actor, CardItem.account_id),
            CardItem.order_id == order.id,
            col(CardItem.stage).in_(draft_orders.LIVE),
        )
        .group_by(col(CardItem.stage))
    )
    return dict(session.exec(query).all())


def _page(session: Session, actor: Actor, order: Order, show: str, cursor: str) -> Page[CardItem]:
    stages = (Stage.COLLECTING, Stage.IN_REVIEW) if show == TO_MEND else draft_orders.LIVE
    query = tenancy.rows_of(actor, CardItem).where(
        CardItem.order_id == order.id, col(CardItem.stage).in_(stages)
    )
    return order_details.IN_ORDER.page(session, [query], cursor)


def _rows(
    session: Session, actor: Actor, items: Sequence[CardItem], layout: LayoutRow, *, shown: bool
) -> list[DraftRow]:
    ids = [item.id for item in items]
    persons: dict[UUID, Mapping[str, str]] = {}
    if shown and ids:
        revealed = vault_people.reveal(session, actor, item_ids=ids, purpose="draft order")
        persons = {person.item_id: person.values for person in revealed}
    photos = draft_rows.with_photo(session, ids)
    return [
        DraftRow(
            item_id=str(item.id),
            position=item.position,
            source_row=item.source_row or item.position,
            ready=item.stage == Stage.READY,
            has_photo=item.id in photos,
            layout=layout,
            problems=draft_rows.kept_problems(item),
            values=persons.get(item.id, {}),
        )
        for item in items
    ]


def text_fields(layout: LayoutRow) -> tuple[FieldDefinition, ...]:
    """The fields that are typed: all but the photo."""
    return tuple(each for each in layout.fields if each is not layout.photo_field)
