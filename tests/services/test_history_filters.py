"""Every filter, sort and search of the order history, against a plain Python filter over the same orders."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.lifecycles import Billing, Fulfilment, PersonalData
from nexus_portal.domain.numbers import order_number
from nexus_portal.domain.order_words import words_of
from nexus_portal.domain.permissions import Role
from nexus_portal.models.orders import Order, OrderLine
from nexus_portal.services import history, history_statements, order_search
from nexus_portal.services.draft_orders import own_account, own_user
from nexus_portal.services.history import OrderRow, Wanted
from nexus_portal.services.history_wanted import SORTS
from nexus_portal.services.use_case import perform
from tests.world import World

ORDERS = 130
REFERENCES = ("New staff", "New pupils 7A", "Förskolan Björken", "Högsby 412", "")


class History:
    """An account with orders of every kind, beside another account with the like."""

    def __init__(self, world: World) -> None:
        account = world.account()
        self.reader = world.person(Role.ORDERER, account)
        self.people = [self.reader, world.person(Role.APPROVER, account)]
        self.layouts = [world.layout(account), world.layout(account)]
        self.orders: list[tuple[Order, set[str]]] = []
        stranger = world.person(Role.ORDERER, world.account("Nordhamn Energi"))
        chance = Random(7)
        lines: list[OrderLine] = []
        with world.database.transaction(SYSTEM) as session:
            for number in range(ORDERS):
                order = self._order(chance, number, chance.choice(self.people))
                chosen = [chance.choice(self.layouts) for _ in range(chance.randint(1, 3))]
                lines += [self._line(order, layout) for layout in chosen]
                self.orders.append((order, {str(layout.article_id) for layout in chosen}))
                session.add_all([order, self._order(chance, 500_000 + number, stranger)])
            session.flush()
            session.add_all(lines)

    def _order(self, chance: Random, number: int, who: Actor) -> Order:
        year, begun = 2025 + number * 2 // ORDERS, clock.now() + timedelta(hours=7 * (number - ORDERS))
        return Order(
            account_id=own_account(who),
            serial=min(year, 2026) * 1_000_000 + 380 + number,
            orderer_id=own_user(who),
            reference=chance.choice(REFERENCES),
            cost_centre=chance.choice(("1200", "1210", "4120", "Lager Ö")),
            fulfilment=chance.choice((Fulfilment.DRAFT, Fulfilment.SHIPPED, Fulfilment.CLOSED)),
            billing=chance.choice(list(Billing)[:3]),
            personal_data=chance.choice(list(PersonalData)),
            cards=3,
            erase_on=chance.choice((None, clock.today() + timedelta(days=chance.randint(0, 9)))),
            created_at=begun,
            changed_at=begun + timedelta(hours=chance.randint(0, 400) // 40),
        )

    def _line(self, order: Order, layout: Any) -> OrderLine:
        return OrderLine(
            account_id=order.account_id,
            order_id=order.id,
            article_id=layout.article_id,
            layout_id=layout.id,
            serial=order.serial,
            quantity=1,
            unit_price=0,
        )

    def expected(self, wanted: Wanted) -> list[str]:
        """The numbers of the orders that are wanted, in their order."""
        found = [order for order, articles in self.orders if fits(order, articles, wanted)]
        if wanted.sorting == "goes":
            found = [order for order in found if order.erase_on and order.personal_data != "erased"]
        key = {
            "number": lambda order: order.serial,
            "changed": lambda order: (order.changed_at, order.serial),
            "goes": lambda order: (order.erase_on, order.serial),
        }[wanted.sorting.lstrip("-")]
        found.sort(key=key, reverse=wanted.sorting.startswith("-"))
        return [order_number(order.serial) for order in found]


def fits(order: Order, articles: set[str], wanted: Wanted) -> bool:
    """The plain filter."""
    day = order.created_at.date().isoformat()
    return (
        all(
            getattr(wanted, name) in {"", str(value)}
            for name, value in (
                ("fulfilment", order.fulfilment),
                ("billing", order.billing),
                ("personal_data", order.personal_data),
                ("orderer", order.orderer_id),
                ("cost_centre", order.cost_centre),
            )
        )
        and (not wanted.article or wanted.article in articles)
        and (not wanted.since or day >= wanted.since)
        and (not wanted.until or day <= wanted.until)
        and (not wanted.search.strip() or matches(order, wanted.search.strip()))
    )


def matches(order: Order, text: str) -> bool:
    """The plain search."""
    written = words_of(order.reference, order.cost_centre)
    by_words = all(any(word.startswith(term) for word in written) for term in words_of(text))
    if not words_of(text):
        return False
    number = order_number(order.serial)
    digits = text.isascii() and text.isdecimal()
    by_number = ("-" in text and number.startswith(text)) or (
        digits
        and (number[5:].startswith(text) if text.startswith("0") else str(int(number[5:])).startswith(text))
    )
    return by_words or by_number


@pytest.fixture
def past(world: World) -> History:
    return History(world)


def walked(reader: Actor, wanted: Wanted) -> Iterator[OrderRow]:
    """All rows, page by page; each page leads back to the one before."""
    cursor, before = "", None
    while True:
        page = perform(history.orders, reader, wanted=wanted, cursor=cursor)
        yield from page.rows
        if before is not None:
            back = perform(history.orders, reader, wanted=wanted, cursor=page.newer, counting=False)
            assert back.rows == before
        cursor, before = page.older, page.rows
        if not cursor:
            return


def agree(past: History, sort: str) -> None:
    """What is wanted in this order is what the plain filter finds, whatever is wanted."""

    @settings(
        max_examples=25,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        st.builds(
            Wanted,
            fulfilment=st.sampled_from(("", "", "draft", "closed", "delivered")),
            billing=st.sampled_from(("", "", "unbilled", "paid")),
            personal_data=st.sampled_from(("", "", "full", "erased")),
            orderer=st.sampled_from(("", "", *(str(person.user_id) for person in past.people))),
            cost_centre=st.sampled_from(("", "", "1200", "Lager Ö")),
            article=st.sampled_from(("", "", *(str(layout.article_id) for layout in past.layouts))),
            since=st.sampled_from(("", "", "2026-02-10")),
            until=st.sampled_from(("", "", "2026-02-20", "2026-01-01")),
            sort=st.just(sort),
        )
    )
    @example(Wanted(sort=sort))
    def agrees(wanted: Wanted) -> None:
        rows = [row.number for row in walked(past.reader, wanted)]
        assert rows == past.expected(wanted)
        assert perform(history.count_all, past.reader, wanted=wanted) == len(rows)

    agrees()


def test_what_is_wanted_is_found_in_its_order(past: History) -> None:
    assert len(past.expected(Wanted())) == ORDERS
    for sort in SORTS:
        agree(past, sort)


SEARCHES = [
    *("4", "41", "412", "0041", "00412", "2025-", "2025-004", "2026-00451", "2026-4", "50"),
    *("new", "NEW st", "new 12", "förs", "björken 12", "7a", "lager ö", "ö", "new new", "högsby 412", "1200"),
]


def test_what_is_searched_is_found_by_number_and_by_words(past: History) -> None:
    narrowed = ({}, {"fulfilment": "closed"}, {"cost_centre": "1200", "billing": "paid"})
    for sort, text, more in product(("", "number"), SEARCHES, narrowed):
        wanted = Wanted(search=text, sort=sort, **more)
        assert [row.number for row in walked(past.reader, wanted)] == past.expected(wanted)


def test_a_beginning_that_very_many_words_share_finds_the_same(
    past: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_search, "MOST_WORDS", 1)
    for text in ("1", "new", "4 n"):
        wanted = Wanted(search=text)
        assert [row.number for row in walked(past.reader, wanted)] == past.expected(wanted)


def test_more_than_are_counted_are_said_to_be_more(past: History, monkeypatch: pytest.MonkeyPatch) -> None:
    page = perform(history.orders, past.reader, wanted=Wanted(fulfilment="closed"))
    exact = len(past.expected(Wanted(fulfilment="closed")))
    assert page.total == exact
    monkeypatch.setattr(history, "MOST_COUNTED", 20)
    assert perform(history.orders, past.reader).total == 21
    assert perform(history.orders, past.reader, counting=False).total == -1
    assert perform(history.count_all, past.reader) == ORDERS


STRANGE = [
    Wanted(fulfilment="nonsense"),
    Wanted(orderer="nonsense"),
    Wanted(article="1"),
    Wanted(since="yesterday"),
    Wanted(until="9999-12-31"),
    Wanted(since="0001-01-01"),
    Wanted(cost_centre="x" * 5000),
    Wanted(cost_centre="a\0b"),
]
CURSORS = ["+x~1", "+2026-02-01~5", "-~", "+" + "9" * 30, "+2026-02-01T00:00:00+00:00~x", "+0001-01-01~1"]


def test_what_nobody_can_mean_is_answered_all_the_same(past: History) -> None:
    for wanted in STRANGE:
        assert len(perform(history.orders, past.reader, wanted=wanted).rows) in {0, 50}


def test_a_tampered_cursor_begins_anew_or_finds_own_rows_only(past: History) -> None:
    for sort, cursor in product(SORTS, CURSORS):
        wanted = Wanted(sort=sort)
        page = perform(history.orders, past.reader, wanted=wanted, cursor=cursor)
        assert {row.number for row in page.rows} <= set(past.expected(wanted))


def test_shapes_of_statements_are_kept(past: History) -> None:
    wanted = Wanted(fulfilment="closed", billing="paid")
    perform(history.orders, past.reader, wanted=wanted)
    before = history_statements.page.cache_info().misses
    perform(history.orders, past.reader, wanted=Wanted(fulfilment="draft", billing="unbilled"))
    assert history_statements.page.cache_info().misses == before
