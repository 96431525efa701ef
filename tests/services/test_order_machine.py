"""An order on its three axes, driven at random through the use cases, against a small model written apart.

Whatever happens in whatever order: what the model forbids is refused and changes nothing, what it allows
happens, and counts, derived fulfilment and kept transitions always agree with the card items.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from nexus_portal.domain.errors import PortalError
from nexus_portal.domain.lifecycles import Fulfilment, PersonalData, Stage
from nexus_portal.services import billing, desk, production, progress, shipping
from nexus_portal.services.use_case import perform
from tests.bureau_helpers import House, house
from tests.world import World

CARDS = 3
POSITIONS = st.integers(1, CARDS)
MAKING = ["batched", "encoding", "printing", "qc", "produced"]
LEFT = {"shipped", "not_delivered", "returned", "reshipped", "delivered", "destroyed"}
AFTER_LEAVING = {
    "shipped": {"delivered", "not_delivered"},
    "reshipped": {"delivered", "not_delivered"},
    "not_delivered": {"returned"},
    "returned": {"reshipped", "destroyed"},
}


@dataclass
class Model:
    """What an order is, in as few words as possible."""

    decided: str = "submitted"
    billing: str = "unbilled"
    data: str = "full"
    stages: dict[int, str] = field(default_factory=lambda: dict.fromkeys(range(1, CARDS + 1), "ready"))
    batch: set[int] = field(default_factory=set)
    parcel: set[int] = field(default_factory=set)
    parcel_state: str = ""
    lanyards: list[str] = field(default_factory=list)
    """Each by where it is: on the shelf, packed, shipped, delivered."""
    in_parcel: set[int] = field(default_factory=set)
    """Which of the lanyards lie in the last parcel."""

    @property
    def fulfilment(self) -> str:
        if self.decided != "accepted":
            return self.decided
        everything = [*self.stages.values(), *self.lanyards]
        cards = set(self.stages.values())
        if set(everything) <= {"delivered", "destroyed"}:
            return "delivered"
        if any(each in LEFT for each in everything):
            return "shipped" if all(each in LEFT for each in everything) else "part_shipped"
        if cards and cards <= {"produced", "packed"}:
            return "produced"
        return "accepted" if cards <= {"queued"} else "in_production"

    def count(self, *stages: str) -> int:
        return sum(stage in stages for stage in self.stages.values())

    @property
    def produced(self) -> int:
        return self.count("produced", "packed", *LEFT)

    def put(self, pieces: set[int], to: str) -> None:
        for place in pieces:
            self.lanyards[place] = to

    @property
    def shelf(self) -> list[int]:
        return [place for place, where in enumerate(self.lanyards) if where == "shelf"]

    def move(self, positions: set[int], to: str) -> None:
        self.stages |= dict.fromkeys(positions, to)

    def standing(self, *stages: str) -> set[int]:
        return {position for position, stage in self.stages.items() if stage in stages}


class OrderMachine(RuleBasedStateMachine):
    """Every rule may be tried at every time; the model says beforehand whether it succeeds."""

    world: World
    home: House

    @initialize(
        start=st.sampled_from(["submitted", "queued", "qc", "produced", "shipped", "returned"]),
        lanyards=st.sampled_from([0, 0, 3]),
    )
    def begin(self, start: str, lanyards: int) -> None:
        self.start(CARDS, lanyards)
        if start != "submitted":
            self.accept()
        if start not in {"submitted", "queued"}:
            self.batch(CARDS)
            for stage in ("encoding", "printing", "qc", "produced")[: 3 if start == "qc" else 4]:
                self.advance(stage)
        if start in {"shipped", "returned"}:
            self.pack()
            self.ship()
        if start == "returned":
            for stage in ("not_delivered", "returned", "destroyed"):
                self.mark(1, stage)

    def start(self, cards: int, lanyards: int) -> None:
        self.home = house(self.world)
        self.number = self.home.order(cards, pieces=lanyards)
        self.model = Model(
            stages=dict.fromkeys(range(1, cards + 1), "ready"),
            lanyards=["shelf"] * lanyards,
            data="full" if cards else "none",
        )
        self.last_batch = self.last_parcel = ""

    def attempt(self, allowed: bool, act: Callable[..., Any], actor: Any, **words: Any) -> Any:  # noqa: FBT001 - what the model allows, beside every act
        """Try it; whether it is refused is what the model said."""
        try:
            result, done = perform(act, actor, **words), True
        except PortalError:
            result, done = None, False
        assert done == allowed, act.__name__
        return result

    def by_hand(self, allowed: bool, act: Callable[..., Any], to: Any) -> None:  # noqa: FBT001 - as above
        """Try a move of the order that other parts make."""
        try:
            with self.world.database.transaction(self.home.orderer) as session:
                act(session, self.home.orderer, session.merge(self.home.at(self.number)), to)
            done = True
        except PortalError:
            done = False
        assert done == allowed, f"{act.__name__}({to})"

    # The desk and the customer

    @rule()
    def accept(self) -> None:
        allowed = self.model.decided == "submitted"
        self.attempt(allowed, desk.accept, self.home.desk, number=self.number)
        if allowed:
            self.model.decided = "accepted"
            self.model.move(self.model.standing("ready"), "queued")

    @rule(to=st.sampled_from(["rejected", "on_hold"]))
    def decide(self, to: str) -> None:
        allowed = self.model.decided in {"submitted"} | ({"on_hold"} if to == "rejected" else set())
        act = desk.reject if to == "rejected" else desk.hold
        self.attempt(allowed, act, self.home.desk, number=self.number, reason="Because.")
        if allowed:
            self.model.decided = to

    @rule()
    def release(self) -> None:
        allowed = self.model.decided == "on_hold"
        self.attempt(allowed, desk.release, self.home.desk, number=self.number)
        if allowed:
            self.model.decided = "submitted"

    @rule()
    def submit_again(self) -> None:
        allowed = self.model.decided in {"rejected", "on_hold"}
        self.by_hand(allowed, progress.move_order, Fulfilment.SUBMITTED)
        if allowed:
            self.model.decided = "submitted"

    @rule()
    def cancel(self) -> None:
        allowed = self.model.decided in {"submitted", "rejected", "on_hold"}
        self.by_hand(allowed, progress.move_order, Fulfilment.CANCELLED)
        if allowed:
            self.model.decided = "cancelled"

    @rule(to=st.sampled_from([Fulfilment.IN_PRODUCTION, Fulfilment.PRODUCED, Fulfilment.SHIPPED]))
    def derived_by_hand(self, to: Fulfilment) -> None:
        self.by_hand(False, progress.move_order, to)  # noqa: FBT003 - as above

    # Production

    @rule(limit=POSITIONS)
    def batch(self, limit: int) -> None:
        queued = sorted(self.model.standing("queued"))[:limit]
        made = self.attempt(
            bool(queued),
            production.make_batch,
            self.home.operator,
            layout_id=self.home.layout.id,
            limit=limit,
            key=self.home.key(),
        )
        if queued:
            self.last_batch, self.model.batch = made, set(queued)
            self.model.move(set(queued), "batched")

    @rule(to=st.sampled_from(MAKING[1:]))
    def advance(self, to: str) -> None:
        before = self.model.standing(MAKING[MAKING.index(to) - 1]) & self.model.batch
        moved = self.attempt(
            bool(before), production.advance, self.home.operator, number=self.last_batch, to=Stage(to)
        )
        assert moved == (len(before) or None)
        self.model.move(before, to)

    @rule(position=POSITIONS)
    def scan(self, position: int) -> None:
        stage = self.model.stages.get(position, "")
        allowed = stage in MAKING[:-1]
        self.attempt(allowed, production.scan, self.home.operator, code=f"{self.number}-{position}")
        if allowed:
            self.model.move({position}, MAKING[MAKING.index(stage) + 1])

    @rule(position=POSITIONS)
    def fail(self, position: int) -> None:
        allowed = self.model.stages.get(position) in MAKING[:-1]
        self.attempt(
            allowed, production.fail, self.home.operator, code=f"{self.number}-{position}", reason="Smudge"
        )
        if allowed:
            self.model.move({position}, "queued")
            self.model.batch -= {position}

    # Shipping

    @rule(wanted=st.none() | st.integers(0, 4))
    def pack(self, wanted: int | None = None) -> None:
        produced, shelf = self.model.standing("produced"), self.model.shelf
        may_go = bool(produced) or self.model.produced == len(self.model.stages)
        going = shelf if wanted is None else shelf[:wanted]
        if not may_go or self.model.decided != "accepted":
            going = []
        too_many = bool(may_go and self.model.decided == "accepted" and self.model.lanyards) and (
            wanted or 0
        ) > len(shelf)
        allowed = not too_many and bool(produced or going)
        lines = {} if wanted is None else dict.fromkeys(self.home.lanyards(self.number), wanted)
        parcel = self.attempt(
            allowed,
            shipping.pack,
            self.home.shipper,
            number=self.number,
            carrier="",
            tracking="",
            key=self.home.key(),
            pieces=None if wanted is None else lines,
        )
        if allowed:
            self.last_parcel, self.model.parcel, self.model.parcel_state = parcel, produced, "packed"
            self.model.in_parcel = set(going)
            self.model.move(produced, "packed")
            self.model.put(set(going), "packed")

    @rule()
    def ship(self) -> None:
        allowed = self.model.parcel_state == "packed"
        self.attempt(allowed, shipping.ship, self.home.shipper, number=self.last_parcel)
        if allowed:
            self.model.parcel_state = "shipped"
            self.model.move(self.model.parcel, "shipped")
            self.model.put(self.model.in_parcel, "shipped")

    @rule()
    def deliver(self) -> None:
        arriving = self.model.standing("shipped", "reshipped") & self.model.parcel
        allowed = bool(arriving or self.model.in_parcel) and self.model.parcel_state == "shipped"
        self.attempt(allowed, shipping.deliver, self.home.shipper, number=self.last_parcel)
        if allowed:
            self.model.parcel_state = "delivered"
            self.model.move(arriving, "delivered")
            self.model.put(self.model.in_parcel, "delivered")

    @rule(
        position=POSITIONS,
        to=st.sampled_from(["delivered", "not_delivered", "returned", "reshipped", "destroyed"]),
    )
    def mark(self, position: int, to: str) -> None:
        allowed = to in AFTER_LEAVING.get(self.model.stages.get(position, ""), set())
        codes = [f"{self.number}-{position}"]
        self.attempt(allowed, shipping.mark, self.home.shipper, codes=codes, to=Stage(to))
        if allowed:
            self.model.move({position}, to)

    # Billing and personal data

    @rule()
    def invoice(self) -> None:
        allowed = (
            self.model.billing == "unbilled"
            and self.model.decided == "accepted"
            and self.model.produced == len(self.model.stages)
            and (bool(self.model.stages) or (self.model.fulfilment != "accepted" and not self.model.shelf))
        )
        self.attempt(allowed, billing.invoice, self.home.biller, number=self.number, key=self.home.key())
        if allowed:
            self.model.billing = "invoiced"

    @rule()
    def paid(self) -> None:
        allowed = self.model.billing == "invoiced"
        self.attempt(allowed, billing.paid, self.home.biller, number=self.number)
        if allowed:
            self.model.billing = "paid"

    @rule()
    def credit(self) -> None:
        allowed = self.model.billing in {"invoiced", "paid"}
        self.attempt(allowed, billing.credit, self.home.biller, number=self.number)
        if allowed:
            self.model.billing = "credited"

    @rule()
    def not_billable(self) -> None:
        allowed = self.model.billing == "unbilled" and self.model.decided == "cancelled"
        self.attempt(allowed, billing.not_billable, self.home.biller, number=self.number)
        if allowed:
            self.model.billing = "not_billable"

    @rule(to=st.sampled_from(["full", "minimised", "erased"]))
    def reduce(self, to: str) -> None:
        allowed = (self.model.data, to) in {
            ("full", "minimised"),
            ("full", "erased"),
            ("minimised", "erased"),
        }
        self.by_hand(allowed, progress.reduce_personal_data, PersonalData(to))
        if allowed:
            self.model.data = to

    # What always holds

    @invariant()
    def the_axes_are_those_of_the_model(self) -> None:
        order = self.home.at(self.number)
        assert (order.fulfilment, order.billing, order.personal_data) == (
            self.model.fulfilment,
            self.model.billing,
            self.model.data,
        )
        assert (order.delivered_at is not None) == (self.model.fulfilment == "delivered")

    @invariant()
    def counts_agree_with_the_items(self) -> None:
        order, items = self.home.at(self.number), self.home.items(self.number)
        assert {item.position: item.stage for item in items} == self.model.stages
        stages = Counter(item.stage for item in items)
        assert (order.cards, order.produced, order.shipped, order.delivered) == (
            len(items),
            self.model.produced,
            sum(stages[stage] for stage in LEFT),
            stages["delivered"],
        )
        left = [where for where in self.model.lanyards if where != "shelf"]
        assert (order.pieces, order.pieces_packed, order.pieces_shipped, order.pieces_delivered) == (
            len(self.model.lanyards),
            len(left),
            sum(where in LEFT for where in left),
            left.count("delivered"),
        )

    def teardown(self) -> None:
        """Every axis was kept as one unbroken line from its beginning to where it is."""
        order = self.home.at(self.number)
        held = "full" if self.model.stages else "none"
        for axis, first in (("fulfilment", "draft"), ("billing", "unbilled"), ("personal_data", held)):
            self.unbroken(self.home.steps(self.number, axis), first, getattr(order, axis))
        for item in self.home.items(self.number):
            self.unbroken(self.home.steps(self.number, "stage", item.id), "ready", item.stage)

    @staticmethod
    def unbroken(steps: list[tuple[str, str]], first: str, last: str) -> None:
        line = [first, *(end for _, end in steps)]
        assert [start for start, _ in steps] == line[:-1]
        assert line[-1] == last


class LanyardMachine(OrderMachine):
    """An order that holds no card at all."""

    @initialize(start=st.sampled_from(["submitted", "accepted", "shipped"]), lanyards=st.integers(1, 3))
    def begin(self, start: str, lanyards: int) -> None:
        self.start(0, lanyards)
        if start != "submitted":
            self.accept()
        if start == "shipped":
            self.pack(1)
            self.ship()


@pytest.mark.parametrize("machine", [OrderMachine, LanyardMachine])
def test_no_interleaving_breaks_an_order(world: World, machine: type[OrderMachine]) -> None:
    run_state_machine_as_test(
        type("Machine", (machine,), {"world": world}),
        settings=settings(
            max_examples=12,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
