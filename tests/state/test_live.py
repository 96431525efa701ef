"""One subscription, many tabs: news reaches those it concerns and no other, and leaves nothing behind."""

import asyncio
import time
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest

from nexus_portal.adapters import events
from nexus_portal.adapters.events import News
from nexus_portal.state import live
from nexus_portal.state.live import Switchboard, Watch
from nexus_portal.state.orders import OrderHistoryState


class App:
    """What the switchboard needs of the app: who is connected, and where events go."""

    def __init__(self) -> None:
        self.connected: dict[str, str] = {}
        self.sent: list[tuple[str, str]] = []
        self.event_namespace = SimpleNamespace(token_to_sid=self.connected)
        self.event_processor = SimpleNamespace(enqueue=self.enqueue)

    async def enqueue(self, token: str, event: Any) -> None:
        """Note what was sent to whom."""
        self.sent.append((token, event.name))


OURS, THEIRS = uuid4(), uuid4()
MAY = {"kept": frozenset({"orders:read"}), "lost": frozenset({"cards:read"})}
"""What the persons behind two sessions may do now; a third session has ended."""


@pytest.fixture
async def running() -> Any:
    """A switchboard that follows the news, and its app."""
    board, app = Switchboard(MAY.get, "renew"), App()
    task = asyncio.create_task(board.run(app))  # pyright: ignore[reportArgumentType] - a stand-in with what the board uses
    await asyncio.sleep(0)
    yield board, app
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def tab(
    board: Switchboard,
    app: App,
    account: UUID | None,
    *,
    subject: str = "",
    session: str = "kept",
    since: float | None = None,
) -> str:
    """An open tab that shows orders of an account."""
    token = str(uuid4())
    app.connected[token] = "sid"
    subjects = frozenset({subject} - {""})
    might = frozenset({"orders:read"})
    board.watch(token, Watch(account, frozenset({"orders"}), subjects, "refresh", session, might), since)
    return token


async def settle() -> None:
    """Let the news arrive and the pause pass."""
    await asyncio.sleep(live.PAUSE * 2)


async def test_news_reaches_the_account_and_the_bureau_and_nobody_else(
    running: tuple[Switchboard, App],
) -> None:
    board, app = running
    ours, bureau = tab(board, app, OURS), tab(board, app, None)
    tab(board, app, THEIRS)
    await asyncio.to_thread(events.publish, News(OURS, "orders", "2026-00001"))
    await settle()
    assert {token for token, _ in app.sent} == {ours, bureau}


async def test_a_page_about_one_order_hears_of_that_one_only(running: tuple[Switchboard, App]) -> None:
    board, app = running
    tab(board, app, OURS, subject="2026-00001")
    second = tab(board, app, OURS, subject="2026-00002")
    events.publish(News(OURS, "orders", "2026-00002"))
    await settle()
    assert [token for token, _ in app.sent] == [second]


async def test_topics_that_are_not_shown_are_not_heard(running: tuple[Switchboard, App]) -> None:
    board, app = running
    tab(board, app, OURS)
    events.publish(News(OURS, "imports"))
    await settle()
    assert app.sent == []


async def test_what_changed_while_a_page_was_read_is_read_once_more(running: tuple[Switchboard, App]) -> None:
    board, app = running
    began = time.monotonic()
    events.publish(News(OURS, "orders"))
    await settle()
    ours, theirs = tab(board, app, OURS, since=began), tab(board, app, THEIRS, since=began)
    bureau, later = tab(board, app, None, since=began), tab(board, app, OURS, since=time.monotonic())
    await settle()
    assert {token for token, _ in app.sent} == {ours, bureau}
    assert not {theirs, later} & {token for token, _ in app.sent}


async def test_a_hundred_changes_at_once_refresh_once(running: tuple[Switchboard, App]) -> None:
    board, app = running
    tab(board, app, OURS)
    for number in range(100):
        events.publish(News(OURS, "orders", str(number)))
    await settle()
    assert len(app.sent) == 1


async def test_a_thousand_tabs_that_came_and_went_leave_nothing(running: tuple[Switchboard, App]) -> None:
    board, app = running
    for _ in range(1000):
        app.connected.pop(tab(board, app, OURS))
    events.publish(News(OURS, "orders"))
    await settle()
    assert board.watches == {}
    assert app.sent == []


async def test_tabs_of_quiet_accounts_are_forgotten_too(running: tuple[Switchboard, App]) -> None:
    board, app = running
    app.connected.pop(tab(board, app, THEIRS))
    board.prune()
    assert board.watches == {}


@pytest.mark.parametrize("session", ["lost", "ended"])
async def test_who_may_no_longer_see_a_page_is_never_refreshed_into_a_refusal(
    running: tuple[Switchboard, App], session: str
) -> None:
    board, app = running
    kept, lost = tab(board, app, OURS), tab(board, app, OURS, session=session)
    events.publish(News(OURS, "session"))
    events.publish(News(OURS, "orders"))
    await settle()
    assert sorted(app.sent) == sorted([(kept, "refresh"), (lost, "renew")])
    app.sent.clear()
    events.publish(News(OURS, "orders"))
    await settle()
    assert app.sent == [(kept, "refresh")]
    assert list(board.watches) == [kept]


async def test_sessions_of_another_account_are_not_asked_for(running: tuple[Switchboard, App]) -> None:
    board, app = running
    tab(board, app, THEIRS, session="lost")
    events.publish(News(OURS, "session"))
    await settle()
    assert app.sent == []
    assert len(board.watches) == 1


async def test_a_thousand_watches_replaced_by_one_tab_are_one(running: tuple[Switchboard, App]) -> None:
    board, app = running
    token = tab(board, app, OURS)
    for number in range(1000):
        watch = Watch(OURS, frozenset({"orders"}), frozenset({str(number)}), "refresh", "kept", MAY["kept"])
        board.watch(token, watch)
    events.publish(News(OURS, "orders", "3"))
    events.publish(News(OURS, "orders", "999"))
    await settle()
    assert app.sent == [(token, "refresh")]
    assert len(board.watches) == 1


async def test_a_page_of_two_things_hears_of_both(running: tuple[Switchboard, App]) -> None:
    board, app = running
    token = str(uuid4())
    app.connected[token] = "sid"
    topics, shown = frozenset({"orders", "cards"}), frozenset({"C-1", "2026-1"})
    board.watch(token, Watch(OURS, topics, shown, "refresh", "kept", MAY["kept"]))
    for news in (News(OURS, "cards", "C-2"), News(OURS, "orders", "2026-2")):
        events.publish(news)
    await settle()
    assert app.sent == []
    events.publish(News(OURS, "cards", "C-1"))
    await settle()
    events.publish(News(OURS, "orders", "2026-1"))
    await settle()
    assert app.sent == [(token, "refresh")] * 2


@pytest.fixture
def shared(running: tuple[Switchboard, App], monkeypatch: pytest.MonkeyPatch) -> Any:
    """What is asked of `together`, by whom tabs are refreshed now; it leaves what it is told to."""
    board, _ = running
    board.share("refresh", OrderHistoryState)
    asked = SimpleNamespace(tabs=[], leaves=set[str](), fails=False)

    async def refresh(_app: Any, kind: Any, tabs: dict[str, str]) -> set[str]:
        assert kind is OrderHistoryState
        asked.tabs.append(tabs)
        if asked.fails:
            raise OSError
        return asked.leaves

    monkeypatch.setattr(live.together, "refresh", refresh)
    return asked


async def test_tabs_of_one_list_are_refreshed_together_and_what_is_left_by_an_event(
    running: tuple[Switchboard, App], shared: Any
) -> None:
    board, app = running
    one, other = tab(board, app, OURS), tab(board, app, OURS)
    tab(board, app, THEIRS)
    shared.leaves = {other}
    events.publish(News(OURS, "orders"))
    await settle()
    assert shared.tabs == [{one: "kept", other: "kept"}]
    assert app.sent == [(other, "refresh")]


async def test_what_fails_together_is_done_one_by_one(running: tuple[Switchboard, App], shared: Any) -> None:
    board, app = running
    tabs = {tab(board, app, OURS), tab(board, app, OURS)}
    shared.fails = True
    events.publish(News(OURS, "orders"))
    await settle()
    assert {token for token, _ in app.sent} == tabs


async def test_one_tab_alone_and_those_in_doubt_have_an_event_of_their_own(
    running: tuple[Switchboard, App], shared: Any
) -> None:
    board, app = running
    one, lost = tab(board, app, OURS), tab(board, app, OURS, session="lost")
    events.publish(News(OURS, "session"))
    events.publish(News(OURS, "orders"))
    await settle()
    assert shared.tabs == []
    assert sorted(app.sent) == sorted([(one, "refresh"), (lost, "renew")])
