"""From an approved application to an open account: set up by the bureau with the customer, kept as it goes.

Until it is opened nobody signs in to it. Opening invites the first people, in the roles agreed on [R10].
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

from sqlmodel import Session, col, delete, select

from nexus_portal.adapters import clock
from nexus_portal.domain import email as addresses
from nexus_portal.domain import organisation_number, roles
from nexus_portal.domain.account_status import AccountStatus
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.applications import ApplicationState
from nexus_portal.domain.errors import Conflict, Invalid, NotFound, NotYet
from nexus_portal.domain.field_definitions import to_json
from nexus_portal.domain.layout_templates import TEMPLATES, Template
from nexus_portal.domain.permissions import Permission, Role
from nexus_portal.domain.retention import MOST_DAYS, RetentionPolicy
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account
from nexus_portal.models.customers import AccountArticle, Application
from nexus_portal.models.layouts import Article, ArticleKind, Layout
from nexus_portal.services import (
    account_prices,
    application_mails,
    applications,
    audit,
    customers,
    invitations,
    layouts_editing,
    serials,
    tenancy,
    vault_applications,
)
from nexus_portal.services.use_case import use_case
from nexus_portal.services.vault_applications import FirstPerson

LONGEST_NUMBER, LONGEST_NAME, LONGEST_ADDRESS = 20, 120, 400
MOST_PRICE = 1_000_000_00
MOST_PEOPLE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """Somebody who is invited when the account opens."""

    email: str = field(repr=False)
    name: str = field(repr=False)
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """How far an account has come that is not open yet: whom it invites, and what is still missing."""

    people: tuple[PersonRow, ...]
    missing: tuple[Message, ...]


@use_case(Permission.CUSTOMERS_MANAGE, step_up=True)
def approve(session: Session, actor: Actor, *, reference: str, seen: int) -> str:
    """Approve an application: its account is made and waits to be set up. Gives the account's number.

    What the applicant wished for is offered at the prices of the list, personal data goes when a card is
    delivered, and the contact is the first admin; all of it can be changed until the account opens.

    Raises:
        NotFound: there is no such application.
        Conflict: it is decided, or somebody else changed it since `seen`.
    """
    row = applications.undecided(session, actor, reference, seen)
    written = vault_applications.opened(session, row)
    wish = written.wish
    account = Account(
        number=_number(session, actor, wish.number),
        name=wish.organisation,
        status=AccountStatus.SETUP,
        status_at=clock.now(),
        organisation_token=row.organisation_token,
        retention_policy=RetentionPolicy.IMMEDIATE,
        retention_days=0,
        created_at=clock.now(),
    )
    session.add(account)
    session.flush()
    row.account_id = account.id
    admin = FirstPerson(wish.email, wish.contact, Role.ACCOUNT_ADMIN)
    vault_applications.seal(session, row, replace(written, people=(admin,)))
    applications.decide(session, actor, row, ApplicationState.APPROVED)
    articles = session.exec(
        select(Article).where(col(Article.number).in_(wish.articles), col(Article.active))
    )
    for article in articles.all():
        session.add(AccountArticle(account_id=account.id, article_id=article.id, changed_at=clock.now()))
    audit.record(session, actor, "account:created", subject=account.number, account_id=account.id)
    application_mails.decision(session, row, "")
    return account.number


@use_case(Permission.CUSTOMERS_MANAGE, reads=True)
def setup(session: Session, actor: Actor, *, number: str) -> Setup:
    """What is agreed on so far for an account that is not open yet.

    Raises:
        NotFound: there is no such customer, or its application is gone.
        Conflict: the account is open already.
    """
    account, row = _in_setup(session, actor, number, lock=False)
    people = vault_applications.opened(session, row).people
    return Setup(
        people=tuple(PersonRow(email=each.email, name=each.name, role=each.role) for each in people),
        missing=_missing(session, actor, account, people),
    )


@use_case(Permission.CUSTOMERS_MANAGE)
def describe(session: Session, actor: Actor, *, number: str, new_number: str, name: str, address: str) -> str:
    """Say what the account is called, by which number, and where its cards go; gives the number.

    Raises:
        NotFound: there is no such customer.
        Conflict: the account is open already: its number stands on its papers.
        Invalid: number or name will not do, or the number is another account's.
    """
    account, _ = _in_setup(session, actor, number)
    wanted, tidy, text = new_number.strip(), " ".join(name.split()), address.strip()
    if (
        not 1 <= len(wanted) <= LONGEST_NUMBER
        or not wanted.replace("-", "").isalnum()
        or not wanted.isascii()
    ):
        raise Invalid(Message("A number has at most 20 letters, digits and hyphens."))
    if not 1 <= len(tidy) <= LONGEST_NAME or len(text) > LONGEST_ADDRESS:
        raise Invalid(Message("Write a name of at most 120 characters, and an address of at most 400."))
    same = tenancy.rows_of(actor, Account).where(Account.number == wanted, Account.id != account.id)
    if session.exec(same).first() is not None:
        raise Invalid(Message("Another account has this number already."))
    account.number, account.name, account.delivery_address = wanted, tidy, text
    session.add(account)
    _noted(session, actor, account, "account:described")
    return account.number


@use_case(Permission.CUSTOMERS_MANAGE)
def offer(session: Session, actor: Actor, *, number: str, prices: Mapping[UUID, int | None]) -> None:
    """Offer these articles and no others, each at its own price in öre or at the list's; from now on.

    Orders that were sent keep the prices of their day.

    Raises:
        NotFound: there is no such customer or article.
        Conflict: the account is closed.
        Invalid: nothing is offered, or a price is out of bounds.
    """
    account = customers.find(session, actor, number, lock=True)
    if account.status in {AccountStatus.CLOSING, AccountStatus.CLOSED}:
        raise Conflict
    if not prices:
        raise Invalid(Message("Offer at least one article."))
    if any(price is not None and not 0 <= price <= MOST_PRICE for price in prices.values()):
        raise Invalid(Message("Write a price between 0 and {most} SEK.", most=MOST_PRICE // 100))
    known = session.exec(select(Article.id).where(col(Article.id).in_(prices), col(Article.active))).all()
    if len(known) != len(prices):
        raise NotFound
    session.exec(delete(AccountArticle).where(col(AccountArticle.account_id) == account.id))
    now = clock.now()
    for article_id, price in prices.items():
        session.add(AccountArticle(account_id=account.id, article_id=article_id, price=price, changed_at=now))
    _noted(session, actor, account, "account:offered", articles=len(prices))


@use_case(Permission.CUSTOMERS_MANAGE)
def add_layout(
    session: Session, actor: Actor, *, number: str, template: str, article_id: UUID, name: str
) -> None:
    """Offer a first layout, made of a template; a layout designer can draw it anew at any time.

    Raises:
        NotFound: there is no such customer, or no such card on offer.
        Conflict: the account is open already, or has a layout of this name.
        Invalid: there is no such template, or the name will not do.
    """
    account, _ = _in_setup(session, actor, number)
    if template not in set(Template):
        raise Invalid(Message("Choose one of the templates."))
    tidy = " ".join(name.split())
    if not 1 <= len(tidy) <= LONGEST_NAME:
        raise Invalid(Message("A layout has a name of at most {most} characters.", most=LONGEST_NAME))
    article = account_prices.priced(session, actor, account.id, [article_id]).get(article_id)
    if article is None or not article.offered or article.article.kind != ArticleKind.CARD:
        raise NotFound(Message("This card is not offered to the customer. Offer it first."))
    same = tenancy.rows_of(actor, Layout).where(Layout.account_id == account.id, Layout.name == tidy)
    if session.exec(same.limit(1)).first() is not None:
        raise Conflict(
            Message("{account} has a layout of this name. Begin a new version of it.", account=account.name)
        )
    beginning, now = TEMPLATES[Template(template)], clock.now()
    layout = Layout(
        account_id=account.id,
        article_id=article_id,
        name=tidy,
        fields=[to_json(each) for each in beginning.fields],
        colour=beginning.colour,
        published_at=now,
        created_at=now,
    )
    session.add(layout)
    session.flush()
    layouts_editing.note(session, actor, "layout:published", layout)


@use_case(Permission.CUSTOMERS_MANAGE)
def keep_for(session: Session, actor: Actor, *, number: str, policy: str, days: int = 0) -> None:
    """Say when personal data goes by itself until the customer decides otherwise [R6].

    Raises:
        NotFound: there is no such customer.
        Conflict: the account is open already: from then on its privacy officers decide.
        Invalid: there is no such rule, or no such number of days.
    """
    account, _ = _in_setup(session, actor, number)
    if policy not in set(RetentionPolicy) or not 0 <= days <= MOST_DAYS:
        raise Invalid(Message("Write a number of days between 0 and {most}.", most=MOST_DAYS))
    account.retention_policy = policy
    account.retention_days = days if policy == RetentionPolicy.DAYS else 0
    session.add(account)
    _noted(session, actor, account, "account:retention_set")


@use_case(Permission.CUSTOMERS_MANAGE)
def put_person(session: Session, actor: Actor, *, number: str, email: str, name: str, role: str) -> None:
    """Note somebody who is invited when the account opens, in which role; the same address is replaced.

    Raises:
        NotFound: there is no such customer.
        Conflict: the account is open already: its own admin invites from then on.
        Invalid: the address, the name or the role will not do, or there are too many.
    """
    account, row = _in_setup(session, actor, number)
    person = FirstPerson(
        addresses.checked(email), invitations.checked_name(name), roles.checked(role, bureau=False)
    )
    invitations.refuse_staff(session, person.email)
    written = vault_applications.opened(session, row)
    people = [*(each for each in written.people if each.email != person.email), person]
    if len(people) > MOST_PEOPLE:
        raise Invalid(
            Message("At most {most} people are invited first. They invite the others.", most=MOST_PEOPLE)
        )
    vault_applications.seal(session, row, replace(written, people=tuple(people)))
    _noted(session, actor, account, "account:person_noted", role=person.role)


@use_case(Permission.CUSTOMERS_MANAGE)
def remove_person(session: Session, actor: Actor, *, number: str, email: str) -> None:
    """Take somebody off the list of those who are invited when the account opens. Twice changes nothing.

    Raises:
        NotFound: there is no such customer.
        Conflict: the account is open already.
    """
    account, row = _in_setup(session, actor, number)
    written = vault_applications.opened(session, row)
    people = tuple(each for each in written.people if each.email != addresses.normalised(email))
    vault_applications.seal(session, row, replace(written, people=people))
    _noted(session, actor, account, "account:person_removed")


@use_case(Permission.CUSTOMERS_MANAGE, step_up=True)
def open_account(session: Session, actor: Actor, *, number: str) -> int:
    """Open an account and invite its first people; gives how many.

    Raises:
        NotFound: there is no such customer.
        Conflict: it is open already.
        NotYet: something is missing; `.reasons` lists it.
    """
    account, row = _in_setup(session, actor, number)
    people = vault_applications.opened(session, row).people
    missing = _missing(session, actor, account, people)
    if missing:
        raise NotYet(Message("The account cannot be opened yet."), missing)
    customers.stand(session, actor, account, AccountStatus.ACTIVE)
    for each in people:
        invitations.invite_first(session, actor, account, email=each.email, name=each.name, role=each.role)
    return len(people)


def _missing(
    session: Session, actor: Actor, account: Account, people: tuple[FirstPerson, ...]
) -> tuple[Message, ...]:
    layouts = tenancy.rows_of(actor, Layout).where(Layout.account_id == account.id, col(Layout.active))
    offered = account_prices.priced(session, actor, account.id)
    orderable = any(offered[each.article_id].offered for each in session.exec(layouts))
    wanted = (
        (not orderable, Message("There is no layout to order cards in.")),
        (not account.delivery_address, Message("There is no delivery address.")),
        (
            not any(each.role == Role.ACCOUNT_ADMIN for each in people),
            Message("Nobody is noted as account admin."),
        ),
    )
    return tuple(message for lacks, message in wanted if lacks)


def _in_setup(
    session: Session, actor: Actor, number: str, *, lock: bool = True
) -> tuple[Account, Application]:
    account = customers.find(session, actor, number, lock=lock)
    if account.status != AccountStatus.SETUP:
        raise Conflict(Message("This account is open already. Its own people decide from now on."))
    query = select(Application).where(
        tenancy.within(actor, Application.bureau_id), Application.account_id == account.id
    )
    return account, tenancy.one(session, query, lock=lock)


def _number(session: Session, actor: Actor, organisation: str) -> str:
    """The organisation number, where that is nobody's personal number and no other account has it."""
    if not organisation_number.is_of_a_person(organisation):
        shown = organisation_number.shown(organisation)
        if session.exec(tenancy.rows_of(actor, Account).where(Account.number == shown)).first() is None:
            return shown
    return f"K-{serials.next_serial(session, 'customer'):05d}"


def _noted(session: Session, actor: Actor, account: Account, action: str, **facts: int | str) -> None:
    session.flush()
    audit.record(session, actor, action, subject=account.number, account_id=account.id, **facts)
