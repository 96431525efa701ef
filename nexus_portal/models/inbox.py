"""What an account lets become of files in its inbox, and which files became which order."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from nexus_portal.models.base import Table, UtcDateTime, new_id

DAYS_AFTER_USE, DAYS_UNUSED = 7, 30


class FileRules(Table, table=True):
    """An account's rules for its files; one without a row lets files lie until somebody has set them."""

    __tablename__ = "file_rules"

    account_id: UUID = Field(foreign_key="accounts.id", primary_key=True)
    orders_as: UUID | None = Field(default=None, foreign_key="users.id")
    """Who orders what is dropped: their permissions count, and the orders are theirs."""
    submits: bool = False
    """A list whose every row is right is ordered at once; any other stays a draft."""
    layout_name: str = Field(default="", max_length=120)
    """The layout of every list; empty: the only one whose fields its headers fill."""
    archives: bool = False
    """Used files move to `archive`."""
    days_after_use: int = DAYS_AFTER_USE
    days_unused: int = DAYS_UNUSED
    """Days until a file goes by itself: after it was used, and after it came where it was not."""
    changed_at: datetime = Field(sa_type=UtcDateTime)


class FileTaking(Table, table=True):
    """Files that became one order. The same list has one row in its account, whatever it is called."""

    __tablename__ = "file_takings"
    __table_args__ = (
        UniqueConstraint("account_id", "fingerprint"),
        Index(
            "ix_file_takings_unsettled",
            "account_id",
            sqlite_where=text("settled_at IS NULL"),
            postgresql_where=text("settled_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id")
    fingerprint: bytes = Field(max_length=32)
    """A hash of the list's bytes under the account's own key."""
    import_id: UUID = Field(foreign_key="imports.id", index=True)
    order_id: UUID = Field(foreign_key="orders.id", index=True)
    user_id: UUID = Field(foreign_key="users.id")
    submits: bool = False
    created_at: datetime = Field(sa_type=UtcDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When its answer lay in `results`."""
