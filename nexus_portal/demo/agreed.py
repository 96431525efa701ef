"""What the demo's customers agreed to: both the first version, and only one of them the newest so far."""

from sqlmodel import Session

from nexus_portal.adapters import text_files
from nexus_portal.adapters.help_texts import HelpText
from nexus_portal.demo.cast import POWER, SCHOOL, Organisation
from nexus_portal.demo.play import Play, Story
from nexus_portal.domain.permissions import Role
from nexus_portal.services import agreement_offers, agreements
from nexus_portal.services.use_case import perform

DAYS_AGO = 5.0
"""So long ago the newest version was offered."""


def offer_first(session: Session) -> None:
    """The version with which the bureau began."""
    agreements.offer(session, text_files.agreements()[0]["sv"])


def accept_first() -> None:
    """Both customers accept it before they order anything."""
    first = text_files.agreements()[0]["sv"]
    for customer in (SCHOOL, POWER):
        _accept(customer, first)


def renew(_play: Play, _story: Story) -> None:
    """A new version is offered. The school accepts it; the power company still has time."""
    newest = text_files.agreements()[-1]["sv"]
    agreement_offers.offer_newest()
    if len(text_files.agreements()) > 1:
        _accept(SCHOOL, newest)


def _accept(customer: Organisation, text: HelpText) -> None:
    admin = customer.actor(Role.ACCOUNT_ADMIN)
    perform(agreements.accept, admin, version=text.version, language="sv", digest=text.digest)
