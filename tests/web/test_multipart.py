"""Uploads wait for a place, and give it back however they end."""

import asyncio
from typing import Any

import pytest
from starlette.requests import Request

from nexus_portal.domain.errors import Invalid, TooMany
from nexus_portal.web import multipart


@pytest.fixture(autouse=True)
def one_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multipart, "PATIENCE", 0.05)
    monkeypatch.setattr(multipart, "AT_ONCE", 1)


async def whole() -> dict[str, Any]:
    return {"type": "http.request", "body": b"--x--\r\n", "more_body": False}


async def stalled() -> dict[str, Any]:
    await asyncio.sleep(5)
    return {"type": "http.disconnect"}


async def gone() -> dict[str, Any]:
    return {"type": "http.disconnect"}


def request(receive: Any = whole) -> Request:
    headers = [(b"content-type", b"multipart/form-data; boundary=x")]
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


async def test_an_upload_beyond_the_places_waits_for_one() -> None:
    async with multipart.receiving(request(), most=100):
        with pytest.raises(TooMany, match="Many files"):
            async with multipart.receiving(request(), most=100):
                pass
    async with multipart.receiving(request(), most=100) as upload:
        assert upload.files == {}


@pytest.mark.parametrize("receive", [stalled, gone])
async def test_an_upload_that_stalls_or_breaks_off_gives_its_place_back(receive: Any) -> None:
    with pytest.raises(Invalid, match="cut off"):
        async with multipart.receiving(request(receive), most=100):
            pass
    async with multipart.receiving(request(), most=100) as upload:
        assert upload.files == {}
