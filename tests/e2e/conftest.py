"""The journeys' portal and browser."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.e2e.portal import Portal, free_port
from tests.e2e.wire import Client

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


expect.set_options(timeout=15_000)  # journeys say what happens, benchmarks how soon


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder runs against a running portal."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """A portal with the demo, as `make run` starts it; or one that runs already, by port and data."""
    if "PORTAL_PORT" in os.environ:
        yield Portal(Path(os.environ["PORTAL_DATA"]), int(os.environ["PORTAL_PORT"]))
        return
    running = Portal(tmp_path_factory.mktemp("portal"), free_port())
    running.command("migrate")
    running.command("demo")
    running.start()
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def english(portal: Portal) -> Iterator[None]:
    """The language goes with the person: whatever a journey chose, the next one reads English."""
    yield
    with closing(sqlite3.connect(portal.data_dir / "portal.db", timeout=30)) as database, database:
        database.execute("UPDATE users SET language = 'en' WHERE language <> 'en'")


@pytest.fixture(scope="session")
def client(portal: Portal) -> Iterator[Callable[[], Client]]:
    """Makes clients without a browser, each with cookies of its own."""
    made: list[Client] = []

    def make() -> Client:
        made.append(Client(portal))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What starts browsers; a process has one."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """One Chromium for all journeys."""
    started = playwright.chromium.launch(executable_path=os.environ.get("NEXUS_BROWSER"), args=ARGUMENTS)
    yield started
    started.close()


@pytest.fixture
def context(browser: Browser, portal: Portal) -> Iterator[BrowserContext]:
    """A browser of somebody who has not been here before."""
    opened = browser.new_context(base_url=portal.url, viewport={"width": 1280, "height": 800}, locale="en-GB")
    opened.set_default_timeout(15_000)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A tab of that browser."""
    return context.new_page()
