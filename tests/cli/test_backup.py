"""`backup` and `restore` as an operator types them."""

import json
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from nexus_portal.adapters import db, keystore, restoring
from nexus_portal.adapters.db import Database
from nexus_portal.cli import app, main
from nexus_portal.cli.terminal import Exit
from nexus_portal.domain.permissions import Role
from nexus_portal.services import erasure
from nexus_portal.services.use_case import perform
from tests.people import ASTRID, Ordered, order_of
from tests.world import World

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"])


@pytest.fixture
def erased(world: World, database: Database, tmp_path: Path) -> Ordered:
    """Backed up, and erased afterwards."""
    orderer = world.person(Role.ORDERER, world.account(), stepped_up=True)
    ordered = order_of(world, orderer, ASTRID)
    told = run("backup", str(tmp_path / "portal"), "--keys", str(tmp_path / "keys"))
    assert told.exit_code == 0, told.output
    assert "master.key is in neither" in told.output.replace("\n", "")
    perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
    return ordered


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def only(folder: Path) -> str:
    [found] = folder.iterdir()
    assert stat.S_IMODE(found.stat().st_mode) == 0o700
    return str(found)


def ends_with(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """The exit code of the command as a shell sees it."""
    monkeypatch.setattr("sys.argv", ["nexus-portal", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    return int(end.value.code or 0)


def test_there_and_back(erased: Ordered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = only(tmp_path / "portal")
    assert ends_with(monkeypatch, "restore", place) == Exit.SETTINGS  # a database is here
    told = run("restore", place, "--keys", only(tmp_path / "keys"), "--force", "--json")
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["replayed"] == {"erasures": 1, "keys": 1, "records": 1, "carried_out": 0}
    assert keystore.keys(erased.records) == {}
    assert run("keys", "check").exit_code == 0
    assert "1 erasures" in run("restore", place, "--force").output


def test_while_a_restoring_is_pending_commands_say_so(
    erased: Ordered, monkeypatch: pytest.MonkeyPatch
) -> None:
    restoring.mark("portal-x")
    assert ends_with(monkeypatch, "audit", "verify") == Exit.UNAVAILABLE
    assert ends_with(monkeypatch, "serve") == Exit.SETTINGS
    assert "restore --replay" in run("doctor").output
    assert run("restore", "--replay").exit_code == 0
    assert db.current()
    assert run("restore").exit_code == Exit.REFUSED
