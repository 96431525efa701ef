"""What closing an account would take away, and what stands in its way: the dry run, and the last check."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.lifecycles import EDITABLE, Billing, Fulfilment
from nexus_portal.domain.numbers import order_number
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account
from nexus_portal.models.cards import Card
from nexus_portal.models.files import FileCredential, FileDrop
from nexus_portal.models.imports import Import, ImportState
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.people import Invitation, Membership
from nexus_portal.models.privacy import Hold
from nexus_portal.models.sessions import BrowserSession
from nexus_portal.models.vault import HolderRecord, Photo
from nexus_portal.services import tenancy

NAMED = 10
"""So many orders are named one by one; the rest are counted."""
_OVER = (Fulfilment.DELIVERED, Fulfilment.CLOSED, Fulfilment.CANCELLED, *EDITABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Counts of what goes, and of the orders that stay without their persons."""

    orders: int
    cards: int
    """Of the register."""
    card_items: int
    persons: int
    photos: int
    files: int
    """In the folders of the file server, and of imports that are still being read."""
    credentials: int
    """Of the file server."""
    people: int
    """Who sign in."""
    sessions: int
    invitations: int

    def to_json(self) -> dict[str, int]:
        """As it is kept with the closing."""
        return asdict(self)


def of_json(stored: Mapping[str, Any]) -> Forecast | None:
    """The forecast that `to_json` wrote, if there is one."""
    return Forecast(**stored) if stored else None


def forecast(session: Session, actor: Actor, account_id: UUID) -> Forecast:
    """What there is of an account now, in one statement."""

    def of(table: Any, *more: Any) -> Select[Any]:
        own = (tenancy.within(actor, table.account_id), table.account_id == account_id)
        return columns(func.count()).select_from(table).where(*own, *more)

    alive = col(BrowserSession.ended_at).is_(None) & (col(BrowserSession.expires_at) > clock.now())
    sessions = (
        columns(func.count())
        .select_from(BrowserSession)
        .join(Membership, col(Membership.id) == col(BrowserSession.membership_id))
        .where(tenancy.within(actor, Membership.account_id), col(Membership.account_id) == account_id, alive)
    )
    open_invitation = col(Invitation.used_at).is_(None) & col(Invitation.withdrawn_at).is_(None)
    counts = {
        "orders": of(Order),
        "cards": of(Card),
        "card_items": of(CardItem),
        "persons": of(HolderRecord),
        "photos": of(Photo),
        "files": columns(
            of(FileDrop, col(FileDrop.deleted_at).is_(None)).scalar_subquery()
            + of(Import, col(Import.state) == ImportState.READING).scalar_subquery()
        ),
        "credentials": of(FileCredential, col(FileCredential.revoked_at).is_(None)),
        "people": of(Membership, col(Membership.active).is_(True)),
        "sessions": sessions,
        "invitations": of(Invitation, open_invitation),
    }
    row = session.connection().execute(columns(*(each.scalar_subquery() for each in counts.values()))).one()
    return Forecast(**dict(zip(counts, row, strict=True)))


def obstacles(session: Session, actor: Actor, account: Account) -> tuple[Message, ...]:
    """What keeps an account from being closed, each by its name; nothing when it may be closed."""
    unfinished = ~col(Order.fulfilment).in_(_OVER)
    unbilled = col(Order.fulfilment).in_((Fulfilment.DELIVERED, Fulfilment.CLOSED)) & (
        col(Order.billing) == Billing.UNBILLED
    )
    held = tenancy.rows_of(actor, Hold).where(Hold.account_id == account.id, col(Hold.lifted_at).is_(None))
    holds = len(session.exec(held).all())
    found = [
        *_orders(session, actor, account.id, unfinished, _unfinished),
        *_orders(session, actor, account.id, unbilled, _unbilled),
    ]
    if holds:
        found.append(Message("Holds that are not lifted: {count}.", count=holds))
    return tuple(found)


def _unfinished(number: str) -> Message:
    return Message("Order {number} is not finished.", number=number)


def _unbilled(number: str) -> Message:
    return Message("Order {number} is not invoiced.", number=number)


def _orders(
    session: Session,
    actor: Actor,
    account_id: UUID,
    condition: ColumnElement[bool],
    named: Callable[[str], Message],
) -> list[Message]:
    own = tenancy.within(actor, Order.account_id) & (col(Order.account_id) == account_id)
    query = select(Order.serial).where(own, condition).order_by(col(Order.serial)).limit(NAMED + 1)
    serials = session.exec(query).all()
    found = [named(order_number(serial)) for serial in serials[:NAMED]]
    if len(serials) <= NAMED:
        return found
    count = session.exec(select(func.count()).select_from(Order).where(own, condition)).one()
    return [*found, Message("… and {count} more orders.", count=count - NAMED)]
