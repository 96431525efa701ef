"""A customer's machine: its credentials, and the clients it has."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import func
from sqlmodel import select

from nexus_portal.adapters import db, passwords
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.file_drops import FileState, Folder
from nexus_portal.models.erasures import Erasure, ErasureState
from nexus_portal.models.files import FileDrop
from nexus_portal.services import file_credentials, file_store
from nexus_portal.services.use_case import perform
from tests import dropping
from tests.transfer.serving import Serving

PATIENCE = 240


@dataclass(frozen=True)
class Machine:
    """Who it is to the file server, and a folder of its own to work in."""

    admin: Actor
    folder: Path
    key_file: Path
    by_key: UUID
    key_login: str
    by_password: UUID
    password_login: str
    password: str

    @property
    def account_id(self) -> UUID:
        """Whose machine it is."""
        return self.admin.account_id

    @property
    def portal(self) -> Actor:
        """The portal among its files."""
        return file_store.portal_in(self.account_id, self.admin.user_id)

    def drops(self, state: FileState) -> int:
        """How many files of the account are in this state, those without a name counted too."""
        with db.current().transaction(SYSTEM) as session:
            own = FileDrop.account_id == self.account_id, FileDrop.state == state
            return session.exec(select(func.count()).select_from(FileDrop).where(*own)).one()

    def whole(self, name: str) -> bool:
        """Whether the sender of a file closed it."""
        found = perform(file_store.stat, self.portal, folder=Folder.INBOX, name=name)
        with db.current().transaction(SYSTEM) as session:
            return session.get_one(FileDrop, found.id).whole

    def certificates(self) -> int:
        """How many erasings of the account are over, each with its certificate."""
        with db.current().transaction(SYSTEM) as session:
            own = Erasure.account_id == self.account_id, Erasure.state == ErasureState.DONE
            return len([each for each in session.exec(select(Erasure).where(*own)) if each.certificate])

    def broken_sending(self, name: str, part: bytes) -> None:
        """Send so much of a file, and vanish."""
        upload = dropping.begin(self.portal, name)
        upload.write(0, part)
        upload.break_off()

    def ssh_options(self, served: Serving) -> list[str]:
        """Options that `sftp` and `scp` share; nothing of the person running the tests is used."""
        return [
            *("-F", "/dev/null", "-i", str(self.key_file), "-P", str(served.wanted.sftp_port)),
            *("-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={self.folder / 'known'}"),
            *("-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "BatchMode=yes"),
        ]

    def sftp(self, served: Serving, *commands: str, login: str = "") -> subprocess.CompletedProcess[str]:
        """Run OpenSSH's `sftp` with these commands; it stops at the first that fails."""
        where = f"{login or self.key_login}@127.0.0.1"
        return run(
            ["sftp", "-b", "-", *self.ssh_options(served), where],
            self.folder,
            given="\n".join(commands) + "\n",
        )


def run(command: list[str], folder: Path, *, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run a client to its end, in its folder."""
    return subprocess.run(
        command, cwd=folder, input=given, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


def states(machine: Machine, folder: Folder = Folder.INBOX) -> dict[str, FileState]:
    """What lies in a folder of the machine's account."""
    entries = perform(file_store.list_folder, machine.portal, folder=folder)
    return {entry.name: entry.state for entry in entries}


def content(machine: Machine, name: str, folder: Folder = Folder.INBOX) -> bytes:
    """What is in a file of the machine's account."""
    return dropping.content(machine.portal, name, folder)


def machine(admin: Actor, folder: Path) -> Machine:
    """A machine with a new key and a new password, made by this admin."""
    folder.mkdir()
    key_file = folder / "key"
    run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(key_file)], folder)
    public = key_file.with_suffix(".pub").read_text()
    by_key = perform(file_credentials.add_key, admin, name="Payroll", public_key=public)
    password = file_credentials.new_password()
    hashed = passwords.hash_password(password)
    by_password = perform(
        file_credentials.add_password, admin, name="Old system", password=password, password_hash=hashed
    )
    logins = {row.id: row.login for row in perform(file_credentials.credentials, admin)}
    return Machine(
        admin,
        folder,
        key_file,
        by_key,
        logins[str(by_key)],
        by_password,
        logins[str(by_password)],
        password,
    )
