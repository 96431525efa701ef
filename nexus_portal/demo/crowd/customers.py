"""The fifty customers of the crowd: a few large ones, many small ones; none of their people can sign in."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from nexus_portal.demo import derived

COUNT = 50
DAYS_KEPT = 30
PRICE = 8900
ARTICLE = "PVC card with magnetic stripe"
DEPARTMENTS = ("Lager", "Kontor", "Butik", "Verkstad", "Ledning")
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
            address=f"{name_of(place)}\nIndustrigatan {place + 1}\n{_PLACES[place // 2]}",
        )
        for place, number in enumerate(map(number_of, range(COUNT)))
    ]


def shares() -> Sequence[int]:
    """Running totals of the customers' shares in the orders; the largest has about a twelfth of them."""
    return list(accumulate(1000 // (place + 5) for place in range(COUNT)))


def number_of(place: int) -> str:
    """The account number of the customer at this place."""
    return f"5561-{1000 + place}"


def name_of(place: int) -> str:
    """Its name."""
    return f"{_PLACES[place // 2]} {_TRADES[place % 2]}"
