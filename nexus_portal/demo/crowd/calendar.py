"""Times of the crowd: seconds since 1970 in, texts as the databases keep them out."""

from datetime import UTC, date, datetime, timedelta

from nexus_portal.demo.crowd.lives import DAY

_FIRST_HOUR, _HOURS = 7 * 3600, 10 * 3600


class Calendar:
    """The years in which the crowd orders, ending now."""

    def __init__(self, now: datetime, years: int = 3) -> None:
        self.now = int(now.timestamp())
        self.first_day = self.now // DAY - 365 * years
        self.days = 365 * years
        begin = date(1970, 1, 1) + timedelta(days=self.first_day)
        self._dates = [(begin + timedelta(days=day)).isoformat() for day in range(self.days + 6 * 365)]
        self._times = [
            f" {second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.000000" for second in range(DAY)
        ]

    def stamp(self, at: int) -> str:
        """A moment as both databases take it: UTC, without a zone."""
        return self._dates[at // DAY - self.first_day] + self._times[at % DAY]

    def date(self, at: int) -> str:
        """The day of a moment."""
        return self._dates[at // DAY - self.first_day]

    def year(self, at: int) -> int:
        """The year of a moment."""
        return int(self._dates[at // DAY - self.first_day][:4])

    def begun(self, place: float) -> int:
        """When the order at `place` (0 to 1) of them all begins: in working hours, never after now."""
        day, part = divmod(place * (self.days + (self.now % DAY) / DAY), 1)
        last = self.now % DAY if day == self.days else DAY
        at = min(_FIRST_HOUR + int(part * _HOURS), last)
        return (self.first_day + int(day)) * DAY + at

    @property
    def beginning(self) -> datetime:
        """The first day."""
        return datetime.fromtimestamp(self.first_day * DAY, UTC)
