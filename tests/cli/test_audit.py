import json
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import select
from typer.testing import CliRunner

from nexus_portal.adapters.db import Database
from nexus_portal.cli.audit import app
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.models.audit import AuditCheckpoint
from nexus_portal.services import audit

runner = CliRunner()
pytestmark = pytest.mark.parametrize("dialect", ["sqlite"])


@pytest.fixture
def three(database: Database) -> None:
    for number in range(3):
        with database.transaction(SYSTEM) as session:
            audit.record(session, SYSTEM, "portal:started", number=number)


@pytest.mark.usefixtures("three")
def test_an_intact_log_is_said_to_be_so() -> None:
    result = runner.invoke(app, ["verify"])
    assert result.exit_code == 0
    assert result.output == "✓ installation: 3 entries\n"


@pytest.mark.usefixtures("three")
def test_the_first_broken_entry_is_named(database: Database) -> None:
    with database.transaction(SYSTEM) as session:
        session.connection().execute(text("DROP TRIGGER audit_events_no_update"))
        session.connection().execute(text("UPDATE audit_events SET action = 'portal:ended' WHERE seq = 2"))

    plain, as_json = runner.invoke(app, ["verify"]), runner.invoke(app, ["verify", "--json"])

    assert plain.exit_code == as_json.exit_code == 1
    assert "installation: broken at entry 2" in plain.output
    assert json.loads(as_json.stdout) == [
        {
            "chain": "installation",
            "entries": 3,
            "broken_at": 2,
            "why": "Entry 2 was changed after it was written.",
        }
    ]
    assert "no chain" in runner.invoke(app, ["verify", "--chain", "another"]).output


@pytest.mark.usefixtures("three")
def test_the_ends_are_signed(database: Database) -> None:
    assert runner.invoke(app, ["checkpoint"]).output == "✓ 1 chains were signed.\n"
    with database.transaction(SYSTEM, writes=False) as session:
        assert [mark.seq for mark in session.exec(select(AuditCheckpoint))] == [3]
    assert runner.invoke(app, ["verify"]).exit_code == 0


@pytest.mark.usefixtures("three")
def test_an_exported_chain_is_verified_by_its_file_alone(tmp_path: Path) -> None:
    assert runner.invoke(app, ["checkpoint"]).exit_code == 0
    exported = runner.invoke(app, ["export"])
    assert exported.exit_code == 0
    file = tmp_path / "chain.jsonl"
    file.write_bytes(exported.stdout_bytes)
    assert [json.loads(line)["kind"] for line in exported.stdout.splitlines()] == [
        *["entry"] * 3,
        "checkpoint",
        "entry",
    ]
    assert runner.invoke(app, ["verify-file", str(file)]).exit_code == 0

    file.write_bytes(exported.stdout_bytes.replace(b'"number":1', b'"number":7'))
    broken = runner.invoke(app, ["verify-file", str(file)])
    assert (broken.exit_code, "broken at entry 2" in broken.output) == (1, True)
    file.write_text("[]\n")
    assert "no export" in runner.invoke(app, ["verify-file", str(file)]).output
    for text_of_it in ("no JSON\n", "", '{"kind":"letter"}\n'):
        file.write_text(text_of_it)
        assert "no export" in runner.invoke(app, ["verify-file", str(file)]).output
