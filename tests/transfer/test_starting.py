"""What keeps the servers from starting is said, and what was killed is tidied up when they start again."""

import json
import queue
import socket
from pathlib import Path

import pytest
from sqlmodel import select

from nexus_portal import settings
from nexus_portal.adapters import db, events, news_socket
from nexus_portal.adapters.events import News
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.models.base import new_id
from nexus_portal.models.files import FileDrop
from nexus_portal.services import file_sending
from nexus_portal.settings import SettingsError
from tests import dropping
from tests.transfer.machines import Machine
from tests.transfer.serving import serving
from tests.world import World


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NEXUS_TRANSFER_SFTP_PORT", "70000"),
        ("NEXUS_TRANSFER_FTPS_PORT", "none"),
        ("NEXUS_TRANSFER_PASSIVE_PORTS", "50000"),
        ("NEXUS_TRANSFER_PASSIVE_PORTS", "50100-50000"),
        ("NEXUS_TRANSFER_PASSIVE_ADDRESS", "files.example.test"),
        ("NEXUS_TRANSFER_CERTIFICATE_FILE", "/somewhere.pem"),
        ("NEXUS_TRANSFER_QUOTA_MB", "0"),
        ("NEXUS_TRANSFER", "perhaps"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        settings.read({name: value})


def test_a_port_that_is_taken_is_named(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SettingsError, match=f"Port {port} for SFTP"), serving(sftp=port):
            pass
        with pytest.raises(SettingsError, match=f"Port {port} for FTPS"), serving(ftps=port):
            pass


def test_a_host_key_that_is_none_is_named(world: World) -> None:
    path = settings.current().transfer.host_key_file
    path.parent.mkdir(parents=True)
    path.write_text("no key")
    with pytest.raises(SettingsError, match="host key"), serving():
        pass


def test_what_was_killed_gives_its_room_back(world: World, ours: Machine) -> None:
    upload = dropping.begin(ours.portal, "new.zip")
    upload.write(0, b"x" * 300_000)
    file_sending.give_back_room()  # as the next process does: nothing was closed in this one
    with db.current().transaction(SYSTEM) as session:
        drop = session.exec(select(FileDrop)).one()
    assert drop.reserved == drop.size < 300_000
    upload.break_off()


def test_news_reach_another_process(installation: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: queue.Queue[News] = queue.Queue()
    monkeypatch.setattr(events, "_listeners", [])
    following = news_socket.follow(installation)
    end = news_socket.pass_on(installation)
    [send] = events._listeners
    monkeypatch.setattr(events, "_listeners", [heard.put])
    sent = News(new_id(), "files")
    monkeypatch.setattr(
        events, "body_of", lambda news: json.dumps(["other", str(news.account_id), news.topic, ""]).encode()
    )
    send(sent)
    assert heard.get(timeout=10) == sent
    following.close()
    assert not (installation / news_socket.NAME).exists()
    send(sent)  # nobody listens any more, and nothing breaks
    end()
