"""The dialogs before persons are taken away: opened by their page, and again after a refusal."""

import pytest

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.permissions import Role
from nexus_portal.state.shell import Notice, ShellState
from nexus_portal.state.taking import PERSONS, TABLES, TakingState
from tests.tabs import Tab
from tests.world import World


@pytest.fixture
def officer(world: World) -> Actor:
    return world.person(Role.PRIVACY_OFFICER, world.account())


@pytest.mark.parametrize("what", [PERSONS, *TABLES])
async def test_a_dialog_opens_and_closes(officer: Actor, what: str) -> None:
    tab = Tab(officer)
    with tab.at("/orders"):
        dialog = await tab.state(TakingState)
        await dialog.ask(what=what)
        assert dialog.asking == what
        await dialog.closed(opens=False)
        assert dialog.asking == ""
        await dialog.ask(what="../../somewhere")
        assert dialog.asking == ""


async def test_after_a_refusal_it_is_open_again_with_what_was_chosen(officer: Actor) -> None:
    tab = Tab(officer)
    with tab.at("/orders"):
        shell = await tab.state(ShellState)
        shell.kept = {"dialog": "persons", "kind": "xlsx", "purpose": "lost card", "at": "code"}
        shell.notices = [Notice("1", "error", "This code does not fit.")]
        dialog = await tab.state(TakingState)
        await dialog.load()
        assert (dialog.asking, dialog.kind, dialog.purpose) == (PERSONS, "xlsx", "lost card")
        assert dialog.error == "This code does not fit."
        assert shell.notices == []


async def test_it_is_closed_when_the_page_is_opened_or_is_of_another_form(officer: Actor) -> None:
    tab = Tab(officer)
    with tab.at("/orders"):
        shell = await tab.state(ShellState)
        dialog = await tab.state(TakingState)
        await dialog.ask(what=PERSONS)
        shell.kept, shell.notices = {"dialog": "invite"}, [Notice("1", "error", "No.")]
        await dialog.load()
        assert (dialog.asking, dialog.error, len(shell.notices)) == ("", "", 1)
