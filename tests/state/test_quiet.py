"""What is set to what it is already is neither sent nor drawn anew."""

from nexus_portal.state.orders import OrderHistoryState
from nexus_portal.state.quiet import empty, plain, put
from nexus_portal.state.taking import TakingState


def test_only_what_differs_is_set() -> None:
    state = TakingState()
    state._clean()
    put(state, asking="", error="")
    assert state.dirty_vars == set()
    put(state, asking="persons", error="")
    assert state.dirty_vars == {"asking"}


def test_what_is_read_only_is_not_wrapped() -> None:
    state = OrderHistoryState()
    state.asked = {"search": "skola"}
    assert type(plain(state.asked)) is dict
    assert plain(state.query) == ""
    state._clean()
    put(state, asked={"search": "skola"})
    assert state.dirty_vars == set()


def test_a_state_that_holds_nothing_stays_as_it_is() -> None:
    state = TakingState()
    state._clean()
    empty(state)
    assert state.dirty_vars == set()
    state.asking = "persons"
    empty(state)
    assert state.asking == ""
