"""Persons who are opened to leave the portal, looked at once more before they do.

An identity may be protected meanwhile; once that is acknowledged, who may not see the person gets nothing.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar
from uuid import UUID

from sqlmodel import Session

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import NotFound
from nexus_portal.domain.permissions import Permission
from nexus_portal.services import vault
from nexus_portal.services.use_case import perform, use_case

Opened = TypeVar("Opened")


@use_case(Permission.SIGNED_IN, reads=True)
def hidden(session: Session, actor: Actor, *, item_ids: Sequence[UUID]) -> frozenset[UUID]:
    """Which of these card items have a person whose identity is protected from the actor by now."""
    return frozenset(vault.hidden(session, actor, item_ids))


def opened(actor: Actor, item_ids: Sequence[UUID], opens: Callable[[], Opened]) -> Opened:
    """What `opens` gives of these card items; given anew where somebody came to be protected while it did.

    Locks would not do: on SQLite a reader holds none, and who protects somebody would wait for print files.
    """
    before = perform(hidden, actor, item_ids=item_ids)
    while True:
        try:
            found = opens()
        except NotFound:  # a photo, perhaps, of whom the name was opened already
            after = perform(hidden, actor, item_ids=item_ids)
            if after <= before:
                raise
        else:
            after = perform(hidden, actor, item_ids=item_ids)
            if after <= before:
                return found
        before = after
