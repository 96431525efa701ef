"""A hundred thousand persons whose time is over: how many card items the sweep erases a second.

Run by itself: `python -m benchmarks.erasing [CARDS]`. Ledger rows, certificates, audit entries and emptying
the logs are part of it; three cards an order, as customers order. Meanwhile somebody else keeps writing, as
open pages do, and how long they wait is measured too.
"""

import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta

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
from nexus_portal.services import retention_sweep, serials, sweeps, vault
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
    _make(cards)
    real = clock.now
    clock.now = lambda: real() + timedelta(days=31)
    with _somebody_writing() as waited:
        began, spent = time.perf_counter(), time.process_time()
        done = retention_sweep.sweep()
        took, spent = time.perf_counter() - began, time.process_time() - spent
    erased = sum(said.whole for said in done.accounts.values()) if done else 0
    beside = f"{erased:,} in {took:.1f} s, {spent:.1f} s of processor time"
    bar, wait = (None, None) if place.url else (PER_SECOND, WAIT_MS)
    return [
        Figure(
            f"{place.kind}: erasing", erased / took, bar, "cards/s", more_is_better=True, beside=beside
        ).tell(),
        Figure(f"{place.kind}: a write while erasing", p95(waited), wait, "ms p95").tell(),
    ]


def _make(cards: int) -> None:
    settings.current().data_dir.mkdir(parents=True, exist_ok=True)
    sealing.ensure()
    schema.upgrade(settings.current().database_url)
    db.use(Database(settings.current().database_url))
    world = World(db.current())
    orders = cards // PER_ORDER // ACCOUNTS
    for _ in range(ACCOUNTS):
        account = world.account()
        orderer, layout = world.person(Role.ORDERER, account), world.layout(account)
        for start in range(0, orders, ORDERS_AT_ONCE):
            _write(account, orderer, layout, min(ORDERS_AT_ONCE, orders - start))


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
def _somebody_writing() -> Generator[list[float]]:
    """Milliseconds that a short write took, each time, while the block ran."""
    waited: list[float] = []
    over = threading.Event()

    def write() -> None:
        claim = sweeps.Claim("somebody-else")
        while not over.wait(0.05):
            began = time.perf_counter()
            claim.take()
            waited.append((time.perf_counter() - began) * 1000)

    thread = threading.Thread(target=write)
    thread.start()
    yield waited
    over.set()
    thread.join()


def main() -> None:
    """Measure on SQLite and tell; exit code 1 where a bar is missed."""
    cards = int(sys.argv[1]) if sys.argv[1:] else CARDS
    with databases.scratch(postgresql=False) as place:
        raise SystemExit(summary(figures(place, cards)))


if __name__ == "__main__":
    main()
