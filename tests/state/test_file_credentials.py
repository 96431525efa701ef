"""The credentials on the page of files: what is shown, and a password only until it is put away."""

from typing import Any

import pytest
import reflex as rx

from nexus_portal.adapters import passwords
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.permissions import Role
from nexus_portal.services import file_credentials
from nexus_portal.services.use_case import perform
from nexus_portal.state.bridge import acting_as
from nexus_portal.state.file_credentials import EXAMPLE, KEY, REVOKE, FileCredentialsState
from tests.state.test_team import send
from tests.world import World


@pytest.fixture
def admin(world: World) -> Actor:
    return world.person(Role.ACCOUNT_ADMIN, world.account(), stepped_up=True)


async def page_of(actor: Actor) -> Any:
    page = await rx.State().get_state(FileCredentialsState)
    with acting_as(actor):
        await send(page, "load")
    return page


async def test_without_a_credential_the_commands_have_an_example(admin: Actor) -> None:
    page = await page_of(admin)
    assert (page.loaded, page.rows, page.login) == (True, [], EXAMPLE)
    assert (page.host, page.sftp_port, page.ftps_port) == ("localhost", 8022, 8021)


async def test_dialogs_open_and_close(admin: Actor) -> None:
    page = await page_of(admin)
    with acting_as(admin):
        await send(page, "ask", dialog=KEY, credential="")
        assert page.dialog == KEY
        await send(page, "ask", dialog="anything", credential="")
        assert page.dialog == KEY
        await send(page, "close")
    assert page.dialog == ""


async def test_a_password_is_shown_until_it_is_put_away(admin: Actor) -> None:
    password = file_credentials.new_password()
    made = perform(
        file_credentials.add_password,
        admin,
        name="Old system",
        password=password,
        password_hash=passwords.hash_password(password),
    )
    page = await page_of(admin)
    with acting_as(admin):
        await page._show_password(str(made))
        assert (page.shown_password, page.shown_login) == (password, page.rows[0].login)
        await send(page, "put_away")
        assert page.shown_password == ""
        await page._show_password(str(made))
        assert page.shown_password == ""
        await send(page, "ask", dialog=REVOKE, credential=str(made))
        assert page.name == "Old system"
