"""One card by form: what was typed becomes a draft of one row, right or wrong: nothing typed is lost."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlmodel import Session

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import NotFound
from nexus_portal.domain.fields import check_row
from nexus_portal.domain.lifecycles import Stage
from nexus_portal.domain.numbers import order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.protection import Protection
from nexus_portal.domain.text import Message
from nexus_portal.models.orders import Order
from nexus_portal.services import draft_mending, draft_orders, draft_rows, drafts, layouts, ordering
from nexus_portal.services.draft_rows import NewRow
from nexus_portal.services.drafts import DraftRow
from nexus_portal.services.idempotency import once
from nexus_portal.services.layouts import LayoutRow
from nexus_portal.services.use_case import use_case
from nexus_portal.services.vault_photos import ProcessedPhoto


@dataclass(frozen=True, slots=True, kw_only=True)
class CardForm:
    """What the form sent. `photo_refusal` says why the photo that came cannot be used."""

    values: dict[str, str] = field(repr=False)
    photo: ProcessedPhoto | None = field(default=None, repr=False)
    photo_refusal: Message | None = None
    second_card: bool = False
    protected: bool = False
    """The identity is to be protected."""
    saw: str = ""
    """The version of the row that the form showed."""


@dataclass(frozen=True, slots=True)
class KeptForm:
    """The draft that a form made or changed, and whether nothing is wrong with it."""

    number: str
    ready: bool


@dataclass(frozen=True, slots=True)
class SingleCard:
    """A draft of one card: its order's number, its layout, its row."""

    number: str
    layout: LayoutRow
    row: DraftRow


@use_case(Permission.ORDERS_CREATE)
def keep_form(
    session: Session,
    actor: Actor,
    *,
    form: CardForm,
    layout_id: UUID | None = None,
    item_id: UUID | None = None,
    into: str = "",
    order: bool = False,
    key: str,
) -> KeptForm:
    """Begin a draft of one card in a layout, or replace what the draft's row `item_id` holds.

    With `into` the card joins the draft of that number. With `order` it is ordered at once if nothing is
    wrong. The same `key` does all this once.

    Raises:
        NotFound: the actor's account has no such layout or row.
        NotAllowed: the row is a colleague's.
        Changed: the row was changed since the form showed it; see `mend_row`.
        Conflict: it is on its way already.
    """

    def keep() -> str:
        if item_id is not None:
            draft = _mend(session, actor, item_id, form)
        else:
            draft = _add(session, actor, layout_id, form, into)
        number = order_number(draft.serial)
        ready = not draft_orders.live_items(session, actor, draft, Stage.COLLECTING)
        if ready and order:
            ordering.submit(session, actor, number=number, key=key)
        return f"{number} {'ready' if ready else 'mend'}"

    number, _, state = once(session, actor, key and f"form {key}", keep).partition(" ")
    return KeptForm(number, ready=state == "ready")


@use_case(Permission.ORDERS_CREATE)
def single(session: Session, actor: Actor, *, number: str) -> SingleCard:
    """The actor's draft of one card, for its form; the showing is logged.

    Raises:
        NotFound: no such draft of one card in the actor's account.
        NotAllowed: it is a colleague's.
        Conflict: it is on its way already.
    """
    order = draft_orders.editable(session, actor, number)
    items = draft_orders.live_items(session, actor, order)
    if len(items) != 1:
        raise NotFound(Message("This order has more cards than one: they are on its own page."))
    layout = draft_orders.layout_of_item(session, actor, items[0])
    return SingleCard(
        order_number(order.serial), layout, drafts.draft_row(session, actor, item_id=items[0].id)
    )


def _add(session: Session, actor: Actor, layout_id: UUID | None, form: CardForm, into: str) -> Order:
    if layout_id is None:
        raise NotFound
    layout = layouts.orderable(session, actor, layout_id)
    order = (
        draft_orders.editable(session, actor, into) if into else draft_orders.begin(session, actor, layout)
    )
    checked = check_row(layout.fields, form.values, clock.today())
    refused = draft_rows.refused_photo(layout, form.photo_refusal)
    missing = draft_rows.photo_problem(layout, has_photo=form.photo is not None)
    asked = Protection.ASKED if form.protected else Protection.NONE
    row = NewRow(checked, photo=form.photo, problems=refused or missing, protection=asked)
    draft_rows.add(session, actor, order, layout, [row])
    filled = sorted({*checked.values, *checked.refused})
    done = "draft:card_added" if into else "draft:begun"
    draft_orders.record(session, actor, done, order, cards=1, fields=filled)
    return order


def _mend(session: Session, actor: Actor, item_id: UUID, form: CardForm) -> Order:
    order, item = draft_orders.of_item(session, actor, item_id)
    if form.photo is not None:
        draft_mending.replace_photo(session, actor, item_id=item_id, photo=form.photo)
    draft_mending.mend_row(
        session,
        actor,
        item_id=item_id,
        values=form.values,
        second_card=form.second_card,
        protected=form.protected,
        saw=form.saw,
    )
    refused = draft_rows.refused_photo(draft_orders.layout_of_item(session, actor, item), form.photo_refusal)
    if refused:
        kept = [each for each in draft_rows.kept_problems(item) if each.code not in draft_rows.PHOTO_CODES]
        draft_rows.settle(session, actor, item, [*kept, *refused])
    return order
