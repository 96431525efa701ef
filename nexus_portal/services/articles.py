"""What the bureau has on offer: card blanks and what lies on its shelf, at the prices of its list."""

from sqlmodel import Session, select

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.layouts import Article, ArticleKind
from nexus_portal.services import audit
from nexus_portal.services.use_case import use_case

LONGEST_NUMBER, LONGEST_NAME, LONGEST_TECHNOLOGY = 40, 120, 60
MOST_PRICE = 1_000_000_00


@use_case(Permission.LAYOUTS_MANAGE)
def put(
    session: Session,
    actor: Actor,
    *,
    number: str,
    name: str,
    price: int,
    kind: str = ArticleKind.CARD,
    technology: str = "",
    active: bool = True,
) -> None:
    """Put an article on offer, or change the one of this number; orders keep the prices of their day.

    `price` in öre without VAT. One that is not `active` can be ordered no longer.

    Raises:
        Invalid: a text is missing or too long, the price is out of bounds, or there is no such kind; or the
            article would become one of the other kind.
    """
    number, name, technology = number.strip(), " ".join(name.split()), technology.strip()
    if not (1 <= len(number) <= LONGEST_NUMBER and 1 <= len(name) <= LONGEST_NAME):
        raise Invalid(
            Message(
                "An article needs a number of 1 to {number} and a name of 1 to {name} characters.",
                number=LONGEST_NUMBER,
                name=LONGEST_NAME,
            )
        )
    if kind not in set(ArticleKind) or len(technology) > LONGEST_TECHNOLOGY:
        raise Invalid(Message("An article is a card or an accessory."))
    if not 0 <= price <= MOST_PRICE:
        raise Invalid(Message("Write a price between 0 and {most} SEK.", most=MOST_PRICE // 100))
    article = session.exec(select(Article).where(Article.number == number).with_for_update()).one_or_none()
    if article is not None and article.kind != kind:
        raise Invalid(Message("A card does not become an accessory, nor the other way round."))
    article = article or Article(number=number, name=name, kind=kind, price=price)
    article.name, article.technology, article.price, article.active = name, technology, price, active
    session.add(article)
    session.flush()
    audit.record(session, actor, "article:put", subject=number, price=price)
