"""What a story of the demo is, and what is remembered while it is played."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sqlmodel import Session

from nexus_portal.adapters import db
from nexus_portal.demo.designs import Design
from nexus_portal.demo.rows import Holders
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.lifecycles import Fulfilment
from nexus_portal.domain.numbers import parse_order_number
from nexus_portal.domain.permissions import Role
from nexus_portal.models.orders import Order
from nexus_portal.services import progress, tenancy


class Act(Protocol):
    """Something that is done with one order of the demo."""

    def __call__(self, play: "Play", story: "Story", /) -> object:
        """Do it, at the time of the clock; what it gives back is of no interest."""
        ...


@dataclass(frozen=True, slots=True)
class Story:
    """One order of the demo: what was ordered how many days ago, and what was done how many days later."""

    key: str
    design: Design
    cards: int
    reference: str
    ordered: float
    steps: Sequence[tuple[float, Act]]
    spoiled: bool = False
    """The draft has rows that have to be mended."""


@dataclass(slots=True)
class Play:
    """The numbers that orders, batches and parcels of the stories were given, and who is on their cards."""

    orders: dict[str, str] = field(default_factory=dict[str, str])
    batches: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    holders: Holders = field(default_factory=Holders)
    parcels: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


def orderer_of(story: Story) -> Actor:
    """Who orders at the story's customer."""
    return story.design.owner.actor(Role.ORDERER)


def order_of(session: Session, actor: Actor, play: Play, story: Story) -> Order:
    """The story's order as it is now."""
    serial = parse_order_number(play.orders[story.key])
    return tenancy.one(session, tenancy.rows_of(actor, Order).where(Order.serial == serial))


def move(play: Play, story: Story, actor: Actor, to: Fulfilment) -> None:
    """What has no page yet on which somebody could do it."""
    with db.current().transaction(actor) as session:
        progress.move_order(session, actor, order_of(session, actor, play, story), to)
