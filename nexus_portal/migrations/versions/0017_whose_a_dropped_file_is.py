"""Whose a dropped file is: who sent it, or sent the list that it answers."""

import sqlalchemy as sa
from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"

OF_SENDER = """
UPDATE file_drops SET owner_id = coalesce(user_id, (
    SELECT created_by FROM file_credentials WHERE file_credentials.id = file_drops.credential_id))
"""
OF_ANSWER = """
UPDATE file_drops SET owner_id = (
    SELECT list.owner_id FROM file_drops AS list
    WHERE list.account_id = file_drops.account_id AND list.import_id = file_drops.import_id
      AND list.folder <> 'results' AND list.owner_id IS NOT NULL ORDER BY list.id LIMIT 1)
WHERE owner_id IS NULL AND import_id IS NOT NULL
"""
"""What no list leads to belongs to nobody: only who may search for persons sees it."""


def upgrade() -> None:
    """Bring the database one revision forward; the way back is the backup."""
    # SQLite takes a foreign key only together with its column.
    kind = sa.Uuid().compile(dialect=op.get_context().dialect)
    op.execute(
        f"ALTER TABLE file_drops ADD COLUMN owner_id {kind} "
        "CONSTRAINT fk_file_drops_owner_id REFERENCES users (id)"
    )
    op.execute(OF_SENDER)
    op.execute(OF_ANSWER)
    op.drop_index("ux_file_drops_name", "file_drops")
    op.create_index("ux_file_drops_name", "file_drops", ["account_id", "owner_id", "name_token"], unique=True)
    op.create_index(
        "ix_file_drops_owner", "file_drops", ["account_id", "owner_id", "state", "id"], unique=False
    )
