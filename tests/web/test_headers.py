"""What answers carry: a policy for pages, a closed one for everything else, and how long each is kept."""

import httpx
import pytest

from nexus_portal.components.files import address
from nexus_portal.web.headers import NO_PAGE, adding


async def answered(path: str, *, kind: str = "text/plain", status: int = 200) -> httpx.Headers:
    """The headers of an answer of this kind from this address."""

    async def app(scope, receive, send):
        start = {
            "type": "http.response.start",
            "status": status,
            "headers": [(b"content-type", kind.encode())],
        }
        sending = adding(send, scope, secure=True)
        await sending(start)
        await sending({"type": "http.response.body", "body": b""})

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://x.example") as client:
        return (await client.get(path)).headers


async def test_a_page_carries_its_policy_and_is_never_stored() -> None:
    found = await answered("/orders", kind="text/html; charset=utf-8")
    assert "script-src 'self'" in found["content-security-policy"]
    assert found["x-frame-options"] == "DENY"
    assert found["cache-control"] == "no-store"


async def test_what_is_no_page_may_do_nothing() -> None:
    found = await answered("/orders/export", kind="text/csv")
    assert found["content-security-policy"] == NO_PAGE
    assert found["x-content-type-options"] == "nosniff"
    assert found["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/assets/root-DNEkQ43l.js", address("portal.js")])
async def test_a_file_whose_address_follows_its_content_is_kept_for_good(path: str) -> None:
    assert "immutable" in (await answered(path, kind="text/javascript"))["cache-control"]


@pytest.mark.parametrize(
    ("path", "status"),
    [("/assets/gone.js", 404), ("/portal.js", 200), ("/session/ends?v=1", 200), ("/photos/1?v=2", 200)],
)
async def test_nothing_else_is_kept(path: str, status: int) -> None:
    assert (await answered(path, status=status))["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "camera"),
    [
        ("/", "(self)"),
        ("/orders/new", "(self)"),
        ("/orders/2026-00001", "(self)"),
        ("/sign-in", "()"),
        ("/help/gdpr", "()"),
        ("/my-card/x", "()"),
        ("/verify", "()"),
        ("/bureau/production", "()"),
    ],
)
async def test_the_camera_is_for_pages_on_which_photos_are_taken(path: str, camera: str) -> None:
    found = (await answered(path, kind="text/html"))["permissions-policy"]
    assert found == f"camera={camera}, geolocation=(), microphone=(), payment=(), usb=()"
    assert "permissions-policy" not in await answered(path)
