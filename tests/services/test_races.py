"""Who erases, and who does something else to the same persons at the same moment: nothing is mixed."""

import pytest

from nexus_portal.adapters.db import Database
from tests import races
from tests.world import World

ROUNDS = 12


@pytest.mark.parametrize("rival", races.RIVALS)
def test_of_two_at_once_nothing_is_mixed(world: World, database: Database, rival: str) -> None:
    assert database
    won = races.run(world, rival, rounds=ROUNDS)
    assert sum(won.values()) == ROUNDS
