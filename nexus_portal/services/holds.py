"""Holds: a reasoned, reviewed stop on erasing, of a person, an order or a whole account.

One person places a hold, two lift it. Only people of the account do either: never the bureau.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock, db
from nexus_portal.adapters.events import News
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Conflict, Invalid
from nexus_portal.domain.lifecycles import EDITABLE
from nexus_portal.domain.numbers import parse_item_code, parse_order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account
from nexus_portal.models.erasures import Erasure, ErasureState
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.people import Membership
from nexus_portal.models.privacy import Hold
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import audit, erasures_open, progress, tenancy
from nexus_portal.services.use_case import use_case

REVIEW_AFTER = timedelta(days=90)
FARTHEST = timedelta(days=730)
SHORTEST, LONGEST = 5, 400


@dataclass(frozen=True, slots=True)
class Placed:
    """A new hold, and how many removals of the account were decided before it and go on."""

    id: UUID
    too_late: int


@use_case(Permission.PRIVACY_MANAGE, step_up=True)
def place(
    session: Session,
    actor: Actor,
    *,
    reason: str,
    on: str = "",
    owner: str = "",
    review_on: date | None = None,
) -> Placed:
    """Stop every erasing of a person, an order or the whole account until two people lift the hold.

    `on` is the code of a card item, the number of an order, or nothing for the account; `owner` the id of
    somebody of the account, else the actor; it is to be reviewed in 90 days unless another day is given.

    Raises:
        NotFound: no such order or card in the actor's account.
        Invalid: no reason, a day that has passed or is too far, or nobody of the account.
        Conflict: what should be held was removed, or its removal is decided; or it is an unsent draft.
    """
    account_id = tenancy.own_account(actor)
    why, on = _reason(reason), on.strip()
    hold = Hold(
        account_id=account_id,
        reason=why,
        owner_id=_owner(session, actor, owner),
        placed_by=_somebody(actor),
        placed_at=clock.now(),
        review_on=_day(review_on or clock.today() + REVIEW_AFTER),
    )
    if on:
        order = _order(session, actor, on)
        hold.order_id, hold.item_id = order.id, _item(session, actor, order, on)
        _refuse_decided(session, actor, order, hold.item_id)
    else:
        _locked_account(session, actor)
    session.add(hold)
    session.flush()
    _mark(session, actor, hold)
    _note(session, actor, hold, "hold:placed", on=on or "account", review_on=hold.review_on.isoformat())
    return Placed(hold.id, 0 if on else _under_way(session, actor))


@use_case(Permission.PRIVACY_MANAGE, step_up=True)
def ask_lift(session: Session, actor: Actor, *, hold_id: UUID, reason: str) -> None:
    """Ask that a hold be lifted, and say why; somebody else has to confirm it.

    Raises:
        NotFound: no such hold in the actor's account.
        Invalid: no reason.
        Conflict: it is lifted, or somebody asked already.
    """
    hold = _open(session, actor, hold_id)
    if hold.lift_asked_by is not None:
        raise Conflict(Message("Somebody asked for this already. Another person has to confirm it."))
    hold.lift_asked_by, hold.lift_asked_at = _somebody(actor), clock.now()
    hold.lift_reason = _reason(reason)
    _changed(session, actor, hold, "hold:lift_asked")


@use_case(Permission.PRIVACY_MANAGE, step_up=True)
def confirm_lift(session: Session, actor: Actor, *, hold_id: UUID) -> None:
    """Lift a hold for which somebody else asked.

    Raises:
        NotFound: no such hold in the actor's account.
        Invalid: the actor asked for it: it takes two people.
        Conflict: it is lifted, or nobody asked.
    """
    hold = _open(session, actor, hold_id)
    if hold.lift_asked_by is None:
        raise Conflict(Message("Nobody has asked to lift this hold."))
    if hold.lift_asked_by == actor.user_id:
        raise Invalid(Message("You asked for it. It takes a second person to lift a hold."))
    hold.lifted_by, hold.lifted_at = _somebody(actor), clock.now()
    _changed(session, actor, hold, "hold:lifted")
    _mark(session, actor, hold)


@use_case(Permission.PRIVACY_MANAGE)
def keep(session: Session, actor: Actor, *, hold_id: UUID, review_on: date | None = None) -> None:
    """Keep a hold: nobody asks to lift it any longer, and it is reviewed again on another day.

    Raises:
        NotFound: no such hold in the actor's account.
        Invalid: a day that has passed or is too far.
        Conflict: it is lifted.
    """
    hold = _open(session, actor, hold_id)
    hold.review_on = _day(review_on or clock.today() + REVIEW_AFTER)
    hold.lift_asked_by, hold.lift_asked_at, hold.lift_reason = None, None, ""
    _changed(session, actor, hold, "hold:kept", review_on=hold.review_on.isoformat())


def held_items(
    session: Session, account_id: UUID, item_ids: Sequence[UUID], *, lock: bool = True
) -> set[UUID]:
    """Which of the account's card items must not be erased now: held themselves, by order, or all of them.

    With `lock` the account's row is held until the end of the transaction, so that no hold on the whole
    account slips in; one on an order or a card waits for the order's row, which the caller holds.
    """
    account = select(Account.held).where(Account.id == account_id)
    if session.exec(account.with_for_update(read=True) if lock else account).one():
        return set(item_ids)
    query = select(Hold.order_id, Hold.item_id).where(
        Hold.account_id == account_id, col(Hold.lifted_at).is_(None)
    )
    open_holds = session.exec(query).all()
    single = {item_id for _, item_id in open_holds if item_id is not None}
    whole = {order_id for order_id, item_id in open_holds if item_id is None}
    found = single.intersection(item_ids)
    for chunk in progress.chunks(item_ids) if whole else ():
        within = select(CardItem.id).where(
            CardItem.account_id == account_id,
            col(CardItem.id).in_(chunk),
            col(CardItem.order_id).in_(whole),
        )
        found |= set(session.exec(within))
    return found


def _order(session: Session, actor: Actor, on: str) -> Order:
    """The order behind a number or a card item's code, held until the end of the transaction."""
    serial = parse_item_code(on)[0] if on.count("-") > 1 else parse_order_number(on)
    return tenancy.one(session, tenancy.rows_of(actor, Order).where(Order.serial == serial), lock=True)


def _item(session: Session, actor: Actor, order: Order, on: str) -> UUID | None:
    if on.count("-") <= 1:
        return None
    position = parse_item_code(on)[1]
    query = tenancy.rows_of(actor, CardItem).where(
        CardItem.order_id == order.id, CardItem.position == position
    )
    return tenancy.one(session, query).id


def _refuse_decided(session: Session, actor: Actor, order: Order, item_id: UUID | None) -> None:
    if order.fulfilment in EDITABLE:
        raise Conflict(Message("This order is not sent; there is nothing to hold yet."))
    records = select(HolderRecord.id).where(
        tenancy.within(actor, HolderRecord.account_id), HolderRecord.order_id == order.id
    )
    if item_id is not None:
        records = records.where(HolderRecord.item_id == item_id)
    left = set(session.exec(records)) - leaving(session, actor, {order.id})
    if order.erasure_id is not None or not left:
        raise Conflict(
            Message("This hold comes too late: the personal data is removed, or its removal is decided.")
        )


def leaving(session: Session, actor: Actor, order_ids: Collection[UUID]) -> set[UUID]:
    """The records of orders whose erasing is decided and not done."""
    return erasures_open.records_named(session, actor, order_ids)


def _under_way(session: Session, actor: Actor) -> int:
    query = select(func.count()).select_from(Erasure)
    own = tenancy.within(actor, Erasure.account_id)
    return session.exec(query.where(own, Erasure.state != ErasureState.DONE)).one()


def _open(session: Session, actor: Actor, hold_id: UUID) -> Hold:
    """A hold that is not lifted; what it is on is held first, as erasing does, then the hold itself."""
    tenancy.own_account(actor)
    found = tenancy.get(session, actor, Hold, hold_id)
    if found.order_id is not None:
        tenancy.get(session, actor, Order, found.order_id, lock=True)
    else:
        _locked_account(session, actor)
    hold = session.exec(
        tenancy.rows_of(actor, Hold)
        .where(Hold.id == hold_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if hold.lifted_at is not None:
        raise Conflict(Message("This hold is lifted already."))
    return hold


def _locked_account(session: Session, actor: Actor) -> Account:
    # Not `lock=True`: whoever writes rows of the account need not wait, only who is about to erase.
    query = tenancy.rows_of(actor, Account).where(Account.id == actor.account_id)
    return session.exec(query.with_for_update(key_share=True).execution_options(populate_existing=True)).one()


def _mark(session: Session, actor: Actor, hold: Hold) -> None:
    """Say on the order, or on the account, whether a hold is open there."""
    query = select(func.count()).select_from(Hold).where(tenancy.within(actor, Hold.account_id))
    query = query.where(Hold.order_id == hold.order_id, col(Hold.lifted_at).is_(None))
    held = session.exec(query).one() > 0
    if hold.order_id is not None:
        order = tenancy.get(session, SYSTEM, Order, hold.order_id)
        if order.held != held:
            progress.mark_held(session, actor, order, held=held)
        return
    account = tenancy.get(session, actor, Account, hold.account_id)
    account.held = held
    session.add(account)
    db.announce(session, News(hold.account_id, "orders"))


def _owner(session: Session, actor: Actor, owner: str) -> UUID:
    if not owner:
        return _somebody(actor)
    query = tenancy.rows_of(actor, Membership).where(col(Membership.active))
    people = {str(member.user_id): member.user_id for member in session.exec(query)}
    if owner not in people:
        raise Invalid(Message("Choose somebody of your account as the owner of the hold."))
    return people[owner]


def _reason(text: str) -> str:
    reason = text.strip()
    if not SHORTEST <= len(reason) <= LONGEST:
        raise Invalid(Message("Write why, in a sentence that names no person."))
    return reason


def _day(day: date) -> date:
    today = clock.today()
    if not today < day <= today + FARTHEST:
        raise Invalid(Message("Choose a day for the review within the next two years."))
    return day


def _somebody(actor: Actor) -> UUID:
    if actor.user_id is None:
        raise Invalid(Message("A hold belongs to a person."))
    return actor.user_id


def _changed(session: Session, actor: Actor, hold: Hold, action: str, **facts: str) -> None:
    session.add(hold)
    session.flush()
    _note(session, actor, hold, action, **facts)


def _note(session: Session, actor: Actor, hold: Hold, action: str, **facts: str) -> None:
    audit.record(session, actor, action, subject=str(hold.id), account_id=hold.account_id, **facts)
    db.announce(session, News(hold.account_id, "holds"))
