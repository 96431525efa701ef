"""Letting the demo happen in the past: the only code that sets the clock, in a process of its own."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime

from nexus_portal.adapters import clock


@contextmanager
def at(moment: datetime) -> Generator[None]:
    """Within the block it is this time (aware UTC) for every service."""
    real = clock.now
    clock.now = lambda: moment
    try:
        yield
    finally:
        clock.now = real
