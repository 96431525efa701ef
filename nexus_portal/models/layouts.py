"""Articles and card layouts."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlmodel import Field

from nexus_portal.models.base import JSON, Table, UtcDateTime, new_id


class ArticleKind(StrEnum):
    """Made for a person, or taken from a shelf."""

    CARD = "card"
    ACCESSORY = "accessory"


class Article(Table, table=True):
    """What can be ordered. Prices in öre, without VAT."""

    __tablename__ = "articles"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    number: str = Field(max_length=40, unique=True)
    name: str = Field(max_length=120)
    kind: str = Field(default=ArticleKind.CARD, max_length=20)
    technology: str = Field(default="", max_length=60)
    price: int
    active: bool = True


class Layout(Table, table=True):
    """One version of an account's card design. `fields` holds `domain.fields.FieldDefinition` as JSON.

    It is offered while `active`, which it first becomes when it is published; until then it is a draft.
    """

    __tablename__ = "layouts"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id", index=True)
    article_id: UUID = Field(foreign_key="articles.id")
    name: str = Field(max_length=120)
    version: int = 1
    fields: list[dict[str, Any]] = Field(sa_type=JSON)
    design: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """What is drawn on front and back, as `domain.card_design` reads it; empty: the plain design."""
    colour: str = Field(default="#3e63dd", max_length=9)
    active: bool = True
    published_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
