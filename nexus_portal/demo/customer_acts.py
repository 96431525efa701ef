"""What the customers of the demo do, each act one use case of theirs."""

from sqlmodel import col

from nexus_portal.adapters import db
from nexus_portal.demo import derived
from nexus_portal.demo.cast import BUREAU
from nexus_portal.demo.designs import ACCESSORIES
from nexus_portal.demo.play import Act, Play, Story, move, order_of, orderer_of
from nexus_portal.demo.rows import new_rows
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.lifecycles import Fulfilment
from nexus_portal.domain.numbers import order_number, parse_order_number
from nexus_portal.domain.permissions import Role
from nexus_portal.models.cards import Card
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.services import (
    billing,
    cards,
    cart,
    draft_orders,
    draft_rows,
    drafts,
    erasure,
    layouts,
    order_details,
    ordering,
    tenancy,
)
from nexus_portal.services.use_case import perform


def draft(play: Play, story: Story) -> None:
    """The orderer begins an order and fills in the persons."""
    actor = story.design.owner.actor(Role.ORDERER)
    with db.current().transaction(actor) as session:
        layout = layouts.orderable(session, actor, story.design.id)
        order = draft_orders.begin(session, actor, layout)
        draft_rows.add(session, actor, order, layout, new_rows(story, layout, play.holders))
        draft_orders.record(session, actor, "draft:begun", order, cards=story.cards)
        play.orders[story.key] = order_number(order.serial)
    _describe(play, story)


def accessories(**pieces: int) -> Act:
    """The orderer begins an order that holds no card, with so many pieces of each accessory by its number."""

    def begin(play: Play, story: Story) -> None:
        actor = orderer_of(story)
        ids = {code: derived.identifier("article", name) for code, name, _ in ACCESSORIES}
        first, *others = [(ids[code.replace("_", "-")], count) for code, count in pieces.items()]
        number = perform(
            cart.begin_with, actor, article_id=first[0], quantity=first[1], key=f"demo {story.key}"
        )
        for article_id, quantity in others:
            perform(cart.add_accessory, actor, number=number, article_id=article_id, quantity=quantity)
        play.orders[story.key] = number
        _describe(play, story)

    return begin


def order(play: Play, story: Story) -> None:
    """The orderer sends the draft to the bureau."""
    number = play.orders[story.key]
    perform(ordering.submit, orderer_of(story), number=number, key=f"demo {story.key}")


def ask_approval(play: Play, story: Story) -> None:
    """The order waits for the customer's own approver."""
    move(play, story, orderer_of(story), Fulfilment.AWAITING_APPROVAL)


def approve(play: Play, story: Story) -> None:
    """The customer's approver lets it go to the bureau."""
    move(play, story, story.design.owner.actor(Role.APPROVER), Fulfilment.APPROVED)


def cancel(play: Play, story: Story) -> None:
    """The orderer changes their mind, and it costs nothing."""
    perform(order_details.cancel, orderer_of(story), number=play.orders[story.key])
    perform(billing.not_billable, BUREAU.actor(Role.BILLING), number=play.orders[story.key])


def erase(role: Role) -> Act:
    """Somebody of the customer removes the personal data."""

    def remove(play: Play, story: Story) -> None:
        actor = story.design.owner.actor(role)
        with db.current().transaction(actor, writes=False) as session:
            order_id = order_of(session, actor, play, story).id
        perform(erasure.erase_personal_data, actor, order_id=order_id)

    return remove


def block(position: int, reason: str) -> Act:
    """The orderer writes down that a card is blocked."""
    return lambda play, story: perform(
        cards.block, orderer_of(story), number=_card_number(play, story, position), reason=reason
    )


def terminate(position: int) -> Act:
    """The orderer ends a card."""
    return lambda play, story: perform(
        cards.terminate, orderer_of(story), number=_card_number(play, story, position)
    )


def _describe(play: Play, story: Story) -> None:
    perform(
        drafts.describe,
        orderer_of(story),
        number=play.orders[story.key],
        reference=story.reference,
        cost_centre=str(1000 + len(story.key) * 10),
        delivery_address=story.design.owner.address,
    )


def _card_number(play: Play, story: Story, position: int) -> str:
    serial = parse_order_number(play.orders[story.key])
    query = (
        tenancy.rows_of(SYSTEM, Card)
        .join(CardItem, col(CardItem.id) == col(Card.item_id))
        .join(Order, col(Order.id) == col(CardItem.order_id))
        .where(Order.serial == serial, CardItem.position == position)
    )
    with db.current().transaction(SYSTEM, writes=False) as session:
        return tenancy.one(session, query).number
