"""The rows that the rows of a page refer to, in one query per table."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar
from uuid import UUID

from sqlmodel import Session, SQLModel, col, select

from nexus_portal.domain.actor import Actor
from nexus_portal.models.accounts import Account
from nexus_portal.models.layouts import Article
from nexus_portal.services import tenancy

Row = TypeVar("Row", bound=SQLModel)
NOTHING: Mapping[UUID, Any] = MappingProxyType({})


def by_id(
    session: Session,
    actor: Actor,
    table: type[Row],
    ids: Iterable[UUID | None],
    *,
    read: Mapping[UUID, Row] = NOTHING,
) -> dict[UUID, Row]:
    """Rows of a tenant table by id; what the actor may not see is missing.

    What the same use case has `read` for this actor already is not read again.
    """
    key: Any = table.__dict__["id"]
    asked = {row_id for row_id in ids if row_id is not None}
    wanted = asked - read.keys()
    rows = session.exec(tenancy.rows_of(actor, table).where(col(key).in_(wanted))) if wanted else ()
    here = {row_id: read[row_id] for row_id in asked & read.keys()}
    return here | {row.__dict__["id"]: row for row in rows}


def account_names(session: Session, actor: Actor, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Names of accounts."""
    return {row_id: account.name for row_id, account in by_id(session, actor, Account, ids).items()}


def articles(session: Session, ids: Iterable[UUID]) -> dict[UUID, Article]:
    """Articles by id: they are the bureau's, and open to all."""
    wanted = set(ids)
    return {row.id: row for row in session.exec(select(Article).where(col(Article.id).in_(wanted)))}
