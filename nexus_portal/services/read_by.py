"""Which index a list is read by, where PostgreSQL would guess wrongly."""

from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class read_by(FunctionElement[Any]):  # noqa: N801 - reads as a function
    """A value by which an index is read, never one that rows of another are compared with.

    Its condition costs nothing where an index answers it, and much where each row is asked: PostgreSQL would
    else walk the numbers of all accounts from the newest on, trusting that it meets a page of these soon.
    """

    inherit_cache = True

    def __init__(self, value: Any) -> None:
        super().__init__(value)
        self.type = value.type


@compiles(read_by)
def _as_it_is(element: read_by, compiler: SQLCompiler, **how: Any) -> str:
    return compiler.process(element.clauses, **how)


@compiles(read_by, "postgresql")
def _by_function(element: read_by, compiler: SQLCompiler, **how: Any) -> str:
    return f"read_by({compiler.process(element.clauses, **how)})"
