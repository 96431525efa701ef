"""What a worker does by itself, once at the start and then every few minutes."""

import asyncio
import logging

from nexus_portal.adapters import throttle
from nexus_portal.domain.errors import PortalError
from nexus_portal.services import (
    accesses,
    delivery,
    erasure_appointments,
    erasure_steps,
    file_credentials,
    file_removal,
    file_settling,
    holder_care,
    idempotency,
    import_inspections,
    import_queue,
    password_resets,
    retention_sweep,
    sessions,
)

log = logging.getLogger(__name__)
EVERY = 300


async def run() -> None:
    """Finish erasures, let go what retention says, delete what has had its time, until the worker stops."""
    while True:
        for work in (
            erasure_steps.resume_all,
            retention_sweep.sweep,
            erasure_appointments.keep_all,
            sessions.sweep,
            accesses.sweep,
            import_inspections.forget_inspections,
            import_queue.sweep,
            file_settling.expire_abandoned,
            file_removal.sweep,
            idempotency.sweep,
            throttle.sweep,
            delivery.sweep,
            password_resets.sweep,
            holder_care.remind_all,
            holder_care.sweep,
            file_credentials.forget_shown,
        ):
            try:
                await asyncio.to_thread(work)
            except PortalError as error:
                log.warning("housekeeping waits: %s", error)
            except Exception as error:  # noqa: BLE001 - what fails must not end what else is due, now and later
                log.error("housekeeping failed: %s", type(error).__name__)  # noqa: TRY400 - no values in logs
        await asyncio.sleep(EVERY)
