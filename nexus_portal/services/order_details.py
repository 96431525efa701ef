"""One order as its account sees it: where it is, what is in it, its documents. No persons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import NotAllowed
from nexus_portal.domain.lifecycles import CANCELLABLE, EDITABLE, Fulfilment, Pieces, given_back_inside
from nexus_portal.domain.numbers import order_number, parse_order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.billing import Invoice
from nexus_portal.models.layouts import Article, Layout
from nexus_portal.models.orders import CardItem, Order, OrderLine, Transition
from nexus_portal.models.people import Membership, User
from nexus_portal.models.shipping import Shipment
from nexus_portal.services import audit, progress, tenancy
from nexus_portal.services.keyset import Keyset, whole
from nexus_portal.services.use_case import use_case


@dataclass(frozen=True, slots=True)
class LineRow:
    """One article in one layout; money in öre without VAT."""

    article: str
    layout: str
    quantity: int
    unit_price: int


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A paper about the order and where it is downloaded; `note` is the parcel's tracking number.

    `kind` is `confirmation`, `shipment`, `invoice` or `credit`; `at` is ISO.
    """

    kind: str
    number: str
    at: str
    note: str
    href: str


@dataclass(frozen=True, slots=True)
class MoveRow:
    """One move of the order. `who` is a colleague's name, or the role of somebody at the bureau."""

    axis: str
    end: str
    at: str
    who: str
    role: str
    reason: str


@dataclass(frozen=True, slots=True)
class OwnMoves:
    """The moves of an order itself, oldest first, and the names of the colleagues among who made them."""

    rows: Sequence[Transition]
    names: Mapping[UUID, str]

    def who(self, move: Transition) -> str:
        """A colleague's name; nothing of the bureau's staff and of what went by itself."""
        return self.names.get(move.actor_id, "") if move.actor_id else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDetails:
    """Everything about one order but its card items and persons."""

    id: str
    number: str
    reference: str
    cost_centre: str
    delivery_address: str
    ordered_by: str
    own: bool
    fulfilment: str
    billing: str
    personal_data: str
    held: bool
    reason: str
    cards: int
    produced: int
    shipped: int
    delivered: int
    pieces: Pieces
    promised: str
    total: int
    editable: bool
    cancellable: bool
    lines: tuple[LineRow, ...]
    documents: tuple[DocumentRow, ...]
    moves: tuple[MoveRow, ...]


@dataclass(frozen=True, slots=True)
class Returned:
    """Who gave an order back: the bureau, or an approver of the account, by name while they belong to it."""

    by_bureau: bool
    who: str = ""


IN_ORDER = Keyset[CardItem]((CardItem.position,), lambda item: (item.position,), (whole,))


@use_case(Permission.ORDERS_READ, reads=True)
def details(session: Session, actor: Actor, *, number: str) -> OrderDetails:
    """One order of the actor's account.

    Raises:
        NotFound: no such order there.
    """
    order = find(session, actor, number)
    return details_of(session, actor, order, moves_of(session, actor, order))


def details_of(session: Session, actor: Actor, order: Order, moves: OwnMoves) -> OrderDetails:
    """The same of an order that the actor was found to see, and whose moves are read."""
    lines = lines_of(session, actor, order)
    return OrderDetails(
        id=str(order.id),
        number=order_number(order.serial),
        reference=order.reference,
        cost_centre=order.cost_centre,
        delivery_address=order.delivery_address,
        ordered_by=session.get_one(User, order.orderer_id).name,
        own=order.orderer_id == actor.user_id,
        fulfilment=order.fulfilment,
        billing=order.billing,
        personal_data=order.personal_data,
        held=order.held,
        reason=order.reason,
        cards=order.cards,
        produced=order.produced,
        shipped=order.shipped,
        delivered=order.delivered,
        pieces=Pieces(order.pieces, order.pieces_packed, order.pieces_shipped, order.pieces_delivered),
        promised=order.promised.isoformat() if order.promised else "",
        total=sum(line.quantity * line.unit_price for line in lines),
        editable=order.fulfilment in EDITABLE,
        cancellable=order.fulfilment in CANCELLABLE,
        lines=tuple(lines),
        documents=tuple(_documents(session, actor, order)),
        moves=tuple(
            MoveRow(move.axis, move.end, move.at.isoformat(), moves.who(move), move.actor_role, move.reason)
            for move in moves.rows
        ),
    )


@use_case(Permission.ORDERS_CREATE)
def cancel(session: Session, actor: Actor, *, number: str) -> None:
    """Cancel an order that the bureau has not accepted.

    Raises:
        NotFound: no such order in the actor's account.
        NotAllowed: it is a colleague's, who has not sent it yet.
        Conflict: the bureau has accepted it.
    """
    order = find(session, actor, number, lock=True)
    if order.fulfilment in EDITABLE and order.orderer_id != actor.user_id:
        raise NotAllowed(
            Message("This order is a colleague’s. Only the person who began it sees and changes its persons.")
        )
    progress.move_order(session, actor, order, Fulfilment.CANCELLED)
    audit.record(session, actor, "order:cancelled", subject=number, account_id=order.account_id)


def find(session: Session, actor: Actor, number: str, *, lock: bool = False) -> Order:
    """The order with this number among those that the actor may see.

    Raises:
        NotFound: there is none.
    """
    query = tenancy.rows_of(actor, Order).where(Order.serial == parse_order_number(number))
    return tenancy.one(session, query, lock=lock)


def lines_of(session: Session, actor: Actor, order: Order) -> Sequence[LineRow]:
    """The lines of an order that the actor was found to see."""
    query = (
        select(OrderLine, Article.name, Layout.name)
        .join(Article, col(Article.id) == col(OrderLine.article_id))
        .join(Layout, col(Layout.id) == col(OrderLine.layout_id), isouter=True)
        .where(tenancy.within(actor, OrderLine.account_id), OrderLine.order_id == order.id)
        .order_by(col(OrderLine.id))
    )
    return [
        LineRow(article, layout or "", line.quantity, line.unit_price)
        for line, article, layout in session.exec(query)
    ]


def layouts_of(session: Session, actor: Actor, order: Order) -> dict[UUID, Layout]:
    """The layouts that the lines of an order name, as far as the actor sees them, by id."""
    named = select(OrderLine.layout_id).where(
        tenancy.within(actor, OrderLine.account_id), OrderLine.order_id == order.id
    )
    query = tenancy.rows_of(actor, Layout).where(col(Layout.id).in_(named))
    return {layout.id: layout for layout in session.exec(query)}


def returned(session: Session, actor: Actor, order: Order) -> Returned | None:
    """Who gave a rejected order back; nothing where it is none."""
    if order.fulfilment != Fulfilment.REJECTED:
        return None
    query = tenancy.rows_of(actor, Transition).where(
        Transition.order_id == order.id,
        col(Transition.item_id).is_(None),
        Transition.end == Fulfilment.REJECTED,
    )
    move = session.exec(query.order_by(col(Transition.id).desc()).limit(1)).first()
    if move is None or not given_back_inside(move.start):
        return Returned(by_bureau=True)
    names = colleagues(session, actor, {move.actor_id} if move.actor_id else set())
    return Returned(by_bureau=False, who=names.get(move.actor_id, "") if move.actor_id else "")


def _documents(session: Session, actor: Actor, order: Order) -> Sequence[DocumentRow]:
    number = order_number(order.serial)
    invoices = tenancy.rows_of(actor, Invoice).where(Invoice.order_id == order.id).order_by(col(Invoice.id))
    shipments = tenancy.rows_of(actor, Shipment).where(Shipment.order_id == order.id)
    confirmed = order.submitted_at is not None and order.fulfilment not in EDITABLE
    return [
        *(
            [_paper("confirmation", number, order.submitted_at, f"orders/{number}")]
            if confirmed and order.submitted_at
            else []
        ),
        *(
            _paper("shipment", row.number, row.shipped_at or row.packed_at, f"shipments/{row.number}", row)
            for row in session.exec(shipments.order_by(col(Shipment.packed_at)))
        ),
        *(
            _paper(
                "credit" if row.total < 0 else "invoice", row.number, row.issued_at, f"invoices/{row.number}"
            )
            for row in session.exec(invoices)
        ),
    ]


def _paper(kind: str, number: str, at: datetime, path: str, parcel: Shipment | None = None) -> DocumentRow:
    note = f"{parcel.carrier} {parcel.tracking}".strip() if parcel else ""
    return DocumentRow(kind, number, at.isoformat(), note, f"/documents/{path}.pdf")


def moves_of(session: Session, actor: Actor, order: Order) -> OwnMoves:
    """The moves of an order that the actor was found to see."""
    query = (
        tenancy.rows_of(actor, Transition)
        .where(Transition.order_id == order.id, col(Transition.item_id).is_(None))
        .order_by(col(Transition.id))
    )
    moves = session.exec(query).all()
    return OwnMoves(
        moves, colleagues(session, actor, {move.actor_id for move in moves if move.actor_id is not None})
    )


def colleagues(session: Session, actor: Actor, user_ids: set[UUID]) -> dict[UUID, str]:
    """Names of people in the reader's own account: the bureau's staff are known by role only."""
    query = (
        select(User.id, User.name)
        .join(Membership, col(Membership.user_id) == col(User.id))
        .where(tenancy.within(actor, Membership.account_id), col(User.id).in_(user_ids))
    )
    return dict(session.exec(query).all()) if user_ids else {}
