"""A hundred thousand persons whose time is over: how many card items the sweep erases a second.

Run by itself: `python -m benchmarks.erasing [CARDS] [postgresql]`. Ledger rows, certificates, audit entries
and emptying the logs are part of it; three cards an order, as customers order. Meanwhile somebody else keeps
writing and somebody opens the order history, as pages do, and how long they wait is measured too.
"""

import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

from benchmarks import databases
from benchmarks.databases import Place
from benchmarks.figures import Figure, p95, summary
from nexus_portal import settings
from nexus_portal.adapters import clock, db, schema, sealing
from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.fields import all_from_json
from nexus_portal.domain.lifecycles import Billing, Fulfilment, Stage
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.layouts import Layout
from nexus_portal.models.orders import CardItem, Order, OrderLine
from nexus_portal.services import history, retention_sweep, serials, sweeps, vault
from nexus_portal.services.use_case import perform
from nexus_portal.services.vault import Person
from tests.world import World

CARDS = 100_000
PER_ORDER = 3
ACCOUNTS = 5
ORDERS_AT_ONCE = 300
PER_SECOND = 2000
WAIT_MS = 1000
"""What somebody who clicks meanwhile may wait for: longer is felt as standing still."""


def figures(place: Place, cards: int = CARDS) -> list[Figure]:
    """Make the persons, let their time pass, and sweep."""
    place.use()
    orderer = _make(cards)
    real = clock.now
    clock.now = lambda: real() + timedelta(days=31)
    claim = sweeps.Claim("somebody-else")
    with _beside(claim.take) as waited, _beside(partial(perform, history.orders, orderer)) as looked:
        began, spent = time.perf_counter(), time.thread_time()
        done = retention_sweep.sweep()
        took, spent = time.perf_counter() - began, time.thread_time() - spent
    erased = sum(said.whole for said in done.accounts.values()) if done else 0
    per_10k = spent / erased * 10_000
    beside = f"{erased:,} in {took:.1f} s, {per_10k:.1f} s of processor time per 10,000"
    bar, wait = (None, None) if place.url else (PER_SECOND, WAIT_MS)
    return [
        Figure(
            f"{place.kind}: erasing", erased / took, bar, "cards/s", more_is_better=True, beside=beside
        ).tell(),
        Figure(f"{place.kind}: a write while erasing", p95(waited), wait, "ms p95").tell(),
        Figure(f"{place.kind}: the order history while erasing", p95(looked), wait, "ms p95").tell(),
    ]


def _make(cards: int) -> Actor:
    """Accounts with orders; somebody who orders in the last one."""
    settings.current().data_dir.mkdir(parents=True, exist_ok=True)
    sealing.ensure()
    schema.upgrade(settings.current().database_url)
    db.use(Database(settings.current().database_url))
    world = World(db.current())
    orders = cards // PER_ORDER // ACCOUNTS
    orderer = SYSTEM
    for _ in range(ACCOUNTS):
        account = world.account()
        orderer, layout = world.person(Role.ORDERER, account), world.layout(account)
        for start in range(0, orders, ORDERS_AT_ONCE):
            _write(account, orderer, layout, min(ORDERS_AT_ONCE, orders - start))
    return orderer


def _write(account: Account, orderer: Actor, layout: Layout, count: int) -> None:
    definitions, now = all_from_json(layout.fields), clock.now()
    assert orderer.user_id  # noqa: S101 - for the type checker
    with db.current().transaction(SYSTEM) as session:
        people: list[Person] = []
        orders: list[Order] = []
        lines: list[OrderLine] = []
        made: list[CardItem] = []
        for _ in range(count):
            order = Order(
                account_id=account.id,
                serial=serials.next_order_serial(session),
                orderer_id=orderer.user_id,
                fulfilment=Fulfilment.DELIVERED,
                billing=Billing.INVOICED,
                cards=PER_ORDER,
                produced=PER_ORDER,
                delivered=PER_ORDER,
                delivered_at=now,
                created_at=now,
                changed_at=now,
            )
            line = OrderLine(
                account_id=account.id,
                order_id=order.id,
                article_id=layout.article_id,
                layout_id=layout.id,
                serial=order.serial,
                quantity=PER_ORDER,
                unit_price=4900,
            )
            items = [_item(order, line, layout, place) for place in range(1, PER_ORDER + 1)]
            orders.append(order)
            lines.append(line)
            made += items
            people += [
                Person(
                    order.id, item.id, {"name": "Astrid Öst", "personal_number": "6408233234"}, definitions
                )
                for item in items
            ]
        for rows in (orders, lines, made):
            session.add_all(rows)
            session.flush()
        for record in vault.store_each(session, account.id, people):
            record.delivered_at = now
            session.add(record)


def _item(order: Order, line: OrderLine, layout: Layout, place: int) -> CardItem:
    return CardItem(
        account_id=order.account_id,
        order_id=order.id,
        line_id=line.id,
        layout_id=layout.id,
        position=place,
        stage=Stage.DELIVERED,
        stage_at=order.created_at,
    )


@contextmanager
def _beside(act: Callable[[], object]) -> Generator[list[float]]:
    """Milliseconds that an act took, each time, while the block ran."""
    waited: list[float] = []
    over = threading.Event()

    def repeat() -> None:
        while not over.wait(0.05):
            began = time.perf_counter()
            act()
            waited.append((time.perf_counter() - began) * 1000)

    thread = threading.Thread(target=repeat)
    thread.start()
    yield waited
    over.set()
    thread.join()


def main() -> None:
    """Measure and tell; exit code 1 where a bar is missed."""
    cards = int(sys.argv[1]) if sys.argv[1:] else CARDS
    with databases.scratch(postgresql="postgresql" in sys.argv) as place:
        raise SystemExit(summary(figures(place, cards)))


if __name__ == "__main__":
    main()
