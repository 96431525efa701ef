"""What somebody types to find an order: a part of its number, words of its reference or cost centre.

Both are found by stretches of an index, however many orders there are and however little was typed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, literal, select
from sqlmodel import col

from nexus_portal.domain.numbers import YEAR
from nexus_portal.domain.order_words import words_of
from nexus_portal.models.orders import Order, OrderWord
from nexus_portal.services import order_words
from nexus_portal.services.history_wanted import LONGEST

KEPT_BY = order_words.__name__
"""Who keeps the words that are read here; importing it makes it hear of each order that is written."""
MOST_TERMS = 6
MOST_WORDS = 48
"""So many words with the same beginning are read one by one, each by its newest orders."""
MOST_YEARS = 12
_DIGITS = 6
_SHOWN_DIGITS = 5
_FORMS = (1, 2, 3, 4, 6, 12, 24, MOST_WORDS)
_ENOUGH = 5_000
"""So many orders of a term are counted to find the rarest: an index entry each, a millisecond or two."""


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for: stretches of serials, or orders with a word and the beginnings of others."""

    ranges: Sequence[tuple[int, int]] = ()
    words: Sequence[str] = ()
    """The words that are there with the rarest beginning, but no more than one beyond `MOST_WORDS`."""
    driver: str = ""
    terms: Sequence[str] = ()

    @property
    def many(self) -> bool:
        """True when the words with the beginning are too many to be read one by one."""
        return len(self.words) > MOST_WORDS

    def values(self, *, gathered: bool) -> dict[str, Any]:
        """What a statement is given for it, under the names of its parameters; see `Shape.gathered`."""
        found: dict[str, Any] = {"first": self.driver, "beyond": beyond(self.driver)}
        for place, term in enumerate(self.terms):
            found |= {f"from{place}": term, f"before{place}": beyond(term)}
        if gathered:
            lows, highs = ([each[end] for each in self.ranges] for end in (0, 1))
            return found | {"words": self.words, "lows": lows, "highs": highs}
        for place, word in enumerate(self.one_by_one):
            found[f"word{place}"] = word
        for place, (low, high) in enumerate(self.ranges):
            found |= {f"low{place}": low, f"high{place}": high}
        return found

    @property
    def one_by_one(self) -> Sequence[str]:
        """The words as a statement with a branch for each is given them; none if there are too many."""
        return () if self.many else _padded(self.words)


def beyond(term: str) -> str:
    """What sorts after every word that begins so."""
    return term + "\U0010ffff"


def search(connection: Connection, account_id: Any, text: str) -> Search | None:
    """What a typed text looks for in an account; None: nothing can match."""
    text = text.strip()
    terms = words_of(text)
    if len(text) > LONGEST or "\0" in text or not terms or len(terms) > MOST_TERMS:
        return None
    ranges = _ranges(connection, account_id, text)
    driver = _rarest(connection, account_id, terms)
    words = _words(connection, account_id, driver) if driver else []
    if not ranges and not words:
        return None
    others = [term for term in terms if term != driver] if driver else []
    return Search(ranges, words, driver if words else "", others if words else ())


def _padded(words: Sequence[str]) -> list[str]:
    """A few lengths only, so that statements are met again; a word that stands twice adds nothing."""
    if not words:
        return []
    length = next(form for form in _FORMS if form >= len(words))
    return [*words, *[words[-1]] * (length - len(words))]


def _rarest(connection: Connection, account_id: Any, terms: Sequence[str]) -> str:
    """The term with fewest orders, nothing when one has none."""
    if len(terms) == 1:
        return terms[0]
    counts = [
        select(func.count())
        .select_from(select(literal(1)).where(*_beginning(account_id, term)).limit(_ENOUGH).subquery())
        .scalar_subquery()
        for term in terms
    ]
    found = connection.execute(select(*counts)).one()
    if 0 in found:
        return ""
    return min(zip(found, terms, strict=True), key=lambda pair: (pair[0], -len(pair[1])))[1]


def _words(connection: Connection, account_id: Any, term: str) -> list[str]:
    """The words that begin so, a step of the index each; one more than are read one by one, if there are."""
    first = select(func.min(OrderWord.word).label("word")).where(*_beginning(account_id, term))
    steps = first.cte("steps", recursive=True)
    following = select(func.min(OrderWord.word)).where(
        col(OrderWord.account_id) == account_id,
        col(OrderWord.word) > steps.c.word,
        col(OrderWord.word) < beyond(term),
    )
    steps = steps.union_all(select(following.scalar_subquery()).where(steps.c.word.is_not(None)))
    query = select(steps.c.word).where(steps.c.word.is_not(None)).limit(MOST_WORDS + 1)
    return list(connection.execute(query).scalars())


def _beginning(account_id: Any, term: str) -> tuple[Any, ...]:
    return (
        col(OrderWord.account_id) == account_id,
        col(OrderWord.word) >= term,
        col(OrderWord.word) < beyond(term),
    )


def _ranges(connection: Connection, account_id: Any, text: str) -> list[tuple[int, int]]:
    year, dash, number = text.partition("-")
    if not (text.replace("-", "", 1).isascii() and text.replace("-", "", 1).isdecimal()):
        return []
    if dash:
        if len(year) != 4 or len(number) > _DIGITS:  # noqa: PLR2004 - a year
            return []
        return _of_year(int(year), number)
    if len(text) > _DIGITS:
        return []
    first, last = _years(connection, account_id)
    found = [
        stretch
        for each in range(last, max(first - 1, last - MOST_YEARS), -1)
        for stretch in (_of_year(each, text) if text.startswith("0") else _of_any_length(each, text))
    ]
    return found or []


def _of_year(year: int, begun: str) -> list[tuple[int, int]]:
    """The numbers of a year whose five or six digits begin so."""
    if not begun:
        return [(year * YEAR, year * YEAR + YEAR - 1)]
    found: list[tuple[int, int]] = []
    for length in (_SHOWN_DIGITS, _DIGITS):
        if len(begun) <= length and not (length == _DIGITS and begun.startswith("0")):
            step = 10 ** (length - len(begun))
            found.append((year * YEAR + int(begun) * step, year * YEAR + int(begun) * step + step - 1))
    return found


def _of_any_length(year: int, begun: str) -> list[tuple[int, int]]:
    """The numbers of a year that begin so when they are written without noughts before them."""
    steps = [10**more for more in range(_DIGITS - len(begun) + 1)]
    return [(year * YEAR + int(begun) * step, year * YEAR + int(begun) * step + step - 1) for step in steps]


def _years(connection: Connection, account_id: Any) -> tuple[int, int]:
    """The years of the account's oldest and newest order."""
    own = col(Order.account_id) == account_id
    query = select(
        select(func.min(Order.serial)).where(own).scalar_subquery(),
        select(func.max(Order.serial)).where(own).scalar_subquery(),
    )
    first, last = connection.execute(query).one()
    return (first // YEAR, last // YEAR) if first else (0, -1)
