"""The yardstick: the same rows as bare JSON, and a page of a few lines that fetches and paints them.

Served by the same server as the portal, from the same database, with nothing between query and answer: no
session, no state, no guard. `NEXUS_BENCH_ACCOUNT` says whose orders.
"""

import asyncio
import os
from dataclasses import asdict
from functools import cache

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from benchmarks.lists import largest_customer
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.permissions import Role
from nexus_portal.services import history, history_names, order_details, order_items
from nexus_portal.services.history import OrderPage, Wanted
from nexus_portal.services.use_case import perform

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Bare</title>
<link rel="icon" href="data:,"><input id="search" type="search" aria-label="Search">
<button id="older">Older</button><table><tbody></tbody></table><div id="order"></div><script>
let older = "";
const body = document.querySelector("tbody"), search = document.getElementById("search");
function paint(page) {
  older = page.older;
  body.replaceChildren(...page.rows.map(row => {
    const line = document.createElement("tr");
    for (const name of ["number", "reference", "cards", "fulfilment", "produced", "billing", "personal_data",
                        "changed_at"]) {
      const cell = document.createElement("td");
      if (name === "number") {
        const link = document.createElement("a");
        link.href = "#" + row.number; link.textContent = row.number;
        link.onclick = event => { event.preventDefault(); open(row.number); };
        cell.append(link);
      } else cell.textContent = row[name];
      line.append(cell);
    }
    return line;
  }));
}
async function show(query) { paint(await (await fetch("/rows?" + query)).json()); }
async function open(number) {
  const order = await (await fetch("/order/" + number)).json();
  const place = document.getElementById("order");
  const title = document.createElement("h1"); title.textContent = order.number;
  const list = document.createElement("ul");
  for (const move of order.moves) { const item = document.createElement("li");
    item.textContent = move.axis + " " + move.end + " " + move.at; list.append(item); }
  for (const row of order.items) { const item = document.createElement("li");
    item.textContent = row.code + " " + row.stage + " " + row.stage_at; list.append(item); }
  place.replaceChildren(title, list);
}
search.oninput = () => show(new URLSearchParams({search: search.value}));
document.getElementById("older").onclick = () => show(new URLSearchParams({cursor: older}));
show("");
</script></html>"""


@cache
def _actor() -> Actor:
    return largest_customer()


@cache
def _officer() -> Actor:
    return largest_customer(Role.PRIVACY_OFFICER)


async def page(_request: Request) -> Response:
    """The page."""
    return HTMLResponse(PAGE)


async def rows(request: Request) -> Response:
    """A page of orders."""
    asked = request.query_params
    wanted = Wanted(search=asked.get("search", ""))
    found = await asyncio.to_thread(
        perform, history.orders, _actor(), wanted=wanted, cursor=asked.get("cursor", "")
    )
    return _told(found)


async def named(request: Request) -> Response:
    """Orders by the names of holders, found and written down as the portal does."""
    text = request.query_params.get("search", "")
    serials = await asyncio.to_thread(perform, history_names.named, _officer(), text=text)
    wanted = Wanted(search=text)
    found = await asyncio.to_thread(perform, history.orders, _officer(), wanted=wanted, named=serials)
    return _told(found)


def _told(found: OrderPage) -> Response:
    return JSONResponse(
        {
            # Copying rows deeply, as `asdict` does, would be felt: the yardstick has to be a good one.
            "rows": [vars(row) for row in found.rows],
            "total": found.total,
            "newer": found.newer,
            "older": found.older,
        },
        headers={"worker": str(os.getpid())},
    )


async def order(request: Request) -> Response:
    """One order with the first page of its card items."""
    number = request.path_params["number"]
    found = await asyncio.to_thread(perform, order_details.details, _actor(), number=number)
    items = await asyncio.to_thread(perform, order_items.items, _actor(), number=number)
    return JSONResponse(asdict(found) | {"items": [asdict(row) for row in items.rows]})


app = Starlette(
    routes=[
        Route("/", page),
        Route("/rows", rows),
        Route("/named", named),
        Route("/order/{number}", order),
    ]
)
assert os.environ.get("NEXUS_DATA_DIR"), "the benchmark says where the database lies"  # noqa: S101 - nobody serves it otherwise
