"""Row-level security on every table that belongs to an account (ADR 0007)."""

from alembic import op

from nexus_portal.migrations.row_level_security import protect

revision: str = "0002"
down_revision: str | None = "0001"

TABLES = (
    "batches",
    "card_items",
    "cards",
    "erasures",
    "holder_records",
    "imports",
    "inspections",
    "invitations",
    "invoice_lines",
    "invoices",
    "layouts",
    "memberships",
    "order_lines",
    "orders",
    "outbox",
    "photos",
    "search_tokens",
    "shipments",
    "transitions",
)


def upgrade() -> None:
    """Bring the database one revision forward; the way back is the backup."""
    protect("accounts", column="id")
    for table in TABLES:
        protect(table)
    protect("audit_events", column="chain", kind="varchar")
    _let_everyone_append_to_the_installation_chain()


def _let_everyone_append_to_the_installation_chain() -> None:
    # What belongs to no account is written by whoever meets it, and read by the bureau.
    if op.get_context().dialect.name == "postgresql":
        op.execute(
            "CREATE POLICY installation ON audit_events FOR INSERT WITH CHECK (chain = 'installation')"
        )
