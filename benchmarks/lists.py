"""The lists that are measured: whose they are, and how to read one page of each."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from typing import Any

from nexus_portal.demo.cast import BUREAU
from nexus_portal.demo.crowd.customers import customers
from nexus_portal.domain.actor import Actor, Scope
from nexus_portal.domain.lifecycles import Billing, Fulfilment, PersonalData, Stage
from nexus_portal.domain.permissions import Permission, Role, granted_by
from nexus_portal.models.base import UUID
from nexus_portal.services import (
    billing_lists,
    cards,
    desk,
    history,
    order_page,
    overview,
    production_lists,
    shipping_lists,
    tracking,
)
from nexus_portal.services.history import Wanted
from nexus_portal.services.use_case import perform


@dataclass(frozen=True, slots=True)
class Listing:
    """One list as somebody opens it. `read` takes a cursor and gives the page."""

    name: str
    read: Callable[[str], Any]
    pages: bool = True

    def timed(self, cursor: str) -> tuple[float, str]:
        """How many milliseconds a page takes, and the cursor of the next."""
        pages: list[Any] = []
        took = timed(lambda: pages.append(self.read(cursor)))
        return took, self.following(pages[0])

    def following(self, page: Any) -> str:
        """The cursor of the page after this one, empty at the end."""
        return getattr(page, "older", "") or getattr(page, "following", "")


def timed(act: Callable[[], Any]) -> float:
    """How many milliseconds something takes."""
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def largest_customer(role: Role = Role.ORDERER) -> Actor:
    """The orderer of the customer with most orders, or the same person in another role."""
    largest = customers()[0]
    return Actor(
        scope=Scope.ACCOUNT,
        user_id=UUID(largest.orderer_id),
        account_id=UUID(largest.account_id),
        role=role,
        permissions=granted_by(role) | {Permission.SIGNED_IN},
    )


def order_history() -> Sequence[Listing]:
    """The order history of the largest customer: all of it, and narrowed in each way."""
    actor = largest_customer()
    narrowed = {
        "all": Wanted(),
        "in production": Wanted(fulfilment=Fulfilment.IN_PRODUCTION),
        "closed": Wanted(fulfilment=Fulfilment.CLOSED),
        "not invoiced": Wanted(billing=Billing.UNBILLED),
        "data kept": Wanted(personal_data=PersonalData.FULL),
        "by number": Wanted(search="2026-00"),
        "by words": Wanted(search="replacements"),
        "by words nobody wrote": Wanted(search="zzzz"),
    }
    return [
        Listing(f"order history, {name}", _pages(history.orders, actor, wanted=wanted))
        for name, wanted in narrowed.items()
    ]


def other_lists() -> Sequence[Listing]:
    """The customer's other lists, and the bureau's."""
    actor, staff = largest_customer(), BUREAU.actor
    # Of orders with few cards and with many: a database may look for their rows in another way.
    numbers = cycle([row.number for row in perform(history.orders, actor).rows])
    return [
        Listing(
            "one order of fifty",
            lambda _: perform(order_page.whole_order, actor, number=next(numbers)),
            pages=False,
        ),
        Listing("tracking, all", _pages(tracking.moving, actor)),
        Listing("tracking, shipped", _pages(tracking.moving, actor, stage=Stage.SHIPPED)),
        Listing("card register, all", _pages(cards.register, actor)),
        Listing("card register, blocked", _pages(cards.register, actor, status="blocked")),
        Listing("overview of a customer", lambda _: perform(overview.overview, actor), pages=False),
        Listing(
            "overview of the desk", lambda _: perform(overview.overview, staff(Role.ORDER_DESK)), pages=False
        ),
        Listing("desk, to decide", _pages(desk.inbox, staff(Role.ORDER_DESK))),
        Listing("desk, under way", _pages(desk.inbox, staff(Role.ORDER_DESK), show="underway")),
        Listing("production queue", _pages(production_lists.queue, staff(Role.PRODUCTION_OPERATOR))),
        Listing("batches under way", _pages(production_lists.batches, staff(Role.PRODUCTION_OPERATOR))),
        Listing("to pack", _pages(shipping_lists.to_pack, staff(Role.SHIPPING))),
        Listing("parcels", _pages(shipping_lists.shipments, staff(Role.SHIPPING))),
        Listing("to invoice", _pages(billing_lists.to_invoice, staff(Role.BILLING))),
        Listing("invoices", _pages(billing_lists.invoices, staff(Role.BILLING))),
    ]


def _pages(use_case: Callable[..., Any], actor: Actor, **narrowed: Any) -> Callable[[str], Any]:
    read = partial(perform, use_case, actor, **narrowed)
    return lambda cursor: read(cursor=cursor)
