"""A drill on each database: what it says of a whole installation, and of one that is not."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from nexus_portal import settings
from nexus_portal.adapters import keystore
from nexus_portal.adapters.db import Database
from nexus_portal.cli import app
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.permissions import Role
from nexus_portal.services import erasure
from nexus_portal.services.use_case import perform
from tests.people import ASTRID, BENGT, MARKER, Ordered, order_of
from tests.world import World


@pytest.fixture(autouse=True)
def at_this_database(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The settings name the database that the test uses, as somebody who may make another."""
    monkeypatch.setenv("NEXUS_DATABASE_URL", database.url.replace("nexus_app@", "postgres@"))
    settings.current.cache_clear()
    yield
    settings.current.cache_clear()


@pytest.fixture
def orderer(world: World) -> Actor:
    return world.person(Role.ORDERER, world.account(), stepped_up=True)


@pytest.fixture
def kept(world: World, orderer: Actor) -> Ordered:
    gone = order_of(world, orderer, ASTRID, photos=True)
    kept = order_of(world, orderer, BENGT, photos=True)
    perform(erasure.erase_personal_data, orderer, order_id=gone.id)
    return kept


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["drill", *arguments])


def test_a_whole_installation_passes_and_its_report_is_signed(kept: Ordered, tmp_path: Path) -> None:
    report, scratch = tmp_path / "report.json", tmp_path / "scratch"
    scratch.mkdir()
    result = run("--report", str(report), "--scratch", str(scratch), "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["checks"]["records"] == {
        "passed": True,
        "records": 1,
        "opened": 1,
        "photos": 1,
        "erased_for_ever": 1,
        "without_key": 0,
        "broken": 0,
        "erased_and_readable": 0,
        "lost_files": 0,
    }
    assert found["checks"]["restored"]["erasures"] == 1
    assert found["checks"]["audit"]["broken"] == 0
    assert list(scratch.iterdir()) == []
    assert MARKER not in report.read_bytes()

    assert run("verify", str(report)).exit_code == 0
    report.write_text(report.read_text().replace('"opened": 1', '"opened": 2'))
    assert run("verify", str(report)).exit_code == 1


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_a_lost_key_fails(kept: Ordered, tmp_path: Path) -> None:
    keystore.discard(kept.records)
    report = tmp_path / "report.json"
    result = run("--report", str(report))
    assert result.exit_code == 1
    assert json.loads(report.read_text())["checks"]["records"]["without_key"] == 1
    assert "without key 1" in result.output
