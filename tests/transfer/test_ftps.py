"""curl, lftp and Python's own client against the FTPS server."""

import ftplib
import io
import os
import socket
import ssl
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from nexus_portal import settings
from nexus_portal.domain.file_drops import FileState
from nexus_portal.services import file_settling
from nexus_portal.transfer import ftps
from nexus_portal.transfer.connections import Connections
from tests.transfer.machines import Machine, content, run, states
from tests.transfer.serving import Serving, free_ports
from tests.world import Clock, World


def curl(served: Serving, machine: Machine, *options: str, path: str = "inbox/"):
    url = f"ftp://127.0.0.1:{served.wanted.ftps_port}/{path}"
    who = f"{machine.password_login}:{machine.password}"
    return run(["curl", "-sS", "--ssl-reqd", "--insecure", "-u", who, *options, url], machine.folder)


def lftp(served: Serving, machine: Machine, *commands: str):
    settings = ("ftp:ssl-force true", "ssl:verify-certificate no", "ftp:use-mlsd true", "net:max-retries 1")
    script = [f"set {each}" for each in settings]
    where = f"open -p {served.wanted.ftps_port} -u {machine.password_login},{machine.password} 127.0.0.1"
    return run(["lftp", "-c", "; ".join([*script, where, *commands])], machine.folder)


@pytest.fixture
def client(served: Serving, ours: Machine):
    """Python's client, signed in."""
    context = ssl.create_default_context(cafile=served.wanted.certificate_file)
    context.check_hostname = False
    with ftplib.FTP_TLS(context=context, encoding="utf-8", timeout=20) as made:  # noqa: S321 - FTPS is what is tested
        made.connect("127.0.0.1", served.wanted.ftps_port)
        made.login(ours.password_login, ours.password)
        made.prot_p()
        yield made


def test_curl_sends_fetches_and_goes_on(served: Serving, ours: Machine) -> None:
    sent = os.urandom(900_007)
    (ours.folder / "new.zip").write_bytes(sent)
    done = curl(served, ours, "-T", "new.zip")
    assert done.returncode == 0, done.stderr
    assert content(ours, "new.zip") == sent
    back = curl(served, ours, "-o", "back.zip", path="inbox/new.zip")
    assert back.returncode == 0, back.stderr
    assert (ours.folder / "back.zip").read_bytes() == sent
    ours.broken_sending("half.zip", sent[:300_000])
    (ours.folder / "half.zip").write_bytes(sent)
    assert curl(served, ours, "-C", "-", "-T", "half.zip").returncode == 0
    assert content(ours, "half.zip") == sent


def test_lftp_mirrors_a_folder_and_removes(served: Serving, ours: Machine) -> None:
    names = [f"Foto {number} Åsa.jpg" for number in range(5)]
    (ours.folder / "photos").mkdir()
    for name in names:
        (ours.folder / "photos" / name).write_bytes(os.urandom(20_000))
    done = lftp(served, ours, "mirror -R --no-perms photos inbox", "cls -l inbox", f'rm "inbox/{names[0]}"')
    assert done.returncode == 0, done.stderr
    assert set(states(ours)) == set(names[1:])
    assert "20000" in done.stdout


def test_a_file_counts_as_received_once_it_was_left_alone(
    served: Serving, ours: Machine, clock: Clock
) -> None:
    (ours.folder / "new.csv").write_bytes(b"a;b")
    assert curl(served, ours, "-T", "new.csv").returncode == 0
    file_settling.settle_due()
    assert states(ours) == {"new.csv": FileState.RECEIVING}
    clock.forward(timedelta(seconds=served.wanted.quiet_seconds))
    file_settling.settle_due()
    assert states(ours) == {"new.csv": FileState.RECEIVED}


def test_listing_and_resuming_as_winscp_does(client: ftplib.FTP_TLS, ours: Machine) -> None:
    sent = os.urandom(500_000)
    ours.broken_sending("new.zip", sent[:200_000])
    assert [name for name, _ in client.mlsd("/")] == ["inbox", "results", "archive"]
    [(name, facts)] = client.mlsd("/inbox", ["type", "size", "modify"])
    assert (name, facts["type"], facts["size"]) == ("new.zip", "file", "200000")
    client.cwd("inbox")
    client.voidcmd("TYPE I")
    assert client.size("new.zip") == 200_000
    client.storbinary("STOR new.zip", io.BytesIO(sent[200_000:400_000]), rest=200_000)
    client.storbinary("APPE new.zip", io.BytesIO(sent[400_000:]))
    assert content(ours, "new.zip") == sent
    client.rename("new.zip", "newer.zip")
    assert client.nlst() == ["newer.zip"]
    assert "newer.zip" in client.sendcmd("MLST newer.zip")


def test_a_cut_in_the_middle_is_no_end(client: ftplib.FTP_TLS, ours: Machine) -> None:
    client.voidcmd("TYPE I")
    with client.transfercmd("STOR inbox/new.zip") as data:
        data.sendall(os.urandom(300_000))
        # Without TLS's own farewell: as when the line breaks, or somebody in between breaks it.
        with socket.socket(fileno=os.dup(data.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)
    with pytest.raises(ftplib.error_temp, match="426"):
        client.voidresp()
    assert states(ours) == {"new.zip": FileState.RECEIVING}
    assert ours.whole("new.zip") is False


@pytest.mark.parametrize(
    "command", ["USER x", "PASS x", "PWD", "LIST", "SYST", "STOR x", "PASV", "PBSZ 0", "PROT P", "HELP"]
)
def test_nothing_is_answered_before_tls(served: Serving, command: str) -> None:
    with socket.create_connection(("127.0.0.1", served.wanted.ftps_port), timeout=10) as plain:
        lines = plain.makefile("rb")
        assert lines.readline().startswith(b"220")
        plain.sendall(f"{command}\r\n".encode())
        assert lines.readline()[:3] in {b"522", b"500", b"530"}


def test_what_is_sent_in_the_clear_behind_auth_is_forgotten(served: Serving) -> None:
    with socket.create_connection(("127.0.0.1", served.wanted.ftps_port), timeout=10) as plain:
        assert plain.recv(100).startswith(b"220")
        plain.sendall(b"AUTH TLS\r\nFEAT\r\nFE")
        assert plain.recv(100).startswith(b"234")
        context = ssl.create_default_context(cafile=served.wanted.certificate_file)
        context.check_hostname = False
        with context.wrap_socket(plain) as secured:
            secured.sendall(b"QUIT\r\n")
            assert secured.recv(100).startswith(b"221")


@pytest.mark.parametrize(
    "command",
    ["PORT 127,0,0,1,200,1", "EPRT |1|127.0.0.1|50001|", "PROT C", "STOU", "SITE HELP", "MKD x", "RMD inbox"],
)
def test_what_is_not_taken(client: ftplib.FTP_TLS, command: str) -> None:
    with pytest.raises(ftplib.error_perm):
        client.sendcmd(command)


@pytest.mark.parametrize(
    "path",
    [
        "../x.csv",
        "/x.csv",
        "/results/x.csv",
        "inbox/a/b.csv",
        "inbox/..",
        "inbox/a\u202eb.csv",
        "inbox/a\\b.csv",
        "inbox/x\ty.csv",
    ],
)
def test_what_leads_elsewhere_is_refused(client: ftplib.FTP_TLS, ours: Machine, path: str) -> None:
    with pytest.raises(ftplib.error_perm):
        client.storbinary(f"STOR {path}", io.BytesIO(b"a;b"))
    assert states(ours) == {}


def test_anonymous_and_wrong_passwords_stay_outside(served: Serving, ours: Machine, theirs: Machine) -> None:
    for login, password in (
        ("anonymous", "a@example.test"),
        (ours.password_login, theirs.password),
        (ours.key_login, ours.password),
    ):
        url = f"ftp://127.0.0.1:{served.wanted.ftps_port}/"
        done = run(["curl", "-sS", "--ssl-reqd", "--insecure", "-u", f"{login}:{password}", url], ours.folder)
        assert done.returncode == 67, done.stderr


def test_tls_of_an_older_kind_is_refused(served: Serving, ours: Machine) -> None:
    assert curl(served, ours, "--tls-max", "1.1").returncode == 35


def test_what_one_thread_polls_no_other_closes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    closed_by: list[str] = []
    close_all = ftps.ThreadedFTPServer.close_all

    def noted(server: ftps.ThreadedFTPServer) -> None:
        closed_by.append(threading.current_thread().name)
        close_all(server)

    monkeypatch.setattr(ftps.ThreadedFTPServer, "close_all", noted)
    wanted = replace(settings.current().transfer, ftps_port=free_ports(1)[0])
    server = ftps.listen(wanted, Connections())
    poller = threading.Thread(target=server.serve, name="the poller")
    poller.start()
    with socket.create_connection(("127.0.0.1", wanted.ftps_port), timeout=10) as open_one:
        assert open_one.recv(100).startswith(b"220")
        server.stop()
        assert closed_by == ["the poller"]
        assert open_one.recv(100) == b""
    poller.join(timeout=10)
    assert not poller.is_alive()
