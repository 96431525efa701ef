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
# True stays true, anything else becomes null. The planner cannot know the settings: of the bare condition it
# believes that one row in fifty passes, though each query here asks for nothing else, and would rather read
# and sort whole accounts than stop after a page. Of `IS NOT NULL` it believes that nearly every row passes.
ALLOWED = "nullif({privileged} OR {within_account}, false) IS NOT NULL"


def protect(table: str, column: str = "account_id", kind: str = "uuid") -> None:
    """Let a transaction see and write only the rows of its account; the bureau and the system see all.

    Does nothing on SQLite, which has no such thing.
    """
    if op.get_context().dialect.name != "postgresql":
        return
    allowed = _allowed(column, kind)
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON {table} USING ({allowed}) WITH CHECK ({allowed})")


def protect_anew(table: str, column: str = "account_id", kind: str = "uuid") -> None:
    """Say the same of a table that is protected already, in the words of today."""
    if op.get_context().dialect.name != "postgresql":
        return
    allowed = _allowed(column, kind)
    op.execute(f"ALTER POLICY tenant ON {table} USING ({allowed}) WITH CHECK ({allowed})")


def _allowed(column: str, kind: str) -> str:
    within_account = WITHIN_ACCOUNT.format(column=column, kind=kind)
    return ALLOWED.format(privileged=PRIVILEGED, within_account=within_account)
