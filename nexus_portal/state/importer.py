"""Reads imports in the background, one at a time per worker: at once when files came in here."""

import asyncio
import logging
import threading
from concurrent.futures import ThreadPoolExecutor

from nexus_portal.domain.errors import PortalError
from nexus_portal.services import import_queue, import_reading

log = logging.getLogger(__name__)
EVERY = 20


async def run() -> None:
    """Read what is due, and wait, until the worker stops; what is being read is given back then."""
    loop, came, stop = asyncio.get_running_loop(), asyncio.Event(), threading.Event()
    deaf = import_queue.listen(lambda: loop.call_soon_threadsafe(came.set))
    hand = ThreadPoolExecutor(1, "imports", initializer=import_reading.polite)
    try:
        while True:
            came.clear()
            try:
                await loop.run_in_executor(hand, import_reading.read_due, stop)
            except PortalError as error:
                log.warning("imports wait: %s", type(error).__name__)
            except Exception as error:  # noqa: BLE001 - what fails must not end what else is due, now and later
                log.error("reading imports failed: %s", type(error).__name__)  # noqa: TRY400 - no values in logs
            try:
                await asyncio.wait_for(came.wait(), EVERY)
            except TimeoutError:
                continue
    finally:
        stop.set()
        deaf()
        hand.shutdown(wait=False, cancel_futures=True)
