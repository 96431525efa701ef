"""What persons ask for, and protected identity."""

import sqlalchemy as sa
from alembic import op

from nexus_portal.migrations.row_level_security import protect

revision: str = "0010"
down_revision: str | None = "0009"


def upgrade() -> None:
    """Bring the database one revision forward; the way back is the backup."""
    op.create_table(
        "person_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("case_number", sa.String(length=40), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("extended", sa.Boolean(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("told_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_person_requests_account_id")),
        sa.ForeignKeyConstraint(["answered_by"], ["users.id"], name=op.f("fk_person_requests_answered_by")),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name=op.f("fk_person_requests_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_requests")),
        sa.UniqueConstraint("account_id", "serial", name=op.f("uq_person_requests_account_id_serial")),
    )
    op.create_index(
        "ix_person_requests_account_answered", "person_requests", ["account_id", "answered_on", "due_on"]
    )
    op.create_table(
        "protection_proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=True),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_protection_proposals_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["users.id"], name=op.f("fk_protection_proposals_decided_by")
        ),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["memberships.id"], name=op.f("fk_protection_proposals_membership_id")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["users.id"], name=op.f("fk_protection_proposals_proposed_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protection_proposals")),
    )
    op.create_index("ix_protection_proposals_account_state", "protection_proposals", ["account_id", "state"])
    op.add_column("holder_records", sa.Column("protection", sa.Integer(), nullable=False, server_default="0"))
    op.create_index(
        "ix_holder_records_protected",
        "holder_records",
        ["account_id"],
        sqlite_where=sa.text("protection > 0"),
        postgresql_where=sa.text("protection > 0"),
    )
    op.add_column(
        "memberships", sa.Column("sees_protected", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    for table in ("person_requests", "protection_proposals"):
        protect(table)
