"""How the database finds the rows of each query: by an index, or by walking a whole table."""

import json
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, event, text

from nexus_portal.demo.derived import words

LARGE = frozenset(
    words(
        "orders order_lines card_items cards transitions invoices invoice_lines shipments batches "
        "holder_records search_tokens"
    )
)
"""Tables that grow with the orders; the others hold a few rows per customer."""

SHELF = "ix_orders_pieces_to_pack"
"""Holds the orders that wait on the shelf alone: to walk it is to read the list it was made for."""


@dataclass(slots=True)
class Queries:
    """The queries of a stretch of work, each once, with parameters that it ran with."""

    found: dict[str, Any] = field(default_factory=dict[str, Any])


@contextmanager
def recorded(engine: Engine) -> Generator[Queries]:
    """Remember every SELECT that runs within the block."""
    queries = Queries()

    def remember(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.lstrip().upper().startswith("SELECT") and "set_config" not in statement:
            queries.found.setdefault(statement, parameters)

    event.listen(engine, "before_cursor_execute", remember)
    try:
        yield queries
    finally:
        event.remove(engine, "before_cursor_execute", remember)


def plan(connection: Connection, statement: str, parameters: Any) -> list[str]:
    """The steps by which the database answers the statement, as it tells them."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        return [row.detail for row in rows]
    # Small tables are rightly read as a whole; what matters is that an index is there once they have grown.
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    found = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar_one()
    document = json.loads(found) if isinstance(found, str) else found
    return list(_steps(document[0]["Plan"]))


def walks(steps: list[str]) -> list[str]:
    """The steps that walk a large table from one end to the other."""
    walked = (step for step in steps if step.startswith(("SCAN ", "Seq Scan")))
    return [step for step in walked if LARGE & set(step.split()) and SHELF not in step]


def refresh_statistics(engine: Engine) -> None:
    """Let the planner know how large the tables are, as a database in use knows.

    Autovacuum does this there, and notes which pages everybody may see, so that an index alone answers.
    """
    if engine.dialect.name == "sqlite":
        with engine.begin() as connection:
            connection.execute(text("ANALYZE"))
        return
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM (ANALYZE)"))


def _steps(node: dict[str, Any]) -> Iterator[str]:
    told = [
        node["Node Type"],
        node.get("Relation Name", ""),
        node.get("Index Name", ""),
        node.get("Index Cond", ""),
    ]
    yield " ".join(filter(None, told))
    for inner in node.get("Plans", []):
        yield from _steps(inner)
