"""The fifty customers of the crowd: a few large ones, many small ones; none of their people can sign in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from sqlmodel import Session

from nexus_portal.demo import derived
from nexus_portal.domain.fields import FieldDefinition, FieldType, Purpose, RetentionClass, to_json
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account, RetentionPolicy
from nexus_portal.models.layouts import Article, Layout
from nexus_portal.models.people import Membership, User

COUNT = 50
DAYS_KEPT = 30
PRICE = 8900
ARTICLE = "PVC card with magnetic stripe"
DEPARTMENTS = ("Lager", "Kontor", "Butik", "Verkstad", "Ledning")
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

_PLACES = derived.words(
    "Alvik Berga Dalby Ekeby Forsa Gränna Hällefors Islinge Järna Kalix Laholm Mora Nora Orsa Pajala Ramnäs "
    "Sala Torsby Umnäs Vansbro Ystad Åmål Älmhult Öland Arvika"
)
_TRADES = ("Logistik", "Vård")


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer as the rows of its orders need it; ids as 32 hex digits."""

    number: str
    account_id: str
    layout_id: str
    article_id: str
    orderer_id: str
    address: str


def customers() -> Sequence[Customer]:
    """All of them, the largest first."""
    return [
        Customer(
            number=number,
            account_id=derived.identifier("account", number).hex,
            layout_id=derived.identifier("layout", number).hex,
            article_id=derived.identifier("article", ARTICLE).hex,
            orderer_id=derived.identifier("user", number).hex,
            address=f"{_name(place)}\nIndustrigatan {place + 1}\n{10000 + 371 * place} {_PLACES[place // 2]}",
        )
        for place, number in enumerate(map(_number, range(COUNT)))
    ]


def shares() -> Sequence[int]:
    """Running totals of the customers' shares in the orders; the largest has about a twelfth of them."""
    return list(accumulate(1000 // (place + 5) for place in range(COUNT)))


def are_there(session: Session) -> bool:
    """True when the crowd has moved in already."""
    return session.get(Account, derived.identifier("account", _number(0))) is not None


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
    for place, number in enumerate(map(_number, range(COUNT))):
        _move_in(session, number, _name(place), article, since)


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


def _number(place: int) -> str:
    return f"5561-{1000 + place}"


def _name(place: int) -> str:
    return f"{_PLACES[place // 2]} {_TRADES[place % 2]}"
