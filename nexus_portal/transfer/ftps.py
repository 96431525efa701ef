"""The FTPS server: TLS before anything is said, on every connection; files over passive connections only."""

import logging
import sys
import threading
from typing import Any, ClassVar
from uuid import UUID

from OpenSSL import SSL
from pyftpdlib.exceptions import AuthenticationFailed
from pyftpdlib.handlers.ftps.control import TLS_FTPHandler
from pyftpdlib.handlers.ftps.data import TLS_DTPHandler
from pyftpdlib.servers import ThreadedFTPServer

from nexus_portal import settings
from nexus_portal.adapters import tls_files
from nexus_portal.domain.errors import PortalError
from nexus_portal.services import file_access
from nexus_portal.settings import SettingsError, TransferSettings
from nexus_portal.transfer.connections import MOST, Connection, Connections
from nexus_portal.transfer.ftp_files import DropFiles, SentFile
from nexus_portal.transfer.tree import Tree

log = logging.getLogger(__name__)

BEFORE_TLS = frozenset({"AUTH", "FEAT", "QUIT"})
GONE = frozenset(
    {"PORT", "EPRT", "STOU", "SITE", "SITE HELP", "MKD", "XMKD", "RMD", "XRMD", "REIN", "STAT", "HELP"}
)
"""Not taken: connections that we would open to others, names of our own making, and what nobody needs."""
PERMISSIONS = "elradfwMT"
_CUT = "The connection was cut. Go on where the file ends."
_NO_FIT = "Login and password do not fit together."
IDLE_SECONDS = 300
_LOOK_UP = 0.1
BUFFER = 256 * 1024


class Authorizer:
    """Lets machines in by the passwords of the portal."""

    def validate_authentication(self, username: str, password: str, handler: "Handler") -> None:
        """See that the password opens this login, and that there is room for one more connection."""
        try:
            credential_id = file_access.by_password(username, password, handler.remote_ip)
            if credential_id is None:
                raise AuthenticationFailed(_NO_FIT)
            handler.sign_in(credential_id)
        except PortalError as error:
            raise AuthenticationFailed(str(error.message)) from None

    def get_home_dir(self, username: str) -> str:  # noqa: ARG002 - the library's
        """Everybody begins at the root of their account."""
        return "/"

    def get_msg_login(self, username: str) -> str:  # noqa: ARG002 - the library's
        """What is said first."""
        return "Files go to inbox; answers lie in results."

    def get_msg_quit(self, username: str) -> str:  # noqa: ARG002 - the library's
        """What is said last."""
        return "Goodbye."

    def get_perms(self, username: str) -> str:  # noqa: ARG002 - the library's
        """What the library lets through to `DropFiles`, which decides."""
        return PERMISSIONS

    def has_perm(self, username: str, perm: str, path: str | None = None) -> bool:  # noqa: ARG002 - the library's
        """Whether the library lets it through."""
        return perm in PERMISSIONS

    def has_user(self, username: str) -> bool:  # noqa: ARG002 - the library's
        """Whoever has a login is told no sooner than with the password."""
        return True

    def impersonate_user(self, username: str, password: str) -> None:
        """Nobody has a user of the machine."""

    def terminate_impersonation(self, username: str) -> None:
        """Nothing to end."""


class Transfer(TLS_DTPHandler):
    """One file on its way. Only an end that the sender has signed by TLS is an end: all others are cuts."""

    ac_in_buffer_size = BUFFER
    ac_out_buffer_size = BUFFER

    def close(self) -> None:
        """The connection ends: see whether the sender meant it."""
        sent = self.file_obj
        if isinstance(sent, SentFile) and not sent.closed and self.transfer_finished:
            try:
                self._finish(sent)
            except PortalError as error:
                self._fail(452, str(error.message))
        super().close()

    def handle_error(self) -> None:
        """Say why a part could not be kept, without a trace of it in the log."""
        error = sys.exception()
        if isinstance(error, PortalError):
            self._fail(452, str(error.message))
        elif isinstance(error, SSL.Error):
            self._error = True  # there is nobody to end TLS with
            self._fail(426, _CUT)
        else:
            super().handle_error()
            return
        self.close()

    def _finish(self, sent: SentFile) -> None:
        line: Any = self.socket
        if line.get_shutdown() & SSL.RECEIVED_SHUTDOWN:
            sent.finish()
        else:
            self._fail(426, _CUT)

    def _fail(self, code: int, said: str) -> None:
        self.transfer_finished, self._resp = False, (f"{code} {said}", log.debug)


class Handler(TLS_FTPHandler):
    """One connection of a client."""

    authorizer = Authorizer()
    abstracted_fs = DropFiles
    dtp_handler = Transfer
    tls_control_required = True
    tls_data_required = True
    use_sendfile = False
    use_gmt_times = True
    permit_foreign_addresses = False
    timeout = IDLE_SECONDS
    max_login_attempts = 3
    auth_failed_timeout = 1
    banner = "Nexus Portal"
    proto_cmds: ClassVar[dict[str, Any]] = {
        name: told for name, told in TLS_FTPHandler.proto_cmds.items() if name not in GONE
    }
    connections: ClassVar[Connections]

    def handle(self) -> None:
        """Let a connection in, unless there are too many from there."""
        self.connection: Connection | None = None
        self.tree: Tree | None = None
        try:
            self.connection = self.connections.admit(self.remote_ip, self._end)
        except PortalError as error:
            self.respond(f"421 {error.message}")
            self.close_when_done()
            return
        super().handle()

    def sign_in(self, credential_id: UUID) -> None:
        """Note who it is.

        Raises:
            TooMany: the account has too many connections.
        """
        assert self.connection is not None  # noqa: S101 - for the type checker
        self.connections.sign_in(self.connection, credential_id)
        self.tree = Tree(credential_id)

    def on_disconnect(self) -> None:
        """Make room for another."""
        connection = getattr(self, "connection", None)
        if connection is not None:
            self.connections.forget(connection)

    def pre_process_command(self, line: str, cmd: str, arg: str) -> None:
        """Answer nothing in the clear but how to change to TLS."""
        if not self._ssl_established and cmd not in BEFORE_TLS:
            self.respond("522 Say AUTH TLS first: nothing is answered in the clear.")
            return
        super().pre_process_command(line, cmd, arg)

    def ftp_AUTH(self, line: str) -> None:  # noqa: N802 - the library's
        """Change to TLS, and forget what was sent in the clear behind the command."""
        super().ftp_AUTH(line)
        self.ac_in_buffer = b""
        self._in_buffer.clear()
        self._in_buffer_len = 0

    def ftp_PROT(self, line: str) -> None:  # noqa: N802 - the library's
        """Files go by TLS and by nothing else."""
        if line.upper() != "P":
            self.respond("536 Files are sent by TLS only: say PROT P.")
            return
        super().ftp_PROT(line)

    def log_exception(self, instance: object) -> None:  # noqa: ARG002 - the library's
        """Say that something failed, and nothing of what it was about."""
        log.error("FTPS failed: %s", type(sys.exception()).__name__)

    def _end(self) -> None:
        # From another thread: the loop of this connection closes it.
        self.ioloop.call_later(0, self.close)
        if self.data_channel is not None:
            self.ioloop.call_later(0, self.data_channel.close)


class Server:
    """Listens, and has a thread for each connection."""

    def __init__(self, inner: ThreadedFTPServer) -> None:
        self._inner, self._over, self._ended = inner, threading.Event(), threading.Event()

    def serve(self) -> None:
        """Take connections until `stop`: the body of a thread.

        Whoever polls is also who closes: what another thread closes under a poll fails it, or, where its
        number is taken again in between, lets it poll what is somebody else's.
        """
        try:
            while not self._over.is_set():
                self._inner.serve_forever(timeout=_LOOK_UP, blocking=False, handle_exit=False)
        finally:
            self._inner.close_all()
            self._ended.set()

    def stop(self) -> None:
        """Listen no more, and end every connection; returns when all have ended."""
        self._over.set()
        self._ended.wait()


def listen(wanted: TransferSettings, connections: Connections) -> Server:
    """Serve FTPS from now on.

    Raises:
        OSError: the port is taken.
        SettingsError: the certificate cannot be used.
    """
    logging.getLogger("pyftpdlib").setLevel(logging.ERROR)  # its lower lines name files and logins
    first, last = wanted.passive_ports
    told: dict[str, Any] = {
        "connections": connections,
        "ssl_context": _tls(wanted),
        "passive_ports": range(first, last + 1),
        "masquerade_address": wanted.passive_address or None,
    }
    inner = ThreadedFTPServer((wanted.host, wanted.ftps_port), type("Handler", (Handler,), told))
    inner.max_cons = MOST
    return Server(inner)


def _tls(wanted: TransferSettings) -> SSL.Context:
    certificate, key = wanted.certificate_file, wanted.certificate_key_file
    tls_files.ensure(certificate, key, settings.current().transfer_host)
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_options(SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION | SSL.OP_CIPHER_SERVER_PREFERENCE)
    context.set_cipher_list(b"ECDHE+AESGCM:ECDHE+CHACHA20")
    try:
        context.use_certificate_chain_file(str(certificate))
        context.use_privatekey_file(str(key))
        context.check_privatekey()
    except SSL.Error as error:
        message = f"The certificate {certificate} and its key cannot be used together."
        raise SettingsError(message) from error
    return context
