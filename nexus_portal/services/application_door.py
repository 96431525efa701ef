"""What an applicant does, who has no account: apply, and answer once what the bureau asks.

These functions run for strangers, so they carry no permission. Whatever is known already, of an application
or of a customer with this organisation number, the answer is the same.
"""

import hashlib
import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sqlmodel import Session, col, select

from nexus_portal.adapters import clock, sealing, throttle
from nexus_portal.adapters.db import announce
from nexus_portal.adapters.events import News
from nexus_portal.adapters.throttle import Limit
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.applications import ApplicationState, Refusals, Wish, check, several_lines
from nexus_portal.domain.errors import Conflict, Invalid, TooMany, Unavailable
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account, AccountKind
from nexus_portal.models.base import new_id
from nexus_portal.models.customers import Application
from nexus_portal.models.layouts import Article
from nexus_portal.services import application_guard, application_mails, audit, tenancy, vault_applications
from nexus_portal.services.application_guard import Standing
from nexus_portal.services.sessions import system
from nexus_portal.services.vault_applications import Said, Written

GUESSES = Limit.of("application-link", "30/5 minutes")
"""Links that lead nowhere, by network address."""
TOPIC = "applications"
_SECRET = "application-answer"  # noqa: S105 - the name of a purpose


@dataclass(frozen=True, slots=True)
class Offered:
    """An article that can be wished for; prices are agreed with each customer."""

    number: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What came of a form: a reference, or what is wrong, by field and for all of it."""

    reference: str = ""
    refusals: Refusals = field(default_factory=dict[str, Message])
    refusal: Message | None = None
    token: str = ""
    """The token that the form goes on with; a new one where the old one was worth nothing."""
    too_many: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What the bureau asks, behind an applicant's link."""

    reference: str
    text: str = field(repr=False)
    language: str


def offered() -> tuple[Offered, ...]:
    """What can be wished for, by name."""
    query = select(Article).where(col(Article.active)).order_by(col(Article.name))
    with system(writes=False) as session:
        return tuple(Offered(each.number, each.name) for each in session.exec(query))


def apply(
    typed: Mapping[str, str], wanted: Collection[str], *, token: str, address: str, language: str
) -> Applied:
    """Take an application, once for each form; or say what is wrong with it.

    `typed["website"]` is the field that people do not see: who fills it in gets a receipt like any other,
    and nothing is kept.
    """
    try:
        application_guard.count_try(address)
        worth = application_guard.standing(token)
        wish, refusals = check(typed, wanted, [each.number for each in offered()])
        if worth is not Standing.GOOD:
            return _once_more(worth, token, refusals)
        if wish is None:
            return Applied(refusals=refusals, token=token)
        if not typed.get("website", ""):
            _take_in(wish, token, address, language)
    except TooMany as error:
        return Applied(refusal=error.message, token=token, too_many=True)
    return Applied(reference=application_guard.reference_of(token))


def _once_more(worth: Standing, token: str, refusals: Refusals) -> Applied:
    if worth is Standing.TOO_FAST:
        said = Message("That was faster than anybody types. Look it over, and send it once more.")
        return Applied(refusals=refusals, refusal=said, token=token)
    said = Message("This form is too old. What you typed is still here: look it over, and send it once more.")
    return Applied(refusals=refusals, refusal=said, token=application_guard.new_token())


def _take_in(wish: Wish, token: str, address: str, language: str) -> None:
    reference = application_guard.reference_of(token)
    if _is_here(reference):
        return
    application_guard.count_application(address, wish.email)
    try:
        with system() as session:
            keep(session, _bureau(session), wish, reference=reference, language=language)
    except Conflict:
        # The same form at the same moment: one of them was kept.
        if not _is_here(reference):
            raise


def keep(session: Session, bureau_id: UUID, wish: Wish, *, reference: str, language: str) -> Application:
    """Keep an application, confirm it to the applicant and tell the bureau."""
    now, own_id = clock.now(), new_id()
    application = Application(
        id=own_id,
        reference=reference,
        bureau_id=bureau_id,
        language=language,
        organisation_token=vault_applications.token_of(wish.number),
        sealed=vault_applications.seal_new(session, bureau_id, own_id, Written(wish)),
        created_at=now,
        changed_at=now,
    )
    session.add(application)
    session.flush()
    application_mails.receipt(session, application)
    application_mails.tell_bureau(session, application)
    note(session, application, "application:received")
    return application


def question(token: str, *, address: str) -> Question:
    """What is asked behind a link; looking does not use it up.

    Raises:
        Invalid: the link does not work; a used, old and made-up one are told alike.
        TooMany: too many such links were tried from this network address.
    """
    throttle.take(GUESSES, address)
    with system(writes=False) as session:
        application = _behind(session, token)
        written = vault_applications.opened(session, application)
    throttle.give_back(GUESSES, address)
    asked = [remark.text for remark in written.talk if remark.by_bureau]
    return Question(application.reference, asked[-1], application.language)


def answer(token: str, text: str, *, address: str) -> None:
    """Take the applicant's answer, once: the link is used up, and the application waits for the bureau.

    Raises:
        Invalid: nothing was written, or too much; or as in `question`.
        TooMany: as in `question`.
    """
    question(token, address=address)
    tidy = several_lines(text)
    if not tidy:
        raise Invalid(Message("Write your answer first."))
    with system() as session:
        application = _behind(session, token, lock=True)
        remark = Said(by_bureau=False, text=tidy, at=clock.now().isoformat())
        application.state, application.answer_hash = ApplicationState.ANSWERED, ""
        application.changed_at, application.version = clock.now(), application.version + 1
        vault_applications.seal(
            session, application, vault_applications.opened(session, application).with_remark(remark)
        )
        application_mails.tell_bureau(session, application)
        note(session, application, "application:answered")


def secret_of(application: Application) -> str:
    """The secret of the link to what was asked last: nobody finds it without the master key."""
    place = f"{application.id} {application.version}".encode()
    return hmac.digest(sealing.hmac_key(_SECRET), place, "sha256").hex()


def hash_of(token: str) -> str:
    """What the database knows of a link."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def note(session: Session, application: Application, action: str) -> None:
    """Write into the bureau's log what happened to an application, and let open pages know."""
    audit.record(session, SYSTEM, action, subject=application.reference, account_id=application.bureau_id)
    announce(session, News(application.bureau_id, TOPIC, application.reference))


def _bureau(session: Session) -> UUID:
    query = tenancy.rows_of(SYSTEM, Account).where(Account.kind == AccountKind.BUREAU)
    found = session.exec(query).first()
    if found is None:
        raise Unavailable
    return found.id


def _is_here(reference: str) -> bool:
    with system(writes=False) as session:
        query = select(Application.id).where(Application.reference == reference)
        return session.exec(query).first() is not None


def _behind(session: Session, token: str, *, lock: bool = False) -> Application:
    query = select(Application).where(
        Application.answer_hash == hash_of(token),
        Application.state == ApplicationState.ASKED,
        col(Application.answer_until) > clock.now(),
    )
    found = session.exec(query.with_for_update() if lock else query).one_or_none()
    if found is None:
        raise Invalid(
            Message(
                "This link does not work, or not any more. If you have answered, your answer has arrived."
            )
        )
    return found
