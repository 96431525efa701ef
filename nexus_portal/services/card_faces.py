"""What the cards of a layout look like, for the pages on which people order them."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from sqlmodel import Session

from nexus_portal.adapters import catalogue
from nexus_portal.domain import card_design
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.card_design import CARD_NUMBER, CardDesign
from nexus_portal.domain.fields import FieldDefinition, all_from_json
from nexus_portal.domain.numbers import item_code
from nexus_portal.domain.permissions import Permission
from nexus_portal.models.accounts import Account
from nexus_portal.models.layouts import Layout
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.services import tenancy
from nexus_portal.services.card_marks import Shown
from nexus_portal.services.use_case import use_case

NOBODY: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Face:
    """The design of a layout with its fields. Nobody's data is in it."""

    design: CardDesign
    fields: tuple[FieldDefinition, ...]

    def labels(self, language: str) -> dict[str, str]:
        """What stands on a card where a value is missing."""
        number = catalogue.translate("Card number", language)
        return {CARD_NUMBER: number, **{each.key: each.label(language) for each in self.fields}}

    def shown(
        self, language: str, *, number: str = "", values: Mapping[str, str] = NOBODY, photo: str = ""
    ) -> Shown:
        """What a drawing shows of a holder whose stored `values` these are; of nobody, the labels."""
        said = {each.key: each.written(values.get(each.key, "")) for each in self.fields}
        return Shown({CARD_NUMBER: number, **said}, self.labels(language), photo)


@dataclass(frozen=True, slots=True)
class ItemFace:
    """The design of one card item and the number on it, which is its code: known before it is printed."""

    face: Face
    number: str


@use_case(Permission.ORDERS_CREATE, reads=True)
def face(session: Session, actor: Actor, *, layout_id: UUID) -> Face:
    """What cards of a layout look like; also of a withdrawn one, in which drafts may still be ordered.

    Raises:
        NotFound: the actor's account has no such layout.
    """
    return face_of(session, tenancy.get(session, actor, Layout, layout_id))


@use_case(Permission.ORDERS_READ, reads=True)
def item_face(session: Session, actor: Actor, *, item_id: UUID) -> ItemFace:
    """What one card item of the actor's account looks like. Nobody's data is in it.

    Raises:
        NotFound: there is no such card item there.
    """
    item = tenancy.get(session, actor, CardItem, item_id)
    order = tenancy.get(session, actor, Order, item.order_id)
    layout = tenancy.get(session, actor, Layout, item.layout_id)
    return item_face_of(session, order, item, layout)


def item_face_of(session: Session, order: Order, item: CardItem, layout: Layout) -> ItemFace:
    """The same of what the actor was found to see."""
    return ItemFace(face_of(session, layout), item_code(order.serial, item.position))


def face_of(session: Session, layout: Layout) -> Face:
    """A layout's own design, or the plain one in its colour under the account's name."""
    definitions = all_from_json(layout.fields)
    account = session.get_one(Account, layout.account_id)
    design = card_design.design_of(layout.design, definitions, title=account.name, colour=layout.colour)
    return Face(design, definitions)
