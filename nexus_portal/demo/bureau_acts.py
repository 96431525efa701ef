"""What the bureau of the demo does, each act one use case of its staff."""

from collections.abc import Mapping

from nexus_portal.demo.cast import BUREAU
from nexus_portal.demo.play import Act, Play, Story, move
from nexus_portal.domain.lifecycles import Fulfilment, Stage
from nexus_portal.domain.numbers import parse_order_number
from nexus_portal.domain.permissions import Role
from nexus_portal.services import billing, desk, production, shipping, shipping_lists
from nexus_portal.services.use_case import perform

DESK = Role.ORDER_DESK
MAKER, SENDER, BILLER = Role.PRODUCTION_OPERATOR, Role.SHIPPING, Role.BILLING


def accept(play: Play, story: Story) -> None:
    """The bureau takes the order on."""
    perform(desk.accept, BUREAU.actor(DESK), number=play.orders[story.key])


def reject(reason: str) -> Act:
    """The bureau gives the order back."""
    return lambda play, story: perform(
        desk.reject, BUREAU.actor(DESK), number=play.orders[story.key], reason=reason
    )


def hold(reason: str) -> Act:
    """The bureau puts the order aside."""
    return lambda play, story: perform(
        desk.hold, BUREAU.actor(DESK), number=play.orders[story.key], reason=reason
    )


def batch(count: int = 0) -> Act:
    """The first `count` waiting cards of the layout become a batch; all of the order unless told."""

    def make(play: Play, story: Story) -> None:
        key = f"demo {story.key} {len(play.batches[story.key])}"
        number = perform(
            production.make_batch,
            BUREAU.actor(MAKER),
            layout_id=story.design.id,
            limit=count or story.cards,
            key=key,
        )
        play.batches[story.key].append(number)

    return make


def advance(to: Stage) -> Act:
    """The newest batch of the order goes one step on."""
    return lambda play, story: perform(
        production.advance, BUREAU.actor(MAKER), number=play.batches[story.key][-1], to=to
    )


def fail(position: int, reason: str) -> Act:
    """One card goes wrong and back to the queue."""
    return lambda play, story: perform(
        production.fail,
        BUREAU.actor(MAKER),
        code=f"{play.orders[story.key]}-{position}",
        reason=reason,
    )


def reconcile(play: Play, story: Story) -> None:
    """The newest batch of the order is accounted for: one blank was a sample."""
    perform(
        production.reconcile,
        BUREAU.actor(MAKER),
        number=play.batches[story.key][-1],
        issued=story.cards + 1,
        samples=1,
        returned=0,
    )


def pack(play: Play, story: Story) -> None:
    """What is produced goes into a parcel."""
    _pack(play, story, None)


def pack_accessory(name: str) -> Act:
    """Of the accessories only this one goes into a parcel: the others are not on the shelf yet."""

    def pack_one(play: Play, story: Story) -> None:
        rows = perform(shipping_lists.to_pack, BUREAU.actor(SENDER)).rows
        waiting = next(row for row in rows if row.number == play.orders[story.key])
        _pack(play, story, {each.line: each.quantity for each in waiting.accessories if each.name == name})

    return pack_one


def _pack(play: Play, story: Story, pieces: Mapping[str, int] | None) -> None:
    parcels = play.parcels[story.key]
    parcels.append(
        perform(
            shipping.pack,
            BUREAU.actor(SENDER),
            number=play.orders[story.key],
            carrier="PostNord",
            tracking=f"0037{parse_order_number(play.orders[story.key]):014d}SE",
            key=f"demo {story.key} {len(parcels)}",
            pieces=pieces,
        )
    )


def ship(play: Play, story: Story) -> None:
    """The newest parcel leaves."""
    perform(shipping.ship, BUREAU.actor(SENDER), number=play.parcels[story.key][-1])


def deliver(play: Play, story: Story) -> None:
    """The newest parcel arrives."""
    perform(shipping.deliver, BUREAU.actor(SENDER), number=play.parcels[story.key][-1])


def mark(position: int, to: Stage, reason: str = "") -> Act:
    """Something befalls one card on its way."""
    return lambda play, story: perform(
        shipping.mark,
        BUREAU.actor(SENDER),
        codes=[f"{play.orders[story.key]}-{position}"],
        to=to,
        reason=reason,
    )


def invoice(play: Play, story: Story) -> None:
    """The bureau sends its invoice."""
    number = play.orders[story.key]
    perform(billing.invoice, BUREAU.actor(BILLER), number=number, key=f"demo {story.key}")


def pay(play: Play, story: Story) -> None:
    """The customer pays."""
    perform(billing.paid, BUREAU.actor(BILLER), number=play.orders[story.key])


def credit(play: Play, story: Story) -> None:
    """The bureau takes its invoice back."""
    perform(billing.credit, BUREAU.actor(BILLER), number=play.orders[story.key])


def close(play: Play, story: Story) -> None:
    """The bureau puts the order away."""
    move(play, story, BUREAU.actor(DESK), Fulfilment.CLOSED)
