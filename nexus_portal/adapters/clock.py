"""The time, in one place, so that tests can set it."""

from datetime import UTC, date, datetime


def now() -> datetime:
    """Aware UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The day in UTC."""
    return now().date()
