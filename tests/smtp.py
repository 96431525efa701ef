"""A little mail server in the test process: takes mails, or refuses them as a test wants."""

import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Post:
    """What the server was sent, and how it answers."""

    port: int = 0
    mails: list[bytes] = field(default_factory=list[bytes])
    said: list[str] = field(default_factory=list[str])
    answers: dict[str, str] = field(default_factory=dict[str, str])
    """Answers other than 250 by the first word of a command; `MESSAGE` stands for the mail itself."""
    tls: ssl.SSLContext | None = None
    """What STARTTLS is offered with, if at all."""


class _Handler(socketserver.StreamRequestHandler):
    timeout = 5

    def handle(self) -> None:
        post: Post = self.server.post  # pyright: ignore[reportAttributeAccessIssue] - our own server, which has a post
        self._say("220 post.example")
        while line := self.rfile.readline():
            command = line.decode().strip()
            post.said.append(command)
            word = command.split()[0].upper() if command else ""
            if word == "DATA":
                self._say("354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                mail, answer = b"".join(lines), post.answers.get("MESSAGE", "250 taken")
                post.mails += [mail] if answer.startswith("250") else []
                self._say(answer)
            elif word == "STARTTLS" and post.tls is not None:
                self._say("220 go on")
                if not self._encrypt(post.tls):
                    return
            elif word == "EHLO" and post.tls is not None:
                self._say("250-post.example")
                self._say("250-AUTH PLAIN")
                self._say("250 STARTTLS")
            elif word == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say(post.answers.get(word, "250 post.example"))

    def _encrypt(self, tls: ssl.SSLContext) -> bool:
        try:
            secured = tls.wrap_socket(self.connection, server_side=True)
        except OSError:
            return False  # the client did not trust us
        self.rfile, self.wfile = secured.makefile("rb"), secured.makefile("wb", 0)
        self.connection = secured
        return True

    def finish(self) -> None:
        """Also end the encrypted connection, which the server itself does not know."""
        super().finish()
        self.connection.close()

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def post_office(*, tls: ssl.SSLContext | None = None, **answers: str) -> Iterator[Post]:
    """A server on a free port of this machine, until the block ends."""
    socketserver.TCPServer.allow_reuse_address = True
    with socketserver.TCPServer(("127.0.0.1", 0), _Handler) as server:
        post = Post(server.server_address[1], answers={"AUTH": "235 welcome", **answers}, tls=tls)
        server.__dict__["post"] = post
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield post
        server.shutdown()
        thread.join()
