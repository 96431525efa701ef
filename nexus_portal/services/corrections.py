"""Correcting a person on a card that is ordered but not begun. What was there before erases itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, select

from nexus_portal.adapters import clock, db
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, NotAllowed
from nexus_portal.domain.fields import Problem, check_row
from nexus_portal.domain.lifecycles import EDITABLE, Fulfilment, Stage
from nexus_portal.domain.numbers import order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.protection import HANDLED
from nexus_portal.domain.text import Message
from nexus_portal.models.erasures import Erasure
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.vault import HolderRecord, SearchToken
from nexus_portal.services import (
    audit,
    draft_orders,
    draft_rows,
    drafts,
    import_duplicates,
    progress,
    protecting,
    tenancy,
    vault,
    vault_copies,
    vault_people,
)
from nexus_portal.services.draft_files import Place
from nexus_portal.services.drafts import DraftRow
from nexus_portal.services.erasure_steps import SUPERSEDED, carry_out_or_leave
from nexus_portal.services.use_case import use_case
from nexus_portal.services.vault import Person
from nexus_portal.services.vault_copies import Copied
from nexus_portal.services.vault_orders import refuse_erased

CORRECTABLE = frozenset({Stage.READY, Stage.QUEUED})
_STOPPED = frozenset({Fulfilment.CANCELLED, Fulfilment.CLOSED})


@dataclass(frozen=True, slots=True)
class Correction:
    """A card that may be corrected: its order's number, and its row."""

    number: str
    row: DraftRow


@use_case(Permission.ORDERS_CREATE)
def correction(session: Session, actor: Actor, *, item_id: UUID) -> Correction:
    """One card of the actor's order with its person's values, to be corrected; the showing is logged.

    Raises:
        NotFound: no such card in the actor's account.
        NotAllowed: it is a colleague's, or the actor may not see persons.
        Conflict: it is being made already, or is still a draft.
    """
    order, item = _held(session, actor, item_id)
    layout = draft_orders.layout_of_item(session, actor, item)
    people = vault_people.reveal(session, actor, item_ids=[item_id], purpose="correction")
    if not people:
        raise Conflict(Message("The personal data of this card was removed. Order a new card instead."))
    row = DraftRow(
        item_id=str(item.id),
        position=item.position,
        source_row=item.position,
        place=Place(item.position),
        ready=True,
        has_photo=people[0].has_photo,
        layout=layout,
        values=people[0].values,
    )
    return Correction(order_number(order.serial), row)


@use_case(Permission.ORDERS_CREATE)
def correct_holder(
    session: Session, actor: Actor, *, item_id: UUID, values: Mapping[str, str], second_card: bool = False
) -> tuple[Problem, ...]:
    """Put right what is said of a person before their card is made; what is wrong is given, and nothing done.

    The corrected person is sealed under a new key. The key of what was there before is destroyed, and the
    ledger of erasures says so. No new order, no new price.

    Raises:
        NotFound: no such card in the actor's account.
        NotAllowed: it is a colleague's, or the actor may not see persons.
        Conflict: it is being made already, is still a draft, or its person was removed.
    """
    order, item = _held(session, actor, item_id)
    refuse_erased(session, {order.id})
    layout = draft_orders.layout_of_item(session, actor, item)
    before = vault_copies.people(session, actor, [item_id]).get(item_id)
    if before is None:
        raise Conflict(Message("The personal data of this card was removed. Order a new card instead."))
    typed = {each.key: values[each.key] for each in drafts.text_fields(layout) if each.key in values}
    checked = check_row(layout.fields, {**before.values, **typed}, clock.today())
    changed = sorted(key for key in typed if checked.values.get(key, "") != before.values.get(key, ""))
    number = import_duplicates.number_field(layout.fields)
    another = number is not None and number.key in changed and not second_card
    twice = draft_rows.duplicate_problem(session, actor, item, layout, checked.values) if another else ()
    if checked.problems or twice:
        return (*checked.problems, *twice)
    if changed:
        right = Person(order.id, item.id, checked.values, layout.fields, before.protection)
        replace(session, actor, order, right, before)
        note(session, actor, order, item, changed)
    return ()


def replace(session: Session, actor: Actor, order: Order, right: Person, before: Copied) -> None:
    """Keep a person anew under a key of their own, with the photo and the days that were there before.

    The order and the card item are held by the caller; what was there before is destroyed after the commit.
    """
    delivered_at = _supersede(session, actor, order, right.item_id)
    [record] = vault.store_each(session, order.account_id, [right])
    record.delivered_at = delivered_at
    session.add(record)
    if before.photo is not None:
        photo = vault.put_photo(session, record, before.photo)
        session.add(photo.sqlmodel_update({"state": before.photo.state}))
    # The right number may be that of somebody whose identity is protected.
    protecting.order_sent(session, actor, order)


def note(session: Session, actor: Actor, order: Order, item: CardItem, changed: list[str]) -> None:
    """Write down which fields of a person were put right, and tell the open pages."""
    audit.record(
        session,
        actor,
        "person:corrected",
        subject=order_number(order.serial),
        account_id=order.account_id,
        card=item.position,
        fields=changed,
    )
    progress.describe(session, actor, order, {})


def _held(session: Session, actor: Actor, item_id: UUID) -> tuple[Order, CardItem]:
    """The order and its card, both held, if the card can be corrected by this person."""
    found = tenancy.get(session, actor, CardItem, item_id)
    order = tenancy.get(session, actor, Order, found.order_id, lock=True)
    if order.orderer_id != actor.user_id or not actor.may(Permission.PERSONS_READ):
        raise NotAllowed(
            Message("This order is a colleague’s. Only the person who began it sees and changes its persons.")
        )
    if vault.hidden(session, actor, [item_id]):
        raise NotAllowed(HANDLED)
    if order.fulfilment in EDITABLE:
        raise Conflict(Message("This order is not sent. Change the row in the draft instead."))
    item = session.exec(
        tenancy.rows_of(actor, CardItem)
        .where(CardItem.id == item_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if item.stage not in CORRECTABLE or order.fulfilment in _STOPPED:
        raise Conflict(
            Message(
                "A card can be corrected until the bureau begins to make it. This one is further: order it "
                "again once it has arrived, or ask the bureau."
            )
        )
    return order, item


def _supersede(session: Session, actor: Actor, order: Order, item_id: UUID) -> datetime | None:
    """Take what was there out of the database, and have the ledger destroy its key after the commit.

    Gives when its card was delivered: from then on retention goes on to count.
    """
    query = tenancy.rows_of(actor, HolderRecord).where(HolderRecord.item_id == item_id)
    record = tenancy.one(session, query)
    delivered_at = record.delivered_at
    tokens = select(func.count()).select_from(SearchToken).where(SearchToken.record_id == record.id)
    count = session.exec(tokens).one()
    record_id: UUID = record.id
    session.expunge(record)
    files = vault.delete_rows(session, [record_id])
    erasure = Erasure(
        account_id=order.account_id,
        order_id=order.id,
        order_number=order_number(order.serial),
        policy=SUPERSEDED,
        decided_by=actor.user_id,
        decided_role=actor.role or "",
        decided_at=clock.now(),
        persons=1,
        photos=int(bool(files)),
        tokens=count,
        targets=[{"record": str(record_id), "files": files}],
    )
    session.add(erasure)
    session.flush()
    db.after_commit(session, partial(carry_out_or_leave, erasure.id))
    return delivered_at
