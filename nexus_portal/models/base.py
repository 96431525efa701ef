"""What every table shares: identifiers, aware UTC times, JSON."""

from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

import uuid_utils
from sqlalchemy import DateTime, Dialect
from sqlalchemy.types import JSON, TypeDecorator
from sqlmodel import SQLModel

JsonObject = dict[str, Any]


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in and out, on SQLite too, which keeps no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times, which have no meaning here."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = "a time without a zone was about to be stored"
            raise ValueError(message)
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy passes it by name
    ) -> datetime | None:
        """Give back aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def new_id() -> UUID:
    """A UUIDv7: rows made together lie together in every index."""
    return UUID(int=uuid_utils.uuid7().int)


# Without names a later migration could not drop a constraint, least of all on SQLite.
SQLModel.metadata.naming_convention = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "ix": "ix_%(table_name)s_%(column_0_name)s",
}


class Table(SQLModel):
    """Base of all tables."""

    __tablename__: ClassVar[str]  # pyright: ignore[reportIncompatibleVariableOverride] - SQLModel has it as a method


__all__ = ["JSON", "JsonObject", "Table", "UtcDateTime", "new_id"]
