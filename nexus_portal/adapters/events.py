"""News of changes, fanned out to whoever shows them: inside this process, and by Redis to other workers."""

import json
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import redis

log = logging.getLogger(__name__)
CHANNEL = "nexus:news"
_worker = uuid4().hex


@dataclass(frozen=True, slots=True)
class News:
    """Something changed in an account. `topic` is the kind of thing, `subject` its public number or id."""

    account_id: UUID
    topic: str
    subject: str = ""


Listener = Callable[[News], None]
_listeners: list[Listener] = []
_remote: Any = None


def listen(listener: Listener) -> Callable[[], None]:
    """Call `listener` for all news, in the thread that brings it; the returned function ends it."""
    _listeners.append(listener)
    return lambda: _listeners.remove(listener)


def publish(news: News) -> None:
    """Tell this process, then the other workers. A lost Redis loses news, never the change itself."""
    _tell(news)
    if _remote is not None:
        try:
            _remote.publish(CHANNEL, body_of(news))
        except redis.RedisError:
            log.warning("news was not passed on to the other workers: redis does not answer")


def connect(url: str) -> None:
    """Pass news to and from the other workers through Redis."""
    global _remote  # noqa: PLW0603 - one connection per process
    _remote = _client(url, socket_timeout=2)
    thread = threading.Thread(target=_follow, args=(url,), name="news", daemon=True)
    thread.start()


def _client(url: str, **options: Any) -> Any:
    # The client's own type hints are partly unknown; nothing of it leaves this module.
    return redis.Redis.from_url(url, **options)  # pyright: ignore[reportUnknownMemberType] - untyped there


def _follow(url: str) -> None:
    pause = threading.Event()
    while True:
        try:
            subscription = _client(url).pubsub()
            subscription.subscribe(CHANNEL)
            for message in subscription.listen():
                if message["type"] == "message":
                    receive(bytes(message["data"]))
        except redis.RedisError:
            pause.wait(2)


def body_of(news: News) -> bytes:
    """News as other processes hear it."""
    return json.dumps([_worker, str(news.account_id), news.topic, news.subject]).encode()


def receive(body: bytes) -> None:
    """Tell this process what another one has sent."""
    worker, account, topic, subject = json.loads(body)
    if worker != _worker:
        _tell(News(UUID(account), topic, subject))


def _tell(news: News) -> None:
    for listener in _listeners:
        listener(news)
