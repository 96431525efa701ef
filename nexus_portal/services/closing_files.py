"""The dropped files of an account that is being closed, as part of what is handed over.

In the archive they lie under their codes, for names of files are often persons'. `files.json` has the names.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlmodel import Session, col

from nexus_portal.adapters.drop_files import Reader
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import NotFound
from nexus_portal.domain.file_drops import GONE, FileState
from nexus_portal.domain.numbers import file_code, order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.models.files import FileDrop
from nexus_portal.models.orders import Order
from nexus_portal.services import related, tenancy, vault_files
from nexus_portal.services.file_outgoing import Outgoing
from nexus_portal.services.use_case import use_case

ASKED_EVERY = 64
"""Pieces, after which it is asked anew who may go on: 8 MB."""
LONGEST_SUFFIX = 5


@dataclass(frozen=True, slots=True)
class Packed:
    """A file on its way into the archive, and where it lies there."""

    place: str
    outgoing: Outgoing = field(repr=False)


def there(session: Session, actor: Actor) -> Sequence[FileDrop]:
    """Every file of the actor's account that is not gone, half ones included."""
    query = tenancy.rows_of(actor, FileDrop).where(
        FileDrop.account_id == tenancy.own_account(actor), col(FileDrop.state).not_in(GONE)
    )
    return session.exec(query.order_by(col(FileDrop.id))).all()


@use_case(Permission.PERSONS_EXPORT, reads=True)
def listed(session: Session, actor: Actor) -> list[dict[str, object]]:
    """What is told of each file: its name, where it lay, its checksum, and where it lies in the archive.

    Of one that never came whole nothing is handed over.
    """
    drops = there(session, actor)
    names, checksums = vault_files.names(session, drops), vault_files.digests(session, drops)
    orders = related.by_id(session, actor, Order, (each.order_id for each in drops))
    return [
        {
            "code": file_code(drop.id),
            "file": _place(drop, names[drop.id]) if _whole(drop) else "",
            "name": names[drop.id],
            "folder": drop.folder,
            "state": drop.state,
            "size": drop.size,
            "sha256": checksums.get(drop.id, ""),
            "order": order_number(orders[drop.order_id].serial) if drop.order_id else "",
            "received_at": drop.received_at.isoformat() if drop.received_at else "",
        }
        for drop in drops
        if drop.id in names
    ]


@use_case(Permission.PERSONS_EXPORT, reads=True)
def packed(session: Session, actor: Actor, *, file_id: UUID) -> Packed:
    """Open one file of the actor's account for the archive.

    Raises:
        NotFound: there is no such file, or it is gone, or not there yet.
    """
    drop = tenancy.get(session, actor, FileDrop, file_id)
    if drop.state in GONE or not _whole(drop):
        raise NotFound
    [name] = vault_files.names(session, [drop]).values()
    outgoing = Outgoing(name, drop.size, drop.blob, drop.id, vault_files.key_of(drop))
    return Packed(_place(drop, name), outgoing)


def parts(reader: Reader, ask: Callable[[], object]) -> Iterator[bytes]:
    """The bytes of an open file, which is let go in the end; `ask` raises once nobody may have them."""
    try:
        for number, piece in enumerate(reader.parts(), start=1):
            if number % ASKED_EVERY == 0:
                ask()
            yield piece
    finally:
        reader.close()


def _whole(drop: FileDrop) -> bool:
    return drop.state != FileState.RECEIVING


def _place(drop: FileDrop, name: str) -> str:
    suffix = name.rpartition(".")[2].lower() if "." in name else ""
    known = suffix.isascii() and suffix.isalnum() and len(suffix) <= LONGEST_SUFFIX
    return f"files/{file_code(drop.id)}{f'.{suffix}' if known else ''}"
