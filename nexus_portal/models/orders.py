"""Orders, their lines, card items, and every transition of both. No personal data."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, Integer, String, text
from sqlmodel import Field

from nexus_portal.domain.lifecycles import Billing, Fulfilment, PersonalData, Stage
from nexus_portal.models.base import JSON, Table, UtcDateTime, new_id

# Beginnings of words are found as a stretch of the index, whatever order the database's language has.
Word = String(60).with_variant(String(60, collation="C"), "postgresql")
DATA_GOES = "erase_on IS NOT NULL AND personal_data <> 'erased'"
TO_PACK = "pieces > pieces_packed"
BigKey = BigInteger().with_variant(Integer, "sqlite")


class Order(Table, table=True):
    """What was ordered. `serial` is year * 1,000,000 + number within the year and sorts like time.

    The counts repeat what the card items and parcels say, so that a list of orders needs no join;
    `services/progress.py` is the only writer of them. `pieces` are accessories, of all lines together.
    """

    __tablename__ = "orders"
    __table_args__ = (
        Index("ix_orders_account_serial", "account_id", "serial"),
        Index("ix_orders_account_fulfilment_serial", "account_id", "fulfilment", "serial"),
        Index("ix_orders_account_billing_serial", "account_id", "billing", "serial"),
        Index("ix_orders_account_personal_data_serial", "account_id", "personal_data", "serial"),
        Index("ix_orders_account_orderer_serial", "account_id", "orderer_id", "serial"),
        Index("ix_orders_account_cost_centre_serial", "account_id", "cost_centre", "serial"),
        Index(
            "ix_orders_account_axes_serial", "account_id", "fulfilment", "billing", "personal_data", "serial"
        ),
        Index("ix_orders_account_changed", "account_id", "changed_at", "serial"),
        Index("ix_orders_account_fulfilment_changed", "account_id", "fulfilment", "changed_at", "serial"),
        Index("ix_orders_account_billing_changed", "account_id", "billing", "changed_at", "serial"),
        Index(
            "ix_orders_account_personal_data_changed", "account_id", "personal_data", "changed_at", "serial"
        ),
        Index("ix_orders_account_orderer_changed", "account_id", "orderer_id", "changed_at", "serial"),
        Index("ix_orders_account_cost_centre_changed", "account_id", "cost_centre", "changed_at", "serial"),
        Index("ix_orders_account_created", "account_id", "created_at", "serial"),
        # The orders whose personal data goes on a day that is set: few beside those whose data is gone.
        Index(
            "ix_orders_account_goes",
            "account_id",
            "erase_on",
            "serial",
            sqlite_where=text(DATA_GOES),
            postgresql_where=text(DATA_GOES),
        ),
        Index("ix_orders_fulfilment_serial", "fulfilment", "serial"),
        # The orders whose accessories wait on the shelf: few beside those whose cards are made.
        Index(
            "ix_orders_pieces_to_pack",
            "serial",
            sqlite_where=text(TO_PACK),
            postgresql_where=text(TO_PACK),
        ),
        Index("ix_orders_account_erase_on", "account_id", "erase_on"),
        Index("ix_orders_billing_fulfilment_serial", "billing", "fulfilment", "serial"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id")
    serial: int = Field(sa_type=BigInteger, unique=True)
    reference: str = Field(default="", max_length=120)
    cost_centre: str = Field(default="", max_length=60)
    delivery_address: str = Field(default="", max_length=400)
    orderer_id: UUID = Field(foreign_key="users.id")
    fulfilment: str = Field(default=Fulfilment.DRAFT, max_length=20)
    billing: str = Field(default=Billing.UNBILLED, max_length=20)
    personal_data: str = Field(default=PersonalData.FULL, max_length=20)
    held: bool = False
    """A hold is open on the order or on one of its persons; one on the account stands with the account."""
    reason: str = Field(default="", max_length=400)
    """Why the bureau or an approver gave it back, or it is on hold; for the customer, about the order."""
    cards: int = 0
    produced: int = 0
    shipped: int = 0
    delivered: int = 0
    pieces: int = 0
    pieces_packed: int = 0
    pieces_shipped: int = 0
    pieces_delivered: int = 0
    promised: date | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    submitted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    delivered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    erase_on: date | None = None
    """The day on which retention removes the personal data, once delivery has set it."""
    erasure_id: UUID | None = None
    erased_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    version: int = 1


class OrderLine(Table, table=True):
    """One article: cards in one layout, or an accessory, which has none; `unit_price` in öre."""

    __tablename__ = "order_lines"
    __table_args__ = (Index("ix_order_lines_account_article_serial", "account_id", "article_id", "serial"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id")
    order_id: UUID = Field(foreign_key="orders.id", index=True)
    article_id: UUID = Field(foreign_key="articles.id")
    layout_id: UUID | None = Field(default=None, foreign_key="layouts.id")
    serial: int = Field(default=0, sa_type=BigInteger)
    """The order's own, so that the orders of an article are found in their order."""
    quantity: int
    unit_price: int


class OrderWord(Table, table=True):
    """A word of an order's reference or cost centre, in lower case: what searching while typing reads."""

    __tablename__ = "order_words"
    __table_args__ = (
        Index("ix_order_words_account_word_serial", "account_id", "word", "serial"),
        {"sqlite_with_rowid": False},
    )

    account_id: UUID = Field(foreign_key="accounts.id", primary_key=True)
    serial: int = Field(sa_type=BigInteger, primary_key=True)
    word: str = Field(sa_type=Word, primary_key=True)


class DraftVisit(Table, table=True):
    """A tab in which somebody has a draft open, so that two people who edit one draft are told."""

    __tablename__ = "draft_visits"

    order_id: UUID = Field(foreign_key="orders.id", primary_key=True)
    tab: str = Field(max_length=64, primary_key=True)
    """A hash of the tab's token, which is a secret."""
    account_id: UUID = Field(foreign_key="accounts.id")
    user_id: UUID = Field(foreign_key="users.id")
    seen_at: datetime = Field(sa_type=UtcDateTime)


class CardItem(Table, table=True):
    """One physical card to be made: the unit of production and tracking."""

    __tablename__ = "card_items"
    __table_args__ = (
        Index("ix_card_items_account_changed", "account_id", "stage_at", "id"),
        Index("ix_card_items_account_stage_changed", "account_id", "stage", "stage_at", "id"),
        Index("ix_card_items_stage", "stage", "layout_id"),
        # Few cards replace another: of an index with all the others SQLite's planner expects nothing.
        Index(
            "ix_card_items_replaces_id",
            "replaces_id",
            sqlite_where=text("replaces_id IS NOT NULL"),
            postgresql_where=text("replaces_id IS NOT NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id")
    order_id: UUID = Field(foreign_key="orders.id", index=True)
    line_id: UUID = Field(foreign_key="order_lines.id")
    layout_id: UUID = Field(foreign_key="layouts.id")
    position: int
    """1-based within its order; a spreadsheet's row keeps its place."""
    source_row: int | None = None
    import_id: UUID | None = None
    """The import whose row `source_row` it was; no foreign key, for the row of an import may go first."""
    stage: str = Field(default=Stage.COLLECTING, max_length=20)
    stage_at: datetime = Field(sa_type=UtcDateTime)
    attempt: int = 1
    batch_id: UUID | None = Field(default=None, foreign_key="batches.id", index=True)
    shipment_id: UUID | None = Field(default=None, foreign_key="shipments.id", index=True)
    replaces_id: UUID | None = None
    """The card of the register that this one takes the place of; no foreign key, for cards refer to items."""
    replaces_why: str = Field(default="", max_length=20)
    """`lost`, `damaged`, `renewal` …: why it is made."""
    problems: list[dict[str, Any]] | None = Field(default=None, sa_type=JSON)
    """What still stops it, as `{field, code, msgid, params}`: words about the value, never the value."""


class Transition(Table, table=True):
    """One move of an order or of a card item: what tracking shows."""

    __tablename__ = "transitions"
    __table_args__ = (
        # The moves of orders, newest first, without wading through those of their cards.
        Index(
            "ix_transitions_of_orders",
            "account_id",
            "id",
            sqlite_where=text("item_id IS NULL"),
            postgresql_where=text("item_id IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)
    account_id: UUID = Field(foreign_key="accounts.id")
    order_id: UUID = Field(foreign_key="orders.id", index=True)
    item_id: UUID | None = Field(default=None, foreign_key="card_items.id", index=True)
    axis: str = Field(max_length=20)
    """`fulfilment`, `billing`, `personal_data`, `stage`, or `card` for the status of an issued card."""
    start: str = Field(max_length=20)
    end: str = Field(max_length=20)
    count: int = 1
    at: datetime = Field(sa_type=UtcDateTime)
    actor_id: UUID | None = None
    actor_role: str = Field(default="", max_length=40)
    reason: str = Field(default="", max_length=400)


class Serial(Table, table=True):
    """The last number given in a series, such as `order/2026`."""

    __tablename__ = "serials"

    series: str = Field(primary_key=True, max_length=40)
    last: int = Field(sa_type=BigInteger)
