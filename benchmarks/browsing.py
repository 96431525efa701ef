"""The order history in Chromium, beside a bare page that fetches the same rows as JSON and paints them.

Both are timed within the page, by the same lines: from the key or click to the frame after which the expected
rows stand there; loads from the start of the navigation.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from benchmarks import servers, visitors
from benchmarks.databases import Place
from benchmarks.figures import Figure, p50, p95
from benchmarks.lists import largest_customer
from nexus_portal import settings
from nexus_portal.domain.numbers import item_code
from nexus_portal.services import history
from nexus_portal.services.history import OrderRow, Wanted
from nexus_portal.services.use_case import perform

TIMES, LOADS, ROUNDS = 12, 12, 3
"""The two pages take turns, so that what else the machine does falls on both."""
LETTERS = "abcdefghijklmnopqrstuvwxyz"
FIRST_LOAD_KB = 350
RESTS_MS, TYPES_MS, POINTED_MS, PRESSED_MS = 300, 100, 150, 60
"""Nobody loads a page or presses a link while the last page is still being built, types more than ten keys a
second, or clicks without pointing first, and a button is down for a while. Both pages are given this time,
and what it takes them on a slow machine to come to rest; none of it is counted: an act begins with the click,
which is when the button is let go."""
BARS = {"keystroke": 2.0, "next page": 2.0, "opening an order": 2.0, "warm load": 1.5, "cold load": 3.0}
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PRETENDED = ("color_scheme", "reduced_motion", "forced_colors", "contrast")
AS_IT_IS: dict[str, Any] = dict.fromkeys(PRETENDED, "null")
"""What a browser is told to pretend is taken back from each page that is left: the whole of it is styled once
more before the next may come, which happens to nobody else."""
INSTRUMENTS = """
window.painted = (test, wanted) => new Promise((done, failed) => {
  const latest = performance.now() + 20000;
  const checks = {
    row: () => document.querySelector("tbody tr")?.textContent.includes(wanted),
    text: () => document.body?.textContent.includes(wanted),
  };
  const look = () => {
    if (!checks[test]()) {
      if (performance.now() > latest) return failed(new Error(`never shown: ${test} ${wanted}`));
      return requestAnimationFrame(look);
    }
    requestAnimationFrame(() => {
      const after = new MessageChannel();
      after.port1.onmessage = () => done(performance.now());
      after.port2.postMessage(0);
    });
  };
  look();
});
window.at_rest = () => new Promise(done => {
  const soon = {timeout: 5000};
  requestIdleCallback(() => requestIdleCallback(() => done(true), soon), soon);
});
window.await_act = (kind, test, wanted) => {
  let began = 0;
  addEventListener(kind, event => { began = event.timeStamp; }, {capture: true, once: true});
  window.took = painted(test, wanted).then(ended => ended - began);
};
"""
"""`await_act` watches for a key or click; `took` is then how long until the page showed what was wanted.
`at_rest` is kept when the browser says that it has nothing left to do."""


@dataclass(frozen=True, slots=True)
class _Visit:
    """One of the two pages, open in a browser."""

    page: Page
    url: str

    def act(self, kind: str, test: str, wanted: str, do: Callable[[], object]) -> float:
        """How many milliseconds passed between what a person does and its result on screen."""
        self.page.evaluate("([k, t, w]) => { window.await_act(k, t, w); }", [kind, test, wanted])
        do()
        return float(self.page.evaluate("window.took"))

    def show(self, first: OrderRow) -> float:
        """Load the page; milliseconds until this row stands on top."""
        self.rest(RESTS_MS)
        self.page.goto(self.url, wait_until="commit")
        return float(self.page.evaluate("w => window.painted('row', w)", first.number))

    def rest(self, least_ms: float) -> None:
        """Wait so long, and until the page has nothing left to do."""
        self.page.wait_for_timeout(least_ms)
        self.page.evaluate("window.at_rest()")


def figures(place: Place) -> list[Figure]:
    """Every act on both pages, and the bytes of the first load."""
    place.use()
    account = UUID(str(largest_customer().account_id))
    with (
        servers.bare(place) as bare,
        servers.portal(place) as portal,
        _chromium() as browser,
    ):
        sids = visitors.sign_in(account, 1)
        cookie = {"name": settings.current().cookie_name, "value": sids[0], "url": portal}
        ours, theirs = dict[str, list[float]](), dict[str, list[float]]()
        for _ in range(ROUNDS):
            for took, url, cookies in ((ours, f"{portal}/orders", [cookie]), (theirs, bare, [])):
                for name, times in _measure(browser, url, cookies).items():
                    took.setdefault(name, []).extend(times)
        size = _first_load(browser, f"{portal}/orders", [cookie])
    found = [
        Figure(
            f"{name}: times the bare page",
            p95(ours[name]) / p95(theirs[name]),
            bar,
            "times",
            beside=f"p95 {p95(ours[name]):.0f} beside {p95(theirs[name]):.0f} ms, "
            f"p50 {p50(ours[name]):.0f} beside {p50(theirs[name]):.0f}",
        ).tell()
        for name, bar in BARS.items()
    ]
    return [*found, Figure("first load of the order history", size / 1000, FIRST_LOAD_KB, "kB").tell()]


def _measure(browser: Browser, url: str, cookies: list[Any]) -> dict[str, list[float]]:
    top = _page("")
    cold = [_loaded_cold(browser, url, cookies, top.rows[0]) for _ in range(LOADS)]
    with _context(browser, cookies) as context:
        visit = _Visit(context.new_page(), url)
        visit.show(top.rows[0])
        return {
            "cold load": cold,
            "warm load": [visit.show(top.rows[0]) for _ in range(LOADS)],
            "keystroke": _keystrokes(visit, top.rows[0]),
            "next page": _next_pages(visit),
            "opening an order": _openings(visit, top.rows),
        }


def _keystrokes(visit: _Visit, top: OrderRow) -> list[float]:
    letters = [letter for letter in LETTERS if _first(letter) not in {"", top.number}]
    box, took = visit.page.locator("input[type=search]"), list[float]()
    while len(took) < TIMES:
        for letter in letters:
            box.focus()
            visit.rest(TYPES_MS)
            took.append(
                visit.act("keydown", "row", _first(letter), lambda key=letter: visit.page.keyboard.press(key))
            )
            visit.act("keydown", "row", top.number, lambda: visit.page.keyboard.press("Backspace"))
    return took


def _next_pages(visit: _Visit) -> list[float]:
    visit.show(_page("").rows[0])
    older, took, page = visit.page.get_by_role("button", name="Older"), list[float](), _page("")
    for _ in range(TIMES):
        page = _page("", page.older)
        visit.rest(TYPES_MS)
        took.append(visit.act("click", "row", page.rows[0].number, older.click))
    return took


def _openings(visit: _Visit, rows: Sequence[OrderRow]) -> list[float]:
    took: list[float] = []
    # What the customer still edits opens as a draft, whose rows have no codes yet.
    ordered = [row for row in rows if row.fulfilment not in {"draft", "rejected"}]
    for row in ordered[:TIMES]:
        visit.show(rows[0])
        link = visit.page.get_by_role("link", name=row.number)
        visit.rest(RESTS_MS)
        link.hover()
        visit.page.wait_for_timeout(POINTED_MS)
        took.append(
            visit.act("click", "text", item_code(row.serial, 1), partial(link.click, delay=PRESSED_MS))
        )
    return took


def _loaded_cold(browser: Browser, url: str, cookies: list[Any], first: OrderRow) -> float:
    with _context(browser, cookies) as context:
        return _Visit(context.new_page(), url).show(first)


def _first_load(browser: Browser, url: str, cookies: list[Any]) -> float:
    """Bytes that cross the wire until the list stands there, with an empty cache."""
    with _context(browser, cookies) as context:
        page = context.new_page()
        network, received = context.new_cdp_session(page), list[float]()
        network.send("Network.enable")
        network.on("Network.loadingFinished", lambda told: received.append(told["encodedDataLength"]))
        network.on(
            "Network.webSocketFrameReceived",
            lambda told: received.append(len(told["response"]["payloadData"].encode())),
        )
        _Visit(page, url).show(_page("").rows[0])
        page.wait_for_load_state("networkidle")
        return sum(received)


def _page(search: str, cursor: str = "") -> history.OrderPage:
    return perform(history.orders, largest_customer(), wanted=Wanted(search=search), cursor=cursor)


def _first(search: str) -> str:
    rows = _page(search).rows
    return rows[0].number if rows else ""


@contextmanager
def _context(browser: Browser, cookies: list[Any]) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB", **AS_IT_IS)
    context.set_default_timeout(60_000)
    context.add_cookies(cookies)
    context.add_init_script(INSTRUMENTS)
    yield context
    context.close()


@contextmanager
def _chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=os.environ.get("NEXUS_BROWSER"), args=ARGUMENTS)
        yield started
        started.close()
