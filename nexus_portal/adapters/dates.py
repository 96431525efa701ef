"""Days and times in words, for documents and sentences that are made on the server."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime

ZONE = ZoneInfo("Europe/Stockholm")
"""The bureau's own: what is printed has no reader whose zone is known."""


def day(value: date, language: str) -> str:
    """`12 November 2026`."""
    return format_date(value, "d MMMM y", locale=language)


def day_of(stamp: str, language: str) -> str:
    """The day of an ISO time or date; empty for empty text."""
    if not stamp:
        return ""
    if "T" not in stamp:
        return day(date.fromisoformat(stamp), language)
    return day(datetime.fromisoformat(stamp).astimezone(ZONE).date(), language)


def second(moment: datetime, language: str) -> str:
    """To the second with its offset, for what must be exact."""
    return format_datetime(moment, "d MMMM y HH:mm:ss ZZZZ", tzinfo=ZONE, locale=language)
