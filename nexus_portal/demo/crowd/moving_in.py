"""Making the crowd's accounts, before their orders are written."""

from datetime import datetime

from sqlmodel import Session

from nexus_portal.demo import derived
from nexus_portal.demo.crowd.customers import (
    ARTICLE,
    COUNT,
    DAYS_KEPT,
    DEPARTMENTS,
    PRICE,
    name_of,
    number_of,
)
from nexus_portal.domain.fields import FieldDefinition, FieldType, Purpose, RetentionClass, to_json
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account, RetentionPolicy
from nexus_portal.models.layouts import Article, Layout
from nexus_portal.models.people import Membership, User

FIELDS = (
    FieldDefinition(
        key="name", label_en="Name", label_sv="Namn", type=FieldType.TEXT, required=True,
        purpose=Purpose.PRINTED, retention=RetentionClass.NAME, max_length=60,
    ),
    FieldDefinition(
        key="department", label_en="Department", label_sv="Avdelning", type=FieldType.CHOICE, required=True,
        purpose=Purpose.PRINTED, retention=RetentionClass.OTHER, choices=DEPARTMENTS,
    ),
)  # fmt: skip


def are_there(session: Session) -> bool:
    """True when the crowd has moved in already."""
    return session.get(Account, derived.identifier("account", number_of(0))) is not None


def move_in(session: Session, since: datetime) -> None:
    """Make the accounts with one orderer and one layout each."""
    article = Article(
        id=derived.identifier("article", ARTICLE),
        number="A-200",
        name=ARTICLE,
        technology="HiCo",
        price=PRICE,
    )
    session.add(article)
    session.flush()
    for place, number in enumerate(map(number_of, range(COUNT))):
        _move_in(session, number, name_of(place), article, since)


def _move_in(session: Session, number: str, name: str, article: Article, since: datetime) -> None:
    account = Account(
        id=derived.identifier("account", number),
        number=number,
        name=name,
        retention_policy=RetentionPolicy.DAYS,
        retention_days=DAYS_KEPT,
        created_at=since,
    )
    user = User(
        id=derived.identifier("user", number),
        email=f"order-{number}@crowd.example",
        name=f"Orderer of {name}",
        created_at=since,
    )
    session.add_all([account, user])
    session.flush()
    member = Membership(
        user_id=user.id, account_id=account.id, role=Role.ORDERER, created_at=since, changed_at=since
    )
    layout = Layout(
        id=derived.identifier("layout", number),
        account_id=account.id,
        article_id=article.id,
        name="Staff card",
        fields=[to_json(field) for field in FIELDS],
        created_at=since,
    )
    session.add_all([member, layout])
    session.flush()
