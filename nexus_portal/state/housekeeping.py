"""What a worker does by itself, once at the start and then every few minutes."""

import asyncio
import logging

from nexus_portal.domain.errors import PortalError
from nexus_portal.services import erasure_steps, imports, sessions

log = logging.getLogger(__name__)
EVERY = 300


async def run() -> None:
    """Finish interrupted erasures, delete ended sessions and headers of files, until the worker stops."""
    while True:
        for work in (erasure_steps.resume_all, sessions.sweep, imports.forget_inspections):
            try:
                await asyncio.to_thread(work)
            except PortalError as error:
                log.warning("housekeeping waits: %s", error)
        await asyncio.sleep(EVERY)
