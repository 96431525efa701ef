"""What an order's own row repeats of its card items and parcels, counted anew at each move."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.lifecycles import PersonalData, Pieces, Stage, is_over, is_produced, is_shipped
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.services import tenancy

Values = dict[str, Any]
CHUNK = 500


def stages_of(session: Session, actor: Actor, order_ids: Sequence[UUID]) -> dict[UUID, Counter[Stage]]:
    """How many card items of each order are at which stage."""
    found: dict[UUID, Counter[Stage]] = {order_id: Counter() for order_id in order_ids}
    for start in range(0, len(order_ids), CHUNK):
        query = (
            select(CardItem.order_id, CardItem.stage, func.count())
            .where(
                tenancy.within(actor, CardItem.account_id),
                col(CardItem.order_id).in_(order_ids[start : start + CHUNK]),
            )
            .group_by(col(CardItem.order_id), col(CardItem.stage))
        )
        for order_id, stage, count in session.exec(query):
            found[order_id][Stage(stage)] = count
    return found


def counts(stages: Counter[Stage], pieces: Pieces) -> Values:
    """The counts of an order's row."""
    live = stages.total() - stages[Stage.CANCELLED]
    return {
        # A cancelled order still tells how many cards were ordered.
        "cards": live or stages.total(),
        "produced": sum(count for stage, count in stages.items() if is_produced(stage)),
        "shipped": sum(count for stage, count in stages.items() if is_shipped(stage)),
        "delivered": stages[Stage.DELIVERED],
        "pieces": pieces.ordered,
        "pieces_packed": pieces.packed,
        "pieces_shipped": pieces.shipped,
        "pieces_delivered": pieces.delivered,
    }


def holding(order: Order, stages: Counter[Stage]) -> Values:
    """Without a card an order holds nobody; its first card makes that another."""
    if order.personal_data not in {PersonalData.NONE, PersonalData.FULL}:
        return {}
    return {"personal_data": PersonalData.FULL if stages.total() else PersonalData.NONE}


def all_over(stages: Counter[Stage]) -> bool:
    """True once every card that was made has arrived or was destroyed; never without a card."""
    live = [stage for stage, count in stages.items() if count and stage is not Stage.CANCELLED]
    return bool(live) and all(is_over(stage) for stage in live)
