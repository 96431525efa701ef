"""Somebody erases an order while somebody else does something to it: what comes of it, round by round."""

from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from threading import Barrier

from sqlmodel import col, select

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import PortalError
from nexus_portal.domain.lifecycles import Billing, CardStatus, Fulfilment, PersonalData, Stage
from nexus_portal.domain.numbers import order_number
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.cards import Card
from nexus_portal.models.erasures import Erasure, ErasureState
from nexus_portal.models.layouts import Layout
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import (
    billing,
    cards,
    corrections,
    draft_mending,
    erasure,
    erasure_steps,
    holds,
    order_again,
    retention_sweep,
    vault,
)
from nexus_portal.services.use_case import perform
from tests.people import ASTRID, BENGT, Ordered, order_of
from tests.world import World


@dataclass(frozen=True)
class Course:
    """Who races, and in which account."""

    world: World
    account: Account
    layout: Layout
    orderer: Actor
    keeper: Actor
    biller: Actor

    def number(self, made: Ordered) -> str:
        with self.world.database.transaction(SYSTEM, writes=False) as session:
            return order_number(session.get_one(Order, made.id).serial)

    def left(self, made: Ordered) -> int:
        with self.world.database.transaction(SYSTEM, writes=False) as session:
            return len(session.exec(select(HolderRecord).where(HolderRecord.order_id == made.id)).all())

    def order(self, made: Ordered) -> Order:
        with self.world.database.transaction(SYSTEM, writes=False) as session:
            return session.get_one(Order, made.id)


def course(world: World) -> Course:
    """Fresh people in a fresh account."""
    account = world.account()
    return Course(
        world,
        account,
        world.layout(account),
        world.person(Role.ORDERER, account, stepped_up=True),
        world.person(Role.PRIVACY_OFFICER, account, stepped_up=True),
        world.person(Role.BILLING, world.bureau()),
    )


def run(world: World, rival: str, *, rounds: int) -> Mapping[str, int]:
    """Race so many times; who won how often. An `AssertionError` where anything is mixed."""
    track = course(world)
    won: Counter[str] = Counter()
    for _ in range(rounds):
        made = order_of(world, track.orderer, ASTRID, BENGT, layout=track.layout)
        won[_RACES[rival](track, made)] += 1
    return won


def _both(erase: Callable[[], object], other: Callable[[], object]) -> tuple[bool, bool]:
    """Both at the same moment; whether each was done rather than refused."""
    together = Barrier(2)

    def attempt(act: Callable[[], object]) -> bool:
        together.wait()
        try:
            act()
        except PortalError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        erased, done = pool.map(attempt, (erase, other))
    erasure_steps.resume_all()
    return erased, done


def _erase(track: Course, made: Ordered) -> Callable[[], object]:
    return lambda: perform(erasure.erase_personal_data, track.orderer, order_id=made.id)


def _gone(track: Course, made: Ordered) -> None:
    assert track.left(made) == 0
    assert track.order(made).personal_data == PersonalData.ERASED
    with track.world.database.transaction(SYSTEM, writes=False) as session:
        entries = session.exec(select(Erasure).where(Erasure.order_id == made.id)).all()
    assert [entry.state for entry in entries] == [ErasureState.DONE]


def _credit_note(track: Course, made: Ordered) -> str:
    number = track.number(made)
    with track.world.database.transaction(SYSTEM) as session:
        session.get_one(Order, made.id).billing = Billing.UNBILLED
    perform(billing.invoice, track.biller, number=number, key=number)
    erased, credited = _both(
        _erase(track, made), lambda: perform(billing.credit, track.biller, number=number)
    )
    assert erased
    _gone(track, made)
    assert track.order(made).billing == (Billing.CREDITED if credited else Billing.INVOICED)
    return "both" if credited else "erase"


def _hold(track: Course, made: Ordered) -> str:
    number = track.number(made)
    erased, held = _both(
        _erase(track, made), lambda: perform(holds.place, track.keeper, reason="A dispute.", on=number)
    )
    assert erased != held
    if erased:
        _gone(track, made)
    assert track.left(made) == (0 if erased else 2)
    assert track.order(made).held == held
    return "erase" if erased else "hold"


def _second_erase(track: Course, made: Ordered) -> str:
    first, second = _both(_erase(track, made), _erase(track, made))
    assert first
    assert second
    _gone(track, made)
    return "one decision"


def _reorder(track: Course, made: Ordered) -> str:
    with track.world.database.transaction(SYSTEM) as session:
        items = [session.get_one(CardItem, item) for item in made.items]
        cards.issue(session, items)
        cards.activate(session, items)
        numbers = list(session.exec(select(Card.number).where(col(Card.item_id).in_(made.items))))

    def again() -> object:
        return perform(
            order_again.order_again, track.orderer, numbers=numbers, why="damaged", key=str(made.id)
        )

    erased, ordered = _both(_erase(track, made), again)
    assert erased
    _gone(track, made)
    _nothing_half(track, made, expected=2 if ordered else 0)
    return "both" if ordered else "erase"


def _nothing_half(track: Course, made: Ordered, *, expected: int) -> None:
    """The cards ordered again carry whole persons, or there are none."""
    with track.world.database.transaction(SYSTEM, writes=False) as session:
        old = select(Card.id).where(col(Card.item_id).in_(made.items))
        again = session.exec(select(CardItem.id).where(col(CardItem.replaces_id).in_(old))).all()
        assert len(vault.open_many(session, SYSTEM, again)) == len(again) == expected


def _edit_of_the_draft(track: Course, made: Ordered) -> str:
    with track.world.database.transaction(SYSTEM) as session:
        session.get_one(Order, made.id).fulfilment = Fulfilment.DRAFT
        for item in made.items:
            session.get_one(CardItem, item).stage = Stage.READY
    erased, edited = _both(
        _erase(track, made),
        lambda: perform(
            draft_mending.mend_row, track.orderer, item_id=made.items[0], values={"name": "Astrid Ny"}
        ),
    )
    assert erased
    _gone(track, made)
    return "both" if edited else "erase"


def _correction(track: Course, made: Ordered) -> str:
    """One card waits to be made once more, and what it says is put right while the other's person goes."""
    waiting, other = made.items
    with track.world.database.transaction(SYSTEM) as session:
        order = session.get_one(Order, made.id)
        order.fulfilment, order.produced = Fulfilment.IN_PRODUCTION, 1
        session.get_one(CardItem, waiting).stage = Stage.QUEUED
    right = {**ASTRID, "name": "Astrid Ny"}
    erased, corrected = _both(
        _erase(track, made),
        lambda: perform(corrections.correct_holder, track.orderer, item_id=waiting, values=right),
    )
    assert erased
    assert corrected
    with track.world.database.transaction(SYSTEM, writes=False) as session:
        assert vault.open_many(session, SYSTEM, [waiting, other]) == {waiting: right}
    assert track.order(made).personal_data == PersonalData.MINIMISED
    assert _decisions(track, made) == ["request", "superseded"]
    return "both"


def _retention(track: Course, made: Ordered) -> str:
    with track.world.database.transaction(SYSTEM) as session:
        for record in made.records:
            session.get_one(HolderRecord, record).delivered_at = clock.now() - timedelta(days=60)
    return _sweep(track, made)


def _blocked_cards(track: Course, made: Ordered) -> str:
    long_ago = clock.now() - timedelta(days=91)
    with track.world.database.transaction(SYSTEM) as session:
        items = [session.get_one(CardItem, item) for item in made.items]
        cards.issue(session, items)
        cards.activate(session, items)
        session.flush()
        for card in session.exec(select(Card).where(col(Card.item_id).in_(made.items))):
            card.status, card.status_changed_at = CardStatus.BLOCKED, long_ago
    won = _sweep(track, made)
    with track.world.database.transaction(SYSTEM, writes=False) as session:
        assert not session.exec(select(Card).where(col(Card.item_id).in_(made.items))).all()
    return won


def _sweep(track: Course, made: Ordered) -> str:
    erased, swept = _both(_erase(track, made), retention_sweep.sweep)
    assert erased
    assert swept
    assert track.left(made) == 0
    assert track.order(made).personal_data == PersonalData.ERASED
    [decided] = _decisions(track, made)
    return decided


def _decisions(track: Course, made: Ordered) -> list[str]:
    """The policies by which persons of the order went, each to its end and no person twice."""
    with track.world.database.transaction(SYSTEM, writes=False) as session:
        entries = session.exec(select(Erasure).where(Erasure.order_id == made.id)).all()
    assert {entry.state for entry in entries} == {ErasureState.DONE}
    assert {bool(entry.certificate) for entry in entries} == {True}
    named = [target["record"] for entry in entries for target in entry.targets]
    assert sorted(named) == sorted(set(named))
    assert set(named) <= {str(record) for record in made.records}
    return sorted(entry.policy for entry in entries if entry.targets)


_RACES: Mapping[str, Callable[[Course, Ordered], str]] = {
    "credit note": _credit_note,
    "hold": _hold,
    "second erase": _second_erase,
    "reorder": _reorder,
    "edit of the draft": _edit_of_the_draft,
    "correction": _correction,
    "sweep of retention": _retention,
    "sweep of blocked cards": _blocked_cards,
}
RIVALS = tuple(_RACES)
