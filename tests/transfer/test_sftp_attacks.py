"""What somebody with bad intent tries on the SFTP server, and lines that break."""

import asyncio
import os
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncssh
import pytest

from nexus_portal import settings
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import TooMany
from nexus_portal.domain.file_drops import FileState
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.services import file_access, file_credentials
from nexus_portal.services.use_case import perform
from nexus_portal.transfer import connections, sftp_files
from tests.transfer.machines import Machine, content, machine, run, states
from tests.transfer.serving import Serving, serving
from tests.world import World

SENT = os.urandom(1_500_000)


@asynccontextmanager
async def connected(served: Serving, machine: Machine) -> AsyncIterator[asyncssh.SSHClientConnection]:
    async with asyncssh.connect(
        "127.0.0.1",
        served.wanted.sftp_port,
        username=machine.key_login,
        client_keys=[str(machine.key_file)],
        known_hosts=None,
        config=None,
        agent_path=None,
    ) as connection:
        yield connection


@pytest.mark.parametrize(
    "name",
    [
        b"inbox/a\x00.csv",
        b"inbox/a\x1b[31m.csv",
        "inbox/a\u202evsc.exe".encode(),
        "inbox/a\u200b.csv".encode(),
        b"inbox/\xff\xfe.csv",
        b"inbox/..\\..\\a.csv",
        b"inbox/ a.csv",
        b"inbox/...",
        b"inbox/" + b"a" * 300,
        b"inbox/a/b",
        b"inbox/../../../tmp/a.csv",
        b"//tmp//a.csv",
        b"",
    ],
)
async def test_names_that_hide_or_lead_elsewhere(served: Serving, ours: Machine, name: bytes) -> None:
    async with connected(served, ours) as connection, connection.start_sftp_client() as sftp:
        with pytest.raises(asyncssh.SFTPError):
            await sftp.open(name, "wb")
    assert states(ours) == {}


async def test_files_that_are_left_open_are_bounded(served: Serving, ours: Machine) -> None:
    ours.broken_sending("new.csv", b"a;b")
    async with connected(served, ours) as connection, connection.start_sftp_client() as sftp:
        for _ in range(sftp_files.MOST_OPEN):
            await sftp.open("inbox/new.csv", "rb")
        with pytest.raises(asyncssh.SFTPFailure):
            await sftp.open("inbox/new.csv", "rb")


async def test_there_are_no_links(served: Serving, ours: Machine) -> None:
    async with connected(served, ours) as connection, connection.start_sftp_client() as sftp:
        for act in (sftp.symlink("/etc/passwd", "inbox/link"), sftp.link("inbox/a", "inbox/b")):
            with pytest.raises(asyncssh.SFTPError):
                await act
        with pytest.raises(asyncssh.SFTPError):
            await sftp.readlink("inbox/link")


async def test_there_is_no_shell_and_no_forwarding(served: Serving, ours: Machine) -> None:
    async with connected(served, ours) as connection:
        for command in (None, "id", "scp -t /", "sftp-server"):
            with pytest.raises(asyncssh.ChannelOpenError):
                await connection.create_process(command)
        with pytest.raises(asyncssh.ChannelOpenError):
            await connection.open_connection("127.0.0.1", served.wanted.ftps_port)
        with pytest.raises(asyncssh.ChannelListenError):
            await connection.start_server(lambda *_: None, "127.0.0.1", 0)
        with pytest.raises(asyncssh.ChannelOpenError):
            await connection.create_process(subsystem="netconf")


@pytest.mark.parametrize(
    "weak",
    [
        ("Ciphers=aes128-cbc", "Ciphers=+aes128-cbc"),
        ("MACs=hmac-sha1", "Ciphers=aes128-ctr"),
        ("KexAlgorithms=diffie-hellman-group14-sha1", "Compression=no"),
        ("HostKeyAlgorithms=ssh-rsa", "Compression=no"),
    ],
)
def test_weak_algorithms_are_off(served: Serving, ours: Machine, weak: tuple[str, str]) -> None:
    options = [part for each in weak for part in ("-o", each)]
    where = f"{ours.key_login}@127.0.0.1"
    done = run(["sftp", *options, *ours.ssh_options(served), where], ours.folder, given="ls\n")
    assert done.returncode != 0
    assert "no matching" in done.stderr.casefold()


def test_another_machine_s_key_opens_nothing(served: Serving, ours: Machine, theirs: Machine) -> None:
    assert theirs.sftp(served, "ls", login=ours.key_login).returncode != 0
    assert theirs.sftp(served, "ls", login=theirs.password_login).returncode != 0
    assert theirs.sftp(served, "ls", login="root").returncode != 0


def test_one_account_sees_nothing_of_another(served: Serving, ours: Machine, theirs: Machine) -> None:
    (ours.folder / "new.csv").write_bytes(b"a;b")
    assert ours.sftp(served, "put new.csv inbox/").returncode == 0
    listed = theirs.sftp(served, "ls inbox")
    assert "new.csv" not in listed.stdout
    for command in ("get inbox/new.csv", "rm inbox/new.csv", "rename inbox/new.csv inbox/old.csv"):
        assert theirs.sftp(served, command).returncode != 0
    assert states(ours) == {"new.csv": FileState.RECEIVING}


async def test_a_revoked_key_ends_what_is_open(served: Serving, ours: Machine) -> None:
    async with connected(served, ours) as connection, connection.start_sftp_client() as sftp:
        sending = await sftp.open("inbox/new.zip", "wb")
        await sending.write(SENT[:100_000])
        perform(file_credentials.revoke, ours.admin, credential_id=ours.by_key)
        with pytest.raises(asyncssh.SFTPError):
            await sftp.listdir("inbox")
        await asyncio.to_thread(served.servers.connections.end_revoked)
        await connection.wait_closed()
    assert await asyncio.to_thread(ours.sftp, served, "ls") is not None
    with pytest.raises(asyncssh.PermissionDenied):
        async with connected(served, ours):
            pass


@pytest.mark.parametrize("sent", [0, 1, 700_000, len(SENT) - 1, len(SENT)])
async def test_a_line_that_breaks_leaves_something_to_go_on_with(
    served: Serving, ours: Machine, sent: int
) -> None:
    async with connected(served, ours) as connection, connection.start_sftp_client() as sftp:
        sending = await sftp.open("inbox/new.zip", "wb")
        await sending.write(SENT[:sent])
        connection.abort()
        await connection.wait_closed()
    await asyncio.to_thread(served.settled)
    assert states(ours) == {"new.zip": FileState.RECEIVING}
    assert ours.whole("new.zip") is False
    (ours.folder / "new.zip").write_bytes(SENT)
    done = await asyncio.to_thread(
        ours.sftp, served, "reput new.zip inbox/new.zip" if sent < len(SENT) else "put new.zip inbox/new.zip"
    )
    assert done.returncode == 0, done.stderr
    assert content(ours, "new.zip") == SENT
    assert ours.whole("new.zip") is True


async def test_two_hundred_connections_at_once_are_bounded(
    served: Serving, ours: Machine, theirs: Machine
) -> None:
    async def come() -> bool:
        try:
            async with connected(served, ours) as connection:
                await connection.start_sftp_client()
                await gate.wait()
                return True
        except (OSError, asyncssh.Error):
            return False

    gate = asyncio.Event()
    tasks = [asyncio.create_task(come()) for _ in range(200)]
    let_in = 0
    for place, each in enumerate(asyncio.as_completed(tasks), 1):
        let_in += await each
        if place == len(tasks) - connections.MOST_OF_ACCOUNT:
            gate.set()  # those that are left are inside, or will not come in any more
    assert 1 <= let_in <= connections.MOST_OF_ACCOUNT
    await asyncio.to_thread(served.settled)
    done = await asyncio.to_thread(theirs.sftp, served, "ls")
    assert done.returncode == 0, done.stderr


@pytest.fixture
def small(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serving]:
    """Servers that let each account have two megabytes."""
    monkeypatch.setenv("NEXUS_TRANSFER_QUOTA_MB", "2")
    settings.current.cache_clear()
    with serving() as running:
        yield running


def test_a_quota_that_is_filled_stops_its_account_alone(
    small: Serving, ours: Machine, theirs: Machine
) -> None:
    (ours.folder / "new.zip").write_bytes(os.urandom(3_000_000))
    (theirs.folder / "new.zip").write_bytes(SENT)
    refused = ours.sftp(small, "put new.zip inbox/")
    assert refused.returncode != 0
    assert theirs.sftp(small, "put new.zip inbox/").returncode == 0
    assert content(theirs, "new.zip") == SENT
    assert ours.whole("new.zip") is False
    assert ours.sftp(small, "rm inbox/new.zip").returncode == 0
    (ours.folder / "less.zip").write_bytes(SENT)
    assert ours.sftp(small, "put less.zip inbox/").returncode == 0


@pytest.fixture
def full_disk() -> Iterator[None]:
    """No file of this process can grow beyond eight megabytes: to the server, that is a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8_000_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_refuses_and_keeps_what_it_has(served: Serving, ours: Machine, full_disk: None) -> None:
    with (ours.folder / "new.zip").open("wb") as file:
        for _ in range(3):
            file.write(SENT)
    big = ours.folder / "big.zip"
    assert run(["cp", "/dev/zero", "big.zip"], ours.folder).returncode != 0
    assert big.stat().st_size <= 8_000_000
    assert ours.sftp(served, "put new.zip inbox/").returncode == 0
    refused = ours.sftp(served, "put big.zip inbox/")
    assert refused.returncode != 0
    assert content(ours, "new.zip") == SENT * 3
    assert ours.whole("big.zip") is False


def test_passwords_are_throttled(served: Serving, ours: Machine, theirs: Machine) -> None:
    for _ in range(10):
        assert file_access.by_password(ours.password_login, "wrong", "192.0.2.7") is None
    with pytest.raises(TooMany):
        file_access.by_password(ours.password_login, ours.password, "192.0.2.8")
    with pytest.raises(TooMany):
        file_access.by_password(theirs.password_login, theirs.password, "192.0.2.7")
    assert file_access.by_password(theirs.password_login, theirs.password, "192.0.2.9") == theirs.by_password


async def test_another_person_s_machine_reaches_none_of_the_files(
    world: World, served: Serving, ours: Machine, tmp_path: Path
) -> None:
    ours.broken_sending("Klass 9B.csv", b"somebody")
    with world.database.transaction(SYSTEM, writes=False) as session:
        account = session.get_one(Account, ours.account_id)
    admin = world.person(Role.ACCOUNT_ADMIN, account, stepped_up=True)
    beside = machine(admin, tmp_path / "beside")
    async with connected(served, beside) as connection, connection.start_sftp_client() as sftp:
        assert [name for name in await sftp.listdir("inbox") if name not in {".", ".."}] == []
        for act in (sftp.stat, sftp.remove, lambda path: sftp.open(path, "rb")):
            with pytest.raises(asyncssh.SFTPNoSuchFile):
                await act("inbox/Klass 9B.csv")
        with pytest.raises(asyncssh.SFTPNoSuchFile):
            await sftp.rename("inbox/Klass 9B.csv", "inbox/b.csv")
        async with sftp.open("inbox/Klass 9B.csv", "xb") as file:
            await file.write(b"of my own")
    assert content(beside, "Klass 9B.csv") == b"of my own"
    assert set(states(ours)) == {"Klass 9B.csv"}
