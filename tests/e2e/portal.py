"""A portal that runs as `make run` runs it, for the journeys and the attacks: started once, ended by id."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import httpx
import pyotp

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
START_SECONDS = 300
MAIL_SECONDS = 20


@dataclass(frozen=True)
class Person:
    """One line of demo-accounts.json."""

    email: str
    password: str
    totp_secret: str
    account: str
    roles: tuple[str, ...]
    name: str


class Portal:
    """A running portal with the demo in a data directory of its own."""

    def __init__(self, data_dir: Path, port: int) -> None:
        self.data_dir = data_dir
        self.port = port
        self.url = f"http://localhost:{port}"
        self.sftp_port, self.ftps_port = free_port(), free_port()
        self.log = data_dir / "serve.log"
        self._spent: dict[str, int] = {}
        self._renewed: dict[str, Person] = {}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def serving(self) -> list[str | Path]:
        """The command that serves it."""
        return [BIN / "nexus-portal", "serve", "--port", str(self.port)]

    @property
    def environment(self) -> dict[str, str]:
        """What the commands of this portal see."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("NEXUS_")}
        return clean | {
            "NEXUS_DATA_DIR": str(self.data_dir),
            "NEXUS_BASE_URL": self.url,
            "NEXUS_TRANSFER_SFTP_PORT": str(self.sftp_port),
            "NEXUS_TRANSFER_FTPS_PORT": str(self.ftps_port),
            "PATH": f"{BIN}:{os.environ['PATH']}",
        }

    def command(self, *arguments: str, code: int = 0) -> str:
        """Run `nexus-portal …` on this portal's data; its output."""
        done = subprocess.run(
            [BIN / "nexus-portal", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=START_SECONDS,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def start(self) -> None:
        """Serve, and wait until it answers."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.serving,
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self._process.poll() is None, self.log.read_text(errors="replace")[-4000:]
            assert time.monotonic() < deadline, self.log.read_text(errors="replace")[-4000:]
            time.sleep(0.3)

    def stop(self) -> None:
        """End it and everything it started."""
        if self._process is None:
            return
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(20)

    def people(self) -> list[Person]:
        """Everybody in the demo, with what has been renewed meanwhile."""
        listed = json.loads((self.data_dir / "demo-accounts.json").read_text(encoding="utf-8"))
        people = [Person(**{**person, "roles": tuple(person["roles"])}) for person in listed]
        return [self._renewed.get(person.email, person) for person in people]

    def renew(self, person: Person, **changed: str) -> Person:
        """Remember a password or an authenticator that a journey has set: later ones sign in by it."""
        self._renewed[person.email] = replace(person, **changed)
        if "totp_secret" in changed:
            self._spent[person.email] = int(time.time()) // 30  # setting it up took a code of it
        return self._renewed[person.email]

    def person(self, role: str, account: str = "") -> Person:
        """Somebody of the demo by role, and by account where both customers have one."""
        return next(p for p in self.people() if role in p.roles and account in p.account)

    def code(self, person: Person) -> str:
        """A fresh code of a person's authenticator: the next one where the last was spent, which the portal
        takes half a minute early; only who needs a third one waits."""
        totp = pyotp.TOTP(person.totp_secret)
        following = self._spent.get(person.email, 0) + 1
        while following > (now := int(time.time()) // 30) + 1:
            time.sleep(0.5)
        self._spent[person.email] = max(following, now)
        return totp.at(self._spent[person.email] * 30)

    def mail_to(self, address: str, holding: str) -> EmailMessage:
        """The newest mail to somebody whose text holds this; waits until the portal has written it."""
        deadline = time.monotonic() + MAIL_SECONDS
        while True:
            assert time.monotonic() < deadline, "the portal wrote no such mail"
            for file in sorted((self.data_dir / "mail").glob("*.eml"), reverse=True):
                mail = message_from_bytes(file.read_bytes(), policy=policy.default)
                body = mail.get_body(("plain",))
                if mail["To"] == address and body is not None and holding in body.get_content():
                    return mail
            time.sleep(0.2)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/ping", timeout=2).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
