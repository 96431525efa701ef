"""What a card holder does with a link: see what is asked for, and send it, once.

These functions run for somebody who has no account, so they carry no permission: the link does. It is looked
up by the portal itself; all else happens in the scope of its account, and no earlier answer is read.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from nexus_portal.adapters import clock, db, throttle
from nexus_portal.adapters.throttle import Limit
from nexus_portal.domain.actor import Actor, Scope
from nexus_portal.domain.fields import FieldDefinition, FieldType, check_row
from nexus_portal.domain.lifecycles import Stage
from nexus_portal.domain.retention import mask_of
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account
from nexus_portal.models.holder_links import HolderLink
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.services import (
    audit,
    draft_orders,
    draft_rows,
    holder_links,
    order_details,
    progress,
    retention_rules,
    tenancy,
    vault,
)
from nexus_portal.services.layouts import LayoutRow
from nexus_portal.services.sessions import system
from nexus_portal.services.vault_photos import ProcessedPhoto

GUESSES = Limit.of("holder-link", "30/5 minutes")
"""Links that lead nowhere, by network address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderForm:
    """What is asked of a holder, by whom, and for how long it is kept; nothing that is known of them."""

    account: str
    layout: str
    fields: tuple[FieldDefinition, ...]
    language: str
    reason: str
    expires_at: datetime
    keeps_days: int | None
    """Days after delivery; None: gone at once when the card is delivered."""

    @property
    def photo(self) -> FieldDefinition | None:
        """The field for the photo, where one is asked for."""
        return next((each for each in self.fields if each.type is FieldType.PHOTO), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a holder sent. `photo_refusal` says why the photo that came cannot be used."""

    values: Mapping[str, str] = field(repr=False)
    photo: ProcessedPhoto | None = field(default=None, repr=False)
    photo_refusal: Message | None = None
    protected: bool = False
    """The holder says that their identity is protected."""


Refusals = Mapping[str, Message]
"""What is wrong, by field key."""


def look(token: str, *, address: str) -> HolderForm:
    """The form behind a link; looking does not use it up.

    Raises:
        Invalid: the link does not work; a used, withdrawn, old or made-up one is told alike.
        TooMany: too many such links were tried from this network address.
    """
    link = _found(token, address)
    with _as_holder(link, writes=False) as (session, actor):
        account = tenancy.get(session, actor, Account, link.account_id)
        order = tenancy.get(session, actor, Order, link.order_id)
        layout = draft_orders.layout_of(session, actor, order)
        rules = retention_rules.rules_of(session, account)
        return HolderForm(
            account=account.name,
            layout=layout.name,
            fields=layout.fields,
            language=link.language,
            reason=link.reason,
            expires_at=link.expires_at,
            keeps_days=rules.longest(mask_of(each.retention for each in layout.fields)) or None,
        )


def send(token: str, answer: Answer, *, address: str) -> Refusals:
    """Take a holder's answer, once: the link is used up and the row waits for review. Else what is wrong.

    Raises:
        Invalid: the link does not work, as in `look`.
        TooMany: too many such links were tried from this network address.
    """
    link = _found(token, address)
    with _as_holder(link) as (session, actor):
        layout = draft_orders.layout_of(
            session, actor, tenancy.get(session, actor, Order, link.order_id, lock=True)
        )
        refusals = _refusals(layout, answer)
        if not refusals:
            _keep(session, actor, link, layout, answer)
    return refusals


def _found(token: str, address: str) -> HolderLink:
    throttle.take(GUESSES, address)
    with system(writes=False) as session:
        link = holder_links.by_secret(session, token)
    throttle.give_back(GUESSES, address)
    return link


@contextmanager
def _as_holder(link: HolderLink, *, writes: bool = True) -> Generator[tuple[Session, Actor]]:
    actor = Actor(scope=Scope.ACCOUNT, account_id=link.account_id, language=link.language)
    with db.current().transaction(actor, writes=writes) as session:
        yield session, actor


def _refusals(layout: LayoutRow, answer: Answer) -> Refusals:
    checked = check_row(layout.fields, answer.values, clock.today())
    refused = draft_rows.refused_photo(layout, answer.photo_refusal)
    missing = draft_rows.photo_problem(layout, has_photo=answer.photo is not None)
    return {each.field: each.message for each in (*checked.problems, *(refused or missing))}


def _keep(session: Session, actor: Actor, link: HolderLink, layout: LayoutRow, answer: Answer) -> None:
    order = tenancy.get(session, actor, Order, link.order_id)
    item = tenancy.get(session, actor, CardItem, link.item_id)
    # Of several at once one goes on; the order may also have been sent since the link was found.
    if item.stage != Stage.COLLECTING or not holder_links.spend(session, link.id):
        raise holder_links.over()
    values = check_row(layout.fields, answer.values, clock.today()).values
    record = draft_rows.record_of(session, actor, item)
    asked = [each.key for each in layout.fields]
    vault.amend(session, record, {key: values.get(key, "") for key in asked}, layout.fields)
    if answer.photo is not None and layout.photo_field is not None:
        vault.put_photo(session, record, answer.photo)
    if answer.protected:
        draft_rows.mark(session, actor, item, protected=True)
    twice = draft_rows.duplicate_problem(session, actor, item, layout, values)
    item.problems = [each.to_json() for each in (holder_links.SENT, *twice)]
    session.add(item)
    session.flush()
    progress.move_items(session, actor, [item], Stage.IN_REVIEW)
    audit.record(
        session,
        actor,
        "holder:answered",
        subject=order_details.order_number(order.serial),
        account_id=order.account_id,
        row=item.position,
        fields=sorted(values),
    )
