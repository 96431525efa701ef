"""What a tab showed of persons goes when it closes, in memory and in Redis alike; the rest a minute later."""

from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import pytest
import reflex as rx
from redis.asyncio import Redis
from reflex.istate.manager.memory import StateManagerMemory
from reflex.istate.manager.redis import StateManagerRedis
from reflex.istate.manager.token import BaseStateToken
from reflex.utils.token_manager import LocalTokenManager, RedisTokenManager

from nexus_portal.state.gate import Gate
from nexus_portal.state.order_names import OrderNamesState
from nexus_portal.state.tabs import KEPT, Tabs, tabs
from nexus_portal.state.taking import TakingState
from tests.servers import redis_server

NAME = "Canarina Åkerfågel"


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


class App:
    """What is asked of the app: its states, and who is connected."""

    def __init__(self, manager: Any, tokens: Any) -> None:
        self.state_manager = manager
        self.event_namespace = Namespace(tokens)


class Namespace:
    """One worker's sockets."""

    def __init__(self, tokens: Any) -> None:
        self._token_manager = tokens

    @property
    def token_to_sid(self) -> Any:
        return self._token_manager.token_to_sid


@pytest.fixture(params=["memory", "redis"])
async def app(request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    if request.param == "memory":
        manager = StateManagerMemory()
        yield App(manager, LocalTokenManager())
        await manager.close()
        return
    redis = Redis.from_url(request.getfixturevalue("redis_url"))
    await redis.flushall()
    manager, tokens = StateManagerRedis(redis), RedisTokenManager(redis)
    yield App(manager, tokens)
    await tokens.close()
    await manager.close()
    await redis.aclose()


class OpenTab:
    """A tab that shows a name, and has a dialog open that tells nothing."""

    def __init__(self, app: Any, board: Tabs) -> None:
        self.app, self.board, self.token = app, board, str(uuid4())

    async def connect(self, sid: str = "sid") -> None:
        await self.app.event_namespace._token_manager.link_token_to_sid(self.token, sid)

    async def leave(self, sid: str = "sid") -> None:
        await self.app.event_namespace._token_manager.disconnect_token(self.token, sid)

    async def show(self) -> None:
        self.board.seen(self.token)
        async with self._state() as root:
            (await root.get_state(OrderNamesState)).text = NAME
            (await root.get_state(TakingState)).asking = "persons"

    async def holds(self) -> tuple[str, str]:
        async with self._state() as root:
            names, taking = await root.get_state(OrderNamesState), await root.get_state(TakingState)
            return names.text, taking.asking

    def _state(self) -> Any:
        return self.app.state_manager.modify_state(BaseStateToken(ident=self.token, cls=rx.State))

    async def raw(self) -> bytes:
        """All that is stored, as it lies there."""
        if isinstance(self.app.state_manager, StateManagerMemory):
            states = self.app.state_manager.states.values()
            return b"".join(each._serialize() for root in states for each in every(root))
        redis = self.app.state_manager.redis
        return b"".join([await redis.get(key) or b"" for key in await redis.keys(f"{self.token}_reflex*")])


def every(state: Any) -> Iterator[Any]:
    yield state
    for each in state.substates.values():
        yield from every(each)


@pytest.fixture
async def tab(app: Any) -> OpenTab:
    opened = OpenTab(app, Tabs())
    await opened.connect()
    await opened.show()
    return opened


async def test_an_open_tab_keeps_what_it_shows(app: Any, tab: OpenTab) -> None:
    await tab.board.look(app, now=0)
    await tab.board.look(app, now=KEPT * 2)
    assert await tab.holds() == (NAME, "persons")


async def test_a_closed_tab_holds_nobody_and_soon_nothing(app: Any, tab: OpenTab) -> None:
    assert NAME.encode() in await tab.raw()
    await tab.leave()
    await tab.board.look(app, now=0)
    assert NAME.encode() not in await tab.raw()
    assert await tab.holds() == ("", "persons")
    await tab.board.look(app, now=KEPT - 1)
    assert await tab.holds() == ("", "persons")
    await tab.board.look(app, now=KEPT)
    assert await tab.raw() == b""


async def test_a_tab_that_is_loaded_anew_finds_the_rest(app: Any, tab: OpenTab) -> None:
    await tab.leave()
    await tab.board.look(app, now=0)
    await tab.connect("another sid")
    tab.board.seen(tab.token)
    await tab.board.look(app, now=KEPT * 2)
    assert await tab.holds() == ("", "persons")


async def test_what_an_event_under_way_put_into_a_closed_tab_goes_too(app: Any, tab: OpenTab) -> None:
    await tab.leave()
    await tab.board.look(app, now=0)
    await tab.show()
    assert NAME.encode() in await tab.raw()
    await tab.board.look(app, now=1)
    assert NAME.encode() not in await tab.raw()


@pytest.mark.parametrize("app", ["redis"], indirect=True)
async def test_a_tab_whose_socket_is_at_another_worker_is_left_to_it(tab: OpenTab, redis_url: str) -> None:
    other = RedisTokenManager(Redis.from_url(redis_url))
    await tab.leave()
    await other.link_token_to_sid(tab.token, "sid there")
    await tab.board.look(tab.app, now=0)
    await tab.board.look(tab.app, now=KEPT)
    assert await tab.holds() == (NAME, "persons")
    await other.disconnect_token(tab.token, "sid there")
    await other.close()
    await other.redis.aclose()


async def test_what_could_not_be_emptied_is_tried_again(
    app: Any, tab: OpenTab, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tab.leave()
    with monkeypatch.context() as broken:
        broken.setattr(app, "state_manager", SimpleNamespace())
        with pytest.raises(AttributeError):
            await tab.board.look(app, now=0)
    await tab.board.look(app, now=1)
    assert NAME.encode() not in await tab.raw()


async def test_every_event_makes_its_tab_known() -> None:
    token = str(uuid4())
    state: Any = SimpleNamespace(router=SimpleNamespace(session=SimpleNamespace(client_token=token)))
    event: Any = SimpleNamespace(name="not in the manifest")
    app = cast("rx.App", None)  # the gate asks it for nothing
    assert await Gate().preprocess(app, state, event) is not None
    assert token in tabs._open
    tabs._open.discard(token)
