"""Open pages that move by themselves: one subscription per worker, fanned out to the tabs concerned.

A tab watches with the event that loads its page. When news of its account comes, that event is sent as if the
tab had sent it, so the gate looks the session up again and the use case checks the permission again.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping
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
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import PortalError
from nexus_portal.services import sessions
from nexus_portal.state import together
from nexus_portal.state.bridge import began, caller
from nexus_portal.state.shell import ShellState

log = logging.getLogger(__name__)
PAUSE = 0.05
"""Seconds in which several changes become one refresh."""
PRUNE_EVERY = 60


SESSION = "session"
"""The topic of news that sessions ended, or that somebody's role or its permissions changed."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What one tab shows. Without `account_id` it is a bureau page and shows every account."""

    account_id: UUID | None
    topics: AbstractSet[str]
    subjects: AbstractSet[str]
    """Numbers of the things that it shows; none: everything of its topics."""
    event: str
    session: str
    """Hash of the session that opened the page."""
    permissions: AbstractSet[str]
    """What its reader might do when it was opened."""


class Switchboard:
    """The tabs of this worker and what they watch.

    `permissions_of` says what the person behind a session may do now, or nothing when it has ended;
    `renew` is the event by which a page loads anew.
    """

    def __init__(
        self,
        permissions_of: Callable[[str], AbstractSet[str] | None] = sessions.permissions_of,
        renew: str = "",
    ) -> None:
        self.watches: dict[str, Watch] = {}
        self._name = secrets.token_hex(4)
        self._heard: dict[UUID | None, float] = {}
        """When news of an account came last, and of any: seconds of this machine's own clock."""
        self._permissions_of = permissions_of
        self._renew = renew
        self._due: set[str] = set()
        self._shared: dict[str, type[rx.State]] = {}
        self._doubtful: set[str] = set()
        """Tabs whose reader may have become another, or less: asked before they are refreshed."""
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

    def watch(self, token: str, watch: Watch, since: float | None = None) -> None:
        """Note what a tab shows now; what it showed before is forgotten.

        What changed after `since`, when its page began to read, may be missing from what it has read: it
        reads once more then.
        """
        self.watches[token] = watch
        if since is not None and self._heard.get(watch.account_id, 0) >= since:
            self._soon(token)

    def mark(self, account_id: UUID | None) -> str:
        """What this worker has heard of an account, or of all: the same again means nothing changed."""
        return f"{self._name} {self._heard.get(account_id, 0)}"

    def prune(self) -> None:
        """Forget the tabs whose socket is gone."""
        for token in self.watches.keys() - self._connected():
            del self.watches[token]

    def _hear(self, news: News) -> None:
        if self._loop is not None:
            # A fresh context: the thread that brings the news carries event and caller of another tab.
            self._loop.call_soon_threadsafe(self._spread, news, context=Context())

    def _spread(self, news: News) -> None:
        self._heard[news.account_id] = self._heard[None] = time.monotonic()
        connected = self._connected()
        for token, watch in list(self.watches.items()):
            if watch.account_id not in {None, news.account_id} or not _concerns(watch, news):
                continue
            if token not in connected:
                del self.watches[token]
                continue
            if news.topic == SESSION:
                self._doubtful.add(token)
            self._soon(token)

    def share(self, event: str, kind: type[rx.State]) -> None:
        """Have the tabs that watch with this event refreshed together, as far as their states can."""
        self._shared[event] = kind

    def _soon(self, token: str) -> None:
        if self._loop is not None:
            if not self._due:
                self._loop.call_later(PAUSE, self._refresh, context=Context())
            self._due.add(token)

    def _refresh(self) -> None:
        due, self._due = self._due, set()
        doubtful, self._doubtful = self._doubtful & due, self._doubtful - due
        alike: dict[str, dict[str, Watch]] = {}
        for token in due & self.watches.keys():
            watch = self.watches[token]
            if token in doubtful or watch.event not in self._shared:
                _start(self._send(token, watch, doubtful=token in doubtful))
            else:
                alike.setdefault(watch.event, {})[token] = watch
        for event, tabs in alike.items():
            _start(self._send_together(self._shared[event], tabs))

    async def _send_together(self, kind: type[rx.State], tabs: Mapping[str, Watch]) -> None:
        """Refresh these tabs together; those whose states cannot, by an event of their own."""
        left = set(tabs)
        try:
            if len(tabs) > 1 and self._app is not None:
                sessions_of = {token: watch.session for token, watch in tabs.items()}
                left = await together.refresh(self._app, kind, sessions_of)
        except Exception:
            log.exception("tabs could not be refreshed together")
        for token in left:
            await self._send(token, tabs[token], doubtful=False)

    async def _send(self, token: str, watch: Watch, *, doubtful: bool) -> None:
        """Refresh the page; one whose reader may do other things than before is loaded anew instead."""
        event = watch.event
        if doubtful and await self._changed(watch):
            self.watches.pop(token, None)
            event = self._renew
        if self._app is not None:
            await self._app.event_processor.enqueue(token, Event(name=event))

    async def _changed(self, watch: Watch) -> bool:
        try:
            now = await asyncio.to_thread(self._permissions_of, watch.session)
        except PortalError:
            return False  # the database is away: the gate and the use case ask for themselves
        return now != watch.permissions

    def _connected(self) -> AbstractSet[str]:
        """The tabs with a socket: Reflex gathers them anew each time that one looks."""
        namespace = self._app.event_namespace if self._app is not None else None
        return namespace.token_to_sid.keys() if namespace is not None else frozenset()


def _concerns(watch: Watch, news: News) -> bool:
    if news.topic == SESSION:
        return True
    if news.topic not in watch.topics:
        return False
    return not watch.subjects or not news.subject or news.subject in watch.subjects


def _start(work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.get_running_loop().create_task(work, context=Context())
    _running.add(task)
    task.add_done_callback(_running.discard)


_running: set["asyncio.Task[Any]"] = set()
switchboard = Switchboard(renew=format_event_handler(ShellState.load_again))


def watch(
    state: rx.State, refresh: Any, *topics: str, subject: str = "", subjects: Iterable[str] = ()
) -> None:
    """Have the tab of `state` receive the event `refresh` when one of these topics changes in its account.

    `subject`, or each of `subjects`, narrows it to one thing, such as an order's number. Bureau pages see
    every account's changes. When the reader's permissions change, the page is loaded anew.
    """
    actor = caller()
    switchboard.watch(
        state.router.session.client_token,
        Watch(
            _seen_by(actor),
            frozenset(topics),
            frozenset(filter(None, (subject, *subjects))),
            format_event_handler(refresh),
            actor.session_id,
            actor.permissions,
        ),
        since=began.get(),
    )


def share(kind: type[rx.State], refresh: Any) -> None:
    """Have tabs that watch with `refresh` refreshed together: for a list that very many may have open."""
    switchboard.share(format_event_handler(refresh), kind)


def mark() -> str:
    """See `Switchboard.mark`, of what the caller sees."""
    return switchboard.mark(_seen_by(caller()))


def _seen_by(actor: Actor) -> UUID | None:
    return None if actor.is_bureau else actor.account_id
