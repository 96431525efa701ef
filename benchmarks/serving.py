"""Order-list events per second with 16 clients and two workers, beside the same query as bare JSON.

A person's session takes 30 events a second at most, so a client goes round several sessions of one person.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from urllib.parse import urlencode
from uuid import UUID

from benchmarks import servers, visitors
from benchmarks.databases import Place
from benchmarks.figures import Figure
from benchmarks.lists import largest_customer
from benchmarks.visitors import HISTORY
from nexus_portal import settings

CLIENTS, SESSIONS, WORKERS = 16, 8, 2
SECONDS = 8
SHARE = 0.3
SEARCHES = ("", "re", "repl", "2026-00", "417")
Ask = Callable[[int], Awaitable[object]]


def figures(place: Place, redis: str) -> list[Figure]:
    """Both servers in turn, on the same data with the same questions."""
    place.use()
    with servers.bare(place, workers=WORKERS) as url:
        plain = asyncio.run(_bare(url))
    with servers.portal(place, workers=WORKERS, redis=redis) as url:
        ours = asyncio.run(_portal(url))
    beside = f"{ours:,.0f} events/s beside {plain:,.0f} answers/s"
    name = f"order-list events, {CLIENTS} clients, {WORKERS} workers"
    return [Figure(name, ours / plain, SHARE, "of bare", more_is_better=True, beside=beside).tell()]


async def _bare(url: str) -> float:
    host, _, port = url.removeprefix("http://").partition(":")
    async with AsyncExitStack() as stack:
        asks: list[Ask] = []
        for _ in range(CLIENTS):
            reader, writer = await asyncio.open_connection(host, int(port))
            stack.callback(writer.close)
            asks.append(_fetching(reader, writer, host))
        return await _rate(asks)


def _fetching(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str) -> Ask:
    """A client as thin as the one of the websockets: a comfortable one would cost more than the answer."""

    async def ask(turn: int) -> object:
        query = urlencode({"search": SEARCHES[turn % len(SEARCHES)]})
        writer.write(f"GET /rows?{query} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = next(line for line in head.splitlines() if line.startswith("content-length:"))
        return json.loads(await reader.readexactly(int(length.partition(":")[2])))

    return ask


async def _portal(url: str) -> float:
    account = largest_customer().account_id
    sids = visitors.sign_in(UUID(str(account)), CLIENTS * SESSIONS)
    cookie = settings.current().cookie_name
    async with AsyncExitStack() as stack:
        asks: list[Ask] = []
        for client in range(CLIENTS):
            mine = sids[client * SESSIONS : (client + 1) * SESSIONS]
            tabs = [await stack.enter_async_context(visitors.tab(url, cookie, sid)) for sid in mine]
            for tab in tabs:
                await tab.ask(HISTORY, "load")
            asks.append(_asking(tabs))
        return await _rate(asks)


def _asking(tabs: list[visitors.Tab]) -> Ask:
    async def ask(turn: int) -> object:
        wanted = SEARCHES[turn // len(tabs) % len(SEARCHES)]
        tab = tabs[turn % len(tabs)]
        await tab.send(f"{HISTORY}.narrow", name="search", value=wanted)
        # Rows that are the same as before are not sent again.
        return await tab.shown(HISTORY, "asked")

    return ask


async def _rate(asks: list[Ask]) -> float:
    done = 0
    ends = time.perf_counter() + SECONDS

    async def client(ask: Ask) -> None:
        nonlocal done
        turn = 0
        while time.perf_counter() < ends:
            await ask(turn)
            turn += 1
            done += 1

    began = time.perf_counter()
    await asyncio.gather(*(client(ask) for ask in asks))
    return done / (time.perf_counter() - began)
