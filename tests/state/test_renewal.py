"""The pages of a new authenticator and new recovery codes: a secret in its stage only, gone with its page."""

import pytest

from nexus_portal.domain.permissions import Role
from nexus_portal.services import renewal
from nexus_portal.services.use_case import perform
from nexus_portal.state.account import AccountState
from nexus_portal.state.renewal import RenewalState
from nexus_portal.state.shell import ShellState
from tests.identity import enrolled
from tests.tabs import Tab
from tests.world import World


@pytest.fixture
def tab(world: World) -> Tab:
    return Tab(enrolled(world, Role.ORDERER, world.account(), stepped_up=True).actor)


async def test_the_key_is_shown_once_it_was_asked_for_and_leaves_with_the_page(tab: Tab) -> None:
    state, shell = await tab.state(RenewalState), await tab.state(ShellState)
    with tab.at("/account/authenticator"):
        await RenewalState.load_authenticator.fn(state)
        assert (state.stage, state.fresh, state.secret, state.qr) == ("start", True, "", "")
        perform(renewal.begin_authenticator, tab.actor)
        await RenewalState.load_authenticator.fn(state)
        assert state.stage == "authenticator"
        assert state.secret
        assert state.qr.startswith("data:image/png;base64,")
        await ShellState.arrive.fn(shell)

    assert (state.stage, state.secret, state.qr) == ("", "", "")


async def test_new_codes_are_shown(tab: Tab) -> None:
    state = await tab.state(RenewalState)
    perform(renewal.begin_codes, tab.actor)
    with tab.at("/account/recovery-codes"):
        await RenewalState.load_codes.fn(state)

    assert (state.stage, len(state.codes), state.codes_left) == ("codes", 10, 1)


@pytest.mark.parametrize(
    ("asked", "leads"),
    [("/orders?page=2", "/orders?page=2"), ("//evil.example", ""), ("javascript:x", ""), ("", "")],
)
async def test_the_way_on_stays_on_this_site(tab: Tab, asked: str, leads: str) -> None:
    state = await tab.state(RenewalState)
    with tab.at("/account/authenticator", next=asked):
        await RenewalState.load_authenticator.fn(state)

    assert state.next == leads


async def test_the_account_page_knows_whether_a_code_is_needed(tab: Tab) -> None:
    state = await tab.state(AccountState)
    with tab.at("/account"):
        await AccountState.load.fn(state)

    assert (state.fresh, state.attempts) == (True, [])
