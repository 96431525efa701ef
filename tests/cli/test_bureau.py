"""An installation without a demo, brought to where its first customer can apply and order."""

import json

import pytest
from sqlmodel import select
from typer.testing import CliRunner

from nexus_portal.cli import bureau
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Conflict, Invalid
from nexus_portal.models.accounts import Account
from nexus_portal.models.layouts import Article
from nexus_portal.services import application_door
from tests import applying
from tests.world import Clock, World

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"])


def test_from_nothing_to_an_application(world: World, clock: Clock) -> None:
    made = CliRunner().invoke(
        bureau.app, ["create", "--number", "5560-0001", "--name", "Kortbyrån", "--json"]
    )
    assert json.loads(made.output)["number"] == "5560-0001"
    offered = CliRunner().invoke(bureau.app, ["article", "A-1", "--name", "PVC card", "--price", "49.50"])
    assert offered.exit_code == 0, offered.output
    with world.database.transaction(SYSTEM, writes=False) as session:
        assert [row.kind for row in session.exec(select(Account))] == ["bureau"]
        assert [(row.number, row.price) for row in session.exec(select(Article))] == [("A-1", 4950)]
    assert [each.number for each in application_door.offered()] == ["A-1"]
    assert applying.received(clock)


def test_there_is_one_bureau(world: World) -> None:
    world.bureau()
    refused = CliRunner().invoke(bureau.app, ["create", "--number", "5560-0002", "--name", "Another"])
    assert isinstance(refused.exception, Conflict)


@pytest.mark.parametrize("price", ["-1", "nothing", "1e99"])
def test_a_price_is_a_price(world: World, price: str) -> None:
    refused = CliRunner().invoke(bureau.app, ["article", "A-1", "--name", "PVC card", "--price", price])
    assert refused.exit_code != 0 or isinstance(refused.exception, Invalid)
