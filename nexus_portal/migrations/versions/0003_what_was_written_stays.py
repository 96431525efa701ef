"""Triggers that keep the audit log append-only and the ledger of erasures true."""

from alembic import op

from nexus_portal.models.ddl import AUDIT_TRIGGERS_POSTGRESQL, AUDIT_TRIGGERS_SQLITE

revision: str = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    """Bring the database one revision forward; the way back is the backup."""
    on_postgresql = op.get_context().dialect.name == "postgresql"
    for statement in AUDIT_TRIGGERS_POSTGRESQL if on_postgresql else AUDIT_TRIGGERS_SQLITE:
        op.execute(statement)
