"""The order history's rows in the answer that opens the page: the reader's own, and never kept."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.permissions import Role
from nexus_portal.models.orders import Order
from nexus_portal.pages import orders_ahead
from nexus_portal.services.draft_orders import own_account
from nexus_portal.web import ahead, headers
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    Person,
    enrolled,
    quick_passwords,
)
from tests.web.browser import Browser, entered
from tests.world import World

pytestmark = [pytest.mark.usefixtures("quick_passwords", "built")]
PAGE = '<html><body><div data-is-root-theme="true" data-radius="medium"></div></body></html>'


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "orders").mkdir()
    (tmp_path / "orders" / "index.html").write_text(PAGE)
    monkeypatch.setattr(headers, "BUILT", tmp_path)
    monkeypatch.setattr(ahead, "_drawings", {ahead.ORDERS: orders_ahead.drawn})
    yield
    ahead._built.cache_clear()
    ahead._theme.cache_clear()


def order(who: Person, serial: int, reference: str) -> Order:
    now = clock.now()
    account_id = own_account(who.actor)
    return Order(
        account_id=account_id,
        serial=serial,
        orderer_id=who.user_id,
        reference=reference,
        created_at=now,
        changed_at=now,
    )


@pytest.fixture
def orderer(world: World) -> Person:
    own = enrolled(world, Role.ORDERER, world.account())
    stranger = enrolled(world, Role.ORDERER, world.account("Nordhamn Energi"))
    with world.database.transaction(SYSTEM) as session:
        session.add(order(own, 2_026_000_001, "<b>First</b>"))
        session.add(order(own, 2_026_000_002, "Second"))
        session.add(order(stranger, 2_026_000_003, "Not theirs"))
    return own


def numbers(html: str) -> list[str]:
    return re.findall(r'href="/orders/(2026-\d+)"', html)


def test_whoever_may_read_orders_is_answered_with_their_own(orderer: Person) -> None:
    answer = entered(orderer).get("/orders/")
    assert numbers(answer.text) == ["2026-00002", "2026-00001"]
    assert "Not theirs" not in answer.text
    assert "&lt;b&gt;First&lt;/b&gt;" in answer.text
    assert 'data-radius="medium"' in answer.text.partition("<table")[0]
    assert answer.headers["cache-control"] == "no-store"


def test_the_rows_are_those_that_the_address_asks_for(orderer: Person) -> None:
    browser = entered(orderer)
    assert numbers(browser.get("/orders/?search=second").text) == ["2026-00002"]
    assert numbers(browser.get("/orders/?sort=number").text) == ["2026-00001", "2026-00002"]
    assert numbers(browser.get("/orders/?page=%2B2026000002").text) == ["2026-00001"]
    # What it does not draw itself, the page does.
    for question in ("columns=reference", "search=nobody", "fulfilment=%00", "else=1"):
        assert browser.get(f"/orders/?{question}").text == PAGE


def test_nobody_else_is_answered_with_rows(orderer: Person, world: World) -> None:
    desk = enrolled(world, Role.ORDER_DESK, world.bureau())
    assert entered(desk).get("/orders/").text == PAGE
    stranger = enrolled(world, Role.ORDERER, world.account("Another"))
    assert entered(stranger).get("/orders/").text == PAGE
    assert Browser().get("/orders/").status_code == 303


def test_it_is_packed_for_whoever_can_unpack_it(orderer: Person) -> None:
    browser = entered(orderer)
    packed = browser.get("/orders/", **{"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    plain = browser.get("/orders/", **{"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert numbers(packed.text) == numbers(plain.text) != []
