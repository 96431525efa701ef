"""The process of the file servers: starts them, settles what has arrived, ends with whoever started it."""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from nexus_portal.domain.errors import PortalError
from nexus_portal.services import file_sending, file_settling, file_uploads
from nexus_portal.settings import SettingsError, TransferSettings
from nexus_portal.transfer import ftps, ssh
from nexus_portal.transfer.connections import Connections

log = logging.getLogger(__name__)

THREADS = 24
"""Each connection needs one for a moment; a password holds one for a tenth of a second."""
SETTLE_EVERY = 1.0
EXPIRE_EVERY = 600


class Servers:
    """Both servers, from their start to their end."""

    def __init__(self, wanted: TransferSettings) -> None:
        self.wanted, self.connections = wanted, Connections()
        self._threads: list[threading.Thread] = []
        self._over = threading.Event()

    async def start(self) -> None:
        """Listen on both ports.

        Raises:
            SettingsError: a port is taken, or a key or certificate cannot be used; says which.
        """
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, "files"))
        await asyncio.to_thread(file_sending.give_back_room)
        try:
            self._ssh = await ssh.listen(self.wanted, self.connections)
        except OSError as error:
            raise taken(self.wanted.sftp_port, "SFTP", "NEXUS_TRANSFER_SFTP_PORT") from error
        try:
            self._ftps = ftps.listen(self.wanted, self.connections)
        except OSError as error:
            self._ssh.close()
            raise taken(self.wanted.ftps_port, "FTPS", "NEXUS_TRANSFER_FTPS_PORT") from error
        for body in (self.connections.watch, self._settle, self._ftps.serve):
            thread = threading.Thread(target=body, name=f"files {body.__name__}", daemon=True)
            thread.start()
            self._threads.append(thread)

    async def stop(self) -> None:
        """End every connection; what was on its way can be gone on with."""
        self._over.set()
        self.connections.stop()
        self._ssh.close()
        self.connections.end_all()
        await asyncio.to_thread(self._ftps.stop)
        await asyncio.to_thread(file_uploads.break_off_all)
        for thread in self._threads:
            await asyncio.to_thread(thread.join)
        await self._ssh.wait_closed()

    def _settle(self) -> None:
        expire_in = 0.0
        while not self._over.wait(SETTLE_EVERY):
            _try(file_settling.settle_due)
            expire_in -= SETTLE_EVERY
            if expire_in <= 0:
                expire_in = EXPIRE_EVERY
                _try(file_settling.expire_abandoned)


def serve(wanted: TransferSettings, *, ready: Callable[[], object], parent: int | None = None) -> None:
    """Serve until a signal comes, or until the process that is named as `parent` has ended.

    Raises:
        SettingsError: as for `Servers.start`.
    """
    asyncio.run(_serve(wanted, ready, parent))


async def _serve(wanted: TransferSettings, ready: Callable[[], object], parent: int | None) -> None:
    servers, over = Servers(wanted), asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, over.set)
    await servers.start()
    ready()
    while not over.is_set() and (parent is None or os.getppid() == parent):
        with suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), timeout=1)
    await servers.stop()


def taken(port: int, what: str, name: str) -> SettingsError:
    """What is said of a port that somebody else has."""
    return SettingsError(
        f"Port {port} for {what} is taken: end what listens there, choose another by {name}, "
        "or set NEXUS_TRANSFER=0 to serve without the file server."
    )


def _try(work: Callable[[], object]) -> None:
    try:
        work()
    except PortalError as error:
        log.warning("the file server waits: %s", error)
    except Exception as error:  # noqa: BLE001 - what fails once must not end what is due later
        log.error("the file server failed: %s", type(error).__name__)  # noqa: TRY400 - no values in logs
