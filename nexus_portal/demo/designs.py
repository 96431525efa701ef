"""What the demo's customers order: two articles, one layout each, and the persons who fit them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from random import Random
from uuid import UUID

from sqlmodel import Session

from nexus_portal.demo import card_faces, derived
from nexus_portal.demo.cast import POWER, SCHOOL, Organisation
from nexus_portal.demo.persons import person
from nexus_portal.domain import card_design
from nexus_portal.domain.card_design import CardDesign
from nexus_portal.domain.fields import FieldDefinition, FieldType, Purpose, RetentionClass, to_json
from nexus_portal.models.layouts import Article, ArticleKind, Layout

T, P, K = FieldType, Purpose, RetentionClass
DEPARTMENTS = ("Drift", "Elnät", "Fjärrvärme", "Kundservice", "Projekt", "Underhåll")


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """A layout with its article. `price` in öre."""

    name: str
    owner: Organisation
    article: str
    technology: str
    price: int
    colour: str
    fields: tuple[FieldDefinition, ...]
    holder: Callable[[Random, date], Mapping[str, str]]
    design: CardDesign

    @property
    def id(self) -> UUID:
        """Of the layout, the same each time."""
        return derived.identifier("layout", self.owner.number, self.name)


def _pupil(dice: Random, today: date) -> Mapping[str, str]:
    pupil = person(dice, ages=(7, 15), today=today)
    year = today.year - pupil.born.year - 6
    return {
        "name": pupil.name,
        "personal_number": pupil.number,
        "class": f"{min(9, max(1, year))}{dice.choice('ABC')}",
    }


def _employee(dice: Random, today: date) -> Mapping[str, str]:
    return {"name": person(dice, ages=(19, 66), today=today).name, "department": dice.choice(DEPARTMENTS)}


_NAME = FieldDefinition(
    key="name", label_en="Name", label_sv="Namn", type=T.TEXT, required=True,
    purpose=P.PRINTED, retention=K.NAME, max_length=60,
)  # fmt: skip
_PHOTO = FieldDefinition(
    key="photo", label_en="Photo", label_sv="Foto", type=T.PHOTO, required=True,
    purpose=P.PRINTED, retention=K.PHOTO,
)  # fmt: skip

SCHOOL_ID = Design(
    name="School ID",
    owner=SCHOOL,
    article="PVC card, printed both sides",
    technology="none",
    price=4900,
    colour="#2f7d5b",
    holder=_pupil,
    fields=(
        _NAME,
        FieldDefinition(
            key="personal_number", label_en="Personal number", label_sv="Personnummer",
            type=T.PERSONAL_NUMBER, required=True, purpose=P.PRINTED, retention=K.PERSONAL_NUMBER,
            max_length=13,
            reason="Pupils show the card on the county's buses, whose staff check age and identity by it.",
        ),
        FieldDefinition(
            key="class", label_en="Class", label_sv="Klass", type=T.TEXT, required=True,
            purpose=P.SORTING, retention=K.OTHER, max_length=10,
        ),
        _PHOTO,
    ),
    design=card_faces.SCHOOL,
)  # fmt: skip
ACCESS_CARD = Design(
    name="Access card",
    owner=POWER,
    article="Access card MIFARE DESFire EV3",
    technology="MIFARE DESFire EV3",
    price=11900,
    colour="#3e63dd",
    holder=_employee,
    fields=(
        _NAME,
        FieldDefinition(
            key="department", label_en="Department", label_sv="Avdelning", type=T.CHOICE, required=True,
            purpose=P.PRINTED, retention=K.OTHER, choices=DEPARTMENTS,
        ),
        _PHOTO,
    ),
    design=card_faces.POWER,
)  # fmt: skip
DESIGNS = (SCHOOL_ID, ACCESS_CARD)
LANYARD, CARD_HOLDER = "Lanyard, recycled polyester", "Card holder, hard plastic"
ACCESSORIES = (("B-201", LANYARD, 2900), ("B-202", CARD_HOLDER, 1500))
"""Number, name and price in öre of what lies on the bureau's shelf."""


def put_on_offer(session: Session, since: datetime) -> None:
    """Make the articles and layouts, and the accessories."""
    for code, name, price in ACCESSORIES:
        identifier = derived.identifier("article", name)
        session.add(Article(id=identifier, number=code, name=name, kind=ArticleKind.ACCESSORY, price=price))
    for number, design in enumerate(DESIGNS, start=1):
        article = Article(
            id=derived.identifier("article", design.article),
            number=f"A-{100 + number}",
            name=design.article,
            technology=design.technology,
            price=design.price,
        )
        session.add(article)
        session.flush()
        session.add(
            Layout(
                id=design.id,
                account_id=design.owner.id,
                article_id=article.id,
                name=design.name,
                fields=[to_json(field) for field in design.fields],
                colour=design.colour,
                design=card_design.to_json(design.design),
                published_at=since,
                created_at=since,
            )
        )
