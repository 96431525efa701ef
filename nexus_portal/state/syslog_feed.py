"""Feeds a syslog server in the background, where one is set: what is written, a few seconds later."""

import asyncio
import logging

from nexus_portal import settings
from nexus_portal.domain.errors import PortalError
from nexus_portal.services import syslog_feed

log = logging.getLogger(__name__)
EVERY = 5
AFTER_FAILURE = 30


async def run() -> None:
    """Send what is new until the worker stops; nobody waits for it."""
    while settings.current().syslog_url:
        pause = EVERY
        try:
            await asyncio.to_thread(syslog_feed.forward)
        except PortalError as error:
            log.warning("the audit log does not reach the syslog server: %s", error)
            pause = AFTER_FAILURE
        except Exception as error:  # noqa: BLE001 - what fails now is tried again
            log.error("the syslog feed failed: %s", type(error).__name__)  # noqa: TRY400 - no values in logs
            pause = AFTER_FAILURE
        await asyncio.sleep(pause)
