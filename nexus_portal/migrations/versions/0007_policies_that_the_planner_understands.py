"""Row-level security in words by which PostgreSQL guesses rightly how many rows it lets pass."""

from alembic import op
from sqlalchemy import text

from nexus_portal.migrations.row_level_security import protect_anew

revision: str = "0007"
down_revision: str | None = "0006"

PROTECTED = text(
    "SELECT tablename FROM pg_policies WHERE schemaname = current_schema() AND policyname = 'tenant'"
)
OTHERWISE = {"accounts": ("id", "uuid"), "audit_events": ("chain", "varchar")}


def upgrade() -> None:
    """Bring the database one revision forward; the way back is the backup."""
    if op.get_context().dialect.name == "postgresql":
        for table in sorted(op.get_bind().execute(PROTECTED).scalars()):
            protect_anew(table, *OTHERWISE.get(table, ("account_id", "uuid")))
