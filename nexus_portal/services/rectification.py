"""Putting right what is kept of a person whose card is made already (GDPR art. 16).

The card itself stays as it was printed. What was there before erases itself, with a certificate, as in
`corrections`, which is for the orderer while the card is not begun.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, NotAllowed, NotFound
from nexus_portal.domain.fields import FieldDefinition, Problem, check_row
from nexus_portal.domain.lifecycles import EDITABLE, FAILABLE, Stage, is_produced
from nexus_portal.domain.numbers import item_code
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.protection import HANDLED
from nexus_portal.domain.retention import kinds_of
from nexus_portal.domain.text import Message
from nexus_portal.models.cards import Card
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import (
    corrections,
    draft_orders,
    draft_rows,
    drafts,
    erasure_items,
    tenancy,
    vault,
    vault_copies,
    vault_people,
)
from nexus_portal.services.layouts import LayoutRow
from nexus_portal.services.use_case import use_case
from nexus_portal.services.vault import Person

_GONE = Message("The personal data of this card was removed, or is being removed.")


@dataclass(frozen=True, slots=True)
class Rectifiable:
    """A card whose person may be put right: its code, the fields that are kept and what stands in them."""

    item_id: str
    code: str
    layout: LayoutRow
    fields: tuple[FieldDefinition, ...]
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rectified:
    """What came of it: what is wrong, and then nothing was done; else whether a card was printed before.

    `card` is its number in the register, by which it can be ordered again.
    """

    problems: tuple[Problem, ...] = ()
    printed: bool = False
    card: str = ""


@use_case(Permission.PRIVACY_MANAGE)
def rectifiable(session: Session, actor: Actor, *, item_id: UUID) -> Rectifiable:
    """The person on a card of the account, to be put right; the showing is logged.

    Raises:
        NotFound: no such card in the actor's account.
        NotAllowed: the actor may not search for persons, or not see this one, whose identity is protected.
        StepUpNeeded: more than 50 persons within the last hour.
        Conflict: it is a draft, is being made right now, or its person is gone.
    """
    order, item = _held(session, actor, item_id)
    layout = draft_orders.layout_of_item(session, actor, item)
    shown = vault_people.reveal_found(session, actor, item_ids=[item_id], purpose="correction")
    if not shown:
        raise Conflict(_GONE)
    record = draft_rows.record_of(session, actor, item)
    code = item_code(order.serial, item.position)
    return Rectifiable(str(item.id), code, layout, _kept(layout, record), shown[0].values)


@use_case(Permission.PRIVACY_MANAGE)
def rectify(session: Session, actor: Actor, *, item_id: UUID, values: Mapping[str, str]) -> Rectified:
    """Keep what is right from now on, under a new key, and destroy what was wrong, which the ledger says.

    Only fields of kinds that are still kept change: what retention has let go does not come back.

    Raises:
        NotFound: no such card in the actor's account.
        NotAllowed: the actor may not search for persons, or not see this one, whose identity is protected.
        Conflict: it is a draft, is being made right now, or its person is gone.
    """
    order, item = _held(session, actor, item_id)
    layout = draft_orders.layout_of_item(session, actor, item)
    before = vault_copies.people(session, actor, [item_id]).get(item_id)
    if before is None or erasure_items.leaving_items(session, actor, {order.id}) & {item_id}:
        raise Conflict(_GONE)
    record = draft_rows.record_of(session, actor, item)
    keys = {each.key for each in _kept(layout, record)} & set(values)
    checked = check_row(layout.fields, {**before.values, **{key: values[key] for key in keys}}, clock.today())
    problems = tuple(each for each in checked.problems if each.field in keys)
    if problems:
        return Rectified(problems)
    now = {key: checked.values.get(key, "") for key in keys}
    changed = sorted(key for key, value in now.items() if value != before.values.get(key, ""))
    if changed:
        right = Person(order.id, item.id, {**before.values, **now}, layout.fields, before.protection)
        corrections.replace(session, actor, order, right, before)
        corrections.note(session, actor, order, item, changed)
    card = session.exec(tenancy.rows_of(actor, Card).where(Card.item_id == item_id)).one_or_none()
    return Rectified(printed=is_produced(Stage(item.stage)), card=card.number if card else "")


def _held(session: Session, actor: Actor, item_id: UUID) -> tuple[Order, CardItem]:
    """The order and its card, both held, if what is kept of its person can be put right."""
    if not actor.may(Permission.PERSONS_SEARCH):
        raise NotAllowed
    found = tenancy.get(session, actor, CardItem, item_id)
    order = tenancy.get(session, actor, Order, found.order_id, lock=True)
    if order.fulfilment in EDITABLE:
        raise NotFound
    if vault.hidden(session, actor, [item_id]):
        raise NotAllowed(HANDLED)
    query = tenancy.rows_of(actor, CardItem).where(CardItem.id == item_id).with_for_update()
    item = session.exec(query.execution_options(populate_existing=True)).one()
    if item.stage in FAILABLE:
        raise Conflict(Message("This card is being made right now. Put it right once it is produced."))
    return order, item


def _kept(layout: LayoutRow, record: HolderRecord) -> tuple[FieldDefinition, ...]:
    held = kinds_of(record.kinds)
    return tuple(each for each in drafts.text_fields(layout) if each.retention in held)
