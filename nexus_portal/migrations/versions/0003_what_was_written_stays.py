"""Triggers that keep the audit log append-only and the ledger of erasures true, whoever writes."""

from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"

_APPEND_ONLY = ("audit_events", "audit_checkpoints")
"""Tables whose rows are never changed and never removed."""

_DECIDED = (
    "id, account_id, order_id, order_number, policy, decided_by, decided_role, decided_at, "
    "persons, photos, tokens, targets"
)
"""Columns of an erasure that say what was decided; the others say how far it has come."""

_WRITTEN_ONCE = ("keys_destroyed_at", "bytes_deleted_at", "done_at", "certificate_serial")
"""Columns of an erasure that say what has happened."""


def _sqlite(name: str, when: str, words: str) -> str:
    return f"CREATE TRIGGER {name} BEFORE {when} BEGIN SELECT RAISE(ABORT, '{words}'); END"


def _postgresql(name: str, when: str, condition: str = "") -> str:
    return f"CREATE TRIGGER {name} BEFORE {when} FOR EACH ROW {condition} EXECUTE FUNCTION refuse_change()"


def _rewritten(differs: str) -> str:
    return " OR ".join(
        f"(OLD.{column} IS NOT NULL AND NEW.{column} {differs} OLD.{column})" for column in _WRITTEN_ONCE
    )


ON_SQLITE = [
    *(_sqlite(f"{table}_no_update", f"UPDATE ON {table}", "append-only") for table in _APPEND_ONLY),
    *(_sqlite(f"{table}_no_delete", f"DELETE ON {table}", "append-only") for table in _APPEND_ONLY),
    _sqlite("erasures_no_delete", "DELETE ON erasures", "kept for ever"),
    _sqlite("erasures_decided", f"UPDATE OF {_DECIDED} ON erasures", "decided"),
    _sqlite("erasures_once", f"UPDATE ON erasures WHEN {_rewritten('IS NOT')}", "has happened"),
]

ON_POSTGRESQL = [
    """CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% keeps what was written', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
    END $$""",
    *(_postgresql(f"{table}_append_only", f"UPDATE OR DELETE ON {table}") for table in _APPEND_ONLY),
    _postgresql("erasures_no_delete", "DELETE ON erasures"),
    _postgresql("erasures_decided", f"UPDATE OF {_DECIDED} ON erasures"),
    _postgresql("erasures_once", "UPDATE ON erasures", f"WHEN ({_rewritten('IS DISTINCT FROM')})"),
]


def upgrade() -> None:
    """Bring the database one revision forward; the way back is the backup."""
    for statement in ON_POSTGRESQL if op.get_context().dialect.name == "postgresql" else ON_SQLITE:
        op.execute(statement)
