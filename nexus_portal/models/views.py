"""Saved views: how a person likes to see a list."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from nexus_portal.models.base import JSON, Table, UtcDateTime, new_id


class SavedView(Table, table=True):
    """What narrows and sorts a list, and its columns, under a name of the person's own."""

    __tablename__ = "saved_views"
    __table_args__ = (UniqueConstraint("user_id", "account_id", "list_name", "name"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id")
    user_id: UUID = Field(foreign_key="users.id")
    list_name: str = Field(max_length=20)
    name: str = Field(max_length=60)
    query: dict[str, str] = Field(sa_type=JSON)
    """The address's parameters, but for the page."""
    columns: list[str] = Field(default_factory=list, sa_type=JSON)
    """Keys of the columns in their order; none: the list's own choice."""
    created_at: datetime = Field(sa_type=UtcDateTime)
