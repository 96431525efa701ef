"""Accounts: the bureau itself and its customers."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Field

from nexus_portal.domain.account_status import AccountStatus
from nexus_portal.domain.approval import Approval
from nexus_portal.domain.retention import RetentionPolicy
from nexus_portal.models.base import Table, UtcDateTime, new_id


class AccountKind(StrEnum):
    """Which side of the counter an account stands on."""

    BUREAU = "bureau"
    CUSTOMER = "customer"


class Account(Table, table=True):
    """A customer organisation, the tenant; or the bureau."""

    __tablename__ = "accounts"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    number: str = Field(max_length=20, unique=True)
    name: str = Field(max_length=120)
    kind: str = Field(default=AccountKind.CUSTOMER, max_length=20)
    status: str = Field(default=AccountStatus.ACTIVE, max_length=20)
    """What that allows says `domain/account_status.py`."""
    status_reason: str = Field(default="", max_length=400)
    status_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    organisation_token: str = Field(default="", max_length=64, index=True)
    """A keyed hash of the organisation number, from the application."""
    approval: str = Field(default=Approval.NEVER, max_length=20)
    approval_above_cards: int | None = None
    """With `Approval.ABOVE`: an order of more cards than this waits. None: their number does not matter."""
    approval_above_price: int | None = None
    """The same for the order's price, in öre without VAT."""
    retention_policy: str = Field(default=RetentionPolicy.DAYS, max_length=20)
    retention_days: int = 30
    warranty_days: int = 365
    access_months: int = 24
    """How long it is kept who saw persons."""
    held: bool = False
    """A hold on the whole account stops every erasing; `services/holds.py` keeps it true."""
    delivery_address: str = Field(default="", max_length=400)
    created_at: datetime = Field(sa_type=UtcDateTime)


class DeliveryAddress(Table, table=True):
    """An address in the account's book. Orders keep their own copy of what was chosen."""

    __tablename__ = "delivery_addresses"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id", index=True)
    name: str = Field(max_length=80)
    address: str = Field(max_length=400)
    created_at: datetime = Field(sa_type=UtcDateTime)
    removed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
