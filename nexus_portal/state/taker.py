"""Looks after the inboxes in the background: at once when files came in here, else every few seconds."""

import asyncio
import logging
import threading
from contextlib import suppress

from nexus_portal.adapters import events
from nexus_portal.adapters.events import News
from nexus_portal.domain.errors import PortalError
from nexus_portal.services import file_settling, inbox

log = logging.getLogger(__name__)
EVERY = 2
TOPICS = frozenset({"files", "imports"})


async def run() -> None:
    """Take what has come in, and wait, until the worker stops; what was begun is ended first."""
    loop, came, stop = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

    def hear(news: News) -> None:
        if news.topic in TOPICS:
            with suppress(RuntimeError):  # the loop has just ended
                loop.call_soon_threadsafe(came.set)

    deaf, memory = events.listen(hear), inbox.Memory()
    try:
        while True:
            came.clear()
            await _look(memory, stop)
            try:
                await asyncio.wait_for(came.wait(), EVERY)
            except TimeoutError:
                continue
    finally:
        stop.set()
        deaf()


async def _look(memory: inbox.Memory, stop: threading.Event) -> None:
    try:
        await asyncio.to_thread(file_settling.settle_due)
        await asyncio.to_thread(inbox.work, memory, stop)
    except PortalError as error:
        log.warning("inboxes wait: %s", type(error).__name__)
    except Exception as error:  # noqa: BLE001 - what fails must not end what else is due, now and later
        log.error("an inbox failed: %s", type(error).__name__)  # noqa: TRY400 - no values in logs
