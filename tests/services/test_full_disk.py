"""A full disk: what was sent before stays, nothing half is ordered, and it is said in words."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlmodel import select

from nexus_portal import settings
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import NoRoom
from nexus_portal.domain.file_drops import FileState
from nexus_portal.models.files import FileDrop
from nexus_portal.services.file_sending import Begin
from nexus_portal.services.file_uploads import Upload
from tests import samples
from tests.dropping import begin, content, random_bytes, send
from tests.inbox_helpers import Drop, sheet
from tests.ordering_helpers import desk, staff
from tests.small_disk import MEGABYTE, SmallDisk, small_disk
from tests.world import Clock, World

SIZE = 8 * MEGABYTE


@pytest.fixture
def drop(world: World, clock: Clock) -> Drop:
    made = Drop(desk(world), clock)
    made.rules()
    return made


@pytest.fixture
def blobs_disk(installation: object, capsys: pytest.CaptureFixture[str]) -> Iterator[SmallDisk]:
    """Where photos and dropped files lie."""
    with small_disk(settings.current().blob_dir, SIZE, capsys) as disk:
        yield disk


@pytest.fixture
def copies_disk(installation: object, capsys: pytest.CaptureFixture[str]) -> Iterator[SmallDisk]:
    """Where files lie that are about to be read."""
    with small_disk(settings.current().data_dir / "received", SIZE, capsys) as disk:
        yield disk


def write_all(upload: Upload, data: bytes) -> None:
    """Send it megabyte by megabyte, and close it."""
    for at in range(0, len(data), MEGABYTE):
        upload.write(at, data[at : at + MEGABYTE])
    upload.close()


def test_an_upload_keeps_what_came_and_goes_on_when_there_is_room(
    world: World, drop: Drop, blobs_disk: SmallDisk
) -> None:
    small, long = random_bytes(2 * MEGABYTE), random_bytes(12 * MEGABYTE)
    send(drop.orderer, "small.zip", small)
    upload = begin(drop.orderer, "long.zip")
    with pytest.raises(NoRoom, match="disk of the server is full"):
        write_all(upload, long)
    upload.break_off()
    assert content(drop.orderer, "small.zip") == small
    rows = {row.name: row for row in drop.files()}
    kept = rows["long.zip"]
    assert (kept.state, 0 < kept.size <= len(long)) == (FileState.RECEIVING, True)
    with world.database.transaction(SYSTEM, writes=False) as session:
        found = session.exec(select(FileDrop).where(FileDrop.size == kept.size)).one()
        assert (found.whole, found.reserved) == (False, kept.size), "no more room is taken than it fills"
    drop.later(minutes=10)
    assert drop.orders() == []

    blobs_disk.room_again()
    going_on = begin(drop.orderer, "long.zip", Begin.ON)
    assert going_on.size == kept.size
    going_on.write(going_on.size, long[going_on.size :])
    going_on.close()
    assert content(drop.orderer, "long.zip") == long


def test_a_list_waits_while_its_copy_does_not_fit(drop: Drop, copies_disk: SmallDisk) -> None:
    people = staff(3)
    copies_disk.fill()
    drop.send("Klass 9B.csv", sheet(people))
    drop.send("Klass 9B.zip", samples.photos_of(people))
    drop.later(minutes=2)
    assert drop.orders() == []
    said = {row.name: (row.state, "disk may be full" in row.said) for row in drop.files()}
    assert said == {"Klass 9B.csv": ("received", True), "Klass 9B.zip": ("received", True)}
    left = {path.name for path in copies_disk.folder.iterdir()} - {"filler"}
    assert left == set(), "no half copy is left"

    copies_disk.room_again()
    drop.later(minutes=6)
    assert drop.desk.view("2026-00001").ready == 3
    assert len(drop.orders()) == 1


def test_an_import_stops_and_goes_on_where_photos_do_not_fit(drop: Drop, blobs_disk: SmallDisk) -> None:
    people = staff(4)
    drop.send("Klass 9B.csv", sheet(people))
    drop.send("Klass 9B.zip", samples.photos_of(people))
    blobs_disk.fill()
    drop.later(minutes=2)
    if drop.orders():
        view = drop.desk.view("2026-00001")
        assert view.ready < 4
        assert drop.orders()[0].fulfilment == "draft"
    assert "processed" not in {row.state for row in drop.files(folder="inbox")}

    blobs_disk.room_again()
    for _ in range(3):
        drop.clock.forward(timedelta(minutes=20))
        drop.work()
    assert len(drop.orders()) == 1
    assert drop.desk.view("2026-00001").ready == 4
    assert {row.state for row in drop.files(folder="inbox")} == {"processed"}
