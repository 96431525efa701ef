"""Row-level security on PostgreSQL: the tenant line of `services/tenancy.py`, held once more by the database.

`adapters/db.py` says in each transaction whose rows it may see. Nothing said means no rows: even a query that
forgot its tenant condition finds nothing of others.
"""

from alembic import op

PRIVILEGED = "(SELECT current_setting('nexus.scope', true)) IN ('bureau', 'system')"
WITHIN_ACCOUNT = (
    "((SELECT current_setting('nexus.scope', true)) = 'account'"
    " AND {column} = (SELECT nullif(current_setting('nexus.account', true), '')::{kind}))"
)


def protect(table: str, column: str = "account_id", kind: str = "uuid") -> None:
    """Let a transaction see and write only the rows of its account; the bureau and the system see all.

    Does nothing on SQLite, which has no such thing.
    """
    if op.get_context().dialect.name != "postgresql":
        return
    allowed = f"{PRIVILEGED} OR {WITHIN_ACCOUNT.format(column=column, kind=kind)}"
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON {table} USING ({allowed}) WITH CHECK ({allowed})")
