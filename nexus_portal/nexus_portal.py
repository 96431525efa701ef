"""The app: imports the pages, mounts the web doors, sets gate and guard."""

import asyncio
import gc
import importlib
import pkgutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import reflex as rx
from starlette.types import ASGIApp

from nexus_portal import pages, settings
from nexus_portal.adapters import events, news_socket, restoring
from nexus_portal.components.theme import app_appearance
from nexus_portal.pages import orders_ahead
from nexus_portal.pages.page import PUBLIC_ROUTES, frame
from nexus_portal.state import housekeeping, importer, log_care, postman, syslog_feed, taker
from nexus_portal.state.gate import Gate
from nexus_portal.state.live import switchboard
from nexus_portal.state.tabs import tabs, wipe
from nexus_portal.web import ahead
from nexus_portal.web import app as web_app
from nexus_portal.web.guard import Guard

COLLECT_AFTER = (10_000, 20, 20)
"""So many new objects, and so many rounds, before the collector looks at them and at older ones."""

log_care.withhold()
for module in pkgutil.iter_modules(pages.__path__, f"{pages.__name__}."):
    importlib.import_module(module.name)
ahead.draw_with(ahead.ORDERS, orders_ahead.drawn)


def _guarded(inner: ASGIApp) -> Guard:
    return Guard(
        inner,
        settings.current(),
        public=PUBLIC_ROUTES,
        wipe=lambda token: wipe(app, token),
    )


app = rx.App(api_transformer=[web_app.build(), _guarded], **app_appearance(frame()))
app.add_middleware(Gate(), 0)


def _collect_less() -> None:
    """Look for garbage less often, and not among what stays: it took an eighth of a worker's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


@app.register_lifespan_task
@asynccontextmanager
async def _news() -> AsyncIterator[None]:
    _collect_less()
    if settings.current().redis_url:
        events.connect(settings.current().redis_url)
    following = None if settings.current().redis_url else news_socket.follow(settings.current().data_dir)
    serving = restoring.serve()
    tasks = [
        asyncio.create_task(switchboard.run(app)),
        asyncio.create_task(tabs.run(app)),
        asyncio.create_task(housekeeping.run()),
        asyncio.create_task(postman.run()),
        asyncio.create_task(importer.run()),
        asyncio.create_task(taker.run()),
        asyncio.create_task(syslog_feed.run()),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        serving.close()
        if following is not None:
            following.close()
