"""The pages of mail: the outbox, the new password, and the loop that sends."""

import asyncio
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
import reflex as rx
from sqlmodel import select

from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.permissions import Role
from nexus_portal.domain.text import Message
from nexus_portal.models.outbox import OutboxMail
from nexus_portal.services import delivery, outbox, password_resets
from nexus_portal.services.sessions import Visit
from nexus_portal.state import postman
from nexus_portal.state.bridge import acting_as, calling
from nexus_portal.state.bureau_outbox import OutboxState
from nexus_portal.state.reset import ResetState
from nexus_portal.state.shell import ShellState
from tests.identity import BROWSER, after, enrolled, newcomer
from tests.world import World


async def send(state: Any, event: str, **arguments: object) -> Any:
    """Send one of the page's events, as the browser would."""
    return await getattr(type(state), event).fn(state, **arguments)


def post(world: World) -> UUID:
    with world.database.transaction(SYSTEM) as session:
        return outbox.post(
            session, to="maja@x.example", language="en", subject=Message("A"), body=Message("Secret")
        )


@pytest.fixture
def admin(world: World) -> Actor:
    return world.person(Role.BUREAU_ADMIN, world.bureau(), stepped_up=True)


async def test_outbox_shows_mails_and_asks_before_it_shows_one(world: World, admin: Actor) -> None:
    posted = str(post(world))
    with acting_as(admin):
        page = await rx.State().get_state(OutboxState)
        await send(page, "load")
        assert [row.id for row in page.rows] == [posted]

        await send(page, "ask", mail="x")
        assert page.asked == ""
        await send(page, "ask", mail=posted)
        assert (page.asked, page.recipient, page.text) == (posted, "maja@x.example", "")
        await send(page, "close")
        assert page.asked == ""


async def test_wrong_code_opens_the_dialog_again(world: World, admin: Actor) -> None:
    posted = str(post(world))
    with acting_as(admin):
        page = await rx.State().get_state(OutboxState)
        shell = await page.get_state(ShellState)
        shell.kept = {"dialog": "read", "mail": posted, "at": "code"}
        shell._say("error", Message("This code does not fit."))

        await send(page, "load")

        assert (page.asked, page.code_error, shell.notices) == (posted, "This code does not fit.", [])


async def test_mail_is_tried_again_once(world: World, admin: Actor) -> None:
    posted = str(post(world))
    delivery.deliver()
    with acting_as(admin):
        page = await rx.State().get_state(OutboxState)
        for mail in (posted, posted, "x"):
            await send(page, "try_again", mail=mail)
        shell = await page.get_state(ShellState)
        assert [notice.kind for notice in shell.notices] == ["success", "error", "error"]


async def test_customer_loads_no_outbox(world: World) -> None:
    post(world)
    with acting_as(world.person(Role.ACCOUNT_ADMIN, world.account(), stepped_up=True)):
        page = await rx.State().get_state(OutboxState)
        await send(page, "load")
        assert (page.rows, page.loaded) == ([], False)


async def reset_page(visit: Visit) -> ResetState:
    token = calling.set(visit)
    try:
        page = await rx.State().get_state(ResetState)
        await send(page, "load")
        return page
    finally:
        calling.reset(token)


async def test_reset_page_knows_whose_link_was_opened(world: World) -> None:
    person = enrolled(world, Role.ORDERER, world.account())
    password_resets.ask(email=person.email, browser=BROWSER)
    password_resets.answer()
    with world.database.transaction(SYSTEM, writes=False) as session:
        (mail,) = session.exec(select(OutboxMail)).all()
    secret = outbox.opened(mail).rpartition("#")[2]
    opened = after(password_resets.open_link(newcomer(), token=secret, browser=BROWSER))

    page = await reset_page(opened)
    assert (page.stage, page.email) == ("password", person.email)
    page = await reset_page(newcomer())
    assert (page.stage, page.email) == ("over", "")


async def test_postman_sends_what_is_posted_while_he_waits(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = asyncio.Event()
    loop, rounds = asyncio.get_running_loop(), list[int]()

    def deliver() -> None:
        rounds.append(1)
        if len(rounds) > 1:
            loop.call_soon_threadsafe(sent.set)
        else:
            post(world)

    monkeypatch.setattr(delivery, "deliver", deliver)
    working = asyncio.create_task(postman.run())
    await asyncio.wait_for(sent.wait(), 5)
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working
    assert outbox._bells == []


async def test_postman_goes_on_after_a_failure(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    done = asyncio.Event()
    loop = asyncio.get_running_loop()

    def fail() -> None:
        raise RuntimeError

    monkeypatch.setattr(password_resets, "answer", fail)
    monkeypatch.setattr(delivery, "deliver", lambda: loop.call_soon_threadsafe(done.set))
    working = asyncio.create_task(postman.run())
    await asyncio.wait_for(done.wait(), 5)
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working
