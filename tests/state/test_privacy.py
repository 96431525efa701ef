"""The page of retention: rules in words, what a proposal would take, whose turn it is."""

import pytest

from nexus_portal.domain.permissions import Role
from nexus_portal.domain.retention import RetentionPolicy, Rule
from nexus_portal.models.accounts import Account
from nexus_portal.services import retention
from nexus_portal.services.use_case import perform
from nexus_portal.state import live
from nexus_portal.state.privacy import PrivacyState
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    Person,
    enrolled,
    quick_passwords,
)
from tests.people import ASTRID, BENGT, order_of
from tests.state.test_team import opened, send
from tests.world import World

pytestmark = pytest.mark.usefixtures("quick_passwords")


@pytest.fixture(autouse=True)
def _no_tabs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "watch", lambda *_args, **_named: None)


@pytest.fixture
def home(world: World) -> Account:
    return world.account()


@pytest.fixture
def officer(world: World, home: Account) -> Person:
    return enrolled(world, Role.PRIVACY_OFFICER, home)


async def test_rules_in_words_and_what_goes_soon(world: World, home: Account, officer: Person) -> None:
    order_of(world, world.person(Role.ORDERER, home), ASTRID, BENGT)
    async with opened(PrivacyState, officer) as (page, _):
        await send(page, "load")
        assert {row.rule for row in page.rules} == {"30 days after delivery"}
        assert not page.waits
        assert page.others == 0
        assert [(each.orders, each.cards) for each in page.coming] == [(0, 0), (1, 2)]
        assert page.coming[1].lost == "Name 2, Personal number 2"
        await send(page, "ask", dialog="propose")
        assert page.dialog == "propose"
        assert (page.policies["default"], page.policies["photo"], page.days["default"]) == ("days", "", "30")


async def test_a_proposal_shows_what_would_go_and_a_colleague_refuses_it(
    world: World, home: Account, officer: Person
) -> None:
    order_of(world, world.person(Role.ORDERER, home), ASTRID, BENGT)
    colleague = world.person(Role.PRIVACY_OFFICER, home, stepped_up=True)
    at_once = {"default": Rule(RetentionPolicy.DAYS, 30), "name": Rule(RetentionPolicy.IMMEDIATE)}
    perform(retention.propose, colleague, rules=at_once)
    async with opened(PrivacyState, officer) as (page, _):
        await send(page, "load")
        assert (page.waits, page.own, page.proposed_by) == (True, False, colleague.name)
        assert {row.kind: row.change for row in page.rules if row.change} == {
            "name": "As soon as the card is delivered"
        }
        assert [(each.orders, each.cards, each.lost) for each in page.planned] == [
            (1, 2, "Name 2"),
            (1, 2, "Name 2, Personal number 2"),
        ]
        await send(page, "ask", dialog="refuse")
        await send(page, "refuse", _form={})
        assert (page.waits, page.dialog) == (False, "")


async def test_ones_own_proposal_is_withdrawn(world: World, home: Account, officer: Person) -> None:
    async with opened(PrivacyState, officer) as (page, actor):
        rules = {"default": Rule(RetentionPolicy.WARRANTY)}
        perform(retention.propose, actor, rules=rules)
        await send(page, "load")
        assert (page.waits, page.own) == (True, True)
        await send(page, "withdraw", _form={})
        assert not page.waits
