"""Mending a draft: one row at a time, or by leaving the bad rows for another day."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Changed, Conflict, Invalid, NotAllowed
from nexus_portal.domain.fields import CheckedRow, Problem, ProblemCode, check_row
from nexus_portal.domain.lifecycles import Stage
from nexus_portal.domain.numbers import order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.protection import HANDLED
from nexus_portal.domain.text import Message
from nexus_portal.models.orders import CardItem, OrderLine, Transition
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import draft_orders, draft_rows, drafts, holder_links, import_duplicates, vault
from nexus_portal.services.drafts import DraftRow
from nexus_portal.services.layouts import LayoutRow
from nexus_portal.services.use_case import use_case
from nexus_portal.services.vault_photos import ProcessedPhoto


@use_case(Permission.ORDERS_CREATE)
def mend_row(
    session: Session,
    actor: Actor,
    *,
    item_id: UUID,
    values: dict[str, str],
    second_card: bool = False,
    protected: bool | None = None,
    saw: str = "",
) -> DraftRow:
    """Replace values of a row and check it anew: it becomes ready, or says what is still wrong and where.

    What was typed is kept either way. `second_card` orders a card for somebody who has one or awaits one.
    `protected` says whether the identity is to be protected once the order is sent; `None` leaves that.
    `saw` is the version of the row that the form showed: what was written since is not written over unseen.

    Raises:
        NotFound: no such row in the actor's account.
        NotAllowed: it is a colleague's.
        Changed: the row was changed since, and not to what was typed.
        Conflict: the order is on its way already.
    """
    order, item = draft_orders.of_item(session, actor, item_id)
    layout = draft_orders.layout_of_item(session, actor, item)
    before = vault.open_many(session, actor, [item_id]).get(item_id)
    if vault.hidden(session, actor, [item_id]):
        raise NotAllowed(HANDLED)
    if before is None:
        raise Conflict(Message("The personal data of this order was removed; make a new order instead."))
    if saw and saw != draft_rows.version(item_id, drafts.typed_values(layout, before)):
        _refuse_to_write_over(layout, before, values)
    changed = change(session, actor, item, layout, before=before, values=values, second_card=second_card)
    if protected is not None:
        draft_rows.mark(session, actor, item, protected=protected)
    draft_orders.record(session, actor, "draft:row_mended", order, row=item.position, fields=changed)
    return drafts.draft_row(session, actor, item_id=item_id)


def change(
    session: Session,
    actor: Actor,
    item: CardItem,
    layout: LayoutRow,
    *,
    before: Mapping[str, str],
    values: Mapping[str, str],
    second_card: bool | None = None,
) -> list[str]:
    """Give a row of the actor's own draft other values and settle it anew; gives the keys that changed.

    Without `second_card` a row that stays as it was is left alone.
    """
    checked, now = _checked(layout, before, values)
    changed = _differing(before, now)
    if not changed and second_card is None:
        return changed
    vault.amend(session, draft_rows.record_of(session, actor, item), now, layout.fields)
    twice = () if second_card else _twice(session, actor, item, layout, before=before, checked=checked)
    photo = draft_rows.photo_problem(layout, has_photo=item.id in draft_rows.with_photo(session, [item.id]))
    draft_rows.settle(session, actor, item, [*checked.problems, *twice, *photo])
    return changed


@use_case(Permission.ORDERS_CREATE)
def replace_photo(session: Session, actor: Actor, *, item_id: UUID, photo: ProcessedPhoto) -> DraftRow:
    """Give a row its photo, in place of an earlier one; see `mend_row` for what is refused."""
    order, item = draft_orders.of_item(session, actor, item_id)
    if draft_orders.layout_of_item(session, actor, item).photo_field is None:
        raise Invalid(Message("Cards of this layout carry no photo."))
    vault.put_photo(session, draft_rows.record_of(session, actor, item), photo)
    left = [each for each in draft_rows.kept_problems(item) if each.code not in draft_rows.PHOTO_CODES]
    draft_rows.settle(session, actor, item, left)
    draft_rows.count_anew(session, actor, order)
    draft_orders.record(session, actor, "draft:photo_replaced", order, row=item.position)
    return drafts.draft_row(session, actor, item_id=item_id)


@use_case(Permission.ORDERS_CREATE)
def remove_row(session: Session, actor: Actor, *, item_id: UUID) -> None:
    """Throw one row of a draft away, with everything that is known of its person; see `mend_row`."""
    order, item = draft_orders.of_item(session, actor, item_id)
    row = item.position
    draft_rows.take_away(session, actor, order, [item])
    draft_orders.record(session, actor, "draft:row_removed", order, row=row)


@use_case(Permission.ORDERS_CREATE)
def leave_out_bad_rows(session: Session, actor: Actor, *, number: str) -> str:
    """Move the rows that still have something wrong to a new draft, so that nothing is lost: its number.

    Raises:
        Invalid: nothing is wrong with any row, or with every one.
    """
    order = draft_orders.editable(session, actor, number)
    bad = draft_orders.live_items(session, actor, order, Stage.COLLECTING, Stage.IN_REVIEW)
    if not bad:
        raise Invalid(Message("Every row is ready: nothing has to be left out."))
    if not draft_orders.live_items(session, actor, order, Stage.READY):
        raise Invalid(Message("No row is ready yet. Mend at least one first."))
    layouts = draft_orders.layouts_of(session, actor, order)
    other = draft_orders.begin(session, actor, layouts[bad[0].layout_id])
    other.reference, other.cost_centre = order.reference, order.cost_centre
    other.delivery_address = order.delivery_address
    session.add(other)
    session.flush()
    rows = {item.source_row or item.position for item in draft_orders.live_items(session, actor, order)}
    for layout_id, layout in layouts.items():
        moved = [item for item in bad if item.layout_id == layout_id]
        if moved:
            _carry_over(session, moved, draft_orders.line_for(session, actor, other, layout))
    draft_rows.count_anew(session, actor, other)
    draft_rows.count_anew(session, actor, order)
    draft_rows.compare_anew(session, actor, other, rows)
    left = order_number(other.serial)
    draft_orders.record(session, actor, "draft:rows_left_out", order, cards=len(bad))
    draft_orders.record(session, actor, "draft:begun", other, cards=len(bad))
    return left


def _checked(
    layout: LayoutRow, before: Mapping[str, str], values: Mapping[str, str]
) -> tuple[CheckedRow, dict[str, str]]:
    typed = {each.key: values[each.key] for each in drafts.text_fields(layout) if each.key in values}
    checked = check_row(layout.fields, {**before, **typed}, clock.today())
    return checked, drafts.typed_values(layout, {**checked.refused, **checked.values})


def _differing(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    return sorted(key for key in now if now[key] != before.get(key, ""))


def _refuse_to_write_over(layout: LayoutRow, before: Mapping[str, str], values: Mapping[str, str]) -> None:
    _, now = _checked(layout, before, values)
    if _differing(before, now):
        raise Changed(
            Message("This row was changed meanwhile, perhaps in another tab. What you typed is still here.")
        )


def _twice(
    session: Session,
    actor: Actor,
    item: CardItem,
    layout: LayoutRow,
    *,
    before: Mapping[str, str],
    checked: CheckedRow,
) -> tuple[Problem, ...]:
    """Whether the person is here twice; a second card that was wanted before is not asked about again."""
    field = import_duplicates.number_field(layout.fields)
    same = field is not None and checked.values.get(field.key) == before.get(field.key)
    flagged = any(each.code is ProblemCode.DUPLICATE for each in draft_rows.kept_problems(item))
    if same and not flagged:
        return ()
    return draft_rows.duplicate_problem(session, actor, item, layout, checked.values)


def _carry_over(session: Session, items: list[CardItem], line: OrderLine) -> None:
    # Past the session: it would compare every row that it holds with every statement.
    connection, to = session.connection(), {"order_id": line.order_id}
    for chunk in vault.chunks([item.id for item in items]):
        mine = col(CardItem.id).in_(chunk)
        connection.execute(update(CardItem).where(mine).values(**to, line_id=line.id))
        connection.execute(update(Transition).where(col(Transition.item_id).in_(chunk)).values(**to))
        connection.execute(update(HolderRecord).where(col(HolderRecord.item_id).in_(chunk)).values(**to))
    holder_links.carry_over(session, [item.id for item in items], line.order_id)
    for item in items:
        session.expunge(item)
