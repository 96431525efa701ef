"""Photos through the door: looked at and kept nowhere, cut as the form says, opened by their owner alone."""

import io
import json

import pytest
from PIL import Image
from sqlmodel import select

from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.permissions import Role
from nexus_portal.models.vault import Photo
from nexus_portal.web import photos, uploads
from tests.ordering_helpers import Desk, desk, staff
from tests.samples import jpeg_bytes
from tests.web.test_uploads import SCRIPT, Door
from tests.world import World

CUT = json.dumps({"x": 0.25, "y": 0, "width": 0.5, "height": 0.5, "turn": 0})


@pytest.fixture
def orders(world: World) -> Desk:
    return desk(world)


@pytest.fixture
def door(orders: Desk) -> Door:
    return Door(orders, [*uploads.routes, *photos.routes])


@pytest.fixture
def dialect() -> str:
    return "sqlite"


def kept(orders: Desk) -> Photo:
    with orders.world.database.transaction(SYSTEM, writes=False) as session:
        return session.exec(select(Photo)).one()


def test_a_look_says_what_is_wanting_and_keeps_nothing(orders: Desk, door: Door) -> None:
    answer = door.send("/photos/check", photo=jpeg_bytes(900, 1230), cut=CUT)
    assert any("face" in words for words in answer.json()["advice"])
    assert orders.count(Photo) == 0


def test_a_look_needs_a_photo_a_token_and_somebody_who_orders(orders: Desk, door: Door) -> None:
    assert door.send("/photos/check").status_code == 422
    assert door.send("/photos/check", photo=jpeg_bytes(), csrf="x").status_code == 422
    door.actor = orders.world.person(Role.AUDITOR, orders.account)
    assert door.send("/photos/check", photo=jpeg_bytes()).status_code == 403


def test_the_cut_is_kept_with_the_original(orders: Desk, door: Door) -> None:
    item = orders.item(orders.draft(staff(1), photo=None))
    answer = door.send(f"/orders/items/{item}/photo", photo=jpeg_bytes(1200, 1640), cut=CUT)
    assert answer.status_code == 200
    photo = kept(orders)
    assert photo.cut == json.loads(CUT)
    assert "no_face" in photo.findings


def test_a_cut_outside_of_the_photo_is_refused(orders: Desk, door: Door) -> None:
    item = orders.item(orders.draft(staff(1), photo=None))
    beyond = CUT.replace("0.25", "0.9")
    assert door.send(f"/orders/items/{item}/photo", photo=jpeg_bytes(), cut=beyond).status_code == 422
    assert orders.count(Photo) == 0


def test_the_whole_photo_opens_for_the_owner_of_the_draft_alone(orders: Desk, door: Door) -> None:
    item = orders.item(orders.draft(staff(1)))
    path = f"/orders/items/{item}/photo/original"
    answer = door.ask("GET", path, headers=SCRIPT)
    with Image.open(io.BytesIO(answer.content)) as image:
        assert image.size == (320, 440)
    assert answer.headers["cache-control"] == "no-store"
    door.actor = orders.colleague
    assert door.ask("GET", path, headers=SCRIPT).status_code == 403
    other = desk(orders.world)
    door.actor = other.orderer
    assert door.ask("GET", path, headers=SCRIPT).status_code == 404
