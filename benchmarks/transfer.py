"""The SFTP server beside OpenSSH's own, in the same run: sending a file, and listing ten thousand.

Run by itself: `python -m benchmarks.transfer [MEGABYTES]`. Both servers are sent the same file by the same
client with the same cipher, in turn; ours seals it, knows its digest and has it on the disk at the end.
"""

import getpass
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.figures import Figure, summary

MEGABYTES, FILES, ROUNDS = 256, 10_000, 3
OF_OPENSSH, LIST_SECONDS = 0.6, 1.0
PATIENCE = 300
CIPHER = "aes128-gcm@openssh.com"


def figures(megabytes: int = MEGABYTES) -> list[Figure]:
    """How fast a file goes in, as a part of OpenSSH's speed, and how long a long listing takes."""
    with tempfile.TemporaryDirectory(prefix="nexus-transfer-") as name:
        folder = Path(name)
        _key(folder)
        with (folder / "sent").open("wb") as file:
            for _ in range(megabytes):
                file.write(os.urandom(1_000_000))
        with _openssh(folder) as theirs, _ours(folder) as (ours, login):
            speeds: list[tuple[float, float]] = []
            for _ in range(ROUNDS):
                slow = _seconds(folder, ours, login, "put sent inbox/sent.part")
                fast = _seconds(folder, theirs, getpass.getuser(), f"put sent {folder / 'there'}")
                speeds.append((megabytes / slow, megabytes / fast))
            listing = _listing(folder, ours, login)
    own, other = (max(each) for each in zip(*speeds, strict=True))
    beside = f"{own:.0f} beside {other:.0f} MB/s"
    return [
        Figure(
            "SFTP: sending", own / other, OF_OPENSSH, "x OpenSSH", more_is_better=True, beside=beside
        ).tell(),
        Figure(f"SFTP: listing {FILES:,} files", listing, LIST_SECONDS, "s").tell(),
    ]


def _listing(folder: Path, port: int, login: str) -> float:
    times = [
        _seconds(folder, port, login, "ls -1 results") - _seconds(folder, port, login, "pwd")
        for _ in range(ROUNDS)
    ]
    return min(times)


def _seconds(folder: Path, port: int, login: str, command: str) -> float:
    options = ["StrictHostKeyChecking=no", f"UserKnownHostsFile={folder / 'known'}", "BatchMode=yes"]
    options += ["IdentityAgent=none", f"Ciphers={CIPHER}"]
    line = ["sftp", "-q", "-b", "-", "-F", "/dev/null", "-i", str(folder / "key"), "-P", str(port)]
    line += [part for option in options for part in ("-o", option)]
    began = time.perf_counter()
    done = subprocess.run(
        [*line, f"{login}@127.0.0.1"],
        input=f"{command}\n",
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return time.perf_counter() - began


def _key(folder: Path) -> None:
    for name in ("key", "host"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(folder / name)]
        subprocess.run(command, check=True)


@contextmanager
def _openssh(folder: Path) -> Iterator[int]:
    """OpenSSH's server for whoever runs this; gives its port."""
    port = _free_port()
    (folder / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder / 'host'}\nPidFile none\nUsePAM no\n"
        f"AuthorizedKeysFile {folder / 'key.pub'}\nStrictModes no\nPermitRootLogin yes\n"
        "Subsystem sftp internal-sftp\n"
    )
    with suppress(PermissionError):
        Path("/run/sshd").mkdir(exist_ok=True)  # where it shuts itself in, if root runs it
    with _running(["/usr/sbin/sshd", "-D", "-e", "-f", str(folder / "sshd_config")], dict(os.environ), port):
        yield port


@contextmanager
def _ours(folder: Path) -> Iterator[tuple[int, str]]:
    """Our server on an installation of its own, with a long folder; gives its port and a login."""
    port = _free_port()
    environment = os.environ | {
        "NEXUS_DATA_DIR": f"{folder}/data",
        "NEXUS_TRANSFER_SFTP_PORT": str(port),
        "NEXUS_TRANSFER_FTPS_PORT": str(_free_port()),
    }
    made = [sys.executable, "-m", "benchmarks.transfer", "make", str(folder)]
    done = subprocess.run(made, env=environment, capture_output=True, text=True, check=True)
    with _running([sys.executable, "-m", "nexus_portal.cli", "transfer", "serve"], environment, port):
        yield port, done.stdout.split()[-1]


@contextmanager
def _running(command: list[str], environment: dict[str, str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + PATIENCE
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"{command[0]} does not serve.")
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2) as probe:
        return probe.recv(4) == b"SSH-"
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _make(folder: Path) -> None:
    # Imported only in the process that makes the installation.
    from nexus_portal import settings  # noqa: PLC0415 - see above
    from nexus_portal.adapters import clock, db, keystore, schema, sealing  # noqa: PLC0415 - see above
    from nexus_portal.domain.actor import SYSTEM  # noqa: PLC0415 - see above
    from nexus_portal.domain.file_drops import FileState, Folder  # noqa: PLC0415 - see above
    from nexus_portal.domain.permissions import Role  # noqa: PLC0415 - see above
    from nexus_portal.models.base import new_id  # noqa: PLC0415 - see above
    from nexus_portal.models.files import FileDrop  # noqa: PLC0415 - see above
    from nexus_portal.services import file_credentials, vault_files  # noqa: PLC0415 - see above
    from nexus_portal.services.use_case import perform  # noqa: PLC0415 - see above
    from tests.world import World  # noqa: PLC0415 - see above

    sealing.ensure()
    schema.upgrade(settings.current().database_url)
    world = World(db.current())
    account = world.account()
    admin = world.person(Role.ACCOUNT_ADMIN, account, stepped_up=True)
    perform(file_credentials.add_key, admin, name="Benchmark", public_key=(folder / "key.pub").read_text())
    now = clock.now()
    drops = [
        FileDrop(
            id=new_id(),
            account_id=account.id,
            owner_id=admin.user_id,
            folder=Folder.RESULTS,
            state=FileState.RECEIVED,
            blob="0" * 32,
            size=number,
            whole=True,
            created_at=now,
            written_at=now,
        )
        for number in range(FILES)
    ]
    keys = keystore.mint(account.id, [drop.id for drop in drops])
    for number, drop in enumerate(drops):
        vault_files.name_file(drop, keys[drop.id], Folder.RESULTS, f"Svar {number:05} Åsa Öberg.csv")
    with db.current().transaction(SYSTEM) as session:
        session.add_all(drops)
    [row] = perform(file_credentials.credentials, admin)
    print(row.login)


def main() -> None:
    """Measure and tell; exit code 1 where a bar is missed."""
    match sys.argv[1:]:
        case ["make", folder]:
            _make(Path(folder))
        case given:
            raise SystemExit(summary(figures(int(given[0]) if given else MEGABYTES)))


if __name__ == "__main__":
    main()
