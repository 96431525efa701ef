"""OpenSSH's own clients against the SFTP server."""

import os
from datetime import timedelta

import pytest

from nexus_portal.domain.file_drops import FileState, Folder
from nexus_portal.services import file_settling
from tests.transfer.machines import Machine, content, run, states
from tests.transfer.serving import Serving
from tests.world import Clock


def test_a_file_goes_in_and_comes_back(served: Serving, ours: Machine) -> None:
    sent = os.urandom(700_001)
    (ours.folder / "Åsa Öberg.csv").write_bytes(sent)
    done = ours.sftp(
        served,
        "ls",
        'put "Åsa Öberg.csv" inbox/',
        "ls -l inbox",
        'get "inbox/Åsa Öberg.csv" back.csv',
    )
    assert done.returncode == 0, done.stderr
    assert (ours.folder / "back.csv").read_bytes() == sent
    assert "700001" in done.stdout
    assert "archive" in done.stdout


def test_nothing_on_the_disk_or_in_the_database_tells_the_name(served: Serving, ours: Machine) -> None:
    (ours.folder / "Asta Nilsson.csv").write_bytes(b"name;Asta Nilsson")
    assert ours.sftp(served, 'put "Asta Nilsson.csv" inbox/').returncode == 0
    data = served.data_dir
    files = [path for path in data.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if "Asta" in path.name or b"Asta" in path.read_bytes()]


def test_it_counts_as_received_when_it_was_left_alone(served: Serving, ours: Machine, clock: Clock) -> None:
    (ours.folder / "new.csv").write_bytes(b"a;b")
    assert ours.sftp(served, "put new.csv inbox/").returncode == 0
    file_settling.settle_due()
    assert states(ours) == {"new.csv": FileState.RECEIVING}
    clock.forward(timedelta(seconds=served.wanted.quiet_seconds))
    file_settling.settle_due()
    assert states(ours) == {"new.csv": FileState.RECEIVED}


def test_renamed_into_place_it_counts_at_once(served: Serving, ours: Machine, clock: Clock) -> None:
    (ours.folder / "new.csv").write_bytes(b"a;b")
    done = ours.sftp(served, "put new.csv inbox/new.csv.part")
    assert done.returncode == 0
    clock.forward(timedelta(seconds=served.wanted.quiet_seconds))
    file_settling.settle_due()
    assert states(ours) == {"new.csv.part": FileState.RECEIVING}
    assert ours.sftp(served, "rename inbox/new.csv.part inbox/new.csv").returncode == 0
    assert states(ours) == {"new.csv": FileState.RECEIVED}


def test_a_file_of_the_same_name_goes_once_the_new_one_is_whole(
    served: Serving, ours: Machine, clock: Clock
) -> None:
    for text in (b"first", b"second"):
        (ours.folder / "new.csv").write_bytes(text)
        assert ours.sftp(served, "put new.csv inbox/").returncode == 0
        clock.forward(timedelta(seconds=served.wanted.quiet_seconds))
        file_settling.settle_due()
        assert content(ours, "new.csv") == text
    assert ours.drops(FileState.DELETED) == 1


def test_scp_sends_and_fetches(served: Serving, ours: Machine) -> None:
    (ours.folder / "photo.jpg").write_bytes(os.urandom(300_000))
    where = f"{ours.key_login}@127.0.0.1:inbox/"
    sent = run(["scp", *ours.ssh_options(served), "photo.jpg", where], ours.folder)
    assert sent.returncode == 0, sent.stderr
    back = run(["scp", *ours.ssh_options(served), f"{where}photo.jpg", "back.jpg"], ours.folder)
    assert back.returncode == 0, back.stderr
    assert (ours.folder / "back.jpg").read_bytes() == (ours.folder / "photo.jpg").read_bytes()


def test_moved_to_the_archive_and_removed(served: Serving, ours: Machine, clock: Clock) -> None:
    (ours.folder / "new.csv").write_bytes(b"a;b")
    assert ours.sftp(served, "put new.csv inbox/").returncode == 0
    assert ours.sftp(served, "rename inbox/new.csv archive/new.csv").returncode != 0
    clock.forward(timedelta(seconds=served.wanted.quiet_seconds))
    file_settling.settle_due()
    assert ours.sftp(served, "rename inbox/new.csv archive/old.csv").returncode == 0
    assert states(ours, Folder.ARCHIVE) == {"old.csv": FileState.RECEIVED}
    assert ours.sftp(served, "rm archive/old.csv").returncode == 0
    assert states(ours, Folder.ARCHIVE) == {}
    assert ours.certificates() == 1


@pytest.mark.parametrize(
    "command",
    [
        "mkdir inbox/more",
        "mkdir more",
        "rmdir archive",
        "rm archive",
        "ln -s inbox/new.csv inbox/link",
        "ln inbox/new.csv inbox/link",
        "put new.csv results/",
        "put new.csv archive/",
        "put new.csv new.csv",
        "put new.csv ../outside.csv",
        "put new.csv /etc/outside.csv",
        "put new.csv inbox/../../outside.csv",
        "get /etc/passwd",
        "get ../../../../etc/passwd",
        "rename inbox/new.csv results/new.csv",
        "rename inbox/new.csv more",
        "ls /etc",
        "df",
    ],
)
def test_what_leads_elsewhere_is_refused(served: Serving, ours: Machine, command: str) -> None:
    (ours.folder / "new.csv").write_bytes(b"a;b")
    assert ours.sftp(served, "put new.csv inbox/").returncode == 0
    done = ours.sftp(served, command)
    assert done.returncode != 0, done.stdout
    assert states(ours) == {"new.csv": FileState.RECEIVING}


def test_times_and_permissions_are_taken_politely(served: Serving, ours: Machine) -> None:
    (ours.folder / "new.csv").write_bytes(b"a;b")
    assert ours.sftp(served, "put -p new.csv inbox/", "chmod 644 inbox/new.csv").returncode == 0


def test_where_a_sending_broke_off_it_goes_on(served: Serving, ours: Machine) -> None:
    sent = os.urandom(2_000_003)
    (ours.folder / "new.zip").write_bytes(sent)
    ours.broken_sending("new.zip", sent[:777_777])
    assert states(ours) == {"new.zip": FileState.RECEIVING}
    done = ours.sftp(served, "reput new.zip inbox/new.zip")
    assert done.returncode == 0, done.stderr
    assert content(ours, "new.zip") == sent
