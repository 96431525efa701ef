"""Signing in costs as much for an address that nobody has, with the real work of a password."""

import statistics
import time

import pytest

from nexus_portal.adapters import passwords
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.permissions import Role
from nexus_portal.models.people import User
from nexus_portal.services import sign_in
from nexus_portal.services.steps import Browser
from tests.identity import PASSWORD, enrolled, newcomer
from tests.world import World


def took(email: str, address: str) -> float:
    browser, start = newcomer(), time.process_time()
    with pytest.raises(Invalid):
        sign_in.with_password(browser, email=email, password="wrong password", browser=Browser(address, ""))
    return time.process_time() - start


def test_unknown_people_cost_the_same_time(world: World) -> None:
    home, hashed = world.account(), passwords.hash_password(PASSWORD)
    people = [enrolled(world, Role.ORDERER, home) for _ in range(4)]
    with world.database.transaction(SYSTEM) as session:
        for person in people:
            session.get_one(User, person.user_id).password_hash = hashed
    took("warm-up@example.test", "203.0.113.1")

    known = [took(person.email, f"192.0.2.{n}") for n, person in enumerate(people)]
    unknown = [took(f"nobody{n}@example.test", f"198.51.100.{n}") for n in range(4)]

    assert 0.6 < statistics.median(known) / statistics.median(unknown) < 1.7
