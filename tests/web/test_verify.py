"""`/verify`: whoever holds a certificate has it checked, without an account, and nothing of it is kept."""

import asyncio
import json
from dataclasses import replace

import httpx
import pytest
from sqlalchemy import inspect, text

from nexus_portal import settings
from nexus_portal.adapters import clock, signing
from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.permissions import Role
from nexus_portal.services import certificate_files, certificate_pdf, certificates, erasure
from nexus_portal.services.certificates import CertificateRow
from nexus_portal.services.use_case import perform
from nexus_portal.web import app as web_app
from nexus_portal.web.guard import Guard
from tests.people import ASTRID, order_of
from tests.web.browser import HEADERS, ORIGIN, Browser
from tests.world import World


@pytest.fixture
def row(world: World) -> CertificateRow:
    orderer = world.person(Role.ORDERER, world.account("Åmåls <b>skola</b>"), stepped_up=True)
    ordered = order_of(world, orderer, ASTRID, photos=True)
    actor = replace(orderer, stepped_up_at=clock.now())
    done = perform(erasure.erase_personal_data, actor, order_id=ordered.id)
    return perform(certificates.certificate, orderer, erasure_id=done.id)


async def _wipe(_token: str) -> None:
    """There are no states here."""


def send(data: bytes | None, *, language: str = "en", address: str = "192.0.2.7") -> httpx.Response:
    """Send a file as the page's form does, from a browser that has never been here: without any cookie."""
    guard = Guard(web_app.build(), settings.current(), public=set(), wipe=_wipe)
    transport = httpx.ASGITransport(guard, client=(address, 50000), raise_app_exceptions=False)

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
            return await client.post(
                f"/verify?language={language}",
                headers={**HEADERS, "origin": ORIGIN, "sec-fetch-site": "same-origin"},
                files={"file": ("a.pdf", data)} if data is not None else {"other": ("a", b"x")},
            )

    return asyncio.run(ask())


def rows_in(database: Database) -> dict[str, int]:
    with database.transaction(SYSTEM, writes=False) as session:
        names = inspect(session.connection()).get_table_names()
        counts = {
            name: session.connection().execute(text(f'SELECT count(*) FROM "{name}"')) for name in names
        }
        return {name: count.scalar_one() for name, count in counts.items() if name != "throttle_hits"}


@pytest.mark.usefixtures("database")
def test_the_page_opens_without_an_account_in_both_languages() -> None:
    for language, title in (("en", "Verify a certificate"), ("sv", "Kontrollera ett intyg")):
        page = Browser().get(f"/verify?language={language}")
        assert page.status_code == 200
        assert f'<html lang="{language}">' in page.text
        assert f"<h1>{title}</h1>" in page.text
        assert "<script" not in page.text


@pytest.mark.parametrize("kind", ["json", "pdf"])
def test_a_genuine_one_is_told_with_what_it_proves_and_nothing_is_kept(
    database: Database, row: CertificateRow, kind: str
) -> None:
    data = (
        certificate_pdf.json_of(row.document)
        if kind == "json"
        else certificate_pdf.pdf(row.document, row.number, "sv")
    )
    before = rows_in(database)
    page = send(data)
    assert page.status_code == 200
    assert "This certificate is genuine" in page.text
    for said in (row.number, "2026-00001", signing.key_id(), "http://localhost:8000", "Orderer"):
        assert said in page.text
    assert "Åmåls &lt;b&gt;skola&lt;/b&gt;" in page.text
    assert "Astrid" not in page.text
    assert rows_in(database) == before
    assert "Intyget är äkta" in send(data, language="sv").text


def test_a_changed_one_is_told_and_nothing_of_it_is_repeated(row: CertificateRow) -> None:
    forged = {**row.document, "order": "2026-77777", "issuer": "https://evil.example"}
    page = send(json.dumps(forged).encode())
    assert page.status_code == 200
    assert "This certificate is not genuine" in page.text
    assert "77777" not in page.text
    assert "evil.example" not in page.text


@pytest.mark.parametrize(
    "data", [b"", b"[" * 50_000, b"%PDF-1.7\nnothing", b'{"type": "other"}', b"\x00\xff", None]
)
def test_what_is_no_certificate_is_told_apart_from_a_changed_one(
    row: CertificateRow, data: bytes | None
) -> None:
    page = send(data)
    assert page.status_code == 422
    assert "This file could not be checked" in page.text


def test_large_files_and_many_files_are_refused(row: CertificateRow) -> None:
    assert send(b"x" * (certificate_files.MOST + 100_000)).status_code == 422
    answers = [send(b"x", address="192.0.2.77").status_code for _ in range(31)]
    assert answers[-1] == 429
    assert answers[0] == 422


def test_another_site_cannot_send_files_here() -> None:
    guard = Guard(web_app.build(), settings.current(), public=set(), wipe=_wipe)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(guard)
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
            return await client.post(
                "/verify", headers={**HEADERS, "origin": "https://evil.example"}, files={"file": b"x"}
            )

    assert asyncio.run(ask()).status_code == 403


def test_the_public_keys_are_for_whoever_opens_them_in_a_browser(row: CertificateRow) -> None:
    answer = Browser().get("/certificates/public-key")
    assert answer.status_code == 200
    assert answer.content == signing.public_key_file().read_bytes()
    assert Browser().get(f"/certificates/{row.number}.json").status_code in {303, 404}
