"""The data processing agreement [R13]: offered, accepted, and asked for before anything is ordered."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, true
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock, db, text_files
from nexus_portal.adapters.events import News
from nexus_portal.adapters.help_texts import HelpText
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.agreements import Offer, Situation, Standing, situation
from nexus_portal.domain.errors import Conflict, NotYet
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account
from nexus_portal.models.agreements import AgreementAcceptance, AgreementOffer
from nexus_portal.services import agreement_pdf, audit, sub_processors, tenancy
from nexus_portal.services.agreement_pdf import Accepted
from nexus_portal.services.use_case import use_case

TOPIC = "agreement"


def offer(session: Session, text: HelpText) -> bool:
    """Offer a version, unless it is offered already; whether that is new."""
    if session.get(AgreementOffer, text.version) is not None:
        return False
    required = text.required_from or text.dated
    session.add(AgreementOffer(version=text.version, required_from=required, offered_at=clock.now()))
    audit.record(session, SYSTEM, "agreement:offered", subject=text.version)
    session.flush()
    return True


def state_of(session: Session, actor: Actor, account_ids: Collection[UUID]) -> Mapping[UUID, Situation]:
    """Where each of these customers stands, as far as the actor may see them; by one statement."""
    places = {texts["en"].version: place for place, texts in enumerate(text_files.agreements())}
    since: dict[UUID, datetime] = {}
    offers = {account_id: dict[int, Offer]() for account_id in account_ids}
    for row in session.connection().execute(_offers(actor, account_ids)):
        since[row.id] = row.created_at
        if row.version in places:
            offers[row.id][places[row.version]] = Offer(
                version=row.version,
                required_from=row.required_from,
                offered_at=row.offered_at,
                accepted_at=row.accepted_at,
            )
    return {
        account_id: situation(
            [offer for _, offer in sorted(found.items())],
            customer_since=since.get(account_id, clock.now()),
            today=clock.today(),
        )
        for account_id, found in offers.items()
    }


def _offers(actor: Actor, account_ids: Collection[UUID]) -> Any:
    """Each version that is offered beside each customer, and when they accepted it."""
    return (
        columns(
            col(Account.id),
            col(Account.created_at),
            col(AgreementOffer.version),
            col(AgreementOffer.required_from),
            col(AgreementOffer.offered_at),
            col(AgreementAcceptance.accepted_at),
        )
        .select_from(Account)
        .join(AgreementOffer, true())
        .outerjoin(
            AgreementAcceptance,
            and_(
                col(AgreementAcceptance.account_id) == col(Account.id),
                col(AgreementAcceptance.version) == col(AgreementOffer.version),
            ),
        )
        .where(tenancy.within(actor, Account.id), col(Account.id).in_(account_ids))
    )


def refuse_unaccepted(session: Session, actor: Actor, account_id: UUID) -> None:
    """Let nothing be ordered for a customer who has not accepted what is required.

    Raises:
        NotYet: who can accept it, and where; what was typed stays as it is.
    """
    if state_of(session, actor, [account_id])[account_id].standing is not Standing.STOPPED:
        return
    raise NotYet(
        Message("The data processing agreement is not accepted yet. Nothing is ordered before."),
        [
            Message(
                "Whoever may accept it in your organisation, such as the account admin, does so under "
                "Agreement. Your draft stays as it is."
            )
        ],
    )


@use_case(Permission.AGREEMENTS_ACCEPT, step_up=True)
def accept(session: Session, actor: Actor, *, version: str, language: str, digest: str) -> UUID:
    """Accept the version that is asked for, as it was read: `digest` is that of its text in `language`.

    Raises:
        Conflict: a newer one is offered, its text is another by now, or a colleague accepted it already.
    """
    account = tenancy.get(session, actor, Account, tenancy.own_account(actor), lock=True)
    now = state_of(session, actor, [account.id])[account.id]
    texts = text_files.agreement(version) or {}
    text = next((text for spoken, text in texts.items() if spoken == language), None)
    if text is None or now.current != version or text.digest != digest:
        raise Conflict(Message("The agreement is another one by now. Read it again; nothing was accepted."))
    if now.accepted == version:
        raise Conflict(Message("A colleague has accepted this version already."))
    at = clock.now()
    companies = tuple(row for row in sub_processors.sub_processors(session, actor) if not row.ended_on)
    role = actor.role_name or actor.role or ""
    signed = Accepted(account.name, account.number, actor.name, role, at, companies)
    paper = agreement_pdf.pdf(text, signed, language)
    row = AgreementAcceptance(
        account_id=account.id,
        version=version,
        language=language,
        text_digest=digest,
        accepted_by=_person(actor),
        accepted_role=actor.role or "",
        accepted_at=at,
        paper=paper,
        paper_digest=hashlib.sha256(paper).hexdigest(),
    )
    session.add(row)
    facts = {"language": language, "digest": row.paper_digest}
    audit.record(session, actor, "agreement:accepted", subject=version, account_id=account.id, **facts)
    db.announce(session, News(account.id, TOPIC))
    return row.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """The PDF exactly as it was accepted."""

    version: str
    customer_number: str
    data: bytes


@use_case(Permission.AGREEMENTS_READ, reads=True)
def paper(session: Session, actor: Actor, *, acceptance_id: UUID) -> Paper:
    """What the actor's own account accepted.

    Raises:
        NotFound: the account accepted no such thing.
    """
    return _paper(session, actor, acceptance_id)


@use_case(Permission.CUSTOMERS_MANAGE, reads=True)
def paper_of_customer(session: Session, actor: Actor, *, acceptance_id: UUID) -> Paper:
    """The bureau's copy of what a customer accepted.

    Raises:
        NotFound: nobody accepted such a thing.
    """
    return _paper(session, actor, acceptance_id)


def accepted_by(
    session: Session, actor: Actor, account_ids: Sequence[UUID]
) -> Sequence[tuple[UUID, UUID, str]]:
    """Account, acceptance and version of everything that these customers accepted, the newest first."""
    found = (
        columns(
            col(AgreementAcceptance.account_id), col(AgreementAcceptance.id), col(AgreementAcceptance.version)
        )
        .where(
            tenancy.within(actor, AgreementAcceptance.account_id),
            col(AgreementAcceptance.account_id).in_(account_ids),
        )
        .order_by(col(AgreementAcceptance.accepted_at).desc())
    )
    return [(row.account_id, row.id, row.version) for row in session.connection().execute(found)]


def _paper(session: Session, actor: Actor, acceptance_id: UUID) -> Paper:
    row = tenancy.get(session, actor, AgreementAcceptance, acceptance_id)
    number = session.exec(select(Account.number).where(Account.id == row.account_id)).one()
    return Paper(version=row.version, customer_number=number, data=row.paper)


def _person(actor: Actor) -> UUID:
    if actor.user_id is None:
        raise Conflict
    return actor.user_id
