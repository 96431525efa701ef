"""`/apply`: anybody applies without account or scripts; what was typed stays until it is right."""

import asyncio
import re
from datetime import timedelta
from typing import cast

import httpx
import pytest
from starlette.requests import Request

from nexus_portal import settings
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.layouts import Article
from nexus_portal.services import applications
from nexus_portal.services.use_case import perform
from nexus_portal.web import app as web_app
from nexus_portal.web import apply as door
from nexus_portal.web.guard import Guard
from tests import applying
from tests.web.browser import HEADERS, ORIGIN, Browser
from tests.world import Clock, World


@pytest.fixture(autouse=True)
def bureau(world: World) -> Account:
    account = world.bureau()
    world.person(Role.BUREAU_ADMIN, account)
    with world.database.transaction(SYSTEM) as session:
        session.add(Article(number="A-1", name="Kort <i>med</i> chip", price=4900))
    return account


async def _wipe(_token: str) -> None:
    """There are no states here."""


def send(
    path: str, body: bytes | dict[str, object], *, address: str = "192.0.2.7", **headers: str
) -> httpx.Response:
    """Send a form without any cookie, as a raw client does."""
    guard = Guard(web_app.build(), settings.current(), public=set(), wipe=_wipe)
    transport = httpx.ASGITransport(guard, client=(address, 50000), raise_app_exceptions=False)
    sent = {**HEADERS, "origin": ORIGIN, "sec-fetch-site": "same-origin", **headers}

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
            if isinstance(body, bytes):
                more = {"content-type": "application/x-www-form-urlencoded"}
                return await client.post(path, headers={**sent, **more}, content=body)
            return await client.post(path, headers=sent, data=body)

    return asyncio.run(ask())


def token_of(page: str) -> str:
    """The token of the form on a page."""
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found is not None
    return found.group(1)


def filled(clock: Clock, **changed: str) -> dict[str, object]:
    """The form as a person fills it in, who takes a minute."""
    token = token_of(Browser().get("/apply").text)
    clock.forward(timedelta(minutes=1))
    return {**applying.TYPED, "token": token, **changed}


def test_the_form_opens_in_both_languages_and_needs_no_script() -> None:
    for language, title in (("en", "Become a customer"), ("sv", "Bli kund")):
        page = Browser().get(f"/apply?language={language}")
        assert page.status_code == 200
        assert f'<html lang="{language}">' in page.text
        assert f"<h1>{title}</h1>" in page.text
        assert "<script" not in page.text
    assert "Kort &lt;i&gt;med&lt;/i&gt; chip" in page.text
    assert "49" not in page.text.split("<fieldset>")[-1]


def test_applying_gives_a_receipt_with_a_reference(world: World, clock: Clock) -> None:
    answer = send("/apply?language=sv", filled(clock, articles="A-1"))
    [row] = applying.rows(world)
    assert answer.status_code == 200
    assert row.reference in answer.text
    assert "Vad händer nu?" in answer.text
    assert "Vega" not in answer.text
    assert applying.written(world, row.reference).wish.articles == ("A-1",)


def test_a_double_click_is_one_application(world: World, clock: Clock) -> None:
    form = filled(clock)
    assert send("/apply", form).text == send("/apply", form).text
    assert len(applying.rows(world)) == 1


def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(world: World, clock: Clock) -> None:
    answer = send("/apply", filled(clock, number="556036-0794", contact='"><script>', articles="A-1"))
    assert answer.status_code == 422
    wrong = re.search(r'<p class="error" id="number-error">([^<]*)</p>', answer.text)
    assert wrong is not None
    assert "One of the digits is wrong" in wrong.group(1)
    assert 'value="556036-0794"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert "&quot;&gt;&lt;script&gt;" in answer.text
    assert "<script>" not in answer.text
    assert "checked" in answer.text
    assert applying.rows(world) == []


def test_another_language_keeps_what_was_typed_and_sends_nothing(world: World, clock: Clock) -> None:
    form = filled(
        clock, number="556036-0794", contact='"><script>', message="Två sorters kort", articles="A-1"
    )
    in_swedish = send("/apply?language=sv", {**form, "speak": "sv"})
    assert in_swedish.status_code == 200
    assert "<h1>Bli kund</h1>" in in_swedish.text
    for kept in ('value="556036-0794"', "&quot;&gt;&lt;script&gt;", "Två sorters kort", "checked"):
        assert kept in in_swedish.text
    assert 'aria-invalid="true"' not in in_swedish.text
    assert token_of(in_swedish.text) == form["token"], "the time since the form was opened counts on"
    assert applying.rows(world) == []
    again = {
        **form,
        "token": token_of(in_swedish.text),
        "number": applying.TYPED["number"],
        "contact": "Vega Ek",
    }
    assert send("/apply?language=sv", again).status_code == 200
    assert len(applying.rows(world)) == 1


def test_pressing_enter_sends_and_does_not_change_the_language() -> None:
    """Of the buttons of a form the first in the page is pressed by Enter."""
    page = Browser().get("/apply").text
    buttons = re.findall(r"<button[^>]*>", page)
    assert "formaction" not in buttons[0]
    assert 'form="apply"' in buttons[0]
    assert [('formaction="/apply?language=' in each) for each in buttons[1:3]] == [True, True]


def test_a_script_without_a_token_or_at_once_gets_nothing_in(world: World, clock: Clock) -> None:
    for form in ({**applying.TYPED}, {**applying.TYPED, "token": token_of(Browser().get("/apply").text)}):
        assert send("/apply", dict(form)).status_code == 422
    assert applying.rows(world) == []


def test_a_flood_is_refused(world: World, clock: Clock) -> None:
    answers = [send("/apply", filled(clock, email=f"m{n}@havsbris.example")) for n in range(7)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
    assert len(applying.rows(world)) == 5


@pytest.mark.parametrize(
    "body",
    [
        b"message=" + b"x" * 40_000,
        b"&".join(b"a%d=1" % n for n in range(200)),
        b"\xff\xfe=\xff",
        b"a=%ff" * 10,
    ],
)
def test_oversized_and_broken_forms_are_refused(world: World, body: bytes) -> None:
    assert send("/apply", body).status_code in {413, 422}
    assert applying.rows(world) == []


def test_no_more_is_read_than_a_form_can_hold() -> None:
    read = 0

    class Endless:
        async def stream(self):
            nonlocal read
            while True:
                read += 1024
                yield b"x" * 1024

    with pytest.raises(door.Invalid):
        asyncio.run(door._form(cast("Request", Endless())))
    assert read <= door.MOST_BODY + 1024


def test_another_site_cannot_send_it(world: World, clock: Clock) -> None:
    form = filled(clock)
    assert send("/apply", form, origin="https://evil.example").status_code == 403
    assert applying.rows(world) == []


def test_the_bureaus_question_is_answered_by_its_link_once(
    world: World, clock: Clock, bureau: Account
) -> None:
    send("/apply", filled(clock))
    admin = world.person(Role.BUREAU_ADMIN, bureau)
    [row] = applying.rows(world)
    perform(applications.ask_back, admin, reference=row.reference, text="Hur <många>?", seen=row.version)
    secret = applying.secret(world)
    assert Browser().get("/apply/answer").status_code == 200
    asked = send("/apply/answer", {"token": secret})
    assert "Hur &lt;många&gt;?" in asked.text
    kept = send("/apply/answer?language=en", {"token": secret, "answer": "Femtio, tror vi", "speak": "en"})
    assert "Your answer" in kept.text
    assert "Femtio, tror vi" in kept.text
    assert send("/apply/answer/send", {"token": secret, "answer": " "}).status_code == 422
    assert send("/apply/answer/send", {"token": secret, "answer": "Femtio."}).status_code == 200
    for path in ("/apply/answer", "/apply/answer/send"):
        again = send(path, {"token": secret, "answer": "Sextio."})
        assert again.status_code == 404
        assert "Femtio" not in again.text
        assert row.reference not in again.text


@pytest.mark.parametrize("token", ["", "0" * 64, "å" * 500])
def test_a_made_up_link_opens_nothing(token: str) -> None:
    assert send("/apply/answer", {"token": token}).status_code == 404


def test_nobody_reaches_an_application_by_its_reference(world: World, clock: Clock) -> None:
    send("/apply", filled(clock))
    [row] = applying.rows(world)
    for path in (f"/apply/{row.reference}", f"/apply/{row.id}", f"/apply?reference={row.reference}"):
        page = Browser().get(path).text
        assert row.reference not in page
        assert "Vega" not in page
