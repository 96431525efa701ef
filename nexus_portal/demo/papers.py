"""The demo on paper: who processes for the bureau, a record that was kept, who looked, a breach."""

from datetime import datetime, timedelta
from uuid import UUID

from nexus_portal.demo import past
from nexus_portal.demo.cast import BUREAU, SCHOOL
from nexus_portal.demo.play import Play
from nexus_portal.domain.permissions import Role
from nexus_portal.services import breaches, order_items, processing, sub_processors, vault_people
from nexus_portal.services.breach_question import Wanted
from nexus_portal.services.use_case import perform

SINCE, DISCOVERED = timedelta(days=200), timedelta(hours=26)
NAMED, KEPT, ADDED, LOOKED, OPENED = (timedelta(hours=hours) for hours in (12, 11, 10, 9.5, 9))
"""How long ago each happened, the oldest first and all after the stories: audit chains grow with time."""


def write(now: datetime, play: Play) -> None:
    """Write them, each in its time."""
    admin, officer = BUREAU.actor(Role.BUREAU_ADMIN), SCHOOL.actor(Role.PRIVACY_OFFICER)
    with past.at(now - NAMED):
        _name(now, "Serverhallen i Norr AB", "Servers and backups")
    with past.at(now - KEPT):
        perform(processing.keep_account_record, officer)
        perform(processing.keep_bureau_record, admin)
    with past.at(now - ADDED):
        _name(now, "Postkedjan AB", "Carries parcels with cards")
    with past.at(now - LOOKED):
        orderer, number = SCHOOL.actor(Role.ORDERER), play.orders["part_shipped"]
        shown = [UUID(item.id) for item in perform(order_items.items, orderer, number=number).rows[:3]]
        perform(vault_people.reveal, orderer, item_ids=shown, purpose="order page")
    with past.at(now - OPENED):
        perform(
            breaches.open_breach,
            officer,
            title="A signed-in computer was left in a library",
            discovered_at=(now - DISCOVERED).isoformat(),
            wanted=Wanted(since=(now - timedelta(days=3)).isoformat(timespec="minutes")),
        )


def _name(now: datetime, name: str, service: str) -> None:
    since = (now - SINCE).date().isoformat()
    admin = BUREAU.actor(Role.BUREAU_ADMIN)
    perform(sub_processors.add, admin, name=name, service=service, country="Sweden", since=since)
