"""Order-list events per second with 16 clients and two workers, beside the same query as bare JSON.

A person's session takes 30 events a second at most, so a client goes round several sessions of one person.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from benchmarks import servers, visitors
from benchmarks.databases import Place
from benchmarks.figures import Figure
from benchmarks.lists import largest_customer
from benchmarks.visitors import HISTORY, NAMES, Tab
from nexus_portal import settings
from nexus_portal.demo.persons import FIRST, LAST
from nexus_portal.domain.permissions import Role

CLIENTS, SESSIONS, WORKERS = 16, 8, 2
SECONDS, MOST_ROUNDS = 8, 50
SHARE = 0.3
Ask = Callable[[int], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class _Kind:
    """What is asked, by whom, which var the portal shows then, and where the yardstick answers."""

    name: str
    searches: tuple[str, ...]
    role: Role
    shown: tuple[str, str]
    path: str


LIST = _Kind(
    "order-list events",
    ("", "re", "repl", "2026-00", "417"),
    Role.ORDERER,
    (HISTORY, "asked"),
    "/rows",
)
NAMED = _Kind(
    "searches by name",
    (FIRST[0], FIRST[1], f"{FIRST[0]} {LAST[0]}", LAST[1]),
    Role.PRIVACY_OFFICER,
    (NAMES, "text"),
    "/named",
)


def figures(place: Place, redis: str) -> list[Figure]:
    """Both servers in turn, on the same data with the same questions."""
    place.use()
    with servers.bare(place, workers=WORKERS) as url:
        plain = {kind.name: asyncio.run(_bare(url, kind)) for kind in (LIST, NAMED)}
    with servers.portal(place, workers=WORKERS, redis=redis) as url:
        ours = {kind.name: asyncio.run(_portal(url, kind)) for kind in (LIST, NAMED)}
    return [
        Figure(
            f"{name}, {CLIENTS} clients, {WORKERS} workers",
            ours[name] / plain[name],
            SHARE,
            "of bare",
            more_is_better=True,
            beside=f"{ours[name]:,.0f} events/s beside {plain[name]:,.0f} answers/s",
        ).tell()
        for name in plain
    ]


async def _bare(url: str, kind: _Kind) -> float:
    """As many connections to each worker: at rest, one of them takes all that come."""
    share: dict[str, list[Ask]] = {}
    async with AsyncExitStack() as stack:
        for _ in range(MOST_ROUNDS):
            fresh = [await _fetching(url, kind, stack) for _ in range(CLIENTS)]
            for ask, worker in zip(fresh, await asyncio.gather(*(ask(0) for ask in fresh)), strict=True):
                share.setdefault(worker, []).append(ask)
            if len(share) == WORKERS and min(map(len, share.values())) >= CLIENTS // WORKERS:
                return await _rate([ask for asks in share.values() for ask in asks[: CLIENTS // WORKERS]])
    message = "one worker took nearly every connection"
    raise RuntimeError(message)


async def _fetching(url: str, kind: _Kind, stack: AsyncExitStack) -> Callable[[int], Awaitable[str]]:
    """A client as thin as the one of the websockets: a comfortable one would cost more than the answer."""
    host, _, port = url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    stack.callback(writer.close)

    async def ask(turn: int) -> str:
        query = urlencode({"search": kind.searches[turn % len(kind.searches)]})
        writer.write(f"GET {kind.path}?{query} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().lower().splitlines()
        head = dict(line.split(": ", 1) for line in lines if ": " in line)
        json.loads(await reader.readexactly(int(head["content-length"])))
        return head["worker"]

    return ask


async def _portal(url: str, kind: _Kind) -> float:
    account = largest_customer().account_id
    sids = visitors.sign_in(UUID(str(account)), CLIENTS * SESSIONS, kind.role)
    cookie = settings.current().cookie_name
    async with AsyncExitStack() as stack:
        asks: list[Ask] = []
        for client in range(CLIENTS):
            mine = sids[client * SESSIONS : (client + 1) * SESSIONS]
            tabs = [await stack.enter_async_context(visitors.tab(url, cookie, sid)) for sid in mine]
            for tab in tabs:
                await tab.ask(HISTORY, "load")
                if kind is NAMED:
                    await tab.send(f"{HISTORY}.also_names", on=True)
            asks.append(_typing(tabs, kind))
        return await _rate(asks)


def _typing(tabs: list[Tab], kind: _Kind) -> Ask:
    async def ask(turn: int) -> object:
        tab, wanted = tabs[turn % len(tabs)], kind.searches[turn // len(tabs) % len(kind.searches)]
        await tab.send(f"{HISTORY}.narrow", name="search", value=wanted)
        # Rows that are the same as before are not sent again.
        return await tab.shown(*kind.shown)

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
