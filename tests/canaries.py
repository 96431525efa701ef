"""Somebody made up who goes the whole way, and the search for what is left of them."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from sqlalchemy import MetaData
from sqlalchemy import select as rows_of
from sqlmodel import col, select

from nexus_portal.adapters import blobs, keystore
from nexus_portal.adapters.db import Database
from nexus_portal.adapters.keystore_db import data_keys
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.lifecycles import Stage
from nexus_portal.models.vault import HolderRecord, Photo, SearchToken
from nexus_portal.services import production, shipping, shipping_lists, tracking, vault
from nexus_portal.services.use_case import perform
from tests.bureau_helpers import WAY
from tests.ordering_helpers import Desk
from tests.samples import Person, people
from tests.world import World

ENCODINGS = ("utf-8", "utf-16-le", "windows-1252")


NAMES = ("Canarina Åkerfågel", "Kanarius Gökvinge", "Serinus Siskafjäder", "Zeisigna Hämplingsbo")


def canary() -> Person:
    """Somebody whose name is nobody else's and no word of the portal's."""
    return canaries(1)[0]


def canaries(count: int) -> list[Person]:
    """As many of them, at most four."""
    return [replace(each, name=name) for each, name in zip(people(count), NAMES, strict=False)]


def make(ours: Desk, operator: Actor) -> None:
    """Through production, with a failure on the way."""
    batch = perform(production.make_batch, operator, layout_id=ours.layout.id, limit=10, key=ours.key())
    perform(production.advance, operator, number=batch, to=Stage.ENCODING)
    code = perform(tracking.moving, ours.orderer).rows[0].code
    perform(production.fail, operator, code=code, reason="Smeared print")
    again = perform(production.make_batch, operator, layout_id=ours.layout.id, limit=10, key=ours.key())
    for stage in WAY:
        perform(production.advance, operator, number=again, to=stage)


def ship(ours: Desk, shipper: Actor, number: str) -> None:
    """Packed, sent, delivered."""
    parcel = perform(shipping.pack, shipper, number=number, carrier="PostNord", tracking="T1", key=ours.key())
    perform(shipping.ship, shipper, number=parcel)
    assert perform(shipping_lists.parcel, shipper, number=parcel)
    perform(shipping.deliver, shipper, number=parcel)


def everything_stored(world: World, data: Path) -> bytes:
    """Every value of every table, and every file of the installation."""
    tables = MetaData()
    tables.reflect(world.database.engine)
    with world.database.transaction(SYSTEM, writes=False) as session:
        values = [
            value if isinstance(value, bytes) else repr(value).encode()
            for table in tables.sorted_tables
            for row in session.connection().execute(rows_of(table))
            for value in row
        ]
    return b"\n".join([*values, contents(data)])


def contents(folder: Path) -> bytes:
    """Every file of a folder; one that goes meanwhile was on its way."""
    found: list[bytes] = []
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            if path.is_file():
                found.append(path.read_bytes())
    return b"\n".join(found)


def traces(person: Person, haystack: bytes) -> list[str]:
    """The parts of a person that are found anywhere."""
    digits = person.personal_number.replace("-", "")
    needles = [person.name, *person.name.split(), person.personal_number, digits, f"19{digits}"]
    return [n for n in needles for encoding in ENCODINGS if n.encode(encoding, "ignore") in haystack]


def secrets_of(database: Database, order_id: UUID) -> list[bytes]:
    """All that is kept of the persons of an order, as it is kept, and parts of their photos in clear."""
    with database.transaction(SYSTEM, writes=False) as session:
        records = session.exec(select(HolderRecord).where(HolderRecord.order_id == order_id)).all()
        ids = [record.id for record in records]
        tokens = session.exec(select(SearchToken.token).where(col(SearchToken.record_id).in_(ids))).all()
        photos = session.exec(select(Photo).where(col(Photo.record_id).in_(ids))).all()
        clear = [vault.photo_bytes(session, SYSTEM, each, "crop")[400:464] for each in ids]
    with keystore.current().engine.connect() as connection:
        wrapped = connection.execute(select(data_keys.c.wrapped).where(data_keys.c.record_id.in_(ids)))
        keys = list(wrapped.scalars())
    sealed = [text.encode() for record in records for text in record.fields.values()]
    files = [blobs.get(photo.original_blob)[:64] for photo in photos]
    return [*sealed, *tokens, *keys, *files, *clear]
