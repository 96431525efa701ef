"""The bureau's customers: who they are, how they stand, pausing and resuming. No card holder is in sight."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock, db
from nexus_portal.adapters.events import News
from nexus_portal.domain.account_status import AccountStatus
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, Invalid
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account, AccountKind
from nexus_portal.models.customers import Application
from nexus_portal.models.layouts import Layout
from nexus_portal.models.orders import Order
from nexus_portal.models.people import Invitation, Membership
from nexus_portal.services import account_prices, audit, outbox, tenancy
from nexus_portal.services.holders_of import people_who_may
from nexus_portal.services.keyset import Keyset, Page
from nexus_portal.services.use_case import use_case

TOPIC = "customers"
LONGEST_REASON = 400
_SAID = {
    AccountStatus.ACTIVE: "account:active",
    AccountStatus.PAUSED: "account:paused",
    AccountStatus.CLOSING: "account:closing",
}
BY_NUMBER: Keyset[Account] = Keyset(
    columns=(col(Account.number),), key=lambda row: (row.number,), read=(str,)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRow:
    """One customer in the list. Times are ISO 8601, empty where there is none."""

    number: str
    name: str
    status: str
    people: int
    last_order_at: str
    created_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRow:
    """An article, and whether and for how much this customer is offered it. Prices in öre without VAT."""

    id: str
    number: str
    name: str
    kind: str
    offered: bool
    price: int
    list_price: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerSheet:
    """One customer: everything that the bureau looks after, and nothing of any card holder."""

    row: CustomerRow
    reason: str
    """Why it is paused."""
    invited: int
    layouts: tuple[str, ...]
    articles: tuple[OfferRow, ...]
    address: str
    retention_policy: str
    retention_days: int
    application: str
    """Reference of the application that it began as, while that is kept."""


@use_case(Permission.CUSTOMERS_MANAGE, reads=True)
def customers(
    session: Session, actor: Actor, *, status: str = "", search: str = "", cursor: str = ""
) -> Page[CustomerRow]:
    """Customers by number, 50 a page. `search` is the beginning of a number, or a part of a name."""
    query = tenancy.rows_of(actor, Account).where(Account.kind == AccountKind.CUSTOMER)
    if status in set(AccountStatus):
        query = query.where(Account.status == status)
    wanted = search.strip()
    if wanted:
        named = func.lower(col(Account.name)).contains(wanted.lower(), autoescape=True)
        query = query.where(named | col(Account.number).startswith(wanted, autoescape=True))
    page = BY_NUMBER.page(session, [query], cursor)
    return page.of(_rows(session, actor, page.rows))


@use_case(Permission.CUSTOMERS_MANAGE, reads=True)
def customer(session: Session, actor: Actor, *, number: str) -> CustomerSheet:
    """One customer.

    Raises:
        NotFound: there is no such customer.
    """
    account = find(session, actor, number)
    layouts = tenancy.rows_of(actor, Layout).where(Layout.account_id == account.id, col(Layout.active))
    invited = (
        select(func.count())
        .select_from(Invitation)
        .where(
            tenancy.within(actor, Invitation.account_id),
            Invitation.account_id == account.id,
            col(Invitation.used_at).is_(None),
            col(Invitation.withdrawn_at).is_(None),
            col(Invitation.expires_at) > clock.now(),
        )
    )
    began = select(Application.reference).where(
        tenancy.within(actor, Application.bureau_id), Application.account_id == account.id
    )
    return CustomerSheet(
        row=_rows(session, actor, [account])[0],
        reason=account.status_reason,
        invited=session.exec(invited).one(),
        layouts=tuple(sorted({each.name for each in session.exec(layouts)})),
        articles=_offers(session, actor, account.id),
        address=account.delivery_address,
        retention_policy=account.retention_policy,
        retention_days=account.retention_days,
        application=session.exec(began).first() or "",
    )


@use_case(Permission.CUSTOMERS_MANAGE, step_up=True)
def pause(session: Session, actor: Actor, *, number: str, reason: str) -> None:
    """Stop ordering in an account: its people sign in, follow, see and remove as before, and are told why.

    Raises:
        NotFound: there is no such customer.
        Invalid: there is no reason, or it is too long.
        Conflict: it is not active.
    """
    account = find(session, actor, number, lock=True)
    why = " ".join(reason.split())
    if not 1 <= len(why) <= LONGEST_REASON:
        raise Invalid(
            Message("Say why, in at most {limit} characters: the customer reads it.", limit=LONGEST_REASON)
        )
    if account.status != AccountStatus.ACTIVE:
        raise Conflict
    stand(session, actor, account, AccountStatus.PAUSED, reason=why)
    _tell(
        session,
        account,
        Message("Ordering is paused for {account}", account=account.name),
        Message(
            "The card bureau has paused ordering for {account}:\n\n{reason}\n\nWhat is ordered goes on. You "
            "can sign in, follow your cards and remove personal data as before.",
            account=account.name,
            reason=why,
        ),
    )


@use_case(Permission.CUSTOMERS_MANAGE, step_up=True)
def resume(session: Session, actor: Actor, *, number: str) -> None:
    """Let a paused account order again.

    Raises:
        NotFound: there is no such customer.
        Conflict: it is not paused.
    """
    account = find(session, actor, number, lock=True)
    if account.status != AccountStatus.PAUSED:
        raise Conflict
    stand(session, actor, account, AccountStatus.ACTIVE)
    _tell(
        session,
        account,
        Message("{account} can order again", account=account.name),
        Message("The card bureau has resumed ordering for {account}.", account=account.name),
    )


def find(session: Session, actor: Actor, number: str, *, lock: bool = False) -> Account:
    """A customer by its number; for whoever holds the permission.

    Raises:
        NotFound: there is none.
    """
    query = tenancy.rows_of(actor, Account).where(
        Account.kind == AccountKind.CUSTOMER, Account.number == number.strip()
    )
    return tenancy.one(session, query, lock=lock)


def stand(
    session: Session, actor: Actor, account: Account, status: AccountStatus, *, reason: str = ""
) -> None:
    """Write down how an account stands from now on, which the caller holds; its open pages hear of it."""
    before = account.status
    account.status, account.status_reason, account.status_at = status, reason, clock.now()
    session.add(account)
    session.flush()
    audit.record(session, actor, _SAID[status], subject=account.number, account_id=account.id, before=before)
    for topic in (TOPIC, "session"):
        db.announce(session, News(account.id, topic, account.number))


def _tell(session: Session, account: Account, subject: Message, body: Message) -> None:
    for user in people_who_may(session, account.id, Permission.TEAM_MANAGE):
        outbox.post(
            session,
            to=user.email,
            language=user.language,
            subject=subject,
            body=body,
            account_id=account.id,
            kind="account",
        )


def _offers(session: Session, actor: Actor, account_id: UUID) -> tuple[OfferRow, ...]:
    found = account_prices.priced(session, actor, account_id).values()
    rows = (
        OfferRow(
            id=str(each.article.id),
            number=each.article.number,
            name=each.name,
            kind=each.article.kind,
            offered=each.offered,
            price=each.price,
            list_price=each.article.price,
        )
        for each in found
        if each.article.active
    )
    return tuple(sorted(rows, key=lambda row: (row.kind != "card", row.name.casefold())))


def _rows(session: Session, actor: Actor, accounts: Sequence[Account]) -> list[CustomerRow]:
    ids = [account.id for account in accounts]
    people = dict(
        session.exec(
            select(Membership.account_id, func.count())
            .where(
                tenancy.within(actor, Membership.account_id),
                col(Membership.account_id).in_(ids),
                col(Membership.active),
            )
            .group_by(col(Membership.account_id))
        ).all()
    )
    # A lookup per account of the page, each at the end of an index: grouping would read all their orders.
    last = select(func.max(col(Order.created_at))).where(Order.account_id == Account.id).scalar_subquery()
    newest = select(Account.id, last).where(tenancy.within(actor, Account.id), col(Account.id).in_(ids))
    ordered = dict(session.exec(newest).all())
    return [
        CustomerRow(
            number=account.number,
            name=account.name,
            status=account.status,
            people=people.get(account.id, 0),
            last_order_at=at.isoformat() if (at := ordered.get(account.id)) else "",
            created_at=account.created_at.isoformat(),
        )
        for account in accounts
    ]
