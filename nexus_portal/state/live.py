"""Open pages that move by themselves: one subscription per worker, fanned out to the tabs concerned.

A tab watches with the event that loads its page. When news of its account comes, that event is sent as if the
tab had sent it, so the gate looks the session up again and the use case checks the permission again.
"""

import asyncio
from collections.abc import Set as AbstractSet
from contextvars import Context
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import reflex as rx
from reflex_base.event import Event
from reflex_base.utils.format import format_event_handler

from nexus_portal.adapters import events
from nexus_portal.adapters.events import News
from nexus_portal.state.bridge import caller

PAUSE = 0.1
"""Seconds in which several changes become one refresh."""
PRUNE_EVERY = 60


@dataclass(frozen=True, slots=True)
class Watch:
    """What one tab shows. Without `account_id` it is a bureau page and shows every account."""

    account_id: UUID | None
    topics: AbstractSet[str]
    subject: str
    event: str


class Switchboard:
    """The tabs of this worker and what they watch."""

    def __init__(self) -> None:
        self.watches: dict[str, Watch] = {}
        self._due: set[str] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._app: rx.App | None = None

    async def run(self, app: rx.App) -> None:
        """Follow the news until the worker stops: a lifespan task of the app."""
        self._app, self._loop = app, asyncio.get_running_loop()
        stop = events.listen(self._hear)
        try:
            while True:
                await asyncio.sleep(PRUNE_EVERY)
                self.prune()
        finally:
            stop()

    def watch(self, token: str, watch: Watch) -> None:
        """Note what a tab shows now; what it showed before is forgotten."""
        self.watches[token] = watch

    def prune(self) -> None:
        """Forget the tabs whose socket is gone."""
        for token in [token for token in self.watches if not self._connected(token)]:
            del self.watches[token]

    def _hear(self, news: News) -> None:
        if self._loop is not None:
            # A fresh context: the thread that brings the news carries event and caller of another tab.
            self._loop.call_soon_threadsafe(self._spread, news, context=Context())

    def _spread(self, news: News) -> None:
        for token, watch in list(self.watches.items()):
            if watch.account_id not in {None, news.account_id} or news.topic not in watch.topics:
                continue
            if watch.subject and news.subject and watch.subject != news.subject:
                continue
            if not self._connected(token):
                del self.watches[token]
            elif token not in self._due and self._loop is not None:
                self._due.add(token)
                self._loop.call_later(PAUSE, self._refresh, token, context=Context())

    def _refresh(self, token: str) -> None:
        self._due.discard(token)
        watch = self.watches.get(token)
        if watch is not None and self._app is not None:
            task = asyncio.get_running_loop().create_task(
                self._app.event_processor.enqueue(token, Event(name=watch.event)),
                context=Context(),
            )
            _running.add(task)
            task.add_done_callback(_running.discard)

    def _connected(self, token: str) -> bool:
        namespace = self._app.event_namespace if self._app is not None else None
        return namespace is not None and token in namespace.token_to_sid


_running: set["asyncio.Task[Any]"] = set()
switchboard = Switchboard()


def watch(state: rx.State, refresh: Any, *topics: str, subject: str = "") -> None:
    """Have the tab of `state` receive the event `refresh` when one of these topics changes in its account.

    `subject` narrows it to one thing, such as an order's number. Bureau pages see every account's changes.
    """
    actor = caller()
    switchboard.watch(
        state.router.session.client_token,
        Watch(
            None if actor.is_bureau else actor.account_id,
            frozenset({*topics, "session"}),
            subject,
            format_event_handler(refresh),
        ),
    )
