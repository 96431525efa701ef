"""A customer account and two of its people, where a file makes none of its own."""

import pytest

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from tests.world import World


@pytest.fixture
def account(world: World) -> Account:
    return world.account()


@pytest.fixture
def orderer(world: World, account: Account) -> Actor:
    """Somebody who orders, and has just proven the second factor."""
    return world.person(Role.ORDERER, account, stepped_up=True)


@pytest.fixture
def officer(world: World, account: Account) -> Actor:
    """Somebody who may search for persons."""
    return world.person(Role.PRIVACY_OFFICER, account)
