"""Serial numbers without gaps: a number that a failed transaction took is given again."""

from sqlalchemy import text
from sqlmodel import Session

from nexus_portal.adapters import clock
from nexus_portal.domain.numbers import YEAR, document_number

_TAKE = text(
    "INSERT INTO serials (series, last) VALUES (:series, :count)"
    " ON CONFLICT (series) DO UPDATE SET last = serials.last + :count RETURNING last"
)
_LAST = text("SELECT last FROM serials WHERE series = :series")


def take_serials(session: Session, series: str, count: int) -> range:
    """The next `count` numbers of a series, from 1; others who want one wait until this transaction ends."""
    last: int = session.connection().execute(_TAKE, {"series": series, "count": count}).scalar_one()
    return range(last - count + 1, last + 1)


def next_serial(session: Session, series: str) -> int:
    """The next number of a series."""
    return take_serials(session, series, 1)[0]


def last_serial(session: Session, series: str) -> int:
    """The number of a series that was given last; 0 before the first."""
    last: int | None = session.connection().execute(_LAST, {"series": series}).scalar_one_or_none()
    return last or 0


def next_order_serial(session: Session) -> int:
    """Serial of a new order: the year, then the number within it."""
    year = clock.today().year
    return year * YEAR + next_serial(session, f"order/{year}")


def next_documents(session: Session, letter: str, count: int) -> list[str]:
    """The next `count` numbers of this year's documents of one kind, such as `B-2026-0118`."""
    year = clock.today().year
    return [
        document_number(letter, year, number) for number in take_serials(session, f"{letter}/{year}", count)
    ]


def next_document(session: Session, letter: str) -> str:
    """The next number of this year's documents of one kind."""
    return next_documents(session, letter, 1)[0]
