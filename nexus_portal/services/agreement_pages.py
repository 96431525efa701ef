"""What is shown of the data processing agreement: to a customer, and to the bureau of all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.orm import defer
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from nexus_portal.adapters import text_files
from nexus_portal.adapters.help_texts import HelpText, lines_of
from nexus_portal.domain.actor import Actor, Scope
from nexus_portal.domain.agreements import Situation, Standing
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text_changes import Part, SectionChange, changes
from nexus_portal.models.accounts import Account, AccountKind
from nexus_portal.models.agreements import AgreementAcceptance
from nexus_portal.models.people import Membership, User
from nexus_portal.services import agreements, grants, tenancy
from nexus_portal.services import customers as customers_of_bureau
from nexus_portal.services.keyset import Keyset, Page
from nexus_portal.services.use_case import use_case

BY_NUMBER: Keyset[Account] = Keyset(
    columns=(col(Account.number),), key=lambda row: (row.number,), read=(str,)
)
NAMED = 5
"""So many people who may accept are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptanceRow:
    """A version that was accepted. `accepted_at` is ISO, `digest` the SHA-256 of the PDF."""

    id: str
    version: str
    language: str
    accepted_at: str
    accepted_by: str
    role: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementView:
    """Where the reader's account stands. `digests` are the current text's by language; days are ISO."""

    standing: str
    current: str
    dated: str
    accepted: str
    due: str
    digests: dict[str, str]
    changed: tuple[SectionChange, ...]
    acceptances: tuple[AcceptanceRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """What everybody of an account is told while a version waits; `who` may accept it."""

    standing: str
    version: str = ""
    due: str = ""
    who: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRow:
    """Where a customer stands; `acceptance` is the id of the newest acceptance, or empty."""

    number: str
    name: str
    standing: str
    accepted: str
    accepted_at: str
    due: str
    acceptance: str


@use_case(Permission.AGREEMENTS_READ, reads=True)
def agreement(session: Session, actor: Actor) -> AgreementView:
    """Where the actor's account stands, what is new in what waits, and what was accepted before."""
    account_id = tenancy.own_account(actor)
    now = agreements.state_of(session, actor, [account_id])[account_id]
    texts = text_files.agreement(now.current)
    return AgreementView(
        standing=now.standing,
        current=now.current,
        dated=texts["en"].dated.isoformat() if texts else "",
        accepted=now.accepted,
        due=_iso(now.due),
        digests={language: text.digest for language, text in texts.items()} if texts else {},
        changed=_changed(now, actor.language),
        acceptances=_acceptances(session, actor, account_id),
    )


@use_case(Permission.SIGNED_IN, reads=True)
def reminder(session: Session, actor: Actor) -> Reminder:
    """Whether a version waits for the actor's account, until when, and who may accept it."""
    if actor.scope is not Scope.ACCOUNT or actor.account_id is None:
        return Reminder(standing=Standing.NONE)
    now = agreements.state_of(session, actor, [actor.account_id])[actor.account_id]
    if now.standing not in {Standing.ASKED, Standing.STOPPED}:
        return Reminder(standing=now.standing)
    who = () if actor.may(Permission.AGREEMENTS_ACCEPT) else _who(session, actor)
    return Reminder(standing=now.standing, version=now.current, due=_iso(now.due), who=who)


@use_case(Permission.CUSTOMERS_MANAGE, reads=True)
def customers(
    session: Session, actor: Actor, *, waiting: bool = False, cursor: str = ""
) -> Page[CustomerRow]:
    """Every customer by number, 50 a page; with `waiting` those who have not accepted the newest version."""
    page = BY_NUMBER.page(session, [_listed(actor, waiting=waiting)], cursor)
    ids = [row.id for row in page.rows]
    states = agreements.state_of(session, actor, ids)
    newest = {account: each for account, each, _ in reversed(agreements.accepted_by(session, actor, ids))}
    return page.of([_customer(row, states[row.id], newest.get(row.id)) for row in page.rows])


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerAgreement:
    """Where one customer stands, and what they accepted, the newest first. `due` is an ISO day, or empty."""

    standing: str
    current: str
    due: str
    acceptances: tuple[AcceptanceRow, ...]


@use_case(Permission.CUSTOMERS_MANAGE, reads=True)
def of_customer(session: Session, actor: Actor, *, number: str) -> CustomerAgreement:
    """Which versions a customer accepted, by whom and when, and whether one waits.

    Raises:
        NotFound: there is no such customer.
    """
    account = customers_of_bureau.find(session, actor, number)
    now = agreements.state_of(session, actor, [account.id])[account.id]
    return CustomerAgreement(
        standing=now.standing,
        current=now.current,
        due=_iso(now.due),
        acceptances=_acceptances(session, actor, account.id),
    )


@use_case(Permission.CUSTOMERS_MANAGE, reads=True)
def how_many_wait(session: Session, actor: Actor) -> int:
    """How many customers have not accepted the newest version."""
    query = _listed(actor, waiting=True).with_only_columns(func.count())
    return session.connection().execute(query).scalar_one()


def _listed(actor: Actor, *, waiting: bool) -> SelectOfScalar[Account]:
    query = tenancy.rows_of(actor, Account).where(Account.kind == AccountKind.CUSTOMER)
    if not waiting:
        return query
    newest = text_files.agreements()[-1]["en"].version
    accepted = select(AgreementAcceptance.id).where(
        AgreementAcceptance.account_id == Account.id, AgreementAcceptance.version == newest
    )
    return query.where(~accepted.exists())


def _customer(account: Account, now: Situation, acceptance: UUID | None) -> CustomerRow:
    return CustomerRow(
        number=account.number,
        name=account.name,
        standing=now.standing,
        accepted=now.accepted,
        accepted_at=now.accepted_at.isoformat() if now.accepted_at else "",
        due=_iso(now.due),
        acceptance=str(acceptance or ""),
    )


def _changed(now: Situation, language: str) -> tuple[SectionChange, ...]:
    """What is new since the version that was accepted; nothing where there is none to compare with."""
    before, after = text_files.agreement(now.accepted), text_files.agreement(now.current)
    if before is None or after is None or now.accepted == now.current:
        return ()
    spoken = "sv" if language == "sv" else "en"
    return changes(_parts(before[spoken]), _parts(after[spoken]))


def _parts(text: HelpText) -> Sequence[Part]:
    return [Part(section.anchor, section.title, tuple(lines_of(section.body))) for section in text.sections]


def _acceptances(session: Session, actor: Actor, account_id: UUID) -> tuple[AcceptanceRow, ...]:
    query = (
        select(AgreementAcceptance, User.name)
        .join(User, col(User.id) == col(AgreementAcceptance.accepted_by))
        .where(
            tenancy.within(actor, AgreementAcceptance.account_id),
            AgreementAcceptance.account_id == account_id,
        )
        .order_by(col(AgreementAcceptance.accepted_at).desc())
        .options(defer(col(AgreementAcceptance.paper)))  # pyright: ignore[reportArgumentType] - a column is one
    )
    return tuple(
        AcceptanceRow(
            id=str(row.id),
            version=row.version,
            language=row.language,
            accepted_at=row.accepted_at.isoformat(),
            accepted_by=name,
            role=row.accepted_role,
            digest=row.paper_digest,
        )
        for row, name in session.exec(query)
    )


def _who(session: Session, actor: Actor) -> tuple[str, ...]:
    query = (
        select(Membership, User.name)
        .join(User, col(User.id) == col(Membership.user_id))
        .where(tenancy.within(actor, Membership.account_id), col(Membership.active))
        .order_by(col(User.name))
    )
    found = session.exec(query).all()
    may = (
        name for row, name in found if Permission.AGREEMENTS_ACCEPT in grants.held(session, row).permissions
    )
    return tuple(may)[:NAMED]


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
