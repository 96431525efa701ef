"""`migrate`, `bureau create`, `demo` and `doctor`: from nothing to an installation that may serve."""

import json
from pathlib import Path

import pytest
from sqlmodel import func, select
from typer.testing import CliRunner, Result

from nexus_portal import settings
from nexus_portal.adapters import clock, db, keystore, schema
from nexus_portal.adapters.db import Database
from nexus_portal.cli import app, frontend, main
from nexus_portal.cli.terminal import Exit
from nexus_portal.demo import accounts_file, cast
from nexus_portal.demo.play import Play
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.permissions import ROLES
from nexus_portal.models.accounts import Account, AccountKind
from nexus_portal.models.orders import Order

NOWHERE = "postgresql+psycopg://nexus@127.0.0.1:1/nexus"


@pytest.fixture(autouse=True)
def untouched(installation: Path) -> None:
    """Key store and database of this test's data directory, whatever an earlier test had open."""
    keystore.use(None)
    db.use(None)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def ends_with(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """The exit code of the command as a shell sees it."""
    monkeypatch.setattr("sys.argv", ["nexus-portal", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    return int(end.value.code or 0)


def test_migrate_makes_all_and_says_what_it_did(installation: Path) -> None:
    first = json.loads(run("migrate", "--json").stdout)
    assert first == {"applied": schema.revisions(), "revision": schema.head()}
    assert "already" in run("migrate").stdout
    assert (installation / "portal.db").exists()


def test_a_database_that_is_away_ends_with_4(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXUS_DATABASE_URL", NOWHERE)
    settings.current.cache_clear()
    assert ends_with(monkeypatch, "migrate") == Exit.UNAVAILABLE


def test_a_wrong_setting_ends_with_3(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NEXUS_WORKERS", "many")
    settings.current.cache_clear()
    assert ends_with(monkeypatch, "migrate") == Exit.SETTINGS
    assert "NEXUS_WORKERS" in capsys.readouterr().err
    monkeypatch.delenv("NEXUS_WORKERS")
    settings.current.cache_clear()


def test_the_bureau_is_founded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    run("migrate")
    assert "user invite" in run("bureau", "create", "--number", "5560-0001", "--name", "Kortbyrån").stdout
    with db.current().transaction(SYSTEM, writes=False) as session:
        assert session.exec(select(Account.kind)).all() == [AccountKind.BUREAU]
    again = ("bureau", "create", "--number", "5560-0002", "--name", "Kortbyrån", "--json")
    assert ends_with(monkeypatch, *again) == Exit.REFUSED


def test_demo_wants_a_migrated_database(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ends_with(monkeypatch, "demo") == Exit.SETTINGS


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_demo_goes_into_an_empty_database_only(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    run("bureau", "create", "--number", "5560-0001", "--name", "Kortbyrån")
    assert ends_with(monkeypatch, "demo") == Exit.REFUSED
    assert ends_with(monkeypatch, "demo", "--orders", "10") == Exit.REFUSED
    assert json.loads(run("demo", "--if-empty", "--json").stdout) == {"made": False, "present": False}
    assert run("demo", "--if-empty").stdout == ""


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_demo_stays_on_this_machine(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXUS_BASE_URL", "https://portal.example.se")
    settings.current.cache_clear()
    assert ends_with(monkeypatch, "demo") == Exit.SETTINGS


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_demo_tells_how_to_sign_in_and_spreads_orders_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    keystore.prepare()

    def quickly(_advanced: object) -> Play:
        with db.current().transaction(SYSTEM) as session:
            cast.move_in(session, clock.now())
        return Play()

    monkeypatch.setattr("nexus_portal.cli.demo.seed", quickly)
    monkeypatch.setattr(cast, "hash_password", lambda _password: "no hash")
    told = run("demo").stdout
    assert cast.SCHOOL.members[0].email in told
    assert "demo-accounts.json" in told

    spread = json.loads(run("demo", "--orders", "300", "--json").stdout)["spread"]
    assert spread["orders"] == 300
    with db.current().transaction(SYSTEM, writes=False) as session:
        assert session.exec(select(func.count()).select_from(Order)).one() == 300
    assert ends_with(monkeypatch, "demo", "--orders", "300") == Exit.REFUSED


def test_codes_are_those_of_the_moment() -> None:
    people = json.loads(run("demo", "--codes", "--json").stdout)
    assert {role for person in people for role in person["roles"]} == {role.value for role in ROLES}
    assert all(len(person["code"]) == 6 for person in people)
    assert people[0]["code"] in run("demo", "--codes").stdout


def test_doctor_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frontend, "is_built", lambda: False)
    ill = run("doctor")
    assert ill.exit_code == Exit.SETTINGS
    assert "nexus-portal migrate" in ill.stdout

    run("migrate")
    well = run("doctor", "--json")
    assert well.exit_code == 0
    weights = {finding["subject"]: finding["weight"] for finding in json.loads(well.stdout)}
    assert weights["node"] == "fine"
    assert weights["front end"] == "warning"


def test_accounts_file_is_named(installation: Path) -> None:
    assert accounts_file.path() == installation / "demo-accounts.json"
