"""${message}."""

import sqlalchemy as sa
from alembic import op

revision: str = ${repr(up_revision)}
down_revision: str | None = ${repr(down_revision)}


def upgrade() -> None:
    """Bring the database one revision forward; the way back is the backup."""
    ${upgrades if upgrades else "pass"}
