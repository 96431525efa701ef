"""Who wants to become a customer in the demo: one application waits, one was asked something."""

from datetime import datetime, timedelta

from nexus_portal.adapters import db
from nexus_portal.demo import past
from nexus_portal.demo.cast import BUREAU
from nexus_portal.demo.designs import ACCESSORIES
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.applications import Volume, Wish
from nexus_portal.domain.permissions import Role
from nexus_portal.services import application_door, applications
from nexus_portal.services.use_case import perform

WAITING, ASKED = "HAVS-BR1S", "FJAL-LB4N"
_QUESTION = "Ni önskar passerkort. Vilket passersystem har ni, och vilken kortteknik läser det?"
_NURSERY = Wish(
    number="5592810443",
    organisation="Havsbris Förskola AB",
    contact="Vega Strandqvist",
    email="vega@havsbris.example",
    phone="+46 90 555 01 23",
    volume=Volume.FEW,
    articles=("A-101", ACCESSORIES[0][0]),
    message="Vi är 28 anställda och behöver personalkort med foto till augusti.",
)
_RAILWAY = Wish(
    number="5567310924",
    organisation="Fjällbanan Drift AB",
    contact="Torkel Myrberg",
    email="torkel@fjallbanan.example",
    phone="",
    volume=Volume.MANY,
    articles=("A-102",),
    message="",
)


def apply(now: datetime) -> None:
    """Let both write to the bureau, the last one two days ago."""
    with past.at(now - timedelta(days=6)):
        _send(_RAILWAY, ASKED)
    with past.at(now - timedelta(days=5)):
        _ask()
    with past.at(now - timedelta(days=2)):
        _send(_NURSERY, WAITING)


def _send(wish: Wish, reference: str) -> None:
    with db.current().transaction(SYSTEM) as session:
        application_door.keep(session, BUREAU.id, wish, reference=reference, language="sv")


def _ask() -> None:
    admin = BUREAU.actor(Role.BUREAU_ADMIN)
    seen = perform(applications.application, admin, reference=ASKED).seen
    perform(applications.ask_back, admin, reference=ASKED, text=_QUESTION, seen=seen)
