"""Applicants, for tests: what they type, and applications that have come in."""

from datetime import timedelta

from sqlmodel import col, select

from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.models.customers import Application
from nexus_portal.models.outbox import OutboxMail
from nexus_portal.services import application_door, application_guard, applications, outbox
from nexus_portal.services.applications import ApplicationSheet
from nexus_portal.services.use_case import perform
from nexus_portal.services.vault_applications import Written, opened
from tests.world import Clock, World

TYPED = {
    "number": "556036-0793",
    "organisation": "Havsbris Förskola AB",
    "contact": "Vega Strandqvist",
    "email": "vega@havsbris.example",
    "phone": "+46 90 123 45 67",
    "volume": "few",
    "message": "Vi behöver kort i höst.",
}
SOLE_TRADER = "640823-3234"


def send(
    time: Clock, *, address: str = "192.0.2.7", wanted: tuple[str, ...] = (), **changed: str
) -> application_door.Applied:
    """Fill the form in as a person does, who takes a minute."""
    token = application_guard.new_token()
    time.forward(timedelta(minutes=1))
    return application_door.apply({**TYPED, **changed}, wanted, token=token, address=address, language="sv")


def received(time: Clock, **changed: str) -> str:
    """The reference of an application that has come in."""
    reference = send(time, wanted=(), **changed).reference
    assert reference
    return reference


def sheet(admin: Actor, reference: str) -> ApplicationSheet:
    """The application as the bureau sees it."""
    return perform(applications.application, admin, reference=reference)


def rows(world: World) -> list[Application]:
    """All applications that are kept, the oldest first."""
    with world.database.transaction(SYSTEM, writes=False) as session:
        return list(session.exec(select(Application).order_by(col(Application.id))))


def written(world: World, reference: str) -> Written:
    """What lies sealed in an application."""
    with world.database.transaction(SYSTEM, writes=False) as session:
        row = session.exec(select(Application).where(Application.reference == reference)).one()
        return opened(session, row)


def mails(world: World) -> list[OutboxMail]:
    """All mails, the oldest first."""
    with world.database.transaction(SYSTEM, writes=False) as session:
        return list(session.exec(select(OutboxMail).order_by(col(OutboxMail.id))))


def secret(world: World) -> str:
    """The secret of the link that was mailed to the applicant last."""
    asked = [
        mail for mail in mails(world) if mail.application_id and "/assets/apply/#" in outbox.opened(mail)
    ]
    return outbox.opened(asked[-1]).rpartition("#")[2].strip()
