"""What privacy decides and who looked."""

import sqlalchemy as sa
from alembic import op

from nexus_portal.migrations.row_level_security import protect

revision: str = "0008"
down_revision: str | None = "0007"

TENANT_TABLES = (
    "accesses",
    "data_copies",
    "erasure_appointments",
    "holds",
    "retention_proposals",
    "retention_rules",
)
BITS = {"name": 1, "personal_number": 2, "photo": 4, "address": 8, "card_number": 16, "other": 32}
DELIVERED = (
    "UPDATE holder_records SET delivered_at = (SELECT stage_at FROM card_items"
    " WHERE card_items.id = holder_records.item_id AND card_items.stage IN ('delivered', 'destroyed'))"
)
CHUNK = 5000


def upgrade() -> None:
    """Bring the database one revision forward; the way back is the backup."""
    op.create_table(
        "sweeps",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.String(length=64), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sweeps")),
    )
    op.create_table(
        "accesses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_role", sa.String(length=40), nullable=False),
        sa.Column("session_ref", sa.String(length=16), nullable=False),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("purpose", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_accesses_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accesses")),
    )
    op.create_index("ix_accesses_account", "accesses", ["account_id", "at", "id"], unique=False)
    for name in ("act", "actor", "item", "subject"):
        column = name if name in {"act", "subject"} else f"{name}_id"
        op.create_index(f"ix_accesses_account_{name}", "accesses", ["account_id", column, "at", "id"])
    op.create_table(
        "retention_proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("forecast", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_retention_proposals_account_id")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name=op.f("fk_retention_proposals_decided_by")),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["users.id"], name=op.f("fk_retention_proposals_proposed_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_proposals")),
    )
    op.create_index(
        op.f("ix_retention_proposals_account_id"), "retention_proposals", ["account_id"], unique=False
    )
    op.create_table(
        "retention_rules",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("policy", sa.String(length=20), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_retention_rules_account_id")),
        sa.PrimaryKeyConstraint("account_id", "kind", name=op.f("pk_retention_rules")),
    )
    op.create_table(
        "data_copies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_role", sa.String(length=40), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_data_copies_account_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_data_copies_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_copies")),
    )
    op.create_index(op.f("ix_data_copies_order_id"), "data_copies", ["order_id"], unique=False)
    op.create_table(
        "erasure_appointments",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=True),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_role", sa.String(length=40), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_erasure_appointments_account_id")
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["users.id"], name=op.f("fk_erasure_appointments_asked_by")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_erasure_appointments_order_id")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_erasure_appointments")),
    )
    op.create_index(
        op.f("ix_erasure_appointments_account_id"), "erasure_appointments", ["account_id"], unique=False
    )
    op.create_table(
        "holds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("placed_by", sa.Uuid(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("lift_asked_by", sa.Uuid(), nullable=True),
        sa.Column("lift_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lift_reason", sa.String(length=400), nullable=False),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_holds_account_id")),
        sa.ForeignKeyConstraint(["item_id"], ["card_items.id"], name=op.f("fk_holds_item_id")),
        sa.ForeignKeyConstraint(["lift_asked_by"], ["users.id"], name=op.f("fk_holds_lift_asked_by")),
        sa.ForeignKeyConstraint(["lifted_by"], ["users.id"], name=op.f("fk_holds_lifted_by")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_holds_order_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_holds_owner_id")),
        sa.ForeignKeyConstraint(["placed_by"], ["users.id"], name=op.f("fk_holds_placed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.create_index("ix_holds_account_lifted", "holds", ["account_id", "lifted_at"], unique=False)
    op.create_index(op.f("ix_holds_item_id"), "holds", ["item_id"], unique=False)
    op.create_index(op.f("ix_holds_order_id"), "holds", ["order_id"], unique=False)
    for name, column in (("action", "action"), ("actor", "actor_id"), ("subject", "subject"), ("at", "at")):
        op.create_index(f"ix_audit_events_{name}", "audit_events", ["chain", column, "seq"])
    op.add_column("accounts", sa.Column("warranty_days", sa.Integer(), nullable=False, server_default="365"))
    op.add_column("accounts", sa.Column("access_months", sa.Integer(), nullable=False, server_default="24"))
    op.add_column("accounts", sa.Column("held", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("cards", sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("erasures", sa.Column("kinds", sa.JSON(), nullable=True))
    op.add_column("erasures", sa.Column("persons_held", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("holder_records", sa.Column("kinds", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("holder_records", sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_holder_records_account_kinds_delivered",
        "holder_records",
        ["account_id", "kinds", "delivered_at"],
        unique=False,
    )
    for table in TENANT_TABLES:
        protect(table)
    _keep_what_was_decided()
    op.execute(DELIVERED)
    _number_kinds()


def _keep_what_was_decided() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER erasures_decided_kinds BEFORE UPDATE OF kinds, persons_held ON erasures"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        return
    op.execute(
        "CREATE TRIGGER erasures_decided_kinds BEFORE UPDATE OF kinds, persons_held ON erasures"
        " BEGIN SELECT RAISE(ABORT, 'decided'); END"
    )


def _number_kinds() -> None:
    """What each record holds, by the fields of its layout."""
    records = sa.table(
        "holder_records",
        *(sa.column(name, sa.Uuid()) for name in ("id", "item_id")),
        sa.column("fields", sa.JSON()),
        sa.column("kinds"),
    )
    items = sa.table("card_items", *(sa.column(name, sa.Uuid()) for name in ("id", "layout_id")))
    layouts = sa.table("layouts", sa.column("id", sa.Uuid()), sa.column("fields", sa.JSON()))
    photos = sa.table("photos", sa.column("record_id", sa.Uuid()))
    connection = op.get_bind()
    classes = {
        layout.id: {each["key"]: BITS[each["retention"]] for each in layout.fields}
        for layout in connection.execute(sa.select(layouts))
    }
    with_photo = set(connection.execute(sa.select(photos.c.record_id)).scalars())
    query = sa.select(records.c.id, records.c.fields, items.c.layout_id).join(
        items, items.c.id == records.c.item_id
    )
    change = sa.update(records).where(records.c.id == sa.bindparam("record"))
    last = None
    while True:
        page = query.order_by(records.c.id).limit(CHUNK)
        found = connection.execute(page if last is None else page.where(records.c.id > last)).all()
        if not found:
            return
        held = [
            {"record": record, "kinds": _mask(classes.get(layout, {}), fields, photo=record in with_photo)}
            for record, fields, layout in found
        ]
        connection.execute(change, held)
        last = found[-1].id


def _mask(classes: dict[str, int], fields: dict[str, str], *, photo: bool) -> int:
    mask = BITS["photo"] if photo else 0
    for key in fields:
        mask |= classes.get(key, BITS["other"])
    return mask
