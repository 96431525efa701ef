"""Drafts of layouts from their beginning to their end: begun from nothing, or thrown away."""

import re
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col, select

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, Invalid, NotFound
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account, AccountKind
from nexus_portal.models.layouts import Article, ArticleKind, Layout
from nexus_portal.services import idempotency, layouts_editing, tenancy
from nexus_portal.services.use_case import use_case

LONGEST_NAME = 120
_COLOUR = re.compile("#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Named:
    """Something to choose, by id."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Beginnings:
    """For whom a layout can be begun, and on what."""

    accounts: tuple[Named, ...]
    articles: tuple[Named, ...]


@use_case(Permission.LAYOUTS_MANAGE, reads=True)
def beginnings(session: Session, actor: Actor) -> Beginnings:
    """The customers, and the cards on offer, both by name."""
    customers = tenancy.rows_of(actor, Account).where(Account.kind == AccountKind.CUSTOMER)
    cards = select(Article).where(col(Article.active), Article.kind == ArticleKind.CARD)
    return Beginnings(
        tuple(Named(str(row.id), row.name) for row in session.exec(customers.order_by(col(Account.name)))),
        tuple(Named(str(row.id), row.name) for row in session.exec(cards.order_by(col(Article.name)))),
    )


@use_case(Permission.LAYOUTS_MANAGE)
def begin(
    session: Session, actor: Actor, *, account_id: UUID, article_id: UUID, name: str, colour: str, key: str
) -> str:
    """Begin a layout from nothing, without a field, in the plain design with a bar of this colour: its id.

    `colour` is written like `#3e63dd`. The same `key` does this once.

    Raises:
        NotFound: there is no such customer, or no such card on offer.
        Invalid: the name is empty or too long, or that is no colour.
        Conflict: the customer has a layout of this name.
    """
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise Invalid(Message("A layout has a name of at most {most} characters.", most=LONGEST_NAME))
    if not _COLOUR.fullmatch(colour):
        raise Invalid(Message("A colour is written like #1c2024."))
    return idempotency.once(
        session, actor, key, lambda: _begin(session, actor, account_id, article_id, (name, colour))
    )


def _begin(session: Session, actor: Actor, account_id: UUID, article_id: UUID, named: tuple[str, str]) -> str:
    name, colour = named
    # Held, so that of two who choose the same name at once the second sees the first one's layout.
    account = tenancy.get(session, actor, Account, account_id, lock=True)
    article = session.get(Article, article_id)
    is_card = article is not None and article.active and article.kind == ArticleKind.CARD
    if account.kind != AccountKind.CUSTOMER or not is_card:
        raise NotFound
    same = tenancy.rows_of(actor, Layout).where(Layout.account_id == account.id, Layout.name == name)
    if session.exec(same.limit(1)).first() is not None:
        raise Conflict(
            Message("{account} has a layout of this name. Begin a new version of it.", account=account.name)
        )
    draft = Layout(
        account_id=account.id,
        article_id=article_id,
        name=name,
        fields=[],
        colour=colour,
        active=False,
        created_at=clock.now(),
    )
    session.add(draft)
    session.flush()
    layouts_editing.note(session, actor, "layout:begun", draft)
    return str(draft.id)


@use_case(Permission.LAYOUTS_MANAGE)
def discard(session: Session, actor: Actor, *, layout_id: UUID, seen: str) -> None:
    """Throw a draft away. Versions before it stay as they are; no order was ever made in it.

    Raises:
        NotFound: there is no such layout.
        Conflict: it is no draft, or somebody else changed it since the stamp `seen`.
    """
    draft = layouts_editing.draft_of(session, actor, layout_id, seen)
    layouts_editing.note(session, actor, "layout:discarded", draft)
    session.delete(draft)
    session.flush()
