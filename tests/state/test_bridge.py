"""The way from an event to a use case: arguments checked, refusals shown, errors of ours numbered."""

from collections.abc import Iterator
from typing import Any

import pytest
import reflex as rx

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import NotSignedIn, NotYet
from nexus_portal.domain.permissions import Role
from nexus_portal.domain.text import Message
from nexus_portal.state.bridge import acting_as, caller, handler
from nexus_portal.state.orders import OrderHistoryState
from nexus_portal.state.shell import ShellState
from tests.world import World

SECRET = "19121212-1212"  # a valid test number: nobody's


class _ProbeState(rx.State):
    """A state of the tests: each event ends in another way."""

    seen: str = ""

    @handler
    async def take(self, name: str, count: int, chosen: dict[str, str]) -> None:
        self.seen = f"{name}{count}{chosen}"

    @handler
    async def refuse(self) -> None:
        raise NotYet(Message("Not yet."), [Message("First this."), Message("Then that.")])

    @handler
    async def leave(self) -> None:
        raise NotSignedIn

    @handler
    async def fall(self) -> None:
        raise RuntimeError(SECRET)


@pytest.fixture
def signed_in(world: World) -> Iterator[Actor]:
    """Somebody in whose name the events of the test come."""
    actor = world.person(Role.ORDERER, world.account())
    with acting_as(actor):
        yield actor


@pytest.fixture
async def probe(signed_in: Actor) -> _ProbeState:
    """The probe in a tree of its own."""
    return await rx.State(_reflex_internal_init=True).get_state(_ProbeState)


async def notices(state: rx.State) -> list[str]:
    """What the page of a state says."""
    shell = await state.get_state(ShellState)
    return [notice.text for notice in shell.notices]


async def send(state: rx.State, event: str, /, **payload: Any) -> Any:
    """Send an event as Reflex does: arguments by name."""
    return await type(state).event_handlers[event].fn(state, **payload)


async def test_arguments_of_the_right_types_arrive(probe: _ProbeState) -> None:
    await send(probe, "take", name="a", count=1, chosen={"b": "c"})
    assert probe.seen == "a1{'b': 'c'}"


async def test_controls_that_were_not_on_the_page_are_left_out(probe: _ProbeState) -> None:
    await send(probe, "take", name="a", count=1, chosen={"b": "c", "confirm_code": None})
    assert probe.seen == "a1{'b': 'c'}"


@pytest.mark.parametrize(
    "payload",
    [
        {"name": 1, "count": 1, "chosen": {}},
        {"name": "a", "count": "1", "chosen": {}},
        {"name": "a", "count": 1, "chosen": {"b": ["c"]}},
        {"name": "a", "count": 1, "chosen": {"b": {"c": "d"}}},
        {"name": "a" * 10_001, "count": 1, "chosen": {}},
        {"name": "a", "count": 1, "chosen": {}, "_cursor": "x"},
    ],
)
async def test_other_arguments_are_refused_without_repeating_them(
    probe: _ProbeState, payload: dict[str, Any]
) -> None:
    await send(probe, "take", **payload)
    assert probe.seen == ""
    assert await notices(probe) == ["The page sent something that does not belong there. Load it again."]


async def test_a_refusal_shows_every_reason(probe: _ProbeState) -> None:
    await send(probe, "refuse")
    assert await notices(probe) == ["Not yet.", "First this.", "Then that."]


async def test_without_a_session_one_is_led_to_sign_in(probe: _ProbeState) -> None:
    await send(probe, "leave")
    assert (await probe.get_state(ShellState)).load_anew == "/sign-in"


async def test_an_error_of_ours_gets_a_number_and_tells_nothing(probe: _ProbeState) -> None:
    await send(probe, "fall")
    (text,) = await notices(probe)
    assert "Incident" in text
    assert SECRET not in text


def test_a_handler_may_not_take_what_cannot_be_checked() -> None:
    with pytest.raises(TypeError, match="must be annotated"):

        @handler
        async def bad(_self: rx.State, anything: Any) -> None: ...


def test_without_gate_there_is_no_caller() -> None:
    with pytest.raises(NotSignedIn):
        caller()


async def test_the_history_shows_rows_of_the_callers_account(signed_in: Actor) -> None:
    state = await rx.State(_reflex_internal_init=True).get_state(OrderHistoryState)
    await send(state, "refresh")
    assert state.loaded
    assert state.rows == []
    assert signed_in.account_id is not None
