"""What is offered to an account, and at which price: its own rows, or the list where it has none.

The price of the day is asked here by whoever shows, adds or fixes one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from nexus_portal.domain.actor import Actor
from nexus_portal.models.customers import AccountArticle
from nexus_portal.models.layouts import Article
from nexus_portal.services import tenancy


@dataclass(frozen=True, slots=True)
class Priced:
    """An article as one account sees it. `price` in öre without VAT."""

    article: Article
    price: int
    offered: bool

    @property
    def name(self) -> str:
        """What it is called."""
        return self.article.name


def priced(
    session: Session, actor: Actor, account_id: UUID, article_ids: Iterable[UUID] | None = None
) -> dict[UUID, Priced]:
    """Articles at the account's prices, by id, in one statement; all that there are unless some are named."""
    own = (col(AccountArticle.article_id) == col(Article.id)) & (col(AccountArticle.account_id) == account_id)
    chosen = (
        select(AccountArticle.account_id)
        .where(tenancy.within(actor, AccountArticle.account_id), AccountArticle.account_id == account_id)
        .exists()
    )
    query: Any = select(Article, AccountArticle.account_id, AccountArticle.price, chosen).outerjoin(
        AccountArticle, own & tenancy.within(actor, AccountArticle.account_id)
    )
    if article_ids is not None:
        query = query.where(col(Article.id).in_(set(article_ids)))
    execute: Any = session.exec
    rows: Sequence[tuple[Article, UUID | None, int | None, bool]] = list(execute(query))
    return {
        article.id: Priced(
            article,
            article.price if price is None else price,
            article.active and (listed is not None or not narrowed),
        )
        for article, listed, price, narrowed in rows
    }
