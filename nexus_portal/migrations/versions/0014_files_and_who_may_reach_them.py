"""Files and who may reach them."""

import sqlalchemy as sa
from alembic import op

from nexus_portal.migrations.row_level_security import protect

revision: str = "0014"
down_revision: str | None = "0013"

TENANT_TABLES = ("file_credentials", "file_drops", "file_spaces")


def upgrade() -> None:
    """Bring the database one revision forward; the way back is the backup."""
    op.create_table(
        "file_credentials",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("login", sa.String(length=40), nullable=False),
        sa.Column("public_key", sa.String(length=2000), nullable=False),
        sa.Column("fingerprint", sa.String(length=60), nullable=False),
        sa.Column("password_hash", sa.String(length=300), nullable=True),
        sa.Column("password_shown", sa.LargeBinary(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_from", sa.String(length=64), nullable=False),
        sa.Column("revoked_by", sa.Uuid(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_file_credentials_account_id")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_file_credentials_created_by")),
        sa.ForeignKeyConstraint(["revoked_by"], ["users.id"], name=op.f("fk_file_credentials_revoked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_credentials")),
        sa.UniqueConstraint("login", name=op.f("uq_file_credentials_login")),
    )
    op.create_index(op.f("ix_file_credentials_account_id"), "file_credentials", ["account_id"], unique=False)
    op.create_table(
        "file_spaces",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_file_spaces_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_file_spaces")),
    )
    op.create_table(
        "file_drops",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("folder", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("sealed_name", sa.LargeBinary(), nullable=True),
        sa.Column("name_token", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_digest", sa.LargeBinary(), nullable=True),
        sa.Column("digest_token", sa.LargeBinary(), nullable=True),
        sa.Column("blob", sa.String(length=40), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("settles_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaced_by", sa.Uuid(), nullable=True),
        sa.Column("credential_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.JSON(), nullable=True),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("import_id", sa.Uuid(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("processed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delete_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_file_drops_account_id")),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["file_credentials.id"], name=op.f("fk_file_drops_credential_id")
        ),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name=op.f("fk_file_drops_import_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_file_drops_order_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_file_drops_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_drops")),
    )
    op.create_index(
        "ix_file_drops_account_folder", "file_drops", ["account_id", "folder", "id"], unique=False
    )
    op.create_index("ix_file_drops_account_state", "file_drops", ["account_id", "state", "id"], unique=False)
    op.create_index(
        "ix_file_drops_delete_on",
        "file_drops",
        ["delete_on"],
        unique=False,
        sqlite_where=sa.text("delete_on IS NOT NULL"),
        postgresql_where=sa.text("delete_on IS NOT NULL"),
    )
    op.create_index(op.f("ix_file_drops_order_id"), "file_drops", ["order_id"], unique=False)
    op.create_index(
        "ix_file_drops_received",
        "file_drops",
        ["received_at"],
        unique=False,
        sqlite_where=sa.text("state = 'received'"),
        postgresql_where=sa.text("state = 'received'"),
    )
    op.create_index(op.f("ix_file_drops_replaced_by"), "file_drops", ["replaced_by"], unique=False)
    op.create_index(
        "ix_file_drops_settling",
        "file_drops",
        ["settles_at"],
        unique=False,
        sqlite_where=sa.text("state = 'receiving'"),
        postgresql_where=sa.text("state = 'receiving'"),
    )
    op.create_index("ux_file_drops_name", "file_drops", ["account_id", "name_token"], unique=True)
    op.add_column("erasures", sa.Column("files", sa.Integer(), nullable=False, server_default="0"))
    for table in TENANT_TABLES:
        protect(table)
    _keep_what_was_decided()


def _keep_what_was_decided() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER erasures_decided_files BEFORE UPDATE OF files ON erasures"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        return
    op.execute(
        "CREATE TRIGGER erasures_decided_files BEFORE UPDATE OF files ON erasures"
        " BEGIN SELECT RAISE(ABORT, 'decided'); END"
    )
