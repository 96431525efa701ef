"""What is asked again under a lock, when something came in between: the one moment at which it counts."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Conflict, NotFound, PortalError
from nexus_portal.domain.lifecycles import CardStatus, Stage
from nexus_portal.domain.permissions import Role
from nexus_portal.domain.protection import Protection
from nexus_portal.models.accounts import Account
from nexus_portal.models.cards import Card
from nexus_portal.models.orders import CardItem
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import (
    blocked_cards,
    cards,
    erasure,
    holds,
    ordering,
    protecting,
    protection,
    retention_sweep,
)
from nexus_portal.services.use_case import perform
from tests import ordering_helpers
from tests.ordering_helpers import Desk
from tests.people import ASTRID, BENGT, Ordered, order_of
from tests.samples import people
from tests.world import World

MOMENT = 0.7
"""Seconds that somebody is given to slip in; where a lock keeps them out, they come after."""


@pytest.fixture
def account(world: World) -> Account:
    return world.account(retention_days=3650)


@pytest.fixture
def keeper(world: World, account: Account) -> Actor:
    return world.person(Role.PRIVACY_OFFICER, account, stepped_up=True)


@pytest.fixture
def ordered(world: World, orderer: Actor) -> Ordered:
    return order_of(world, orderer, ASTRID, BENGT)


@pytest.fixture
def blocked(world: World, ordered: Ordered) -> Ordered:
    """Cards that have been blocked for 91 days."""
    with world.database.transaction(SYSTEM) as session:
        items = [session.get_one(CardItem, item) for item in ordered.items]
        cards.issue(session, items)
        cards.activate(session, items)
        session.flush()
        for card in session.exec(select(Card)):
            card.status, card.status_changed_at = CardStatus.BLOCKED, clock.now() - timedelta(days=91)
    return ordered


def numbers(world: World) -> list[str]:
    with world.database.transaction(SYSTEM, writes=False) as session:
        return list(session.exec(select(Card.number).order_by(col(Card.number))))


@dataclass
class Rival:
    """Somebody else, who acts once at a moment of ours, as far as the database lets them."""

    act: Callable[[], object]
    done: Event = field(default_factory=Event)
    refused: list[PortalError] = field(default_factory=list[PortalError])
    came_first: bool = False
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    def after(
        self, monkeypatch: pytest.MonkeyPatch, module: Any, name: str, when: Callable[..., bool]
    ) -> None:
        """Act right after this function has answered for the first time that counts."""
        asks, waiting = getattr(module, name), [True]

        def asked(*args: Any, **named: Any) -> Any:
            found = asks(*args, **named)
            if waiting and when(*args, **named):
                waiting.clear()
                self.pool.submit(self._go)
                self.came_first = self.done.wait(MOMENT)
            return found

        monkeypatch.setattr(module, name, asked)

    def _go(self) -> None:
        try:
            self.act()
        except PortalError as error:
            self.refused.append(error)
        finally:
            self.done.set()


def test_no_hold_on_the_account_slips_in_while_somebody_decides_to_erase(
    world: World, orderer: Actor, keeper: Actor, ordered: Ordered, monkeypatch: pytest.MonkeyPatch
) -> None:
    rival = Rival(lambda: perform(holds.place, keeper, reason="A dispute."))
    rival.after(monkeypatch, holds, "held_items", lambda *_, lock=True: lock)
    perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
    assert rival.done.wait(10)
    assert not rival.came_first
    assert rival.refused == []
    with world.database.transaction(SYSTEM, writes=False) as session:
        assert session.exec(select(HolderRecord)).all() == []


def test_a_hold_that_came_after_blocked_cards_were_found_keeps_them(
    world: World, account: Account, keeper: Actor, blocked: Ordered
) -> None:
    now = clock.now()
    with world.database.transaction(SYSTEM, writes=False) as session:
        found = blocked_cards.due(session, account.id, now)
    assert len(found) == 2
    perform(holds.place, keeper, reason="A dispute.", on="2026-00001-1")
    with world.database.transaction(SYSTEM) as session:
        assert blocked_cards.take(session, account.id, found, now)[0] == 1
    assert numbers(world) == [each.number for each in found if each.item_id == blocked.items[0]]


@pytest.mark.parametrize("on", ["2026-00001-1", "2026-00001", ""])
def test_the_sweep_leaves_blocked_cards_that_are_held(
    world: World, keeper: Actor, blocked: Ordered, on: str
) -> None:
    assert blocked
    perform(holds.place, keeper, reason="A dispute.", on=on)
    retention_sweep.sweep()
    assert len(numbers(world)) == (1 if on.count("-") > 1 else 2)


def test_a_card_that_is_unblocked_while_the_sweep_takes_it_is_told_to_be_gone(
    world: World, account: Account, orderer: Actor, blocked: Ordered, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    with world.database.transaction(SYSTEM, writes=False) as session:
        found = blocked_cards.due(session, account.id, now)
    rival = Rival(lambda: perform(cards.unblock, orderer, number=found[0].number))
    rival.after(monkeypatch, blocked_cards, "due", lambda *_, **named: bool(named.get("lock")))
    with world.database.transaction(SYSTEM) as session:
        assert blocked_cards.take(session, account.id, found, now)[0] == len(blocked.items)
    assert rival.done.wait(10)
    assert not rival.came_first
    assert [type(error) for error in rival.refused] in ([Conflict], [NotFound])
    assert numbers(world) == []


@dataclass
class Twice:
    """Somebody with a card that is gone, and a draft with another one; who may protect them."""

    ours: Desk
    officer: Actor
    known: list[UUID]
    draft: str

    def submit(self) -> None:
        perform(ordering.submit, self.ours.orderer, number=self.draft, key=self.ours.key())

    def mark(self) -> int:
        return perform(protection.mark, self.officer, item_ids=self.known)

    def protections(self) -> list[int]:
        with self.ours.world.database.transaction(SYSTEM, writes=False) as session:
            return [row.protection for row in session.exec(select(HolderRecord))]


@pytest.fixture
def twice(world: World) -> Twice:
    ours = ordering_helpers.desk(world)
    person = people(1)[0]
    known = order_of(world, ours.orderer, ordering_helpers.values_of(person), layout=ours.layout)
    with world.database.transaction(SYSTEM) as session:
        session.get_one(CardItem, known.items[0]).stage = Stage.DESTROYED
    officer = world.person(Role.PRIVACY_OFFICER, ours.account, stepped_up=True)
    return Twice(ours, officer, known.items, ours.draft([person]))


@pytest.mark.parametrize("dialect", ["postgresql"])  # SQLite lets nobody write in between
def test_who_is_ordered_once_more_between_the_looking_and_the_locking_is_protected_too(
    twice: Twice, monkeypatch: pytest.MonkeyPatch
) -> None:
    rival = Rival(twice.submit)
    rival.after(monkeypatch, protecting, "_hold", lambda *_: True)
    assert twice.mark() == 2
    assert (rival.came_first, rival.refused) == (True, [])
    assert twice.protections() == [Protection.IN_FORCE] * 2


def test_who_is_protected_while_another_card_of_theirs_is_being_sent_is_protected_on_it_too(
    twice: Twice, monkeypatch: pytest.MonkeyPatch
) -> None:
    rival = Rival(twice.mark)
    rival.after(monkeypatch, protecting, "order_sent", lambda *_: True)
    twice.submit()
    assert rival.done.wait(10)
    assert (rival.came_first, rival.refused) == (False, [])
    assert twice.protections() == [Protection.IN_FORCE] * 2
