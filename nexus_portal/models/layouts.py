"""Articles and card layouts."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Field

from nexus_portal.models.base import JSON, Table, UtcDateTime, new_id


class Article(Table, table=True):
    """What can be ordered. Prices in öre, without VAT."""

    __tablename__ = "articles"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    number: str = Field(max_length=40, unique=True)
    name: str = Field(max_length=120)
    technology: str = Field(default="", max_length=60)
    price: int
    active: bool = True


class Layout(Table, table=True):
    """One version of an account's card design. `fields` holds `domain.fields.FieldDefinition` as JSON."""

    __tablename__ = "layouts"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id", index=True)
    article_id: UUID = Field(foreign_key="articles.id")
    name: str = Field(max_length=120)
    version: int = 1
    fields: list[dict[str, Any]] = Field(sa_type=JSON)
    colour: str = Field(default="#3e63dd", max_length=9)
    active: bool = True
    created_at: datetime = Field(sa_type=UtcDateTime)
