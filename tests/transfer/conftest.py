"""Both servers on ports of their own, and machines of two accounts that may reach them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from tests.transfer.machines import Machine, machine
from tests.transfer.serving import Serving, serving
from tests.world import World


@pytest.fixture
def dialect() -> str:
    """What the servers call has been tested on both databases."""
    return "sqlite"


@pytest.fixture
def account(world: World) -> Account:
    return world.account()


@pytest.fixture
def served(world: World) -> Iterator[Serving]:
    with serving() as running:
        yield running


@pytest.fixture
def ours(world: World, account: Account, tmp_path: Path) -> Machine:
    """A machine of the account, with a key and a password of its own."""
    return machine(world.person(Role.ACCOUNT_ADMIN, account, stepped_up=True), tmp_path / "ours")


@pytest.fixture
def theirs(world: World, tmp_path: Path) -> Machine:
    """A machine of somebody else."""
    other = world.account("Nordhamn Energi")
    return machine(world.person(Role.ACCOUNT_ADMIN, other, stepped_up=True), tmp_path / "theirs")
