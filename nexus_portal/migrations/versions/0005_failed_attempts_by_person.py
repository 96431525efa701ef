"""Failed attempts by person."""

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"


def upgrade() -> None:
    """Bring the database one revision forward; the way back is the backup."""
    op.create_index(
        "ix_audit_events_refused",
        "audit_events",
        ["subject", "at"],
        unique=False,
        sqlite_where=sa.text("action IN ('second_factor:refused', 'sign_in:refused')"),
        postgresql_where=sa.text("action IN ('second_factor:refused', 'sign_in:refused')"),
    )
