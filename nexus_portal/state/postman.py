"""Sends mail in the background: as soon as some is posted here, else twice a minute for the other workers."""

import asyncio
import logging
from collections.abc import Callable

from nexus_portal.domain.errors import PortalError
from nexus_portal.services import delivery, outbox, password_resets

log = logging.getLogger(__name__)
EVERY = 30


async def run() -> None:
    """Answer those who forgot their password, send what is due, and wait, until the worker stops."""
    loop, posted = asyncio.get_running_loop(), asyncio.Event()
    deaf = outbox.listen(lambda: loop.call_soon_threadsafe(posted.set))
    try:
        while True:
            posted.clear()
            for work in (password_resets.answer, delivery.deliver):
                await _do(work)
            try:
                await asyncio.wait_for(posted.wait(), EVERY)
            except TimeoutError:
                continue
    finally:
        deaf()


async def _do(work: Callable[[], object]) -> None:
    try:
        await asyncio.to_thread(work)
    except PortalError as error:
        log.warning("mail waits: %s", error)
    except Exception as error:  # noqa: BLE001 - what fails must not end what else is due, now and later
        log.error("mail failed: %s", type(error).__name__)  # noqa: TRY400 - no values in logs
