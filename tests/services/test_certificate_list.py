"""All certificates of an account: listed, checked for gaps, taken away; those of another account never."""

from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from sqlmodel import select
from typer.testing import CliRunner

from nexus_portal.adapters import signing, zip_stream
from nexus_portal.adapters.db import Database
from nexus_portal.cli.certificate import app
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.certificate import signed_part
from nexus_portal.domain.errors import NotAllowed
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.erasures import Erasure
from nexus_portal.services import certificate_list, certificates, erasure, keyset, serials
from nexus_portal.services.certificate_list import Wanted
from nexus_portal.services.use_case import perform
from tests.people import ASTRID, BENGT, order_of
from tests.world import World


@pytest.fixture
def home(world: World) -> Account:
    return world.account("Björkskolan")


@pytest.fixture
def officer(world: World, home: Account) -> Actor:
    return world.person(Role.PRIVACY_OFFICER, home)


def erase(world: World, account: Account, count: int) -> None:
    orderer = world.person(Role.ORDERER, account, stepped_up=True)
    for _ in range(count):
        ordered = order_of(world, orderer, ASTRID, BENGT)
        perform(erasure.erase_personal_data, orderer, order_id=ordered.id)


def numbers(actor: Actor, **wanted: str) -> list[str]:
    page = perform(certificate_list.certificates_of, actor, wanted=Wanted(**wanted))
    return [row.number[-4:] for row in page.rows]


def test_they_are_listed_newest_first_and_each_is_genuine(
    world: World, home: Account, officer: Actor
) -> None:
    erase(world, home, 3)
    erase(world, world.account("Nordhamn"), 1)
    page = perform(certificate_list.certificates_of, officer)
    assert [(row.number[-4:], row.persons, row.flaw) for row in page.rows] == [
        ("0003", 2, ""),
        ("0002", 2, ""),
        ("0001", 2, ""),
    ]
    state = perform(certificate_list.chain, officer)
    assert (state.issued, state.missing) == (3, ())


def test_a_page_turns(world: World, home: Account, officer: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyset, "PAGE", 2)
    erase(world, home, 3)
    first = perform(certificate_list.certificates_of, officer)
    assert [row.number[-1] for row in first.rows] == ["3", "2"]
    second = perform(certificate_list.certificates_of, officer, cursor=first.following)
    assert [(row.number[-1], row.flaw) for row in second.rows] == [("1", "")]


def test_they_are_narrowed_by_policy_and_period(world: World, home: Account, officer: Actor) -> None:
    erase(world, home, 2)
    assert numbers(officer, policy="request") == ["0002", "0001"]
    assert numbers(officer, policy="retention") == []
    assert numbers(officer, since="2026-03-02", until="2026-03-02") == ["0002", "0001"]
    assert numbers(officer, since="2026-03-03") == []
    assert numbers(officer, until="2026-03-01") == []
    assert numbers(officer, since="nonsense", until="9999-12-31") == ["0002", "0001"]


def test_what_is_forged_or_missing_in_the_ledger_shows(
    world: World, home: Account, officer: Actor, database: Database
) -> None:
    erase(world, home, 2)
    with database.transaction(SYSTEM) as session:
        row = session.exec(select(Erasure).where(Erasure.certificate_serial == 2)).one()
        said = row.certificate or {}
        serials.take_serials(session, certificates.series_of(home.id), 3)
        forged = {**said, "certificate": {**said["certificate"], "serial": 4}}
        copied = row.model_dump(exclude={"id", "certificate_serial", "certificate"})
        session.add(Erasure(**copied, certificate_serial=4, certificate=forged))
    flaws = {row.number[-1]: row.flaw for row in perform(certificate_list.certificates_of, officer).rows}
    assert "changed" in flaws["4"]
    assert flaws["1"] == flaws["2"] == ""
    state = perform(certificate_list.chain, officer)
    assert state.issued == 5
    assert state.missing == ("Certificate 3 is missing.", "Certificate 5 is missing.")


def test_one_that_was_signed_but_follows_from_another_shows(
    world: World, home: Account, officer: Actor, database: Database
) -> None:
    erase(world, home, 2)
    with database.transaction(SYSTEM) as session:
        row = session.exec(select(Erasure).where(Erasure.certificate_serial == 2)).one()
        said = row.certificate or {}
        strange = {**said, "certificate": {"serial": 3, "previous": "0" * 64}}
        strange["signature"] = signing.sign(signed_part(strange))
        copied = row.model_dump(exclude={"id", "certificate_serial", "certificate"})
        session.add(Erasure(**copied, certificate_serial=3, certificate=strange))
    flaws = {row.number[-1]: row.flaw for row in perform(certificate_list.certificates_of, officer).rows}
    assert flaws["3"] == "Certificate 3 does not follow from the one before it."


def test_all_are_taken_away_in_one_file_that_verifies_by_itself(
    world: World, home: Account, officer: Actor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificate_list, "PART", 2)
    erase(world, home, 3)
    erase(world, world.account("Nordhamn"), 1)
    archive = tmp_path / "all.zip"
    archive.write_bytes(b"".join(zip_stream.pieces(certificate_list.files(officer))))
    with ZipFile(BytesIO(archive.read_bytes())) as found:
        assert found.testzip() is None
        assert len(found.namelist()) == 4
        (tmp_path / "certificates.pub").write_bytes(found.read("certificates.pub"))
    result = CliRunner().invoke(
        app, ["verify", str(archive), "--public-key", str(tmp_path / "certificates.pub")]
    )
    assert result.exit_code == 0, result.output
    assert "complete from 1 to 3" in result.output


def test_auditors_see_them_and_nobody_without_the_permission(
    world: World, home: Account, officer: Actor
) -> None:
    erase(world, home, 1)
    assert numbers(world.person(Role.AUDITOR, home)) == ["0001"]
    for role, account in ((Role.ORDERER, home), (Role.BUREAU_ADMIN, world.bureau())):
        for ask in (certificate_list.certificates_of, certificate_list.chain):
            with pytest.raises(NotAllowed):
                perform(ask, world.person(role, account))
    assert numbers(world.person(Role.PRIVACY_OFFICER, world.account("Nordhamn"))) == []


def test_an_account_without_any_has_a_whole_chain_of_none(officer: Actor) -> None:
    state = perform(certificate_list.chain, officer)
    assert (state.issued, state.missing) == (0, ())
