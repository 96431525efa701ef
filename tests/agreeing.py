"""Versions of the agreement that tests offer and accept."""

from uuid import UUID

from nexus_portal.adapters import text_files
from nexus_portal.adapters.catalogue import Language
from nexus_portal.adapters.help_texts import HelpText
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.services import agreements
from nexus_portal.services.use_case import perform
from tests.world import World

FIRST, NEWEST = "1.0", "2.0"


def text(version: str, language: Language = "en") -> HelpText:
    """The text of a version."""
    found = text_files.agreement(version)
    assert found is not None
    return found[language]


def offer(world: World, version: str) -> None:
    """From now on the portal offers this version."""
    with world.database.transaction(SYSTEM) as session:
        agreements.offer(session, text(version))


def accept(admin: Actor, version: str, language: Language = "en") -> UUID:
    """Accept it as it was read."""
    digest = text(version, language).digest
    return perform(agreements.accept, admin, version=version, language=language, digest=digest)
