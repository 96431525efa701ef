"""Who is connected: bounded per address and account, and ended when their credential is revoked."""

import logging
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from nexus_portal.domain.errors import PortalError, TooMany
from nexus_portal.domain.text import Message
from nexus_portal.services import file_access

log = logging.getLogger(__name__)

MOST = 300
MOST_OF_ADDRESS = 32
MOST_OF_ACCOUNT = 16
LOOK_EVERY = 2.0
"""Seconds in which a revoked credential may still move bytes of a file that it has open."""


@dataclass(slots=True)
class Connection:
    """One open connection, and how to end it from another thread."""

    address: str
    end: Callable[[], object]
    credential_id: UUID | None = None
    account_id: UUID | None = None
    id: UUID = field(default_factory=uuid4)


class Connections:
    """All open connections of this process."""

    def __init__(self) -> None:
        self._open: dict[UUID, Connection] = {}
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    def admit(self, address: str, end: Callable[[], object]) -> Connection:
        """Note a new connection.

        Raises:
            TooMany: this address has too many, or there are too many in all.
        """
        with self._lock:
            of_address = sum(each.address == address for each in self._open.values())
            if len(self._open) >= MOST or of_address >= MOST_OF_ADDRESS:
                raise TooMany(Message("Too many connections. End some, or try again in a moment."))
            connection = Connection(address, end)
            self._open[connection.id] = connection
        return connection

    def sign_in(self, connection: Connection, credential_id: UUID) -> None:
        """Note by which credential a connection acts.

        Raises:
            TooMany: its account has too many connections.
            NotSignedIn: the credential was revoked.
        """
        account_id = file_access.actor_of(credential_id).account_id
        with self._lock:
            of_account = Counter(each.account_id for each in self._open.values())
            if of_account[account_id] >= MOST_OF_ACCOUNT:
                raise TooMany(Message("Too many connections. End some, or try again in a moment."))
            connection.credential_id, connection.account_id = credential_id, account_id
        file_access.note_use(credential_id, connection.address)

    def forget(self, connection: Connection) -> None:
        """Note that a connection has ended."""
        with self._lock:
            self._open.pop(connection.id, None)

    def end_revoked(self) -> int:
        """End the connections of credentials that let nobody in any more; how many those are."""
        with self._lock:
            signed_in = [each for each in self._open.values() if each.credential_id is not None]
        living = file_access.living({each.credential_id for each in signed_in if each.credential_id})
        ended = [each for each in signed_in if each.credential_id not in living]
        for connection in ended:
            connection.end()
        return len(ended)

    def open_count(self) -> int:
        """How many connections are open."""
        return len(self._open)

    def end_all(self) -> None:
        """End every connection."""
        with self._lock:
            every = list(self._open.values())
        for connection in every:
            connection.end()

    def watch(self) -> None:
        """Look for revoked credentials until `stop`: the body of a thread."""
        while not self._stopped.wait(LOOK_EVERY):
            try:
                self.end_revoked()
            except PortalError as error:
                log.warning("credentials cannot be looked up: %s", error)

    def stop(self) -> None:
        """End `watch`."""
        self._stopped.set()
