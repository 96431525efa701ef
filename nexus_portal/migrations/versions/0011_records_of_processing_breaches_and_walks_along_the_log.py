"""Records of processing, breaches and walks along the log."""

import sqlalchemy as sa
from alembic import op

from nexus_portal.migrations.row_level_security import protect

revision: str = "0011"
down_revision: str | None = "0010"


def upgrade() -> None:
    """Bring the database one revision forward; the way back is the backup."""
    op.create_index(
        "ix_accesses_account_session", "accesses", ["account_id", "session_ref", "at", "id"], unique=False
    )
    _sub_processors()
    _processing_records()
    _breaches()
    _verifications()
    protect("processing_records")
    protect("breaches")
    protect("audit_verifications", column="chain", kind="varchar")


def _sub_processors() -> None:
    op.create_table(
        "sub_processors",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("service", sa.String(length=200), nullable=False),
        sa.Column("country", sa.String(length=80), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sub_processors")),
    )


def _processing_records() -> None:
    op.create_table(
        "processing_records",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("kept_by", sa.Uuid(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_processing_records_account_id")
        ),
        sa.ForeignKeyConstraint(["kept_by"], ["users.id"], name=op.f("fk_processing_records_kept_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_processing_records")),
    )
    op.create_index(
        "ux_processing_records_account_version", "processing_records", ["account_id", "version"], unique=True
    )


def _breaches() -> None:
    op.create_table(
        "breaches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("notes", sa.String(length=4000), nullable=False),
        sa.Column("wanted", sa.JSON(), nullable=False),
        sa.Column("discovered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reported_to", sa.String(length=120), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_breaches_account_id")),
        sa.ForeignKeyConstraint(["closed_by"], ["users.id"], name=op.f("fk_breaches_closed_by")),
        sa.ForeignKeyConstraint(["opened_by"], ["users.id"], name=op.f("fk_breaches_opened_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breaches")),
    )
    op.create_index("ix_breaches_account_closed", "breaches", ["account_id", "closed_at"], unique=False)
    op.create_index("ux_breaches_account_number", "breaches", ["account_id", "number"], unique=True)


def _verifications() -> None:
    op.create_table(
        "audit_verifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("chain", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_role", sa.String(length=40), nullable=False),
        sa.Column("first_seq", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("broken_at", sa.Integer(), nullable=False),
        sa.Column("why", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_verifications")),
    )
    op.create_index("ix_audit_verifications_chain", "audit_verifications", ["chain", "at"], unique=False)
