"""Taking persons away: a row per card item with what was typed of its person, and never a photo.

How many they are, which fields and what for is written down before the first of them is opened.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import case, func
from sqlalchemy import select as select_columns
from sqlmodel import Session, col

from nexus_portal.domain import words
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid, NotSignedIn
from nexus_portal.domain.fields import FieldDefinition, all_from_json, joined
from nexus_portal.domain.lifecycles import Stage
from nexus_portal.domain.numbers import item_code, order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.purposes import PURPOSES
from nexus_portal.domain.text import Message
from nexus_portal.models.layouts import Layout
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.privacy import AccessAct, CopyKind
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import (
    accesses,
    audit,
    copies_left,
    history_question,
    history_statements,
    order_details,
    protected_meanwhile,
    related,
    sessions,
    tenancy,
    vault,
    vault_people,
)
from nexus_portal.services.accesses import Seen
from nexus_portal.services.history_wanted import ANY, Wanted
from nexus_portal.services.use_case import perform, use_case

FORMS = ("csv", "xlsx")
MOST = 50_000
"""Card items whose persons are taken away at once."""
PART = 500
"""So many are opened in one transaction, and in memory at a time."""
HEADINGS = (Message("Order"), Message("Card"), Message("Layout"), Message("Stage"))
_BYTES = 16
Cell = str | Message


@dataclass(frozen=True, slots=True)
class _Layout:
    name: str
    fields: Mapping[str, FieldDefinition]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What is taken away: how many persons, and the columns that their fields come to, by key.

    `left_out` counts card items without a person: erased, or never entered.
    """

    persons: int
    left_out: int
    columns: Mapping[str, FieldDefinition]
    layouts: Mapping[UUID, _Layout] = field(repr=False)
    items: bytes = field(repr=False)
    """The ids of the card items in their order, 16 bytes each: fifty thousand objects would be felt."""

    def parts(self) -> Iterator[list[UUID]]:
        """The ids, as many at a time as are opened together."""
        for start in range(0, len(self.items), PART * _BYTES):
            part = self.items[start : start + PART * _BYTES]
            yield [UUID(bytes=part[at : at + _BYTES]) for at in range(0, len(part), _BYTES)]


@use_case(Permission.PERSONS_EXPORT, step_up=True)
def begin(
    session: Session, actor: Actor, *, purpose: str, form: str, wanted: Wanted = ANY, number: str = ""
) -> Taken:
    """Write down that the persons of one order, else of all that are wanted, are taken away, and what for.

    Drafts of others are left out, as they are where persons are searched for.

    Raises:
        NotFound: no such order in the actor's account.
        Invalid: no such form or purpose; nobody is there; more than 50,000 are.
    """
    if form not in FORMS:
        raise Invalid(Message("There is no such form of table."))
    if purpose not in PURPOSES:
        raise Invalid(Message("Choose what the persons are taken away for."))
    query, given = _wanted(session, actor, wanted, number)
    sizes = _sizes(session, query, given)
    _refuse_too_many(sum(persons for _, persons in sizes.values()))
    items = _items(session, query, given, rising=wanted.sorting == "number")
    if not items:
        raise Invalid(Message("There is nobody to take away: no card here has a person, or not any longer."))
    taken = _taken(session, actor, items, sizes)
    copies_left.record(
        session,
        actor,
        CopyKind.EXPORT,
        account_id=tenancy.own_account(actor),
        persons=_by_order(session, query, given),
    )
    audit.record(
        session,
        actor,
        "person:exported",
        subject=number.strip(),
        persons=taken.persons,
        fields=sorted(taken.columns),
        purpose=purpose,
        form=form,
        filters=[] if number else _narrowed(wanted),
    )
    _write_down_accesses(session, actor, taken, purpose)
    return taken


def rows(actor: Actor, taken: Taken) -> Iterator[list[Cell]]:
    """Each person in a row, then how many cards are left out; of every part it is asked anew who may do it.

    A step-up in another tab gives the session a new id, under which this goes on.

    Raises:
        NotSignedIn: the session has ended meanwhile.
        NotAllowed: the permission is gone meanwhile.
    """
    left_out = taken.left_out
    for item_ids in taken.parts():
        now = as_of_now(actor)
        found = protected_meanwhile.opened(now, item_ids, partial(_part, now, taken, item_ids))
        left_out += len(item_ids) - len(found)
        yield from found
    if left_out:
        yield [
            Message("Cards left out, for their persons are removed or were never entered: {n}", n=left_out)
        ]


def _part(actor: Actor, taken: Taken, item_ids: Sequence[UUID]) -> list[list[Cell]]:
    return perform(part, actor, taken=taken, item_ids=item_ids)


@use_case(Permission.PERSONS_EXPORT, reads=True)
def part(session: Session, actor: Actor, *, taken: Taken, item_ids: Sequence[UUID]) -> list[list[Cell]]:
    """The rows of some card items of what is taken away, without those who are erased meanwhile."""
    query = _in_sight(actor).where(
        col(CardItem.id).in_(item_ids), col(CardItem.layout_id).in_(taken.layouts), vault_people.kept()
    )
    query = query.add_columns(
        *(col(each) for each in (CardItem.id, CardItem.position, CardItem.layout_id, CardItem.stage)),
        col(Order.serial),
    )
    items = {item.id: item for item in session.connection().execute(query)}
    persons = vault.open_many(session, actor, list(items))
    return [_row(items[each], persons[each], taken) for each in item_ids if each in persons]


def headings(taken: Taken) -> tuple[Message | FieldDefinition, ...]:
    """What stands above the columns; a field has a label in each language."""
    return (*HEADINGS, *taken.columns.values())


def _write_down_accesses(session: Session, actor: Actor, taken: Taken, purpose: str) -> None:
    account_id, fields = tenancy.own_account(actor), sorted(taken.columns)
    seen: list[Seen] = []
    counts: Counter[str] = Counter()
    for item_ids in taken.parts():
        query = _in_sight(actor).where(col(CardItem.id).in_(item_ids))
        query = query.add_columns(col(CardItem.id), col(Order.serial))
        found: Sequence[Any] = session.connection().execute(query).all()
        counts.update(order_number(serial) for _, serial in found)
        if taken.persons <= accesses.ONE_BY_ONE:
            seen += [Seen(account_id, order_number(serial), item_id, fields) for item_id, serial in found]
    if seen:
        accesses.record(session, actor, AccessAct.EXPORTED, seen, purpose=purpose)
    else:
        accesses.record_counts(
            session, actor, AccessAct.EXPORTED, account_id, counts, fields=fields, purpose=purpose
        )


def _refuse_too_many(persons: int) -> None:
    if persons > MOST:
        raise Invalid(
            Message(
                "These are {cards} cards with a person, and at most {most} are taken away at once. "
                "Narrow the list, such as by days.",
                cards=persons,
                most=MOST,
            )
        )


def as_of_now(actor: Actor) -> Actor:
    """The same caller with what their session allows by now.

    Raises:
        NotSignedIn: it has ended meanwhile.
    """
    held = sessions.permissions_of(actor.session_id)
    if held is None:  # for good, or a step-up in another tab gave it another id
        held = sessions.permissions_of(sessions.goes_on_as(actor.session_id))
    if held is None:
        raise NotSignedIn
    return replace(actor, permissions=held)


def _in_sight(actor: Actor) -> Any:
    return (
        select_columns()
        .select_from(CardItem)
        .join(Order, col(Order.id) == col(CardItem.order_id))
        .where(tenancy.within(actor, CardItem.account_id))
        .where(vault_people.in_sight(actor), vault_people.unprotected(actor))
    )


def _wanted(session: Session, actor: Actor, wanted: Wanted, number: str) -> tuple[Any, dict[str, Any]]:
    """Card items in sight, with their orders, as a query to add columns to; and what it is given."""
    query = _in_sight(actor)
    if number:
        return query.where(col(Order.id) == order_details.find(session, actor, number).id), {}
    question = history_question.asked(session.connection(), actor, wanted)
    if question is None:
        return query.where(col(Order.id).is_(None)), {}
    everything = history_statements.everything(question.shape)
    return query.join(everything, everything.c.id == col(Order.id)), question.values


def _sizes(session: Session, query: Any, given: Mapping[str, Any]) -> dict[UUID, tuple[int, int]]:
    """How many card items there are in each layout, and how many of them have a person."""
    person = case((vault_people.kept(), col(HolderRecord.id)))
    query = (
        query.join(HolderRecord, col(HolderRecord.item_id) == col(CardItem.id), isouter=True)
        .add_columns(col(CardItem.layout_id), func.count(col(CardItem.id)), func.count(person))
        .group_by(col(CardItem.layout_id))
    )
    found: Sequence[Any] = session.connection().execute(query, given).all()
    return {layout_id: (cards, persons) for layout_id, cards, persons in found}


def _items(session: Session, query: Any, given: Mapping[str, Any], *, rising: bool) -> bytes:
    """The card items with a person, by the number of their order: the newest first, unless `rising`."""
    serial = col(Order.serial)
    query = (
        query.join(HolderRecord, col(HolderRecord.item_id) == col(CardItem.id))
        .where(vault_people.kept())
        .add_columns(col(CardItem.id))
        .order_by(serial.asc() if rising else serial.desc(), col(CardItem.position))
    )
    return b"".join(item_id.bytes for item_id in session.connection().execute(query, given).scalars())


def _by_order(session: Session, query: Any, given: Mapping[str, Any]) -> dict[UUID, int]:
    """How many persons there are of each order."""
    query = (
        query.join(HolderRecord, col(HolderRecord.item_id) == col(CardItem.id))
        .where(vault_people.kept())
        .add_columns(col(Order.id), func.count(col(CardItem.id)))
        .group_by(col(Order.id))
    )
    found: Sequence[Any] = session.connection().execute(query, given).all()
    return {order_id: persons for order_id, persons in found}  # noqa: C416 - rows, not pairs


def _taken(session: Session, actor: Actor, items: bytes, sizes: Mapping[UUID, tuple[int, int]]) -> Taken:
    with_persons = [layout_id for layout_id, (_, persons) in sizes.items() if persons]
    found = related.by_id(session, actor, Layout, with_persons).values()
    newest_first = sorted(found, key=lambda layout: (layout.created_at, layout.version), reverse=True)
    layouts = {
        layout.id: _Layout(layout.name, {each.key: each for each in all_from_json(layout.fields)})
        for layout in newest_first
    }
    persons = len(items) // _BYTES
    return Taken(
        persons=persons,
        left_out=sum(cards for cards, _ in sizes.values()) - persons,
        columns=joined(layout.fields.values() for layout in layouts.values()),
        layouts=layouts,
        items=items,
    )


def _narrowed(wanted: Wanted) -> list[str]:
    return [each.name for each in fields(wanted) if each.name != "sort" and getattr(wanted, each.name)]


def _row(item: Any, values: Mapping[str, str], taken: Taken) -> list[Cell]:
    layout = taken.layouts[item.layout_id]
    typed = (
        layout.fields[key].written(values.get(key, "")) if key in layout.fields else ""
        for key in taken.columns
    )
    return [
        order_number(item.serial),
        item_code(item.serial, item.position),
        layout.name,
        words.STAGE[Stage(item.stage)],
        *typed,
    ]
