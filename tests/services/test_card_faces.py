"""What one card item looks like: its own layout, its code for a number, and nobody on it."""

import pytest

from nexus_portal.domain.card_design import CARD_NUMBER, Side
from nexus_portal.domain.errors import NotAllowed, NotFound
from nexus_portal.domain.permissions import Role
from nexus_portal.services import card_faces
from nexus_portal.services.card_drawing import draw
from nexus_portal.services.use_case import perform
from tests.people import ASTRID, order_of
from tests.world import World


def test_a_card_item_is_drawn_with_its_code_and_without_its_person(world: World) -> None:
    account = world.account()
    orderer = world.person(Role.ORDERER, account)
    [item] = order_of(world, orderer, ASTRID).items
    found = perform(card_faces.item_face, world.person(Role.AUDITOR, account), item_id=item)
    masked = found.face.shown("sv", number=found.number)
    front, back = (draw(found.face.design, masked, side) for side in Side)
    assert "Namn" in front
    assert found.number in back
    assert ASTRID["name"] not in front + back
    assert masked.values[CARD_NUMBER] == found.number == "2026-00001-1"


def test_values_are_drawn_as_people_write_them(world: World) -> None:
    orderer = world.person(Role.ORDERER, world.account())
    [item] = order_of(world, orderer, ASTRID).items
    face = perform(card_faces.item_face, orderer, item_id=item).face
    front = draw(face.design, face.shown("en", values=ASTRID), Side.FRONT)
    assert ASTRID["name"] in front
    assert "19640823-3234" in front


def test_the_card_of_another_account_is_not_there(world: World) -> None:
    [item] = order_of(world, world.person(Role.ORDERER, world.account()), ASTRID).items
    for stranger, refusal in (
        (world.person(Role.ORDERER, world.account()), NotFound),
        (world.person(Role.LAYOUT_DESIGNER, world.bureau()), NotAllowed),
    ):
        with pytest.raises(refusal):
            perform(card_faces.item_face, stranger, item_id=item)
