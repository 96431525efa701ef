"""Ways of looking at a list that a person keeps under names of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid, NotAllowed
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.views import SavedView
from nexus_portal.services import tenancy
from nexus_portal.services.use_case import use_case

MOST = 30
LONGEST_NAME = 60
LONGEST = 200
ORDERS = "orders"


@dataclass(frozen=True, slots=True)
class ViewRow:
    """A kept view; `query` is what its address has behind the question mark."""

    id: str
    name: str
    query: str


@use_case(Permission.ORDERS_READ, reads=True)
def views(session: Session, actor: Actor) -> tuple[ViewRow, ...]:
    """The person's own views of the order history, by name."""
    found = session.exec(_own(actor).order_by(col(SavedView.name), col(SavedView.id)))
    return tuple(_row(view) for view in found)


@use_case(Permission.ORDERS_READ)
def keep(
    session: Session, actor: Actor, *, name: str, query: Mapping[str, str], columns: Sequence[str]
) -> ViewRow:
    """Keep a view under a name; one that has the name already is replaced.

    Raises:
        Invalid: the name is empty or too long, or there are 30 views already.
    """
    name = _checked(name)
    if any(len(text) > LONGEST for text in (*query, *query.values(), *columns)):
        raise Invalid(Message("This cannot be kept as a view."))
    view = session.exec(_own(actor).where(SavedView.name == name)).one_or_none()
    if view is None:
        _refuse_too_many(session, actor)
        view = SavedView(
            account_id=tenancy.own_account(actor),
            user_id=_person(actor),
            list_name=ORDERS,
            name=name,
            query={},
            created_at=clock.now(),
        )
    view.query, view.columns = dict(query), list(columns)
    session.add(view)
    session.flush()
    return _row(view)


@use_case(Permission.ORDERS_READ)
def rename(session: Session, actor: Actor, *, view_id: UUID, name: str) -> None:
    """Give a view another name.

    Raises:
        NotFound: it is none of the person's.
        Invalid: the name is empty, too long, or another view's.
    """
    name = _checked(name)
    view = tenancy.one(session, _own(actor).where(SavedView.id == view_id))
    taken = session.exec(_own(actor).where(SavedView.name == name, SavedView.id != view_id)).first()
    if taken is not None:
        raise Invalid(Message("Another view has this name."))
    view.name = name
    session.add(view)


@use_case(Permission.ORDERS_READ)
def remove(session: Session, actor: Actor, *, view_id: UUID) -> None:
    """Forget a view.

    Raises:
        NotFound: it is none of the person's.
    """
    session.delete(tenancy.one(session, _own(actor).where(SavedView.id == view_id)))


def _own(actor: Actor) -> tenancy.SelectOfScalar[SavedView]:
    return tenancy.rows_of(actor, SavedView).where(
        SavedView.user_id == _person(actor), SavedView.list_name == ORDERS
    )


def _person(actor: Actor) -> UUID:
    if actor.user_id is None:
        raise NotAllowed
    return actor.user_id


def _checked(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or "\0" in name:
        raise Invalid(Message("Give the view a name of at most {limit} characters.", limit=LONGEST_NAME))
    return name


def _refuse_too_many(session: Session, actor: Actor) -> None:
    count = select(func.count()).select_from(_own(actor).subquery())
    if session.exec(count).one() >= MOST:
        raise Invalid(Message("There are {most} views already. Remove one first.", most=MOST))


def _row(view: SavedView) -> ViewRow:
    columns = {"columns": "~".join(view.columns)} if view.columns else {}
    return ViewRow(str(view.id), view.name, urlencode({**view.query, **columns}))
