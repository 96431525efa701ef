"""Playing the demo into an empty database."""

from collections.abc import Callable
from datetime import timedelta

from nexus_portal.adapters import clock, db
from nexus_portal.demo import agreed, applicants, cast, designs, papers, past, rights
from nexus_portal.demo.accounts_file import write_accounts
from nexus_portal.demo.dropped_files import drop_files
from nexus_portal.demo.play import Act, Play, Story
from nexus_portal.demo.stories import STORIES
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.permissions import Role
from nexus_portal.services import audit, invitations
from nexus_portal.services.use_case import perform

FIRST_DAY = timedelta(days=240)
Advanced = Callable[[int, int], None]
"""Told how many of how many acts are done."""


def seed(advanced: Advanced = lambda _done, _total: None) -> Play:
    """Make the bureau, its customers and their orders, ending now; write down how to sign in.

    The database must hold no accounts.
    """
    now = clock.now().replace(microsecond=0)
    play, acts = Play(), _acts()
    with past.at(now - FIRST_DAY), db.current().transaction(SYSTEM) as session:
        cast.move_in(session, clock.now())
        designs.put_on_offer(session, clock.now())
        audit.record(session, SYSTEM, "demo:made")
        agreed.offer_first(session)
    with past.at(now - FIRST_DAY):
        agreed.accept_first()
    for done, (days_ago, _, story, act) in enumerate(acts, start=1):
        with past.at(now - timedelta(days=days_ago)):
            act(play, story)
        advanced(done, len(acts))
    with past.at(now - timedelta(hours=20)):
        _invite_somebody()
        rights.name_handlers()
        rights.ask_for_rights()
    drop_files(play, now)
    papers.write(now, play)
    applicants.apply(now)
    write_accounts()
    return play


def _acts() -> list[tuple[float, int, Story, Act]]:
    """All steps of all stories and the new agreement, the oldest first: audit chains grow with time."""
    found = [
        (story.ordered - after, place, story, act)
        for place, story in enumerate(STORIES)
        for after, act in story.steps
    ]
    found.append((agreed.DAYS_AGO, len(STORIES), STORIES[0], agreed.renew))
    return sorted(found, key=lambda step: (-step[0], step[1]))


def _invite_somebody() -> None:
    admin = cast.SCHOOL.actor(Role.ACCOUNT_ADMIN)
    perform(
        invitations.invite, admin, email="lisa@bjorkskolan.example", name="Lisa Kronvall", role=Role.ORDERER
    )
