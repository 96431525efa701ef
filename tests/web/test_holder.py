"""The card holder's door, behind the guard: no account, no secret in an address, nothing shown afterwards."""

import asyncio
import io
from datetime import timedelta
from typing import Any

import httpx
import pytest
from PIL import Image

from nexus_portal.services import csrf, holder_asking, sessions
from nexus_portal.services.use_case import perform
from tests import ordering_helpers
from tests.ordering_helpers import Desk, staff, values_of
from tests.samples import jpeg_bytes
from tests.web.browser import ORIGIN, Browser
from tests.world import Clock, World

PHOTO = jpeg_bytes(640, 880)


@pytest.fixture
def ours(world: World) -> Desk:
    return ordering_helpers.desk(world)


@pytest.fixture
def phone(world: World) -> Browser:
    opened = Browser()
    opened.get("/my-card")
    return opened


@pytest.fixture
def number(ours: Desk) -> str:
    return perform(holder_asking.ask, ours.orderer, key="k", layout_id=ours.layout.id).number


@pytest.fixture
def token(ours: Desk, number: str) -> str:
    shown = perform(holder_asking.copy_link, ours.orderer, item_id=ours.item(number))
    return shown.link.partition("#")[2]


def filled() -> dict[str, str]:
    return {f"value-{key}": text for key, text in values_of(staff(1)[0]).items()}


def send(
    phone: Browser, token: str, fields: dict[str, str], photo: bytes | None = PHOTO, **more: str
) -> httpx.Response:
    """The form as the page's script sends it."""
    cookie = "; ".join(f"{name}={value}" for name, value in phone.cookies.items())
    headers = {
        "origin": ORIGIN,
        "accept": "application/json",
        "accept-language": "en",
        "cookie": cookie,
        "x-card-link": token,
        **more,
    }
    made = csrf.token(sessions.hash_of(phone.sid))
    files: Any = {"photo": ("x.jpg", photo)} if photo else {"none": ("", b"")}

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=phone.transport, base_url=ORIGIN) as client:
            return await client.post(
                "/my-card/send?language=en", headers=headers, data={"csrf": made, **fields}, files=files
            )

    return asyncio.run(ask())


def test_form_says_who_asks_for_what_and_why(phone: Browser, token: str, ours: Desk) -> None:
    page = phone.post("/my-card/open", token=token)

    assert page.status_code == 200
    for words in (ours.account.name, ours.layout.name, "Personnummer", "Trycks på kortet.", "30 dagar"):
        assert words in page.text
    assert "Tells holders of the same name apart." in page.text
    assert page.headers["referrer-policy"] == "same-origin"
    assert page.headers["cache-control"] == "no-store"


def test_form_changes_its_language_and_keeps_what_was_typed(phone: Browser, token: str) -> None:
    script = '"><script>alert(1)</script>'
    page = phone.post("/my-card/open", token=token, language="en", **{"value-name": script})

    assert "Printed on the card." in page.text
    assert script not in page.text
    assert "&lt;script&gt;alert(1)" in page.text


def test_answer_arrives_and_the_link_shows_nothing_any_more(
    phone: Browser, token: str, number: str, ours: Desk
) -> None:
    assert send(phone, token, filled()).json() == {"sent": True}
    assert [item.stage for item in ours.items(number)] == ["in_review"]

    again = phone.post("/my-card/open", token=token, language="en")
    made_up = phone.post("/my-card/open", token="A" * 43, language="en")
    assert (again.status_code, again.text) == (made_up.status_code, made_up.text)
    assert staff(1)[0].name not in again.text
    replayed, guessed = send(phone, token, filled()), send(phone, "A" * 43, filled())
    assert (replayed.status_code, replayed.text) == (guessed.status_code, guessed.text)
    assert replayed.status_code == 422


def test_refusals_stand_at_their_fields(phone: Browser, token: str) -> None:
    answer = send(phone, token, {"value-name": "=cmd()", "value-personal_number": "1"}, None)

    assert answer.status_code == 422
    assert set(answer.json()["errors"]) == {"name", "personal_number", "photo"}


def test_photo_comes_without_its_metadata_and_not_too_large(
    phone: Browser, token: str, number: str, ours: Desk
) -> None:
    tiny = send(phone, token, filled(), jpeg_bytes(100, 100))
    assert "too small" in tiny.json()["errors"]["photo"]
    assert "is larger than" in send(phone, token, filled(), PHOTO + b"\0" * (5 * 1024**2)).text
    assert "larger than" in send(phone, token, filled(), PHOTO + b"\0" * (7 * 1024**2)).json()["error"]
    assert [item.stage for item in ours.items(number)] == ["collecting"]
    marked, exif = io.BytesIO(), Image.Exif()
    exif[0x010E] = "taken at home"
    Image.open(io.BytesIO(PHOTO)).save(marked, "JPEG", exif=exif)
    assert b"taken at home" in marked.getvalue()
    assert send(phone, token, filled(), marked.getvalue()).json() == {"sent": True}


@pytest.mark.parametrize(
    "more", [{"origin": "https://evil.example"}, {"host": "evil.example"}, {"sec-fetch-site": "cross-site"}]
)
def test_other_sites_send_nothing(
    phone: Browser, token: str, number: str, ours: Desk, more: dict[str, str]
) -> None:
    assert send(phone, token, filled(), **more).status_code in {403, 421}
    assert [item.stage for item in ours.items(number)] == ["collecting"]


def test_form_of_another_visit_is_refused(phone: Browser, token: str, number: str, ours: Desk) -> None:
    made = {"csrf": csrf.token("somebody else’s")}
    assert "earlier visit" in send(phone, token, {**filled(), **made}).json()["error"]
    assert phone.post("/my-card/open", form_of="x", token=token).status_code != 200
    assert [item.stage for item in ours.items(number)] == ["collecting"]


def test_filling_in_may_take_longer_than_a_session(phone: Browser, token: str, clock: Clock) -> None:
    clock.forward(timedelta(hours=3))
    assert send(phone, token, filled()).json() == {"sent": True}


def test_body_of_a_made_up_link_is_not_read(phone: Browser, ours: Desk) -> None:
    answer = send(phone, "made up", filled(), b"x" * (7 * 1024**2))
    assert "does not work" in answer.json()["error"]


def test_poisoned_host_changes_no_link(ours: Desk, number: str, phone: Browser) -> None:
    assert phone.get("/my-card", host="evil.example").status_code == 307
    shown = perform(holder_asking.copy_link, ours.orderer, item_id=ours.item(number))
    assert shown.link.startswith(f"{ORIGIN}/assets/my-card/#")


@pytest.mark.parametrize("path", ["/my-card/x", "/my-cards", "/my-card/open", "/orders"])
def test_nothing_else_opens_without_an_account(phone: Browser, path: str) -> None:
    answer = phone.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")
