"""A file of the file drop on its way to a person: who may, and that they took it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from sqlmodel import Session

from nexus_portal.adapters.drop_files import Reader
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import NotFound
from nexus_portal.domain.file_drops import GONE, FileState
from nexus_portal.domain.numbers import file_code
from nexus_portal.domain.permissions import Permission
from nexus_portal.models.files import FileDrop
from nexus_portal.models.privacy import AccessAct
from nexus_portal.services import accesses, audit, file_scope, tenancy, vault_files
from nexus_portal.services.use_case import use_case

PURPOSE = "file page"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A file with what opens it; its name is for whoever takes it."""

    name: str = field(repr=False)
    size: int
    blob: str
    id: UUID
    key: bytes = field(repr=False)

    def reader(self) -> Reader:
        """Its bytes, open; whoever asks closes them.

        Raises:
            NotFound: they are gone.
        """
        return Reader(self.blob, self.id, self.key)

    def parts(self) -> Iterator[bytes]:
        """Its bytes, piece by piece."""
        reader = self.reader()
        try:
            yield from reader.parts()
        finally:
            reader.close()


@use_case(Permission.FILES_USE)
def take(session: Session, actor: Actor, *, file_id: UUID) -> Outgoing:
    """Take a file away; access log and audit log say so.

    Raises:
        NotFound: no such file that the actor may know of, or it is gone, or not there yet.
    """
    drop = tenancy.one(session, file_scope.rows(actor).where(FileDrop.id == file_id))
    if drop.state in GONE or drop.state == FileState.RECEIVING:
        raise NotFound
    [name] = vault_files.names(session, [drop]).values()
    code = file_code(drop.id)
    accesses.record_counts(
        session, actor, AccessAct.FILE, drop.account_id, {code: drop.rows}, purpose=PURPOSE
    )
    audit.record(session, actor, "file:taken", subject=code, account_id=drop.account_id, size=drop.size)
    return Outgoing(name, drop.size, drop.blob, drop.id, vault_files.key_of(drop))
