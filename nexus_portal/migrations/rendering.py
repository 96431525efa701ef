"""How a revision spells our types: as plain SQLAlchemy, so that it never depends on the models of later."""

from typing import Any, Literal

import sqlalchemy as sa
from sqlmodel.sql.sqltypes import AutoString

from nexus_portal.models.base import UtcDateTime


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """The text of a column type in a new revision; False leaves it to Alembic."""
    if kind != "type":
        return False
    if isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    if isinstance(item, sa.BigInteger) and item.dialect_impl(_sqlite()).__class__ is not item.__class__:
        return "sa.BigInteger().with_variant(sa.Integer(), 'sqlite')"
    return False


def _sqlite() -> sa.Dialect:
    return sa.create_engine("sqlite://").dialect
