"""The account's book of delivery addresses. Orders keep their own copy of what was chosen."""

from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col

from nexus_portal.adapters import clock, db
from nexus_portal.adapters.events import News
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid, NotFound
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account, DeliveryAddress
from nexus_portal.services import audit, draft_orders, tenancy
from nexus_portal.services.use_case import use_case

MOST = 200
LONGEST_NAME = 80
LONGEST_ADDRESS = 400


@dataclass(frozen=True, slots=True)
class AddressRow:
    """One address. The account's own stands first, without id and name: new orders begin with it."""

    id: str
    name: str
    address: str


@use_case(Permission.ORDERS_READ, reads=True)
def addresses(session: Session, actor: Actor) -> tuple[AddressRow, ...]:
    """The account's own address, if it has one, then those of the book by name."""
    account = tenancy.get(session, actor, Account, draft_orders.own_account(actor))
    own = (AddressRow("", "", account.delivery_address),) if account.delivery_address else ()
    rows = sorted(_book(session, actor), key=lambda row: (row.name.casefold(), row.id))
    return (*own, *(AddressRow(str(row.id), row.name, row.address) for row in rows))


@use_case(Permission.ORDERING_MANAGE)
def set_own_address(session: Session, actor: Actor, *, address: str) -> None:
    """Write down where new orders go unless their orderer chooses otherwise; empty for nowhere in particular.

    Raises:
        Invalid: it is too long.
    """
    text = address.strip()
    if len(text) > LONGEST_ADDRESS:
        raise Invalid(_too_long())
    account = tenancy.get(session, actor, Account, draft_orders.own_account(actor), lock=True)
    if account.delivery_address != text:
        account.delivery_address = text
        session.add(account)
        _changed(session, actor, account.id, "address:own_set")


@use_case(Permission.ORDERING_MANAGE)
def add_address(session: Session, actor: Actor, *, name: str, address: str) -> None:
    """Put an address into the book.

    Raises:
        Invalid: name or address is missing or too long, the name is taken, or the book is full.
    """
    account_id = draft_orders.own_account(actor)
    # Held, so that two at once neither take the same name nor overfill the book.
    tenancy.get(session, actor, Account, account_id, lock=True)
    book = _book(session, actor)
    if len(book) >= MOST:
        raise Invalid(Message("The book is full: {most} addresses fit. Remove one first.", most=MOST))
    name, address = _checked(book, name, address)
    row = DeliveryAddress(account_id=account_id, name=name, address=address, created_at=clock.now())
    session.add(row)
    _changed(session, actor, account_id, "address:added", str(row.id))


@use_case(Permission.ORDERING_MANAGE)
def change_address(session: Session, actor: Actor, *, address_id: UUID, name: str, address: str) -> None:
    """Change an address of the book. Orders that were begun with it keep what they have; see `add_address`.

    Raises:
        NotFound: the account's book has no such address.
    """
    tenancy.get(session, actor, Account, draft_orders.own_account(actor), lock=True)
    row = _row(session, actor, address_id)
    others = [each for each in _book(session, actor) if each.id != row.id]
    row.name, row.address = _checked(others, name, address)
    session.add(row)
    _changed(session, actor, row.account_id, "address:changed", str(row.id))


@use_case(Permission.ORDERING_MANAGE)
def remove_address(session: Session, actor: Actor, *, address_id: UUID) -> None:
    """Take an address out of the book. Orders that were begun with it keep what they have.

    Raises:
        NotFound: the account's book has no such address.
    """
    row = _row(session, actor, address_id)
    row.removed_at = clock.now()
    session.add(row)
    _changed(session, actor, row.account_id, "address:removed", str(row.id))


def _book(session: Session, actor: Actor) -> list[DeliveryAddress]:
    query = tenancy.rows_of(actor, DeliveryAddress).where(
        DeliveryAddress.account_id == draft_orders.own_account(actor),
        col(DeliveryAddress.removed_at).is_(None),
    )
    return list(session.exec(query))


def _row(session: Session, actor: Actor, address_id: UUID) -> DeliveryAddress:
    row = tenancy.get(session, actor, DeliveryAddress, address_id, lock=True)
    if row.removed_at is not None:
        raise NotFound
    return row


def _checked(others: list[DeliveryAddress], name: str, address: str) -> tuple[str, str]:
    name, address = " ".join(name.split()), address.strip()
    if not name or not address:
        raise Invalid(Message("Give the address a short name, and write where it is."))
    if len(name) > LONGEST_NAME or len(address) > LONGEST_ADDRESS:
        raise Invalid(_too_long())
    if any(each.name.casefold() == name.casefold() for each in others):
        raise Invalid(Message("There is an address with this name already."))
    return name, address


def _too_long() -> Message:
    return Message(
        "A name has at most {name} characters, an address {address}.",
        name=LONGEST_NAME,
        address=LONGEST_ADDRESS,
    )


def _changed(session: Session, actor: Actor, account_id: UUID, action: str, subject: str = "") -> None:
    audit.record(session, actor, action, subject=subject, account_id=account_id)
    db.announce(session, News(account_id, "ordering"))
