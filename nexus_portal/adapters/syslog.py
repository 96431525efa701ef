"""Sending lines to a syslog server: RFC 5424 by UDP, TCP or TLS with octet counting (RFC 6587, 5425)."""

import re
import socket
import ssl
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from nexus_portal import settings
from nexus_portal.domain.errors import Unavailable
from nexus_portal.domain.hashchain import timestamp

PORTS = {"udp": 514, "tcp": 601, "tls": 6514}
"""By the scheme of the server's address, where it names no port."""
SECONDS = 5
PRIORITY = 13 * 8 + 6
"""Facility `log audit`, severity informational."""
_ID = "nexus@32473"
_UNSAFE = re.compile(r'(["\\\]])')
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One message: `kind` names it in at most 32 printable characters; `facts` are its structured data."""

    at: datetime
    kind: str
    facts: Mapping[str, str]
    text: str

    def to_bytes(self) -> bytes:
        """The message as RFC 5424 has it, without a frame."""
        host = urlsplit(settings.current().base_url).hostname or "-"
        told = " ".join(f'{name}="{_safe(value)}"' for name, value in self.facts.items())
        head = f"<{PRIORITY}>1 {timestamp(self.at)} {host} nexus-portal - {self.kind[:32] or '-'}"
        return f"{head} [{_ID} {told}] {_CONTROL.sub(' ', self.text)}".encode()


def send(lines: Iterable[Line]) -> None:
    """Hand the lines to the server in `NEXUS_SYSLOG_URL`; when this returns, the machine has taken all.

    Raises:
        Unavailable: it does not answer, or takes no more.
    """
    try:
        with _connected() as (link, framed):
            for line in lines:
                text = line.to_bytes()
                link.sendall(b"%d %s" % (len(text), text) if framed else text)
    except OSError as error:
        raise Unavailable from error


@contextmanager
def _connected() -> Generator[tuple[socket.socket, bool]]:
    parts = urlsplit(settings.current().syslog_url)
    place = (parts.hostname or "", parts.port or PORTS[parts.scheme])
    if parts.scheme == "udp":
        family, *_ = socket.getaddrinfo(*place, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, socket.SOCK_DGRAM) as link:
            link.connect(place)
            yield link, False
        return
    with socket.create_connection(place, timeout=SECONDS) as plain:
        if parts.scheme == "tcp":
            yield plain, True
            return
        with ssl.create_default_context().wrap_socket(plain, server_hostname=parts.hostname) as link:
            yield link, True


def _safe(value: str) -> str:
    return _UNSAFE.sub(r"\\\1", _CONTROL.sub(" ", value))
