"""The passkeys on the account page: which dialog is open, and what its events do."""

from datetime import timedelta
from typing import Any

import pytest
import reflex as rx

from nexus_portal.domain.permissions import Role
from nexus_portal.domain.text import Message
from nexus_portal.services import notices
from nexus_portal.services.notices import Flash
from nexus_portal.services.sessions import Visit
from nexus_portal.state.bridge import calling
from nexus_portal.state.passkeys import CONFIRM, NEW, REMOVE, RENAME, PasskeysState
from nexus_portal.state.shell import ShellState
from tests.authenticator import enrolled_key
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    enrolled,
    quick_passwords,
    signed_in,
)
from tests.state.test_team import send
from tests.world import Clock, World

pytestmark = pytest.mark.usefixtures("quick_passwords")


@pytest.fixture
def own(world: World) -> Visit:
    """Somebody with a passkey, who has just signed in."""
    visit = signed_in(enrolled(world, Role.ORDERER, world.account()))
    enrolled_key(visit)
    return visit


async def opened(visit: Visit) -> tuple[Any, Any]:
    """The page and its shell, after it was loaded by this session."""
    calling.set(visit)
    root = rx.State()
    page, shell = await root.get_state(PasskeysState), await root.get_state(ShellState)
    await send(shell, "arrive")
    await send(page, "load")
    return page, shell


def left(visit: Visit, **kept: str) -> None:
    notices.leave(visit.id_hash, Flash("error", Message("You are signed in already."), kept))


async def test_shows_the_passkeys_and_marks_the_page(own: Visit) -> None:
    page, shell = await opened(own)

    assert [row.name for row in page.rows] == ["Phone"]
    assert page.loaded
    assert shell.has_passkey
    assert page.dialog == ""


async def test_page_of_somebody_without_is_not_marked(world: World) -> None:
    _, shell = await opened(signed_in(enrolled(world, Role.ORDERER, world.account())))

    assert not shell.has_passkey


@pytest.mark.parametrize(("minutes", "dialog"), [(1, NEW), (6, CONFIRM)])
async def test_adding_begins_with_the_second_factor_unless_it_is_fresh(
    own: Visit, clock: Clock, minutes: int, dialog: str
) -> None:
    page, _ = await opened(own)
    clock.forward(timedelta(minutes=minutes))

    await send(page, "ask", dialog=CONFIRM, passkey="")

    assert page.dialog == dialog


async def test_refused_form_opens_its_dialog_again(own: Visit) -> None:
    left(own, dialog=NEW, name="Blue key")

    page, shell = await opened(own)

    assert (page.dialog, page.name, page.error) == (NEW, "Blue key", "You are signed in already.")
    assert shell.notices == []


async def test_refused_code_is_said_at_the_code(own: Visit) -> None:
    left(own, dialog=CONFIRM, at="code")

    page, _ = await opened(own)

    assert (page.dialog, page.error, page.code_error) == (CONFIRM, "", "You are signed in already.")


async def test_renamed_in_its_dialog(own: Visit) -> None:
    page, shell = await opened(own)
    await send(page, "ask", dialog=RENAME, passkey=page.rows[0].id)
    assert page.name == "Phone"

    await send(page, "rename", form={"name": " "})
    assert page.error.startswith("Give the passkey a name")

    await send(page, "rename", form={"name": "Blue key"})
    assert [row.name for row in page.rows] == ["Blue key"]
    assert page.dialog == ""
    assert [notice.text for notice in shell.notices] == ["The passkey has its new name."]


async def test_closing_forgets_which_it_was_about(own: Visit) -> None:
    page, _ = await opened(own)
    await send(page, "ask", dialog=REMOVE, passkey=page.rows[0].id)

    await send(page, "close")

    assert (page.dialog, page.passkey, page.name) == ("", "", "")


@pytest.mark.parametrize("passkey", ["", "nonsense", "00000000-0000-4000-8000-000000000000"])
async def test_other_passkeys_are_not_renamed(own: Visit, passkey: str) -> None:
    page, shell = await opened(own)
    await send(page, "ask", dialog=RENAME, passkey=passkey)

    await send(page, "rename", form={"name": "Mine"})

    assert [notice.kind for notice in shell.notices] == ["error"]
    assert [row.name for row in page.rows] == ["Phone"]


async def test_there_are_no_other_dialogs(own: Visit) -> None:
    page, _ = await opened(own)

    await send(page, "ask", dialog="x", passkey="")

    assert page.dialog == ""
