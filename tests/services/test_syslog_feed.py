"""The audit log on its way to a syslog server: all of it, in order, once, also after the server was away."""

import re
import socketserver
import threading
from collections.abc import Iterator
from datetime import timedelta
from queue import Queue

import pytest

from nexus_portal import settings
from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Unavailable
from nexus_portal.models.privacy import Sweep
from nexus_portal.services import audit, readiness, syslog_feed
from nexus_portal.settings import SettingsError
from tests.world import Clock


class Server:
    """A syslog server on this machine: what it was sent by TCP, message by message."""

    def __init__(self) -> None:
        self._queue: Queue[str] = Queue()
        queue = self._queue

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                while size := re.match(rb"\d+", self._until_space()):
                    queue.put(self.rfile.read(int(size[0])).decode())

            def _until_space(self) -> bytes:
                read = b""
                while (one := self.rfile.read(1)).isdigit():
                    read += one
                return read

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = False
        self.url = f"tcp://127.0.0.1:{self.server.server_address[1]}"
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self._thread.start()

    def received(self, many: int) -> list[str]:
        """So many messages, as soon as they are there, and whatever came beside them."""
        messages = [self._queue.get(timeout=10) for _ in range(many)]
        self.close()
        while not self._queue.empty():
            messages.append(self._queue.get())
        return messages

    def close(self) -> None:
        if self._thread.is_alive():
            self.server.shutdown()
            self._thread.join()
            self.server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    started = Server()
    yield started
    started.close()


@pytest.fixture
def feeding(monkeypatch: pytest.MonkeyPatch, server: Server, database: Database) -> Server:
    assert database
    use(monkeypatch, server.url)
    return server


def use(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("NEXUS_SYSLOG_URL", url)
    settings.current.cache_clear()


def write(database: Database, actor: Actor, *subjects: str) -> None:
    for subject in subjects:
        with database.transaction(actor) as session:
            audit.record(session, actor, "order:submitted", subject=subject, cards=3)


def test_each_entry_is_one_message(feeding: Server, database: Database, officer: Actor) -> None:
    write(database, officer, 'a"]\\', "b")
    assert syslog_feed.forward() == 2
    first, second = feeding.received(2)
    chain, user = officer.account_id, officer.user_id
    assert re.fullmatch(
        rf'<110>1 2026-\S+ localhost nexus-portal - order:submitted \[nexus@32473 chain="{chain}" seq="1"'
        rf' actor="{user}" role="privacy_officer" subject="a\\"\\]\\\\" hash="[0-9a-f]{{64}}"\]'
        r' {"cards":3}',
        first,
    )
    assert 'seq="2"' in second


def test_nothing_is_lost_or_sent_twice_while_the_server_is_away(
    monkeypatch: pytest.MonkeyPatch, feeding: Server, database: Database, officer: Actor
) -> None:
    monkeypatch.setattr(syslog_feed, "PART", 2)
    write(database, officer, "1", "2", "3")
    assert syslog_feed.forward() == 3
    before = feeding.received(3)
    write(database, officer, "4", "5", "6")
    with pytest.raises(Unavailable):
        syslog_feed.forward()
    with database.transaction(SYSTEM) as session:
        audit.record(session, SYSTEM, "portal:started")
    found = {each.subject: each for each in readiness.findings()}
    assert found["syslog"].weight == "warning"

    again = Server()
    use(monkeypatch, again.url)
    assert syslog_feed.forward() == 4
    assert syslog_feed.forward() == 0
    after = again.received(4)
    told = [re.search(r'seq="(\d+)".* subject="(\d*)"', line) for line in before + after]
    assert [each.groups() for each in told if each] == [
        *((str(n), str(n)) for n in range(1, 7)),
        ("1", ""),
    ]
    assert {each.subject: each.weight for each in readiness.findings()}["syslog"] == "fine"


def test_one_worker_at_a_time_and_another_when_it_died(
    feeding: Server, database: Database, clock: Clock, officer: Actor
) -> None:
    write(database, officer, "1")
    with database.transaction(SYSTEM) as session:
        session.add(
            Sweep(name=syslog_feed.NAME, claimed_by="other", claimed_until=clock.now() + syslog_feed.CLAIM)
        )
    assert syslog_feed.forward() == 0
    clock.forward(syslog_feed.CLAIM + timedelta(seconds=1))
    assert syslog_feed.forward() == 1
    assert len(feeding.received(1)) == 1


def test_without_a_server_nothing_is_sent(database: Database, officer: Actor) -> None:
    write(database, officer, "1")
    assert syslog_feed.forward() == 0
    assert "syslog" not in {each.subject for each in readiness.findings()}


@pytest.mark.parametrize("url", ["logs.example.se", "http://logs", "tcp://", "udp://host:0", "tls://h:x"])
def test_an_address_of_no_server_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="NEXUS_SYSLOG_URL"):
        settings.read({"NEXUS_SYSLOG_URL": url})
