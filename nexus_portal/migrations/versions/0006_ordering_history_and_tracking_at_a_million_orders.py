"""Ordering, history and tracking at a million orders."""
# ruff: noqa: PLR0915 - a revision is as long as its change

import sqlalchemy as sa
from alembic import op

from nexus_portal.domain.order_words import words_of
from nexus_portal.migrations.row_level_security import protect

revision: str = "0006"
down_revision: str | None = "0005"

TENANT_TABLES = (
    "column_mappings",
    "delivery_addresses",
    "draft_visits",
    "holder_links",
    "order_words",
    "saved_views",
)
FURTHER_INDEXES = {
    "ix_orders_account_axes_serial": ["account_id", "fulfilment", "billing", "personal_data", "serial"],
    "ix_orders_account_fulfilment_changed": ["account_id", "fulfilment", "changed_at", "serial"],
    "ix_orders_account_billing_changed": ["account_id", "billing", "changed_at", "serial"],
    "ix_orders_account_personal_data_changed": ["account_id", "personal_data", "changed_at", "serial"],
    "ix_orders_account_orderer_changed": ["account_id", "orderer_id", "changed_at", "serial"],
    "ix_orders_account_cost_centre_changed": ["account_id", "cost_centre", "changed_at", "serial"],
    "ix_orders_account_created": ["account_id", "created_at", "serial"],
}
DATA_GOES = "erase_on IS NOT NULL AND personal_data <> 'erased'"
CHUNK = 5000


def upgrade() -> None:
    """Bring the database one revision forward; the way back is the backup."""
    op.create_table(
        "column_mappings",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("layout_name", sa.String(length=120), nullable=False),
        sa.Column("headers", sa.LargeBinary(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_column_mappings_account_id")),
        sa.PrimaryKeyConstraint("account_id", "layout_name", "headers", name=op.f("pk_column_mappings")),
    )
    op.create_table(
        "delivery_addresses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("address", sa.String(length=400), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_delivery_addresses_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_addresses")),
    )
    op.create_index(
        op.f("ix_delivery_addresses_account_id"), "delivery_addresses", ["account_id"], unique=False
    )
    op.create_table(
        "order_words",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("serial", sa.BigInteger(), nullable=False),
        sa.Column(
            "word", sa.String(60).with_variant(sa.String(60, collation="C"), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_order_words_account_id")),
        sa.PrimaryKeyConstraint("account_id", "serial", "word", name=op.f("pk_order_words")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_order_words_account_word_serial", "order_words", ["account_id", "word", "serial"])
    _write_words()
    op.create_table(
        "saved_views",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("list_name", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("query", sa.JSON(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_saved_views_account_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_saved_views_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
        sa.UniqueConstraint(
            "user_id",
            "account_id",
            "list_name",
            "name",
            name=op.f("uq_saved_views_user_id_account_id_list_name_name"),
        ),
    )
    op.create_table(
        "draft_visits",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("tab", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_draft_visits_account_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_draft_visits_order_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_draft_visits_user_id")),
        sa.PrimaryKeyConstraint("order_id", "tab", name=op.f("pk_draft_visits")),
    )
    op.create_table(
        "holder_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_holder_links_account_id")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_holder_links_created_by")),
        sa.ForeignKeyConstraint(["item_id"], ["card_items.id"], name=op.f("fk_holder_links_item_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_holder_links_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holder_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_holder_links_token_hash")),
    )
    op.create_index(op.f("ix_holder_links_account_id"), "holder_links", ["account_id"], unique=False)
    op.create_index(op.f("ix_holder_links_item_id"), "holder_links", ["item_id"], unique=False)
    op.create_index(op.f("ix_holder_links_order_id"), "holder_links", ["order_id"], unique=False)
    op.add_column(
        "accounts", sa.Column("approval", sa.String(length=20), nullable=False, server_default="never")
    )
    op.add_column("accounts", sa.Column("approval_above_cards", sa.Integer(), nullable=True))
    op.add_column("accounts", sa.Column("approval_above_price", sa.Integer(), nullable=True))
    op.execute("UPDATE accounts SET approval = 'always' WHERE wants_approval")
    op.drop_column("accounts", "wants_approval")
    op.add_column("articles", sa.Column("kind", sa.String(length=20), nullable=False, server_default="card"))
    op.add_column("card_items", sa.Column("replaces_id", sa.Uuid(), nullable=True))
    op.add_column(
        "card_items", sa.Column("replaces_why", sa.String(length=20), nullable=False, server_default="")
    )
    op.create_index(op.f("ix_card_items_replaces_id"), "card_items", ["replaces_id"], unique=False)
    op.add_column("card_items", sa.Column("import_id", sa.Uuid(), nullable=True))
    op.add_column("imports", sa.Column("kind", sa.String(length=20), nullable=False, server_default="rows"))
    for name in ("files", "mapping", "counts"):
        op.add_column("imports", sa.Column(name, sa.JSON(), nullable=False, server_default="{}"))
    for name in ("again", "photos", "photos_done", "attempts"):
        op.add_column("imports", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.add_column("imports", sa.Column("claim", sa.String(length=32), nullable=False, server_default=""))
    op.add_column("imports", sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True))
    # What was being read when the release changed has no files any more.
    op.execute("UPDATE imports SET state = 'failed' WHERE state = 'reading'")
    reading = sa.text("state = 'reading'")
    op.create_index(
        "ix_imports_reading",
        "imports",
        ["id"],
        unique=False,
        sqlite_where=reading,
        postgresql_where=reading,
    )
    op.add_column(
        "inspections", sa.Column("remembered", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("layouts", sa.Column("design", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("layouts", sa.Column("published_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE layouts SET published_at = created_at")
    op.add_column("order_lines", sa.Column("serial", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE order_lines SET serial = (SELECT serial FROM orders WHERE orders.id = order_lines.order_id)"
    )
    with op.batch_alter_table("order_lines") as lines:
        lines.alter_column("layout_id", existing_type=sa.Uuid(), nullable=True)
    op.create_index(
        "ix_order_lines_account_article_serial",
        "order_lines",
        ["account_id", "article_id", "serial"],
        unique=False,
    )
    op.create_index(
        "ix_orders_account_billing_serial", "orders", ["account_id", "billing", "serial"], unique=False
    )
    op.create_index(
        "ix_orders_account_changed", "orders", ["account_id", "changed_at", "serial"], unique=False
    )
    op.create_index(
        "ix_orders_account_cost_centre_serial",
        "orders",
        ["account_id", "cost_centre", "serial"],
        unique=False,
    )
    for name, columns in FURTHER_INDEXES.items():
        op.create_index(name, "orders", columns, unique=False)
    op.create_index(
        "ix_orders_account_goes",
        "orders",
        ["account_id", "erase_on", "serial"],
        unique=False,
        sqlite_where=sa.text(DATA_GOES),
        postgresql_where=sa.text(DATA_GOES),
    )
    op.create_index(
        "ix_orders_account_orderer_serial", "orders", ["account_id", "orderer_id", "serial"], unique=False
    )
    op.create_index(
        "ix_orders_account_personal_data_serial",
        "orders",
        ["account_id", "personal_data", "serial"],
        unique=False,
    )
    op.add_column("outbox", sa.Column("holder_record_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_outbox_holder_record_id"), "outbox", ["holder_record_id"], unique=False)
    op.add_column("photos", sa.Column("cut", sa.JSON(), nullable=True))
    op.add_column("photos", sa.Column("findings", sa.JSON(), nullable=False, server_default="[]"))
    for table in TENANT_TABLES:
        protect(table)


def _write_words() -> None:
    """The words of the orders that are there, some thousand at a time."""
    orders = sa.table(
        "orders", *map(sa.column, ("serial", "reference", "cost_centre")), sa.column("account_id", sa.Uuid())
    )
    order_words = sa.table(
        "order_words", sa.column("account_id", sa.Uuid()), sa.column("serial"), sa.column("word")
    )
    connection, last = op.get_bind(), -1
    while True:
        query = sa.select(orders).where(orders.c.serial > last).order_by(orders.c.serial).limit(CHUNK)
        found = connection.execute(query).all()
        if not found:
            return
        rows = [
            {"account_id": order.account_id, "serial": order.serial, "word": word}
            for order in found
            for word in words_of(order.reference, order.cost_centre)
        ]
        if rows:
            connection.execute(sa.insert(order_words), rows)
        last = found[-1].serial
