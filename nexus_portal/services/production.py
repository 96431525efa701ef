"""Production: queued card items become batches, batches become cards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from sqlmodel import Session, col

from nexus_portal.adapters import clock, db
from nexus_portal.adapters.events import News
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, Invalid, NotFound, NotYet
from nexus_portal.domain.lifecycles import BATCH_MOVES, FAILABLE, BatchState, Stage, check_move
from nexus_portal.domain.numbers import item_code, parse_item_code
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.layouts import Layout
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.production import Batch
from nexus_portal.services import audit, cards, idempotency, progress, serials, tenancy
from nexus_portal.services.use_case import use_case

LARGEST_BATCH = 500
LONGEST_REASON = 200
STEPS: Mapping[Stage, Stage] = MappingProxyType(
    {
        Stage.BATCHED: Stage.ENCODING,
        Stage.ENCODING: Stage.PRINTING,
        Stage.PRINTING: Stage.QC,
        Stage.QC: Stage.PRODUCED,
    }
)
"""The one step that follows each stage in the making."""

_BEFORE = {end: start for start, end in STEPS.items()}
_PATH = (
    BatchState.OPEN,
    BatchState.CLOSED,
    BatchState.SENT,
    BatchState.ACKNOWLEDGED,
    BatchState.RUNNING,
)
# Encoders take a batch as they get it, so that sending and acknowledging are one act here.
_BATCH_AT = {Stage.ENCODING: BatchState.ACKNOWLEDGED}


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a scan did: the card item's code, the stage it came to, and its batch."""

    code: str
    stage: str
    batch: str


@use_case(Permission.PRODUCTION_WORK)
def make_batch(session: Session, actor: Actor, *, layout_id: UUID, limit: int, key: str) -> str:
    """Put the longest waiting queued cards of a layout into a batch of at most `limit`; returns its number.

    `key` belongs to the form: sending it twice makes one batch.

    Raises:
        Invalid: `limit` is not within 1 and `LARGEST_BATCH`.
        Conflict: nothing of this layout is queued any longer.
    """
    if not 1 <= limit <= LARGEST_BATCH:
        raise Invalid(Message("A batch takes 1 to {largest} cards.", largest=LARGEST_BATCH))
    return idempotency.once(session, actor, key, lambda: _make_batch(session, actor, layout_id, limit))


def _make_batch(session: Session, actor: Actor, layout_id: UUID, limit: int) -> str:
    layout = tenancy.get(session, actor, Layout, layout_id)
    queued = tenancy.rows_of(actor, CardItem).where(
        CardItem.stage == Stage.QUEUED, CardItem.layout_id == layout.id
    )
    items = session.exec(queued.order_by(col(CardItem.id)).limit(limit)).all()
    if not items:
        raise Conflict(Message("No card of this layout waits any longer."))
    now = clock.now()
    batch = Batch(
        account_id=layout.account_id,
        number=serials.next_document(session, "B"),
        layout_id=layout.id,
        cards=len(items),
        issued=len(items),
        created_at=now,
        changed_at=now,
    )
    session.add(batch)
    session.flush()
    progress.move_items(session, actor, items, Stage.BATCHED, batch=batch)
    _take_state(batch, BatchState.CLOSED)
    _note(session, actor, "batch:made", batch, len(items))
    return batch.number


@use_case(Permission.PRODUCTION_WORK)
def advance(session: Session, actor: Actor, *, number: str, to: Stage) -> int:
    """Move all cards of a batch that stand at the stage before `to` one step; returns how many.

    Raises:
        Conflict: none stands there; usually somebody was faster.
        NotFound: no such batch.
    """
    batch = _batch(session, actor, number)
    if to not in _BEFORE:
        raise Conflict
    query = tenancy.rows_of(actor, CardItem).where(
        CardItem.batch_id == batch.id, CardItem.stage == _BEFORE[to]
    )
    items = session.exec(query).all()
    if not items:
        raise Conflict(Message("No card of batch {number} waits for this step any longer.", number=number))
    _step(session, actor, batch, items, to)
    _note(session, actor, f"batch:{to}", batch, len(items))
    return len(items)


@use_case(Permission.PRODUCTION_WORK)
def scan(session: Session, actor: Actor, *, code: str) -> Scanned:
    """Move one card item, by the code on its slip, to the next step.

    Raises:
        NotFound: no card item has this code.
        Conflict: it is not in the making.
    """
    order, item = _item(session, actor, code)
    stage = Stage(item.stage)
    if stage not in STEPS or item.batch_id is None:
        raise Conflict(
            Message("Card {code} is at “{stage}”; there is nothing to scan.", code=code.strip(), stage=stage)
        )
    batch = tenancy.get(session, actor, Batch, item.batch_id, lock=True)
    _step(session, actor, batch, [item], STEPS[stage])
    return Scanned(item_code(order.serial, item.position), STEPS[stage], batch.number)


@use_case(Permission.PRODUCTION_WORK)
def fail(session: Session, actor: Actor, *, code: str, reason: str) -> None:
    """Send a card item back to the queue after a failure: one attempt more, one blank consumed.

    Raises:
        NotFound: no card item has this code.
        Conflict: it is not in the making.
        Invalid: no reason is given, or too long a one.
    """
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid(Message("Say in at most {limit} characters what failed.", limit=LONGEST_REASON))
    order, item = _item(session, actor, code)
    if item.stage not in FAILABLE or item.batch_id is None:
        raise Conflict
    batch = tenancy.get(session, actor, Batch, item.batch_id, lock=True)
    progress.fail_items(session, actor, [item], reason=reason)
    audit.record(
        session,
        actor,
        "card:failed",
        subject=item_code(order.serial, item.position),
        account_id=order.account_id,
        batch=batch.number,
    )


@use_case(Permission.PRODUCTION_WORK)
def reconcile(
    session: Session, actor: Actor, *, number: str, issued: int, samples: int, returned: int
) -> None:
    """Account for every blank of a batch: issued = good + rejected + samples + returned.

    Raises:
        NotYet: cards of it are still in the making.
        Invalid: the blanks do not add up; the message says by how many.
        Conflict: it has been reconciled already.
    """
    batch = _batch(session, actor, number)
    left = batch.cards - batch.good - batch.rejected
    if left:
        raise NotYet(
            Message("Batch {number} cannot be closed yet.", number=number),
            [Message("{left} of {total} cards are still in the making.", left=left, total=batch.cards)],
        )
    if min(issued, samples, returned) < 0:
        raise Invalid(Message("Blanks are counted from 0."))
    missing = issued - batch.good - batch.rejected - samples - returned
    if missing:
        raise Invalid(
            Message(
                "{issued} blanks were issued, {used} are accounted for: {missing} apart.",
                issued=issued,
                used=issued - missing,
                missing=abs(missing),
            )
        )
    _follow(batch, BatchState.RUNNING)
    _take_state(batch, BatchState.RECONCILED)
    batch.issued, batch.samples, batch.returned = issued, samples, returned
    _note(session, actor, "batch:reconciled", batch, batch.good)


def _step(session: Session, actor: Actor, batch: Batch, items: Sequence[CardItem], to: Stage) -> None:
    progress.move_items(session, actor, items, to)
    _follow(batch, _BATCH_AT.get(to, BatchState.RUNNING))
    if to is Stage.PRODUCED:
        batch.good += len(items)
        batch.changed_at = clock.now()
        cards.issue(session, items)


def _follow(batch: Batch, to: BatchState) -> None:
    """Walk the batch's own states on to where its cards have come."""
    here = BatchState(batch.state)
    if here in _PATH:
        for state in _PATH[_PATH.index(here) + 1 : _PATH.index(to) + 1]:
            _take_state(batch, state)


def _take_state(batch: Batch, state: BatchState) -> None:
    check_move(BATCH_MOVES, BatchState(batch.state), state)
    batch.state, batch.changed_at = state, clock.now()


def _batch(session: Session, actor: Actor, number: str) -> Batch:
    return tenancy.one(session, tenancy.rows_of(actor, Batch).where(Batch.number == number), lock=True)


def _item(session: Session, actor: Actor, code: str) -> tuple[Order, CardItem]:
    serial, position = parse_item_code(code)
    try:
        order = tenancy.one(session, tenancy.rows_of(actor, Order).where(Order.serial == serial))
        of_order = tenancy.rows_of(actor, CardItem).where(CardItem.order_id == order.id)
        return order, tenancy.one(session, of_order.where(CardItem.position == position))
    except NotFound:
        raise NotFound(Message("There is no card with this code.")) from None


def _note(session: Session, actor: Actor, action: str, batch: Batch, count: int) -> None:
    db.announce(session, News(batch.account_id, "batches", batch.number))
    audit.record(session, actor, action, subject=batch.number, account_id=batch.account_id, cards=count)
