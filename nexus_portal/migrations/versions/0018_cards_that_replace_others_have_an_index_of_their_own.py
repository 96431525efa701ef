"""Cards that replace others have an index of their own.

Nearly every card replaces none. SQLite took the index of all for one without use, and walked a whole table.
"""

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"


def upgrade() -> None:
    """Bring the database one revision forward; the way back is the backup."""
    op.drop_index("ix_card_items_replaces_id", "card_items")
    replaces = sa.text("replaces_id IS NOT NULL")
    op.create_index(
        "ix_card_items_replaces_id",
        "card_items",
        ["replaces_id"],
        sqlite_where=replaces,
        postgresql_where=replaces,
    )
