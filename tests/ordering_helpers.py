"""An orderer with a layout, and drafts of made-up persons to work on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from nexus_portal.adapters import clock, photos
from nexus_portal.adapters.photos import ProcessedPhoto
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.fields import check_row
from nexus_portal.domain.numbers import order_number, parse_order_number
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.layouts import Layout
from nexus_portal.models.orders import CardItem, Order, OrderLine
from nexus_portal.services import draft_orders, draft_rows, drafts, layouts, vault
from nexus_portal.services.draft_rows import NewRow
from nexus_portal.services.drafts import DraftView
from nexus_portal.services.use_case import perform
from tests.samples import Person, jpeg_bytes, people
from tests.world import World

PHOTO = photos.process(jpeg_bytes(320, 440))
FIELDS: list[dict[str, Any]] = [
    {
        "key": "name",
        "label_en": "Name",
        "label_sv": "Namn",
        "type": "text",
        "required": True,
        "max_length": 40,
        "choices": [],
        "purpose": "printed",
        "retention": "name",
        "reason": "",
    },
    {
        "key": "personal_number",
        "label_en": "Personal number",
        "label_sv": "Personnummer",
        "type": "personal_number",
        "required": True,
        "max_length": 0,
        "choices": [],
        "purpose": "printed",
        "retention": "personal_number",
        "reason": "Tells holders of the same name apart.",
    },
    {
        "key": "photo",
        "label_en": "Photo",
        "label_sv": "Foto",
        "type": "photo",
        "required": True,
        "max_length": 0,
        "choices": [],
        "purpose": "printed",
        "retention": "photo",
        "reason": "",
    },
    {
        "key": "department",
        "label_en": "Department",
        "label_sv": "Avdelning",
        "type": "choice",
        "required": False,
        "max_length": 0,
        "choices": ["Ekonomi", "Växeln", "Slöjdsalen"],
        "purpose": "sorting",
        "retention": "other",
        "reason": "",
    },
]


@dataclass
class Desk:
    """Somebody who orders, the layout they order in, and a colleague."""

    world: World
    account: Account
    layout: Layout
    orderer: Actor
    colleague: Actor
    _keys: Any

    def key(self) -> str:
        """A form's key that was not used before."""
        return f"key-{next(self._keys)}"

    def draft(self, persons: Sequence[Person], *, photo: ProcessedPhoto | None = PHOTO) -> str:
        """A draft with a row for each person; its number."""
        with self.world.database.transaction(self.orderer) as session:
            layout = layouts.orderable(session, self.orderer, self.layout.id)
            order = draft_orders.begin(session, self.orderer, layout)
        number = order_number(order.serial)
        self.add(number, persons, photo=photo)
        return number

    def add(
        self,
        number: str,
        persons: Sequence[Person],
        *,
        first_row: int = 2,
        photo: ProcessedPhoto | None = PHOTO,
    ) -> None:
        """Further rows for a draft, as a later part of its spreadsheet brings them."""
        with self.world.database.transaction(self.orderer) as session:
            order = draft_orders.editable(session, self.orderer, number)
            layout = draft_orders.layout_of(session, self.orderer, order)
            rows = [
                NewRow(
                    check_row(layout.fields, values_of(person), clock.today()),
                    source_row=first_row + index,
                    photo=photo,
                    problems=draft_rows.photo_problem(layout, has_photo=photo is not None),
                )
                for index, person in enumerate(persons)
            ]
            draft_rows.add(session, self.orderer, order, layout, rows)

    def view(self, number: str, **options: Any) -> DraftView:
        """The draft as its orderer sees it."""
        return perform(drafts.draft, self.orderer, number=number, **options)

    def item(self, number: str, row: int = 0) -> UUID:
        """The id of a row on the first page."""
        return UUID(self.view(number).rows.rows[row].item_id)

    def order(self, number: str) -> Order:
        """The order as it stands in the database."""
        with self.world.database.transaction(SYSTEM, writes=False) as session:
            return session.exec(select(Order).where(Order.serial == parse_order_number(number))).one()

    def line(self, number: str) -> OrderLine:
        """Its line."""
        order_id = self.order(number).id
        with self.world.database.transaction(SYSTEM, writes=False) as session:
            return session.exec(select(OrderLine).where(OrderLine.order_id == order_id)).one()

    def items(self, number: str) -> Sequence[CardItem]:
        """Its card items."""
        order_id = self.order(number).id
        with self.world.database.transaction(SYSTEM, writes=False) as session:
            query = select(CardItem).where(CardItem.order_id == order_id).order_by(col(CardItem.position))
            return session.exec(query).all()

    def persons(self, number: str) -> list[Mapping[str, str]]:
        """What the vault holds of its rows, in their order."""
        ids = [item.id for item in self.items(number)]
        with self.world.database.transaction(SYSTEM, writes=False) as session:
            opened = vault.open_many(session, SYSTEM, ids)
        return [opened[item_id] for item_id in ids]

    def count(self, table: Any) -> int:
        """Rows of a table in the database."""
        with self.world.database.transaction(SYSTEM, writes=False) as session:
            return len(session.exec(select(table)).all())


def desk(world: World, **account: Any) -> Desk:
    """A desk to order from."""
    customer = world.account(**account)
    return Desk(
        world,
        customer,
        world.layout(customer, fields=FIELDS),
        world.person(Role.ORDERER, customer),
        world.person(Role.ORDERER, customer),
        count(1),
    )


def values_of(person: Person) -> dict[str, str]:
    """A person as the values of a row."""
    return {
        "name": person.name,
        "personal_number": person.personal_number,
        "department": person.department,
    }


def with_bad_number(person: Person) -> Person:
    """The same person with a mistyped last digit."""
    last = (int(person.personal_number[-1]) + 1) % 10
    return replace(person, personal_number=f"{person.personal_number[:-1]}{last}")


def staff(count_: int) -> list[Person]:
    """As many different persons."""
    return people(count_)
