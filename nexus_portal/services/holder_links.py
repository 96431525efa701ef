"""What a card holder's link is good for: one person's fields, once, for some days.

Its secret is made from the link's id under the master key, so that a reminder can carry the same link again
while the database holds no more than its hash.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, delete, func, update
from sqlmodel import Session, col, select

from nexus_portal import settings
from nexus_portal.adapters import clock, sealing
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.fields import Problem, ProblemCode
from nexus_portal.domain.lifecycles import EDITABLE, Stage
from nexus_portal.domain.text import Message
from nexus_portal.models.base import new_id
from nexus_portal.models.holder_links import HolderLink
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import outbox, tenancy, vault, vault_contacts

PURPOSE = "holder-link"
DAYS, MOST_DAYS = 14, 60
ASKED = Problem("", ProblemCode.HOLDER_ASKED, Message("Waits for the card holder."))
SENT = Problem("", ProblemCode.HOLDER_SENT, Message("The card holder has answered. Look it over."))


def secret_of(link_id: UUID) -> str:
    """The secret of a link: 256 bits that nobody finds without the master key."""
    digest = hmac.digest(sealing.hmac_key(PURPOSE), link_id.bytes, "sha256")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def hash_of(token: str) -> str:
    """What the database knows of a link."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def address(link_id: UUID) -> str:
    """The address to open. The secret stands behind the `#`, which browsers send to no server and no log."""
    return f"{settings.current().base_url}/assets/my-card/#{secret_of(link_id)}"


def over() -> Invalid:
    """The refusal of a link that leads nowhere: used, withdrawn, too old and made up are told alike."""
    return Invalid(
        Message(
            "This link does not work, or not any more. If you have sent your details, they have arrived. "
            "Otherwise ask whoever orders your card for a new link."
        )
    )


def unused() -> ColumnElement[bool]:
    """The condition of links that were neither used nor ended; they may be too old all the same."""
    return col(HolderLink.submitted_at).is_(None) & col(HolderLink.ended_at).is_(None)


def by_secret(session: Session, token: str) -> HolderLink:
    """The link that works behind a secret, in one statement whatever comes; for the portal's own transaction.

    Raises:
        Invalid: there is none; see `over`.
    """
    query = (
        select(HolderLink)
        .join(CardItem, col(CardItem.id) == col(HolderLink.item_id))
        .join(Order, col(Order.id) == col(CardItem.order_id))
        .where(
            HolderLink.token_hash == hash_of(token),
            unused(),
            HolderLink.expires_at > clock.now(),
            CardItem.stage == Stage.COLLECTING,
            col(Order.fulfilment).in_(EDITABLE),
        )
    )
    link = session.exec(query).one_or_none()
    if link is None:
        raise over()
    return link


def make(
    session: Session, item: CardItem, *, by: UUID, language: str, lifetime: timedelta, reason: str = ""
) -> HolderLink:
    """A link for the holder of a card item; those before it end."""
    end(session, [item.id])
    now, link_id = clock.now(), new_id()
    link = HolderLink(
        id=link_id,
        account_id=item.account_id,
        order_id=item.order_id,
        item_id=item.id,
        token_hash=hash_of(secret_of(link_id)),
        language=language,
        created_by=by,
        created_at=now,
        expires_at=now + lifetime,
        reason=reason,
    )
    session.add(link)
    session.flush()
    return link


def renewed(link: HolderLink) -> str:
    """The address of a link; after a change of the master key it is another one from then on."""
    link.token_hash = hash_of(secret_of(link.id))
    return address(link.id)


def spend(session: Session, link_id: UUID) -> bool:
    """Use a link up: True for one of all that try."""
    now = clock.now()
    spent = session.exec(
        update(HolderLink)
        .where(col(HolderLink.id) == link_id, unused(), col(HolderLink.expires_at) > now)
        .values(submitted_at=now)
        .execution_options(synchronize_session=False)
    )
    return spent.rowcount == 1


def end(session: Session, item_ids: Sequence[UUID]) -> None:
    """End the links of card items; what was submitted stays submitted."""
    for chunk in vault.chunks(item_ids):
        session.exec(
            update(HolderLink)
            .where(col(HolderLink.item_id).in_(chunk), unused())
            .values(ended_at=clock.now())
            .execution_options(synchronize_session="fetch")
        )


def waits(item: CardItem) -> bool:
    """True while the row waits for its holder rather than for the person who orders."""
    asked = any(problem["code"] == ProblemCode.HOLDER_ASKED for problem in item.problems or ())
    return asked and item.stage == Stage.COLLECTING


def waiting() -> ColumnElement[bool]:
    """The condition of card items that `waits` is true of."""
    said = func.coalesce(cast(col(CardItem.problems), Text), "")
    return (col(CardItem.stage) == Stage.COLLECTING) & said.contains(f'"{ProblemCode.HOLDER_ASKED}"')


def close_all(session: Session, actor: Actor, order_id: UUID) -> None:
    """An order is on its way: nobody of its holders is asked any more."""
    query = tenancy.rows_of(actor, HolderLink).where(HolderLink.order_id == order_id)
    close(session, actor, sorted({link.item_id for link in session.exec(query)}))


def close(session: Session, actor: Actor, item_ids: Sequence[UUID]) -> None:
    """Nobody is asked any more: links end, waiting mails and the holders' addresses go."""
    end(session, item_ids)
    records = vault_contacts.records_of(session, actor, item_ids)
    outbox.drop_of_holders(session, [record.id for record in records.values()])
    vault_contacts.forget(session, item_ids)


def remove(session: Session, item_ids: Sequence[UUID]) -> None:
    """Delete every trace of the links of card items, which are about to go themselves."""
    for chunk in vault.chunks(item_ids):
        records = session.exec(select(HolderRecord.id).where(col(HolderRecord.item_id).in_(chunk))).all()
        outbox.drop_of_holders(session, records)
        session.connection().execute(delete(HolderLink).where(col(HolderLink.item_id).in_(chunk)))


def carry_over(session: Session, item_ids: Sequence[UUID], order_id: UUID) -> None:
    """Card items go on in another draft: so do their links."""
    for chunk in vault.chunks(item_ids):
        mine = col(HolderLink.item_id).in_(chunk)
        session.connection().execute(update(HolderLink).where(mine).values(order_id=order_id))
