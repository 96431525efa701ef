"""Accounts: the bureau itself and its customers."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Field

from nexus_portal.models.base import Table, UtcDateTime, new_id


class AccountKind(StrEnum):
    """Which side of the counter an account stands on."""

    BUREAU = "bureau"
    CUSTOMER = "customer"


class RetentionPolicy(StrEnum):
    """When the personal data of a card goes by itself [R6]."""

    IMMEDIATE = "immediate"
    DAYS = "days"


class Account(Table, table=True):
    """A customer organisation, the tenant; or the bureau."""

    __tablename__ = "accounts"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    number: str = Field(max_length=20, unique=True)
    name: str = Field(max_length=120)
    kind: str = Field(default=AccountKind.CUSTOMER, max_length=20)
    wants_approval: bool = False
    retention_policy: str = Field(default=RetentionPolicy.DAYS, max_length=20)
    retention_days: int = 30
    delivery_address: str = Field(default="", max_length=400)
    created_at: datetime = Field(sa_type=UtcDateTime)
