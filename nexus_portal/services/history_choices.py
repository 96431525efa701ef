"""What an account's orders can be narrowed by: the people, cost centres and articles that it has used."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select
from sqlmodel import col

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.permissions import Permission
from nexus_portal.models.layouts import Article
from nexus_portal.models.orders import Order, OrderLine
from nexus_portal.models.people import User
from nexus_portal.services import tenancy
from nexus_portal.services.use_case import list_case

MOST = 100
"""A list to choose from is no longer than one can read; the search finds the rest."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of a list to choose from."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What has been used, by its name."""

    orderers: tuple[Choice, ...]
    cost_centres: tuple[Choice, ...]
    articles: tuple[Choice, ...]


@list_case(Permission.ORDERS_READ)
def choices(connection: Connection, actor: Actor) -> Choices:
    """What the account's orders have been ordered by, for and as; at most 100 of each."""
    account_id = tenancy.own_account(actor)
    people = select(col(User.id), col(User.name)).where(col(User.id).in_(_used(account_id, Order.orderer_id)))
    articles = select(col(Article.id), col(Article.name)).where(
        col(Article.id).in_(_used(account_id, OrderLine.article_id))
    )
    cost_centres = connection.execute(_used(account_id, Order.cost_centre)).scalars()
    return Choices(
        _named(connection, people),
        tuple(Choice(each, each) for each in cost_centres if each),
        _named(connection, articles),
    )


def _named(connection: Connection, query: Any) -> tuple[Choice, ...]:
    found: Sequence[Any] = connection.execute(query).all()
    return tuple(sorted((Choice(each.hex, name) for each, name in found), key=lambda choice: choice.label))


def _used(account_id: Any, column: Any) -> Any:
    """The different values of a column in the account: a step of its index each, however many rows."""
    table = column.class_
    first = select(column.label("value")).where(table.account_id == account_id).order_by(column).limit(1)
    steps = select(first.subquery().c.value).cte("steps", recursive=True)
    following = select(column).where(table.account_id == account_id, column > steps.c.value)
    following = following.order_by(column).limit(1).scalar_subquery()
    steps = steps.union_all(select(following).where(steps.c.value.is_not(None)))
    return select(steps.c.value).where(steps.c.value.is_not(None)).limit(MOST)
