"""Everything that is held about the person on a card item, but photos: what a package says of it.

Nothing of anybody else: colleagues who ordered or looked are known by their role, what was written about an
order as a whole stays out, and so do counts of others.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from nexus_portal.adapters import catalogue
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.erasable import Obstacle
from nexus_portal.domain.fields import all_from_json
from nexus_portal.domain.holder_contact import CONTACT
from nexus_portal.domain.numbers import item_code, order_number
from nexus_portal.domain.protection import Protection
from nexus_portal.domain.retention import kinds_of
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account
from nexus_portal.models.base import JsonObject
from nexus_portal.models.cards import Card
from nexus_portal.models.holder_links import HolderLink
from nexus_portal.models.layouts import Layout
from nexus_portal.models.orders import CardItem, Order, Transition
from nexus_portal.models.privacy import Access, DataCopy, ErasureAppointment
from nexus_portal.models.shipping import Shipment
from nexus_portal.models.vault import HolderRecord, Photo
from nexus_portal.services import erasure_items, person_parts, related, retention_rules, tenancy, vault
from nexus_portal.services.erasure_items import Person

WHY: Mapping[Obstacle, Message] = {
    Obstacle.ALREADY: Message("The data is being removed already."),
    Obstacle.ACCEPTANCE: Message("The card is ordered and not accepted yet."),
    Obstacle.PRODUCTION: Message("The card is not produced yet."),
    Obstacle.INVOICE: Message("The card is not invoiced yet."),
    Obstacle.HOLD: Message("It is kept for a reason that stands in the way of removing it."),
    Obstacle.CLAIM: Message("The card is being made once more."),
}
"""What stands in the way of erasing one person, said to the person."""


def records(session: Session, actor: Actor, item_ids: Sequence[UUID], language: str) -> list[JsonObject]:
    """One part for each card item that holds somebody, in the order given."""
    held = _Held(session, actor, item_ids)
    return [held.record(item_id, language) for item_id in item_ids if item_id in held.values]


def seen(session: Session, actor: Actor, item_ids: Sequence[UUID]) -> list[JsonObject]:
    """Who looked, the latest first: by role, for nobody else is named in a person's package.

    What was done with a whole order is there too; of how many others it told is not.
    """
    codes, orders = _codes(session, actor, item_ids)
    single = tenancy.rows_of(actor, Access).where(col(Access.item_id).in_(item_ids))
    whole = tenancy.rows_of(actor, Access).where(
        col(Access.item_id).is_(None), col(Access.subject).in_(orders), Access.persons > 0
    )
    rows = [*session.exec(single), *session.exec(whole)]
    rows.sort(key=lambda row: (row.at, row.id), reverse=True)
    return [
        {
            "at": person_parts.time(row.at),
            "act": row.act,
            "purpose": row.purpose,
            "role": row.actor_role,
            "order": row.subject,
            "card": codes.get(row.item_id) if row.item_id else None,
            "fields": list(row.fields),
        }
        for row in rows
    ]


class _Held:
    """What is read of all card items at once, so that their number costs no statements."""

    def __init__(self, session: Session, actor: Actor, item_ids: Sequence[UUID]) -> None:
        self._session, self._actor = session, actor
        self.values = vault.open_many(session, actor, item_ids)
        self._items = related.by_id(session, actor, CardItem, self.values)
        items = self._items.values()
        self._orders = related.by_id(session, actor, Order, (item.order_id for item in items))
        self._layouts = related.by_id(session, actor, Layout, (item.layout_id for item in items))
        self._shipments = related.by_id(session, actor, Shipment, (item.shipment_id for item in items))
        found = self._of(HolderRecord, col(HolderRecord.item_id))
        self._records = {row.item_id: row for row in found}
        photos = tenancy.rows_of(actor, Photo).where(col(Photo.record_id).in_([row.id for row in found]))
        self._photos = {row.record_id: row for row in session.exec(photos)}
        self._cards = {row.item_id: row for row in self._of(Card, col(Card.item_id))}
        self._links = _grouped((row.item_id, row) for row in self._of(HolderLink, col(HolderLink.item_id)))
        moves = sorted(self._of(Transition, col(Transition.item_id)), key=lambda move: move.id or 0)
        self._moves = _grouped((row.item_id, row) for row in moves)
        self._account = tenancy.get(session, actor, Account, tenancy.own_account(actor))
        self._rules = retention_rules.rules_of(session, self._account)
        self._standing = self._stands()
        self._appointed = self._by_order(ErasureAppointment, col(ErasureAppointment.order_id))
        self._copies = self._by_order(DataCopy, col(DataCopy.order_id))

    def record(self, item_id: UUID, language: str) -> JsonObject:
        """What is held of one card item."""
        item = self._items[item_id]
        order, layout, record = (
            self._orders[item.order_id],
            self._layouts[item.layout_id],
            self._records[item_id],
        )
        code = item_code(order.serial, item.position)
        values = self.values[item_id]
        return {
            "card": code,
            "order": order_number(order.serial),
            "ordered_at": person_parts.time(order.submitted_at),
            "layout": {"name": layout.name, "version": layout.version},
            "stage": {"now": item.stage, "since": person_parts.time(item.stage_at)},
            "protected_identity": record.protection != Protection.NONE,
            "data": [
                person_parts.field(each, values[each.key])
                for each in all_from_json(layout.fields)
                if values.get(each.key)
            ],
            "contact": values.get(CONTACT.key) or None,
            "photo": person_parts.photo(self._photos.get(record.id), code),
            "register": person_parts.registered(self._cards.get(item_id)),
            "shipment": person_parts.shipped(
                self._shipments.get(item.shipment_id) if item.shipment_id else None
            ),
            "history": [person_parts.move(each) for each in self._moves[item_id]],
            "links": [person_parts.link(each) for each in self._links[item_id]],
            "removal": self._removal(item, record, language),
            "not_held": _not_held(layout, record),
            "copies": [person_parts.copy(each) for each in self._copies[order.id]],
        }

    def _removal(self, item: CardItem, record: HolderRecord, language: str) -> JsonObject:
        person = self._standing.get(item.id)
        asked = self._appointed[item.order_id]
        reasons = person.obstacles if person else (Obstacle.ALREADY,)
        return {
            "by_itself": person_parts.goes(self._rules, record),
            "appointed": any(each.items is None or str(item.id) in each.items for each in asked),
            "possible_now": not reasons,
            "in_the_way": [
                {"reason": each.value, "text": catalogue.render(WHY[each], language)} for each in reasons
            ],
            "expected_on": self._expected(item, reasons),
        }

    def _expected(self, item: CardItem, reasons: Sequence[Obstacle]) -> str | None:
        promised = self._orders[item.order_id].promised
        return person_parts.day(promised) if Obstacle.PRODUCTION in reasons else None

    def _stands(self) -> dict[UUID, Person]:
        return {
            person.item_id: person
            for order in self._orders.values()
            for person in erasure_items.persons(self._session, self._actor, order, self.values)
        }

    def _of(self, table: Any, column: Any) -> Sequence[Any]:
        query = tenancy.rows_of(self._actor, table).where(column.in_(list(self.values)))
        return self._session.exec(query).all()

    def _by_order(self, table: Any, column: Any) -> Mapping[UUID, list[Any]]:
        query = tenancy.rows_of(self._actor, table).where(column.in_(list(self._orders)))
        return _grouped((row.order_id, row) for row in self._session.exec(query))


def _codes(session: Session, actor: Actor, item_ids: Sequence[UUID]) -> tuple[dict[UUID, str], set[str]]:
    query = (
        select(CardItem.id, CardItem.position, Order.serial)
        .join(Order, col(Order.id) == col(CardItem.order_id))
        .where(tenancy.within(actor, CardItem.account_id), col(CardItem.id).in_(item_ids))
    )
    found = session.exec(query).all()
    codes = {item_id: item_code(serial, position) for item_id, position, serial in found}
    return codes, {order_number(serial) for _, _, serial in found}


def _grouped(pairs: Iterable[tuple[Any, Any]]) -> defaultdict[UUID, list[Any]]:
    found: defaultdict[UUID, list[Any]] = defaultdict(list)
    for key, row in pairs:
        found[key].append(row)
    return found


def _not_held(layout: Layout, record: HolderRecord) -> list[str]:
    """Kinds of data that the card was made with or could have been, and that are gone or were never given."""
    asked = {definition.retention for definition in all_from_json(layout.fields)}
    return sorted(kind.value for kind in asked - kinds_of(record.kinds))
