"""Where every query over tenant rows begins: another account's row is exactly like an absent one."""

from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, false, literal, true
from sqlalchemy.exc import InvalidRequestError
from sqlmodel import Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from nexus_portal.domain.actor import Actor, Scope
from nexus_portal.domain.errors import NotAllowed, NotFound
from nexus_portal.models.accounts import Account
from nexus_portal.services.read_by import read_by

Row = TypeVar("Row", bound=SQLModel)


def within(actor: Actor, column: Any, *, by_index: bool = False) -> ColumnElement[bool]:
    """The condition that keeps a query on `column` (an `account_id`) inside what the actor may see.

    Customers see their own account. The bureau and the system see all. Anyone else sees nothing. `by_index`
    is for the first rows of a list: they are read by an index that begins with the column, see `read_by`.
    """
    match actor.scope:
        case Scope.ACCOUNT if actor.account_id is not None:
            own = literal(actor.account_id, Uuid())
            return col(column) == (read_by(own) if by_index else own)
        case Scope.BUREAU | Scope.SYSTEM:
            return true()
        case _:
            return false()


def own_account(actor: Actor) -> UUID:
    """The account that a statement which was put together beforehand is given as its parameter.

    Raises:
        NotAllowed: the actor stands in no account of their own.
    """
    if actor.scope is not Scope.ACCOUNT or actor.account_id is None:
        raise NotAllowed
    return actor.account_id


def rows_of(actor: Actor, table: type[Row]) -> SelectOfScalar[Row]:
    """`SELECT` over a tenant table, limited to the actor's rows."""
    return select(table).where(within(actor, _account_column(table)))


def get(
    session: Session,
    actor: Actor,
    table: type[Row],
    row_id: UUID,
    *,
    lock: bool = False,
) -> Row:
    """One row by id; with `lock` it is held until the end of the transaction.

    Raises:
        NotFound: there is none, or it is another account's.
    """
    return one(session, rows_of(actor, table).where(_column(table, "id") == row_id), lock=lock)


def one(session: Session, query: SelectOfScalar[Row], *, lock: bool = False) -> Row:
    """The only row of a query that began in `rows_of`.

    Raises:
        NotFound: there is none.
    """
    row = session.exec(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFound
    return row


def hold(session: Session, row: SQLModel) -> None:
    """Read a row anew that was found before, and hold it until the end of the transaction.

    Raises:
        NotFound: it was deleted meanwhile.
    """
    try:
        session.refresh(row, with_for_update=True)
    except InvalidRequestError:
        raise NotFound from None


def _account_column(table: type[SQLModel]) -> Any:
    return _column(table, "id" if table is Account else "account_id")


def _column(table: Any, name: str) -> Any:
    return table.__table__.c[name]
