"""Where the services' own series of numbers are, before and after the crowd."""

from collections.abc import Mapping

from sqlalchemy import text
from sqlmodel import Session

_SET = text(
    "INSERT INTO serials (series, last) VALUES (:series, :last)"
    " ON CONFLICT (series) DO UPDATE SET last = excluded.last"
)


def taken(session: Session) -> dict[str, int]:
    """The last number of each series, as the database counts now."""
    rows = session.connection().execute(text("SELECT series, last FROM serials"))
    return {row.series: row.last for row in rows}


def write_back(session: Session, last: Mapping[str, int]) -> None:
    """Let the services go on counting after the crowd."""
    rows = [{"series": series, "last": number} for series, number in last.items()]
    session.connection().execute(_SET, rows)
