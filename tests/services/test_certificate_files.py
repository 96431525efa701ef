"""Certificates as files: every change shows, every gap is named, and nothing is needed but the file."""

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from pypdf import PdfReader, PdfWriter
from typer.testing import CliRunner

from nexus_portal.adapters import pdf_attachments, signing
from nexus_portal.cli.certificate import app
from nexus_portal.domain.certificate import signed_part
from nexus_portal.domain.errors import Invalid, TooMany
from nexus_portal.domain.permissions import Role
from nexus_portal.services import certificate_files, certificate_pdf, certificates, erasure
from nexus_portal.services.certificates import CertificateRow
from nexus_portal.services.use_case import perform
from tests.people import ASTRID, BENGT, order_of
from tests.world import World

runner = CliRunner()


@pytest.fixture
def rows(world: World) -> list[CertificateRow]:
    """Three certificates of one account."""
    orderer = world.person(Role.ORDERER, world.account("Björkskolan"), stepped_up=True)
    made: list[CertificateRow] = []
    for people in ((ASTRID, BENGT), (ASTRID,), (BENGT,)):
        ordered = order_of(world, orderer, *people, photos=True)
        done = perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
        made.append(perform(certificates.certificate, orderer, erasure_id=done.id))
    return made


def changed(value: Any) -> Iterator[Any]:
    """The document with each of its leaves changed, one at a time."""
    match value:
        case dict():
            for name, part in value.items():
                yield from ({**value, name: other} for other in changed(part))
        case list() if value:
            for at, part in enumerate(value):
                yield from ([*value[:at], other, *value[at + 1 :]] for other in changed(part))
            yield value[1:]
        case list() | None:
            yield ["something"]
        case int():
            yield value + 1
        case _:
            yield f"{value}x"


def test_a_change_of_any_part_shows(rows: list[CertificateRow]) -> None:
    whole = dict(rows[1].document)
    others = list(changed(whole))
    assert len(others) > 30
    for other in others:
        try:
            found = certificate_files.read(json.dumps(other).encode())
        except Invalid:
            continue
        assert certificates.why_invalid(found, signing.public_keys()) is not None, other
    assert certificates.why_invalid(whole, signing.public_keys()) is None


def test_one_of_the_first_version_still_verifies(rows: list[CertificateRow]) -> None:
    first = {name: part for name, part in rows[0].document.items() if name not in {"left", "signature"}}
    first |= {"version": 1, "erased": {"persons": 2, "photos": 2, "search_tokens": 6}}
    first["decision"] = {"policy": "request", "role": "orderer", "at": first["at"]}
    first["signature"] = signing.sign(signed_part(first))

    checked = certificate_files.check(certificate_pdf.json_of(first))
    assert checked.why is None
    pages = PdfReader(BytesIO(certificate_pdf.pdf(first, "1", "en"))).pages
    assert "Certificates of this version do not say it." in "".join(page.extract_text() for page in pages)


def test_the_pdf_carries_what_was_signed(rows: list[CertificateRow]) -> None:
    data = certificate_pdf.pdf(rows[0].document, rows[0].number, "sv")
    checked = certificate_files.check(data)
    assert checked.why is None
    assert checked.certificate == rows[0].document


def test_a_pdf_that_another_program_wrote_anew_is_still_read(rows: list[CertificateRow]) -> None:
    writer, target = PdfWriter(), BytesIO()
    writer.clone_document_from_reader(PdfReader(BytesIO(certificate_pdf.pdf(rows[0].document, "1", "en"))))
    writer.compress_identical_objects()
    writer.write(target)
    assert certificate_files.check(target.getvalue()).why is None


def test_a_pdf_with_a_changed_certificate_or_two_or_none(rows: list[CertificateRow]) -> None:
    plain = BytesIO()
    empty = PdfWriter()
    empty.add_blank_page(100, 100)
    empty.write(plain)
    other = json.dumps({**rows[0].document, "order": "2026-00009"}).encode()
    forged = pdf_attachments.attach(plain.getvalue(), "c.json", other, media_type="application/json")
    assert certificate_files.check(forged).why is not None
    two = pdf_attachments.attach(forged, "d.json", other, media_type="application/json")
    for data in (plain.getvalue(), two, b"%PDF-1.4 and then nothing"):
        with pytest.raises(Invalid):
            certificate_files.check(data)


def test_a_file_that_is_too_large_is_refused(rows: list[CertificateRow]) -> None:
    with pytest.raises(Invalid):
        certificate_files.check(b"[" * (certificate_files.MOST + 1))


def test_strangers_send_so_many_and_no_more(rows: list[CertificateRow]) -> None:
    for _ in range(30):
        certificate_files.let_in("192.0.2.8")
    with pytest.raises(TooMany):
        certificate_files.let_in("192.0.2.8")
    certificate_files.let_in("192.0.2.9")


class TestCollections:
    """`certificate verify` of a folder or a ZIP file."""

    def test_a_folder_of_all(self, rows: list[CertificateRow], tmp_path: Path) -> None:
        for row in rows:
            (tmp_path / f"{row.number}.json").write_bytes(certificate_pdf.json_of(row.document))
        (tmp_path / "again.pdf").write_bytes(certificate_pdf.pdf(rows[1].document, rows[1].number, "en"))
        (tmp_path / "read-me.txt").write_text("no certificate")
        result = runner.invoke(app, ["verify", str(tmp_path)])
        assert result.exit_code == 0, result.output
        assert "genuine and complete from 1 to 3" in result.output

    def test_one_is_missing(self, rows: list[CertificateRow], tmp_path: Path) -> None:
        archive = tmp_path / "certificates.zip"
        with ZipFile(archive, "w") as target:
            for row in (rows[0], rows[2]):
                target.writestr(f"{row.number}.json", certificate_pdf.json_of(row.document))
        result = runner.invoke(app, ["verify", str(archive), "--json"])
        assert result.exit_code == 1
        told = json.loads(result.output)
        assert told["chains"][0]["flaws"] == ["Certificate 2 is missing."]
        assert [each["genuine"] for each in told["files"]] == [True, True]

    def test_one_is_changed_and_so_missing(self, rows: list[CertificateRow], tmp_path: Path) -> None:
        for row in rows:
            document = {**row.document, "order": "2026-99999"} if row is rows[1] else row.document
            (tmp_path / f"{row.number}.json").write_bytes(certificate_pdf.json_of(document))
        result = runner.invoke(app, ["verify", str(tmp_path)])
        assert result.exit_code == 1
        assert "0002.json" in result.output
        assert "Certificate 2 is missing" in result.output

    def test_nothing_is_in_it(self, rows: list[CertificateRow], tmp_path: Path) -> None:
        assert runner.invoke(app, ["verify", str(tmp_path)]).exit_code == 2

    def test_one_pdf(self, rows: list[CertificateRow], tmp_path: Path) -> None:
        page = tmp_path / "c.pdf"
        page.write_bytes(certificate_pdf.pdf(rows[0].document, rows[0].number, "sv"))
        result = runner.invoke(app, ["verify", str(page)])
        assert result.exit_code == 0, result.output
