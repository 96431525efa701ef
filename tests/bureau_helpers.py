"""Orders for the tests of the bureau's side, and the way of one through the house."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Conflict
from nexus_portal.domain.lifecycles import Fulfilment, Stage
from nexus_portal.domain.numbers import order_number, parse_order_number
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.layouts import Article, ArticleKind, Layout
from nexus_portal.models.orders import CardItem, Order, OrderLine, Transition
from nexus_portal.services import (
    desk,
    production,
    production_lists,
    progress,
    serials,
    shipping,
    shipping_lists,
)
from nexus_portal.services.use_case import perform
from tests.world import World

WAY = (Stage.ENCODING, Stage.PRINTING, Stage.QC, Stage.PRODUCED)


@dataclass
class House:
    """A bureau with one customer, and somebody in every role that the way of an order needs."""

    world: World
    customer: Account
    layout: Layout
    orderer: Actor
    desk: Actor
    operator: Actor
    shipper: Actor
    biller: Actor
    _keys: count = field(default_factory=count)

    @property
    def orderer_id(self) -> UUID:
        assert self.orderer.user_id is not None
        return self.orderer.user_id

    def key(self) -> str:
        return f"key-{next(self._keys)}"

    def order(
        self, cards: int = 3, *, stage: Stage = Stage.READY, layout: Layout | None = None, pieces: int = 0
    ) -> str:
        """A submitted order of one line, and with `pieces` one more of lanyards; its number."""
        layout = layout or self.layout
        with self.world.database.transaction(SYSTEM) as session:
            order = Order(
                account_id=layout.account_id,
                serial=serials.next_order_serial(session),
                orderer_id=self.orderer_id,
                cost_centre="4711",
                created_at=clock.now(),
                changed_at=clock.now(),
            )
            session.add(order)
            session.flush()
            if cards:
                self._cards(session, order, layout, cards, stage)
            if pieces:
                session.add(self._lanyards(session, order, pieces))
            session.flush()
            progress.recount(session, SYSTEM, order, pieces=pieces)
            progress.move_order(session, SYSTEM, order, Fulfilment.SUBMITTED)
        return order_number(order.serial)

    def _cards(self, session: Session, order: Order, layout: Layout, cards: int, stage: Stage) -> None:
        line = OrderLine(
            account_id=layout.account_id,
            order_id=order.id,
            article_id=layout.article_id,
            layout_id=layout.id,
            serial=order.serial,
            quantity=cards,
            unit_price=4900,
        )
        session.add(line)
        session.flush()
        for position in range(1, cards + 1):
            session.add(
                CardItem(
                    account_id=layout.account_id,
                    order_id=order.id,
                    line_id=line.id,
                    layout_id=layout.id,
                    position=position,
                    stage=stage,
                    stage_at=clock.now(),
                )
            )

    def _lanyards(self, session: Session, order: Order, pieces: int) -> OrderLine:
        query = select(Article).where(Article.kind == ArticleKind.ACCESSORY)
        article = session.exec(query).first()
        if article is None:
            article = Article(number="B-1", name="Lanyard", price=2900, kind=ArticleKind.ACCESSORY)
            session.add(article)
            session.flush()
        return OrderLine(
            account_id=order.account_id,
            order_id=order.id,
            article_id=article.id,
            serial=order.serial,
            quantity=pieces,
            unit_price=2900,
        )

    def many(self, fulfilments: Sequence[Fulfilment], *, layouts: int = 0) -> list[str]:
        """An order of one card per fulfilment, written at once; with `layouts`, cards queued in their own."""
        now = clock.now()
        with self.world.database.transaction(SYSTEM) as session:
            shared = {"account_id": self.customer.id, "created_at": now}
            designs = [
                Layout(**shared, article_id=self.layout.article_id, name=f"Design {n}", fields=[])
                for n in range(layouts)
            ]
            session.add_all(designs)
            serial = serials.take_serials(session, "order/2026", len(fulfilments))
            orders = [
                Order(
                    **shared,
                    serial=2026_000000 + number,
                    orderer_id=self.orderer_id,
                    fulfilment=fulfilment,
                    cards=1,
                    changed_at=now,
                )
                for number, fulfilment in zip(serial, fulfilments, strict=True)
            ]
            session.add_all(orders)
            session.flush()
            for order, design in zip(orders, designs, strict=False):
                self._queued(session, order, design)
        return [order_number(order.serial) for order in orders]

    def _queued(self, session: Session, order: Order, design: Layout) -> None:
        shared: dict[str, Any] = {
            "account_id": order.account_id,
            "order_id": order.id,
            "layout_id": design.id,
        }
        line = OrderLine(
            **shared, serial=order.serial, article_id=design.article_id, quantity=1, unit_price=0
        )
        session.add(line)
        session.flush()
        session.add(CardItem(**shared, line_id=line.id, position=1, stage=Stage.QUEUED, stage_at=clock.now()))

    def accepted(self, cards: int = 3, **options: Any) -> str:
        number = self.order(cards, **options)
        perform(desk.accept, self.desk, number=number)
        return number

    def batch(self, limit: int = 500, layout: Layout | None = None) -> str:
        return perform(
            production.make_batch,
            self.operator,
            layout_id=(layout or self.layout).id,
            limit=limit,
            key=self.key(),
        )

    def advance(self, batch: str, *stages: Stage) -> None:
        for stage in stages:
            perform(production.advance, self.operator, number=batch, to=stage)

    def produced(self, cards: int = 3) -> str:
        number = self.accepted(cards)
        self.advance(self.batch(), *WAY)
        return number

    def pack(self, number: str, pieces: int | None = None) -> str:
        """Pack what waits; of the lanyards as many as are left, or as are told."""
        wanted = None if pieces is None else dict.fromkeys(self.lanyards(number), pieces)
        return perform(
            shipping.pack,
            self.shipper,
            number=number,
            carrier="PostNord",
            tracking="T1",
            key=self.key(),
            pieces=wanted,
        )

    def lanyards(self, number: str) -> list[str]:
        """Ids of the order's lines of lanyards."""
        order_id = self.at(number).id
        with self.world.database.transaction(SYSTEM, writes=False) as session:
            query = select(OrderLine.id).where(
                OrderLine.order_id == order_id, col(OrderLine.layout_id).is_(None)
            )
            return [str(line) for line in session.exec(query)]

    def shipped(self, cards: int = 3) -> tuple[str, str]:
        number = self.produced(cards)
        parcel = self.pack(number)
        perform(shipping.ship, self.shipper, number=parcel)
        return number, parcel

    def delivered(self, cards: int = 3) -> str:
        number, parcel = self.shipped(cards)
        perform(shipping.deliver, self.shipper, number=parcel)
        return number

    def at(self, number: str) -> Order:
        """The order as it stands in the database."""
        with self.world.database.transaction(SYSTEM, writes=False) as session:
            return session.exec(select(Order).where(Order.serial == parse_order_number(number))).one()

    def items(self, number: str) -> Sequence[CardItem]:
        """Its card items by position."""
        order_id = self.at(number).id
        with self.world.database.transaction(SYSTEM, writes=False) as session:
            query = select(CardItem).where(CardItem.order_id == order_id).order_by(col(CardItem.position))
            return session.exec(query).all()

    def steps(self, number: str, axis: str, item_id: UUID | None = None) -> list[tuple[str, str]]:
        """Transitions of the order on an axis, or of one of its card items."""
        order_id = self.at(number).id
        with self.world.database.transaction(SYSTEM, writes=False) as session:
            query = select(Transition).where(Transition.order_id == order_id, Transition.axis == axis)
            query = query.where(col(Transition.item_id) == item_id).order_by(col(Transition.id))
            return [(step.start, step.end) for step in session.exec(query)]

    def sheet(self, batch: str) -> production_lists.BatchSheet:
        return perform(production_lists.batch, self.operator, number=batch)

    def parcel(self, number: str) -> shipping_lists.ParcelSheet:
        return perform(shipping_lists.parcel, self.shipper, number=number)


def house(world: World) -> House:
    """A house to work in."""
    customer, own = world.account(), world.bureau()
    return House(
        world=world,
        customer=customer,
        layout=world.layout(customer),
        orderer=world.person(Role.ORDERER, customer),
        desk=world.person(Role.ORDER_DESK, own),
        operator=world.person(Role.PRODUCTION_OPERATOR, own),
        shipper=world.person(Role.SHIPPING, own),
        biller=world.person(Role.BILLING, own),
    )


def both_at_once(*acts: Any) -> list[Any]:
    """Run the acts in threads of their own; a Conflict is a result, everything else an error."""

    def attempt(act: Any) -> Any:
        try:
            return act()
        except Conflict as conflict:
            return conflict

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(attempt, acts))
