import json
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from sqlmodel import select
from typer.testing import CliRunner

from nexus_portal.adapters import signing
from nexus_portal.cli.certificate import app
from nexus_portal.domain import certificate_chain
from nexus_portal.domain.actor import ANONYMOUS, SYSTEM, Actor
from nexus_portal.domain.errors import Invalid, NotAllowed, NotFound
from nexus_portal.domain.hashchain import document_hash
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.base import new_id
from nexus_portal.models.erasures import Erasure
from nexus_portal.services import certificate_pdf, certificates, erasure, erasure_steps, retention_sweep
from nexus_portal.services.certificates import CertificateRow
from nexus_portal.services.use_case import perform
from tests.people import ASTRID, BENGT, order_of
from tests.world import Clock, World

runner = CliRunner()


@pytest.fixture
def account(world: World) -> Account:
    return world.account("Björkskolan i Åmål")


@pytest.fixture
def orderer(world: World, account: Account) -> Actor:
    return world.person(Role.ORDERER, account, name="Olga Ordersson", stepped_up=True)


def erased(world: World, orderer: Actor, *people: dict[str, str]) -> CertificateRow:
    ordered = order_of(world, orderer, *people, photos=True)
    row = perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
    return perform(certificates.certificate, orderer, erasure_id=row.id)


@pytest.fixture
def row(world: World, orderer: Actor) -> CertificateRow:
    return erased(world, orderer, ASTRID, BENGT)


def file_of(folder: Path, document: Any) -> str:
    path = folder / "certificate.json"
    path.write_text(json.dumps(document, ensure_ascii=False, indent=4), encoding="utf-8")
    return str(path)


def test_those_issued_together_follow_from_each_other(
    world: World, account: Account, orderer: Actor, clock: Clock
) -> None:
    first = erased(world, orderer, ASTRID)
    for each in (ASTRID, BENGT, ASTRID):
        order_of(world, orderer, each)
    clock.forward(timedelta(days=4000))
    retention_sweep.sweep()
    with world.database.transaction(SYSTEM, writes=False) as session:
        issued = session.exec(select(Erasure.certificate).where(Erasure.account_id == account.id)).all()
    assert len(issued) == 4
    [chain] = certificate_chain.chains(each for each in issued if each is not None)
    assert (chain.account, chain.first, chain.last, chain.flaws) == (account.number, 1, 4, ())
    assert first.document in issued


def test_it_says_what_how_many_when_and_by_whom(row: CertificateRow, account: Account) -> None:
    said = dict(row.document)
    noon = "2026-03-02T12:00:00.000000+00:00"
    assert said["order"] == row.order_number == "2026-00001"
    assert said["account"] == {"number": account.number, "name": "Björkskolan i Åmål"}
    assert said["version"] == 2
    assert said["erased"] == {
        "kinds": ["everything"],
        "card_items": 2,
        "persons": 2,
        "of_persons": 2,
        "photos": 2,
        "search_tokens": 6,
    }
    assert said["decision"] == {"policy": "request", "days": {}, "role": "orderer", "at": noon}
    assert said["left"] == {"copies": [], "looked_at": {}}
    assert [(step["store"], step["at"]) for step in said["done"]] == [
        ("key_store", noon),
        ("database", noon),
        ("files", noon),
    ]
    assert said["copies"][0] == {"where": "backups", "holds": "ciphertext", "readable_until": noon}
    assert row.number == f"{account.number}-0001"


def test_it_holds_no_personal_data(row: CertificateRow) -> None:
    text = json.dumps(dict(row.document), ensure_ascii=False)
    for secret in ("Astrid", "Bengt", "640823", "850709", "Olga"):
        assert secret not in text


def test_certificates_of_an_account_follow_from_each_other(
    world: World, orderer: Actor, row: CertificateRow
) -> None:
    second = erased(world, orderer, BENGT)
    other = erased(world, world.person(Role.ORDERER, world.account("Nordhamn"), stepped_up=True), ASTRID)

    assert row.document["certificate"] == {"serial": 1, "previous": None}
    assert second.document["certificate"] == {"serial": 2, "previous": document_hash(row.document)}
    assert other.document["certificate"] == {"serial": 1, "previous": None}


def test_another_account_has_no_such_certificate(world: World, orderer: Actor) -> None:
    ordered = order_of(world, orderer, ASTRID)
    done = perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
    stranger = world.person(Role.PRIVACY_OFFICER, world.account("Nordhamn"))
    for erasure_id in (done.id, new_id()):
        with pytest.raises(NotFound):
            perform(certificates.certificate, stranger, erasure_id=erasure_id)
    with pytest.raises(NotAllowed):
        perform(
            certificates.certificate,
            world.person(Role.BUREAU_ADMIN, world.bureau()),
            erasure_id=done.id,
        )


def test_there_is_none_before_it_is_done(
    world: World, orderer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(_point: str) -> None:
        raise OSError

    monkeypatch.setattr(erasure_steps, "reached", crash)
    ordered = order_of(world, orderer, ASTRID)
    done = perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
    with pytest.raises(NotFound):
        perform(certificates.certificate, orderer, erasure_id=done.id)


class TestVerify:
    """`nexus-portal certificate verify`, which needs the file and the public key and nothing else."""

    def test_a_genuine_one(self, row: CertificateRow, tmp_path: Path) -> None:
        result = runner.invoke(app, ["verify", file_of(tmp_path, dict(row.document))])
        assert result.exit_code == 0, result.output
        assert "Genuine" in result.output
        assert "2026-00001" in result.output

    def test_a_genuine_one_elsewhere_with_the_exported_key(
        self, row: CertificateRow, tmp_path: Path, installation: Path
    ) -> None:
        key = tmp_path / "theirs.pub"
        key.write_bytes(perform(certificates.public_keys, ANONYMOUS))
        for name in ("certificates.pub", "certificates.key", "portal.db"):
            (installation / name).unlink(missing_ok=True)
        result = runner.invoke(
            app, ["verify", file_of(tmp_path, dict(row.document)), "--public-key", str(key), "--json"]
        )
        assert result.exit_code == 0, result.output
        assert json.loads(result.output)["genuine"] is True

    @pytest.mark.parametrize(
        "change",
        [
            {"order": "2026-00002"},
            {"signature": "AAAA"},
            {"signature": "å"},
            {"key": "0" * 16},
            {"note": "something added"},
        ],
    )
    def test_a_changed_one(self, row: CertificateRow, tmp_path: Path, change: dict[str, Any]) -> None:
        result = runner.invoke(app, ["verify", file_of(tmp_path, {**row.document, **change})])
        assert result.exit_code == 1, result.output
        assert "changed" in result.output

    def test_one_of_another_installation(self, row: CertificateRow, tmp_path: Path) -> None:
        signing.public_key_file().unlink()
        signing._key_file().unlink()
        signing._private.cache_clear()
        signing.key_id()
        result = runner.invoke(app, ["verify", file_of(tmp_path, dict(row.document))])
        assert result.exit_code == 1

    @pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"type": "other"}', "\x00", '{"at": NaN}'])
    def test_what_is_no_certificate(self, row: CertificateRow, tmp_path: Path, text: str) -> None:
        path = tmp_path / "certificate.json"
        path.write_text(text)
        assert runner.invoke(app, ["verify", str(path)]).exit_code == 2

    def test_one_that_lacks_parts_or_is_newer(self, row: CertificateRow, tmp_path: Path) -> None:
        for document in (
            {name: part for name, part in row.document.items() if name != "signature"},
            {**row.document, "version": 3},
            {**row.document, "erased": []},
        ):
            assert runner.invoke(app, ["verify", file_of(tmp_path, document)]).exit_code == 2
            with pytest.raises(Invalid):
                certificates.read(document)

    def test_a_missing_file_or_key(self, row: CertificateRow, tmp_path: Path) -> None:
        assert runner.invoke(app, ["verify", str(tmp_path / "absent.json")]).exit_code == 2
        genuine = file_of(tmp_path, dict(row.document))
        no_key = tmp_path / "no.pub"
        no_key.write_text("no key")
        for key in (no_key, tmp_path / "absent.pub"):
            assert runner.invoke(app, ["verify", genuine, "--public-key", str(key)]).exit_code == 2


class TestPage:
    @pytest.mark.parametrize(
        ("language", "title"), [("en", "Certificate of erasure"), ("sv", "Raderingsintyg")]
    )
    def test_it_is_in_the_reader_s_language_and_numbers_its_pages(
        self, row: CertificateRow, language: str, title: str
    ) -> None:
        data = certificate_pdf.pdf(row.document, row.number, language)
        assert data.startswith(b"%PDF-")
        reader = PdfReader(BytesIO(data))
        assert reader.metadata is not None
        assert reader.metadata.title == f"{title} {row.number}"
        assert reader.root_object["/Lang"] == language
        texts = [page.extract_text() for page in reader.pages]
        of = "av" if language == "sv" else "of"
        for number, text in enumerate(texts, 1):
            assert f"{number} {of} {len(texts)}" in text
            assert document_hash(row.document)[:16] in text
        assert "/verify" in "".join(texts)

    def test_the_same_certificate_gives_the_same_page(self, row: CertificateRow) -> None:
        pages = {certificate_pdf.pdf(row.document, row.number, "en") for _ in range(2)}
        assert len(pages) == 1

    def test_a_rule_that_decided_has_no_role(self, row: CertificateRow) -> None:
        by_rule = {
            **row.document,
            "decision": {**row.document["decision"], "policy": "retention", "role": ""},
            "copies": [*row.document["copies"], {"where": "server_logs"}],
        }
        assert certificate_pdf.pdf(by_rule, row.number, "sv").startswith(b"%PDF-")

    def test_a_name_with_markup_is_shown_as_it_is(self, row: CertificateRow) -> None:
        odd = {**row.document, "account": {"number": "1", "name": "<b>A & B</b> <img src=x>"}}
        assert certificate_pdf.pdf(odd, row.number, "en").startswith(b"%PDF-")


def test_the_public_key_is_for_everybody_and_not_secret(row: CertificateRow) -> None:
    pem = perform(certificates.public_keys, ANONYMOUS)
    assert pem == signing.public_key_file().read_bytes()
    assert b"PRIVATE" not in pem
    assert signing.public_key_file().stat().st_mode & 0o044 == 0o044
