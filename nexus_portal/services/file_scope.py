"""Whose dropped files somebody reaches: as with the persons on orders, their own or the whole account's.

A file holds persons. Who may search for persons sees those on every order, and so every file; whoever else
may use files has to do with those they sent, by the page or by a credential they made, and with the answers
to these. The others are not there for them. Who may not use files sees that there are some: no names, no
checksums, nothing to open.
"""

from uuid import UUID

from sqlalchemy import ColumnElement, true
from sqlmodel import col
from sqlmodel.sql.expression import SelectOfScalar

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.permissions import Permission
from nexus_portal.models.files import FileDrop
from nexus_portal.services import tenancy


def rows(actor: Actor) -> SelectOfScalar[FileDrop]:
    """The files that the actor may know of."""
    return tenancy.rows_of(actor, FileDrop).where(in_sight(actor))


def in_sight(actor: Actor) -> ColumnElement[bool]:
    """The condition for that, beside the one of the account."""
    if actor.may(Permission.PERSONS_SEARCH) or not actor.may(Permission.FILES_USE):
        return true()
    return of(owner(actor))


def of(owner_id: UUID | None) -> ColumnElement[bool]:
    """Files of one person, or those that are nobody's."""
    return col(FileDrop.owner_id) == owner_id if owner_id else col(FileDrop.owner_id).is_(None)


def owner(actor: Actor) -> UUID | None:
    """Whose the files are that the actor sends, and in whose folders they look."""
    return actor.user_id or actor.files_of
