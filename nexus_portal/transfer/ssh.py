"""The SFTP server: who may come in over SSH, by which algorithms, and that there is nothing but SFTP."""

import asyncio
import logging
from typing import Any, cast

import asyncssh
from asyncssh import constants
from asyncssh.sftp import SFTPServerHandler
from asyncssh.stream import SSHReader, SSHServerStreamSession, SSHWriter

from nexus_portal.adapters import ssh_keys
from nexus_portal.domain.errors import PortalError
from nexus_portal.services import file_access
from nexus_portal.settings import TransferSettings
from nexus_portal.transfer.connections import Connection, Connections
from nexus_portal.transfer.sftp_files import DropServer
from nexus_portal.transfer.tree import Tree

log = logging.getLogger(__name__)

SFTP_VERSION = 3
LOGIN_SECONDS = 60
WINDOW = 16 * 1024 * 1024
PACKET = 256 * 1024 - 4096
"""A little less than what OpenSSH takes as one packet: the fewer packets, the less work for each byte."""
KEEPALIVE_SECONDS = 30
_ACTS = {
    constants.FXP_OPEN,
    constants.FXP_CLOSE,
    constants.FXP_READ,
    constants.FXP_WRITE,
    constants.FXP_LSTAT,
    constants.FXP_FSTAT,
    constants.FXP_SETSTAT,
    constants.FXP_FSETSTAT,
    constants.FXP_OPENDIR,
    constants.FXP_READDIR,
    constants.FXP_REMOVE,
    constants.FXP_MKDIR,
    constants.FXP_RMDIR,
    constants.FXP_REALPATH,
    constants.FXP_STAT,
    constants.FXP_RENAME,
    constants.FXP_READLINK,
    constants.FXP_SYMLINK,
    b"posix-rename@openssh.com",
    b"fsync@openssh.com",
    b"lsetstat@openssh.com",
    b"limits@openssh.com",
}
_EXTENSIONS = [
    (b"posix-rename@openssh.com", b"1"),
    (b"fsync@openssh.com", b"1"),
    (b"limits@openssh.com", b"1"),
]
ALGORITHMS: dict[str, list[str]] = {
    "encryption_algs": [
        "aes128-gcm@openssh.com",
        "aes256-gcm@openssh.com",
        "chacha20-poly1305@openssh.com",
        "aes256-ctr",
        "aes128-ctr",
    ],
    "kex_algs": [
        "mlkem768x25519-sha256",
        "curve25519-sha256",
        "curve25519-sha256@libssh.org",
        "ecdh-sha2-nistp521",
        "ecdh-sha2-nistp384",
        "ecdh-sha2-nistp256",
        "diffie-hellman-group16-sha512",
        "diffie-hellman-group18-sha512",
    ],
    "mac_algs": ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256"],
    "signature_algs": [
        "ssh-ed25519",
        "ecdsa-sha2-nistp256",
        "ecdsa-sha2-nistp384",
        "ecdsa-sha2-nistp521",
        "rsa-sha2-512",
        "rsa-sha2-256",
    ],
    "compression_algs": ["none"],
}
"""Nothing with SHA-1, no short keys. Compression costs time, and photos do not get smaller."""


class Handler(SFTPServerHandler):
    """Reads the requests of one client. Tells the files apart that their sender closed from those cut off."""

    _extensions = _EXTENSIONS
    _packet_handlers = {act: run for act, run in SFTPServerHandler._packet_handlers.items() if act in _ACTS}  # noqa: RUF012, SLF001 - the library's table, shortened

    async def _cleanup(self, exc: Exception | None) -> None:
        server, left_open = cast("DropServer", self._server), bool(self._file_handles)
        server.broken = True
        if exc is None:
            server.channel.exit(1 if left_open else 0)  # scp takes no status for a failure
        await super()._cleanup(exc)


class Session(SSHServerStreamSession[bytes]):
    """One channel. It carries SFTP or nothing: no shell, no command, no terminal."""

    def __init__(self, tree: Tree) -> None:
        super().__init__(None)
        self._tree = tree

    def subsystem_requested(self, subsystem: str) -> bool:
        """Let SFTP begin."""
        return subsystem == "sftp"

    def session_started(self) -> None:
        """Serve SFTP until the client ends it."""
        channel, connection = self._chan, self._conn
        assert channel is not None  # noqa: S101 - for the type checker
        assert connection is not None  # noqa: S101 - for the type checker
        channel.set_encoding(None)
        self._encoding = None
        server = DropServer(channel, self._tree)
        handler = Handler(server, SSHReader(self, channel), SSHWriter(self, channel), SFTP_VERSION)
        connection.create_task(handler.run())


class Door(asyncssh.SSHServer):
    """One connection: by public key or password, bounded, written down."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._connection: Connection | None = None
        self._ssh: Any = None
        self._credential: Any = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Let it in, unless there are too many from there."""
        self._ssh, loop = conn, asyncio.get_running_loop()
        address = str(conn.get_extra_info("peername")[0])
        try:
            self._connection = self._connections.admit(address, lambda: loop.call_soon_threadsafe(conn.abort))
        except PortalError:
            conn.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the library's
        """Make room for another."""
        if self._connection is not None:
            self._connections.forget(self._connection)

    def begin_auth(self, username: str) -> bool:  # noqa: ARG002 - the library's
        """Ask everybody for a proof."""
        return True

    def public_key_auth_supported(self) -> bool:
        """Yes."""
        return True

    async def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Whether this key opens this login; the library has the client sign with it then."""
        return await self._prove(file_access.by_key, username, ssh_keys.of(key).fingerprint)

    def password_auth_supported(self) -> bool:
        """Yes."""
        return True

    def kbdint_auth_supported(self) -> bool:
        """No: there is nothing to ask for beside the password."""
        return False

    async def validate_password(self, username: str, password: str) -> bool:
        """Whether this password opens this login."""
        address = self._connection.address if self._connection is not None else ""
        return await self._prove(file_access.by_password, username, password, address)

    async def auth_completed(self) -> None:
        """Write down that the credential was used, unless its account has too many connections."""
        try:
            if self._connection is None:
                self._ssh.abort()
                return
            await asyncio.to_thread(self._connections.sign_in, self._connection, self._credential)
        except PortalError:
            self._ssh.abort()

    def session_requested(self) -> Session:
        """A channel for SFTP."""
        return Session(Tree(self._credential))

    async def _prove(self, ask: Any, *proof: str) -> bool:
        try:
            self._credential = await asyncio.to_thread(ask, *proof)
        except PortalError:
            self._credential = None  # throttled, or the database does not answer: nobody comes in
        return self._credential is not None


async def listen(wanted: TransferSettings, connections: Connections) -> asyncssh.SSHAcceptor:
    """Serve SFTP from now on.

    Raises:
        OSError: the port is taken.
        SettingsError: the host key cannot be read.
    """
    asyncssh.set_log_level(logging.ERROR)  # its lower lines name files and logins
    return await asyncssh.listen(
        wanted.host,
        wanted.sftp_port,
        server_factory=lambda: Door(connections),
        server_host_keys=[ssh_keys.host_key(wanted.host_key_file)],
        server_version="NexusPortal",
        login_timeout=LOGIN_SECONDS,
        keepalive_interval=KEEPALIVE_SECONDS,
        keepalive_count_max=3,
        allow_pty=False,
        agent_forwarding=False,
        x11_forwarding=False,
        line_editor=False,
        allow_scp=False,
        gss_host=None,
        window=WINDOW,
        max_pktsize=PACKET,
        encoding=None,
        reuse_address=True,
        **ALGORITHMS,
    )
