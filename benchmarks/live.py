"""How soon a change at the bureau reaches the open pages, with 500 tabs on one worker.

Two shapes: the tabs spread over all customers, ten of which show the order that changes; and the worst there
is, all 500 on the list of one customer.
"""

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col, select

from benchmarks import servers, visitors
from benchmarks.databases import Place
from benchmarks.figures import Figure, p50, p95
from benchmarks.visitors import HISTORY, STATES, Tab
from nexus_portal import settings
from nexus_portal.demo.cast import BUREAU
from nexus_portal.demo.crowd.customers import customers
from nexus_portal.domain.lifecycles import Fulfilment
from nexus_portal.domain.numbers import order_number
from nexus_portal.domain.permissions import Role
from nexus_portal.models.orders import Order
from nexus_portal.services import sessions

TABS = 500
REACHES_MS = 300
AT_ONCE = 20
SETTLE = 0.4
SHEET = f"{STATES}nexus_portal___state___bureau_order____bureau_order_state"


@dataclass(frozen=True, slots=True)
class _Shape:
    name: str
    accounts: int
    changes: int
    bar: float | None


SHAPES = (
    _Shape(f"a change reaches the pages concerned, {TABS} tabs over 50 customers", 50, 60, REACHES_MS),
    _Shape(f"a change reaches {TABS} pages of one list", 1, 20, REACHES_MS),
)


def figures(place: Place) -> list[Figure]:
    """Open the tabs, change orders, and measure."""
    place.use()
    found: list[Figure] = []
    for shape in SHAPES:
        with servers.portal(place) as url:
            took = asyncio.run(_measure(url, shape))
        beside = f"p50 {p50(took):.0f} ms, {len(took)} pages told"
        found.append(Figure(shape.name, p95(took), shape.bar, "ms p95", beside=beside).tell())
    return found


async def _measure(url: str, shape: _Shape) -> list[float]:
    accounts = [UUID(customer.account_id) for customer in customers()[: shape.accounts]]
    each = TABS // shape.accounts
    sids = {account: visitors.sign_in(account, each) for account in accounts}
    cookie = settings.current().cookie_name
    [staff] = visitors.sign_in(BUREAU.id, 1, Role.ORDER_DESK)
    took: list[float] = []
    async with AsyncExitStack() as stack:
        tabs: dict[UUID, list[Tab]] = {}
        for account in accounts:
            tabs[account] = [
                await stack.enter_async_context(visitors.tab(url, cookie, sid)) for sid in sids[account]
            ]
        every = [tab for together in tabs.values() for tab in together]
        for start in range(0, len(every), AT_ONCE):
            await asyncio.gather(*(tab.ask(HISTORY, "load") for tab in every[start : start + AT_ONCE]))
        moving = [account for account in accounts if _newest_undecided(account) is not None]
        for turn in range(shape.changes):
            account = moving[turn % len(moving)]
            took += await _change(url, cookie, staff, account, tabs[account])
    return took


async def _change(url: str, cookie: str, staff: str, account: UUID, tabs: list[Tab]) -> list[float]:
    """Put an order on hold or take it off again, and time how long each of these tabs waits for it."""
    order = await asyncio.to_thread(_newest_undecided, account)
    assert order is not None  # noqa: S101 - the same order as a moment ago
    number, on_hold = order_number(order.serial), order.fulfilment == Fulfilment.ON_HOLD
    async with visitors.tab(url, cookie, staff, f"/bureau/orders/{number}") as desk:
        await desk.send(f"{SHEET}.load")
        await desk.shown(SHEET, "order")
        began = time.perf_counter()
        waiting = [asyncio.create_task(_told(tab, began)) for tab in tabs]
        if on_hold:
            await desk.send(f"{SHEET}.release")
        else:
            await desk.send(f"{SHEET}.hold", form={"reason": "Measured"})
        took = list(await asyncio.gather(*waiting))
    await asyncio.sleep(SETTLE)
    return took


async def _told(tab: Tab, began: float) -> float:
    await tab.shown(HISTORY)
    return (time.perf_counter() - began) * 1000


def _newest_undecided(account: UUID) -> Order | None:
    undecided = (Fulfilment.SUBMITTED, Fulfilment.APPROVED, Fulfilment.ON_HOLD)
    query = select(Order).where(Order.account_id == account, col(Order.fulfilment).in_(undecided))
    with sessions.system(writes=False) as session:
        return session.exec(query.order_by(col(Order.serial).desc()).limit(1)).first()
