"""Rate limits of this process, on the `limits` library."""

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter


class Limiter:
    """Counts per key in one process; what must hold across processes is kept by adapters/throttle."""

    def __init__(self, rate: str) -> None:
        self._rate = parse(rate)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def take(self, key: str) -> bool:
        """Count one; False when the key has used up its share."""
        return self._limiter.hit(self._rate, key)
