"""What is set to what it is already is neither sent nor drawn anew."""

from nexus_portal.state.quiet import empty, put
from nexus_portal.state.taking import TakingState


def test_only_what_differs_is_set() -> None:
    state = TakingState()
    state._clean()
    put(state, asking="", error="")
    assert state.dirty_vars == set()
    put(state, asking="persons", error="")
    assert state.dirty_vars == {"asking"}


def test_a_state_that_holds_nothing_stays_as_it_is() -> None:
    state = TakingState()
    state._clean()
    empty(state)
    assert state.dirty_vars == set()
    state.asking = "persons"
    empty(state)
    assert state.asking == ""
