"""Orders with persons on their cards, for tests of what becomes of the persons."""

from dataclasses import dataclass
from uuid import UUID

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.fields import FieldDefinition, all_from_json
from nexus_portal.domain.lifecycles import Billing, Fulfilment, Stage
from nexus_portal.domain.photo_cut import Cut
from nexus_portal.models.accounts import Account
from nexus_portal.models.base import new_id
from nexus_portal.models.layouts import Layout
from nexus_portal.models.orders import CardItem, Order, OrderLine
from nexus_portal.services import vault
from nexus_portal.services.serials import next_order_serial
from tests.world import World

ASTRID = {"name": "Astrid Åkerlund-Öst", "personal_number": "196408233234"}
BENGT = {"name": "Bengt Nyqvist", "personal_number": "198507099805"}
MARKER = b"marker-of-a-photo-that-nobody-took"


@dataclass(frozen=True)
class Picture:
    """Stands for a checked and re-encoded photo."""

    original: bytes = b"\xff\xd8\xff" + MARKER * 40
    crop: bytes = b"\xff\xd8\xff" + MARKER * 20
    width: int = 300
    height: int = 410
    cut: Cut | None = None
    findings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ordered:
    """An order as it was made by the test."""

    id: UUID
    items: list[UUID]
    records: list[UUID]
    definitions: tuple[FieldDefinition, ...]


def order_of(
    world: World, orderer: Actor, *people: dict[str, str], photos: bool = False, layout: Layout | None = None
) -> Ordered:
    """An order that is invoiced and delivered, with these persons on its cards."""
    assert orderer.account_id
    assert orderer.user_id
    with world.database.transaction(SYSTEM, writes=False) as session:
        account = session.get_one(Account, orderer.account_id)
    layout = layout or world.layout(account)
    definitions = all_from_json(layout.fields)
    now = clock.now()
    with world.database.transaction(SYSTEM) as session:
        order = Order(
            account_id=orderer.account_id,
            serial=next_order_serial(session),
            orderer_id=orderer.user_id,
            fulfilment=Fulfilment.DELIVERED,
            billing=Billing.INVOICED,
            cards=len(people),
            produced=len(people),
            delivered_at=now,
            created_at=now,
            changed_at=now,
        )
        session.add(order)
        session.flush()
        line = OrderLine(
            account_id=order.account_id,
            order_id=order.id,
            article_id=layout.article_id,
            layout_id=layout.id,
            serial=order.serial,
            quantity=len(people),
            unit_price=4900,
        )
        session.add(line)
        session.flush()
        items = [
            CardItem(
                id=new_id(),
                account_id=order.account_id,
                order_id=order.id,
                line_id=line.id,
                layout_id=layout.id,
                position=position,
                stage=Stage.DELIVERED,
                stage_at=now,
            )
            for position in range(1, len(people) + 1)
        ]
        session.add_all(items)
        session.flush()
        records = vault.store_many(
            session,
            account_id=order.account_id,
            order_id=order.id,
            people=[(item.id, values) for item, values in zip(items, people, strict=True)],
            definitions=definitions,
        )
        for record in records:
            record.delivered_at = now
        if photos:
            vault.put_photos(session, [(record, Picture()) for record in records])
    return Ordered(order.id, [item.id for item in items], [record.id for record in records], definitions)
