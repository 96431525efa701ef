"""Which card items of an account are one person's: those with one personal number, and what is picked.

Two cards with the same name are two persons until somebody who looked says otherwise; two with the same
personal number, however it was written, are one.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col, select

from nexus_portal.adapters import clock
from nexus_portal.domain import personal_number
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid, NotAllowed, NotFound
from nexus_portal.domain.fields import all_from_json
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.layouts import Layout
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.vault import HolderRecord, SearchToken
from nexus_portal.services import import_duplicates, related, tenancy, vault, vault_tokens

MOST = 200


@dataclass(frozen=True, slots=True)
class OnePerson:
    """The card items of one person, the newest order first, and whether a personal number tied them."""

    items: tuple[UUID, ...]
    by_number: bool


def cards_of(session: Session, actor: Actor, item_ids: Sequence[UUID]) -> OnePerson:
    """The picked card items of the actor's account, and every other one with the personal number on them.

    Drafts of colleagues count too: what is held there is held.

    Raises:
        NotAllowed: the actor may not search for persons.
        NotFound: one of them is none of the account's, or holds nobody any more.
        Invalid: none, or more than 200; they bear different personal numbers.
    """
    if not actor.may(Permission.PERSONS_SEARCH):
        raise NotAllowed
    picked = set(item_ids)
    if not 1 <= len(picked) <= MOST:
        raise Invalid(Message("Choose 1 to {most} at once.", most=MOST))
    account_id = tenancy.own_account(actor)
    numbers = _numbers(session, actor, picked)
    if len(numbers) != len(picked):
        raise NotFound
    known = {number for number in numbers.values() if number}
    if len(known) > 1:
        raise Invalid(Message("The chosen cards bear different personal numbers: they are not one person’s."))
    for number in known:
        token = vault.number_token(account_id, number)
        found = vault.items_with_number(session, account_id, [token], actor=actor).get(token, [])
        # A card may bear a second number, such as a parent’s: only the holder’s own tells who it is.
        picked |= {each for each, own in _numbers(session, actor, found).items() if own == number}
    return OnePerson(_newest_first(session, actor, picked), bool(known))


def places(session: Session, actor: Actor, item_ids: Sequence[UUID]) -> Mapping[UUID, set[UUID]]:
    """All card items of the persons on the given ones, by order; those of whom nothing is held are left out.

    Raises:
        NotAllowed: the actor may not search for persons.
    """
    if not actor.may(Permission.PERSONS_SEARCH):
        raise NotAllowed
    tokens = (
        select(SearchToken.token)
        .join(HolderRecord, col(HolderRecord.id) == col(SearchToken.record_id))
        .where(
            tenancy.within(actor, SearchToken.account_id),
            col(SearchToken.kind).in_(vault_tokens.kinds(actor, vault_tokens.NUMBER)),
            col(HolderRecord.item_id).in_(item_ids),
        )
    )
    same = vault.items_with_number(
        session, tenancy.own_account(actor), list(dict.fromkeys(session.exec(tokens))), actor=actor
    )
    wanted = {*item_ids, *(item_id for items in same.values() for item_id in items)}
    found: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for chunk in vault.chunks(list(wanted)):
        query = select(HolderRecord.order_id, HolderRecord.item_id).where(
            tenancy.within(actor, HolderRecord.account_id), col(HolderRecord.item_id).in_(chunk)
        )
        for order_id, item_id in session.exec(query):
            found[order_id].add(item_id)
    return found


def _numbers(session: Session, actor: Actor, item_ids: Sequence[UUID] | set[UUID]) -> dict[UUID, str]:
    """The normalised number of whoever is on each card item; empty where there is none."""
    ids = list(item_ids)
    opened = vault.open_many(session, actor, ids)
    layout_of = _layouts(session, actor, ids)
    layouts = related.by_id(session, actor, Layout, set(layout_of.values()))
    fields = {
        each.id: import_duplicates.number_field(all_from_json(each.fields)) for each in layouts.values()
    }
    found: dict[UUID, str] = {}
    for item_id, values in opened.items():
        field = fields[layout_of[item_id]]
        found[item_id] = _normalised(values.get(field.key, "")) if field else ""
    return found


def _layouts(session: Session, actor: Actor, item_ids: Sequence[UUID]) -> Mapping[UUID, UUID]:
    found: dict[UUID, UUID] = {}
    for chunk in vault.chunks(item_ids):
        own = tenancy.within(actor, CardItem.account_id)
        query = select(CardItem.id, CardItem.layout_id).where(own, col(CardItem.id).in_(chunk))
        found |= dict(session.exec(query).all())
    return found


def _normalised(value: str) -> str:
    try:
        return personal_number.normalise(value, clock.today())
    except Invalid:
        return ""  # a draft may hold what still has to be mended


def _newest_first(session: Session, actor: Actor, item_ids: set[UUID]) -> tuple[UUID, ...]:
    query = (
        select(CardItem.id)
        .join(Order, col(Order.id) == col(CardItem.order_id))
        .where(tenancy.within(actor, CardItem.account_id), col(CardItem.id).in_(item_ids))
        .order_by(col(Order.serial).desc(), col(CardItem.position))
    )
    return tuple(session.exec(query))
