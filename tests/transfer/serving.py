"""The file servers in a thread of the test process."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from nexus_portal import settings
from nexus_portal.services import file_uploads
from nexus_portal.settings import SettingsError, TransferSettings
from nexus_portal.transfer.run import Servers

PATIENCE = 240


@dataclass(frozen=True)
class Serving:
    """What runs, and where."""

    wanted: TransferSettings
    servers: Servers
    data_dir: Path

    def settled(self) -> None:
        """Wait until the server has noticed that everybody is gone."""
        deadline = time.monotonic() + PATIENCE
        while self.servers.connections.open_count() or file_uploads.open_count():
            assert time.monotonic() < deadline
            time.sleep(0.02)


@contextmanager
def serving(*, sftp: int = 0, ftps: int = 0) -> Iterator[Serving]:
    """Both servers on free ports of this machine, or on those that are given, until the block ends."""
    free = free_ports(2)
    told = replace(settings.current().transfer, sftp_port=sftp or free[0], ftps_port=ftps or free[1])
    loop, ready = asyncio.new_event_loop(), threading.Event()
    failed: list[SettingsError] = []
    servers, over = Servers(told), asyncio.Event()

    async def run() -> None:
        try:
            await servers.start()
        except SettingsError as error:
            failed.append(error)
            return
        finally:
            ready.set()
        await over.wait()
        await servers.stop()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    ready.wait()
    try:
        if failed:
            raise failed[0]
        yield Serving(told, servers, settings.current().data_dir)
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()
