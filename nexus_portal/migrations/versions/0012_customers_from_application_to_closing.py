"""Customers from application to closing."""

import sqlalchemy as sa
from alembic import op

from nexus_portal.migrations.row_level_security import protect

revision: str = "0012"
down_revision: str | None = "0011"

TENANT_TABLES = ("account_articles", "account_closings", "applications")


def upgrade() -> None:
    """Bring the database one revision forward; the way back is the backup."""
    op.create_table(
        "account_articles",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.Column("price", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_account_articles_account_id")),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_account_articles_article_id")),
        sa.PrimaryKeyConstraint("account_id", "article_id", name=op.f("pk_account_articles")),
    )
    op.create_table(
        "account_closings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("status_before", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("choice", sa.String(length=20), nullable=False),
        sa.Column("package_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_role", sa.String(length=40), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("forecast", sa.JSON(), nullable=False),
        sa.Column("erasure_id", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_account_closings_account_id")),
        sa.ForeignKeyConstraint(["asked_by"], ["users.id"], name=op.f("fk_account_closings_asked_by")),
        sa.ForeignKeyConstraint(
            ["confirmed_by"], ["users.id"], name=op.f("fk_account_closings_confirmed_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_closings")),
    )
    op.create_index(op.f("ix_account_closings_account_id"), "account_closings", ["account_id"], unique=False)
    op.create_index(op.f("ix_account_closings_state"), "account_closings", ["state"], unique=False)
    op.create_table(
        "applications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("bureau_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("organisation_token", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("answer_hash", sa.String(length=64), nullable=False),
        sa.Column("answer_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_applications_account_id")),
        sa.ForeignKeyConstraint(["bureau_id"], ["accounts.id"], name=op.f("fk_applications_bureau_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name=op.f("fk_applications_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applications")),
        sa.UniqueConstraint("reference", name=op.f("uq_applications_reference")),
    )
    op.create_index(op.f("ix_applications_account_id"), "applications", ["account_id"], unique=False)
    op.create_index(op.f("ix_applications_answer_hash"), "applications", ["answer_hash"], unique=False)
    op.create_index(
        op.f("ix_applications_organisation_token"), "applications", ["organisation_token"], unique=False
    )
    op.create_index("ix_applications_state", "applications", ["state", "id"], unique=False)
    op.add_column(
        "accounts", sa.Column("status", sa.String(length=20), nullable=False, server_default="active")
    )
    op.add_column(
        "accounts", sa.Column("status_reason", sa.String(length=400), nullable=False, server_default="")
    )
    op.add_column("accounts", sa.Column("status_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "accounts", sa.Column("organisation_token", sa.String(length=64), nullable=False, server_default="")
    )
    op.create_index(op.f("ix_accounts_organisation_token"), "accounts", ["organisation_token"], unique=False)
    op.add_column("outbox", sa.Column("application_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_outbox_application_id"), "outbox", ["application_id"], unique=False)
    for table in TENANT_TABLES:
        protect(table)
