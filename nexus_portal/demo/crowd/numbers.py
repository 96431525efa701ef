"""Ids and numbers of the crowd's rows, continuing where the services' own numbers are."""

from collections import defaultdict
from collections.abc import Mapping
from itertools import count


class Numbers:
    """Counts every series in memory, from the last numbers that are taken."""

    def __init__(self, last: Mapping[str, int], first_id: int = 0) -> None:
        self._last: defaultdict[str, int] = defaultdict(int, last)
        self._ids = count(first_id)
        self._prefix = ""

    @property
    def last(self) -> dict[str, int]:
        """The last number of each series."""
        return dict(self._last)

    def stand_at(self, moment: int) -> None:
        """From now on ids begin with this time (seconds since 1970), as UUIDv7 do: they sort like time."""
        # The digits 7 and 8 are the version and the variant; c0d marks the crowd.
        self._prefix = f"{moment * 1000:012x}7c0d8"

    def identifier(self) -> str:
        """A new id as 32 hex digits."""
        return f"{self._prefix}{next(self._ids):015x}"

    def serial(self, year: int) -> int:
        """The next order's number within its year."""
        return self._next(f"order/{year}")

    def document(self, letter: str, year: int) -> str:
        """The next document of a kind, as `domain.numbers.document_number` writes it."""
        return f"{letter}-{year}-{self._next(f'{letter}/{year}'):04d}"

    def _next(self, series: str) -> int:
        self._last[series] += 1
        return self._last[series]
