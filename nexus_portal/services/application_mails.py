"""Mails to applicants, whose address lies sealed in the application; and to the bureau, without any of it."""

from uuid import UUID

from sqlmodel import Session

from nexus_portal import settings
from nexus_portal.domain.applications import ANSWER_WITHIN, ApplicationState
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.customers import Application
from nexus_portal.services import outbox, vault_applications
from nexus_portal.services.holders_of import people_who_may

KIND = "application"


def address_of(session: Session, application_id: UUID) -> str:
    """Where the applicant is reached; nothing once the application is gone.

    Raises:
        NotFound: its key was destroyed.
        Tampered: it does not open.
    """
    application = session.get(Application, application_id)
    return vault_applications.opened(session, application).wish.email if application is not None else ""


def receipt(session: Session, application: Application) -> None:
    """Say that it has arrived."""
    _post(
        session,
        application,
        Message("Your application {reference} has arrived", reference=application.reference),
        Message(
            "Thank you for your application to become a customer. Its reference is {reference}.\n\n"
            "We look at it within three working days. If something is missing, we ask you by mail. Once it "
            "is approved, the person you name as admin is invited, and sets up the account with us.\n\n"
            "If you did not apply, you need not do anything: what was written is removed by itself when the "
            "application is refused.",
            reference=application.reference,
        ),
    )


def question(session: Session, application: Application, text: str, link: str) -> None:
    """Ask the applicant something; the link is good for one answer."""
    _post(
        session,
        application,
        Message("A question about your application {reference}", reference=application.reference),
        Message(
            "We have a question about your application {reference}:\n\n{text}\n\n"
            "Answer here within {days} days. The link works once and needs no account:\n\n{link}",
            reference=application.reference,
            text=text,
            days=ANSWER_WITHIN.days,
            link=link,
        ),
    )


def decision(session: Session, application: Application, reason: str) -> None:
    """Say how it was decided; a refusal says why."""
    if application.state == ApplicationState.APPROVED:
        subject = Message("Your application {reference} is approved", reference=application.reference)
        body = Message(
            "Your application {reference} is approved. We are setting your account up now. Your account "
            "admin then gets an invitation by mail.",
            reference=application.reference,
        )
    else:
        subject = Message("Your application {reference} is not approved", reference=application.reference)
        body = Message(
            "Your application {reference} is not approved:\n\n{reason}\n\n"
            "What you wrote is removed in 30 days. You are welcome to apply again.",
            reference=application.reference,
            reason=reason,
        )
    _post(session, application, subject, body)


def tell_bureau(session: Session, application: Application) -> None:
    """Let those who decide know that something waits for them; nothing of the applicant is in it."""
    for user in people_who_may(session, application.bureau_id, Permission.CUSTOMERS_MANAGE):
        outbox.post(
            session,
            to=user.email,
            language=user.language,
            subject=Message("The application {reference} waits for you", reference=application.reference),
            body=Message(
                "An applicant has written. Read it here:\n\n{link}",
                link=f"{settings.current().base_url}/bureau/applications/{application.reference}",
            ),
            account_id=application.bureau_id,
            kind=KIND,
        )


def _post(session: Session, application: Application, subject: Message, body: Message) -> None:
    outbox.post(
        session,
        to="",
        language=application.language,
        subject=subject,
        body=body,
        kind=KIND,
        application_id=application.id,
    )
