"""What keeps an installation from serving people, in words that say what to do."""

from pathlib import Path

import pytest
from sqlalchemy import text

from nexus_portal import settings
from nexus_portal.adapters import db, keystore, schema
from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Conflict, Invalid, StepUpNeeded, Unavailable
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account, AccountKind
from nexus_portal.models.people import User
from nexus_portal.services import installation as installing
from nexus_portal.services import readiness
from nexus_portal.services.readiness import Finding, Weight
from nexus_portal.services.use_case import perform
from tests.conftest import POSTGRESQL
from tests.identity import audited
from tests.world import NOON, World

NOWHERE = "postgresql+psycopg://nexus@127.0.0.1:1/nexus"


@pytest.fixture
def ready(database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """An installation with nothing against it."""
    configure(monkeypatch, NEXUS_DATABASE_URL=database.url)
    keystore.use(None)
    keystore.prepare()
    db.use(database)
    return database


def configure(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    settings.current.cache_clear()


def the_stop(**where: str) -> Finding:
    [found] = readiness.stops(readiness.findings(**where))
    return found


def invite_somebody_of_the_demo(database: Database) -> None:
    with database.transaction(SYSTEM) as session:
        session.add(User(email="sara@bjorkskolan.example", name="Sara", created_at=NOON))


def test_nothing_is_wrong(ready: Database) -> None:
    found = readiness.findings()
    assert {finding.weight for finding in found} == {Weight.FINE}
    assert {finding.subject for finding in found} >= {"address", "keys", "database", "demo"}


def test_http_beyond_this_machine(ready: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, NEXUS_BASE_URL="http://portal.example.se")
    assert the_stop().subject == "address"
    configure(monkeypatch, NEXUS_BASE_URL="https://portal.example.se")
    assert not list(readiness.stops(readiness.findings()))


def test_demo_accounts_where_others_reach_them(ready: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    invite_somebody_of_the_demo(ready)
    assert not list(readiness.stops(readiness.findings()))
    assert the_stop(host="0.0.0.0").subject == "demo"  # noqa: S104 - the very thing that is refused
    configure(monkeypatch, NEXUS_BASE_URL="https://portal.example.se")
    assert the_stop().subject == "demo"


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_master_key_missing_or_open_to_others(ready: Database) -> None:
    key = settings.current().master_key_file
    key.chmod(0o644)
    keystore.use(None)
    assert "chmod 600" in the_stop().text
    key.unlink()
    assert "no master key" in the_stop().text


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_key_of_another_installation(
    ready: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "other.key"
    other.write_text("A" * 43 + "=\n")
    other.chmod(0o600)
    configure(monkeypatch, NEXUS_MASTER_KEY_FILE=str(other))
    keystore.use(None)
    assert the_stop().subject == "keys"


def test_database_behind_and_ahead_of_this_release(ready: Database) -> None:
    for revision, remedy in (
        (schema.revisions()[0], "nexus-portal migrate"),
        ("9999", "release that made it"),
    ):
        with ready.transaction(SYSTEM) as session:
            session.connection().execute(
                text("UPDATE alembic_version SET version_num = :to"), {"to": revision}
            )
        found = the_stop()
        assert (found.subject, remedy in found.remedy) == ("database", True)
    with ready.transaction(SYSTEM) as session:
        session.connection().execute(
            text("UPDATE alembic_version SET version_num = :to"), {"to": schema.head()}
        )


def test_nothing_migrated_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    keystore.use(None)
    assert {finding.subject for finding in readiness.stops(readiness.findings())} == {"database"}


def test_database_away(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, NEXUS_DATABASE_URL=NOWHERE)
    keystore.use(None)
    assert the_stop().text == "The database does not answer."
    with pytest.raises(Unavailable):
        installing.prepare()
    with pytest.raises(Unavailable):
        installing.revision()


def test_redis_away(ready: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, NEXUS_REDIS_URL="redis://127.0.0.1:1/0")
    assert the_stop().subject == "redis"


@pytest.mark.parametrize("dialect", ["postgresql"])
def test_a_superuser_is_no_one_to_connect_as(ready: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    server = POSTGRESQL.rpartition("/")[0].replace("postgresql:", "postgresql+psycopg:")
    superuser = Database(f"{server}/{ready.url.rpartition('/')[2]}")
    with superuser.engine.connect() as connection:
        free = connection.execute(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"))
        assert free.scalar_one()
    db.use(superuser)
    warned = [finding for finding in readiness.findings() if finding.weight is Weight.WARNING]
    assert [finding.subject for finding in warned] == ["row-level security"]
    superuser.dispose()


def test_preparing_twice_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    keystore.use(None)
    assert installing.prepare() == schema.revisions()
    assert installing.prepare() == []
    assert installing.revision() == schema.head()


def test_there_is_one_bureau(world: World) -> None:
    admin = world.person(Role.BUREAU_ADMIN, world.account("Elsewhere"), stepped_up=True)
    bureau_id = perform(installing.create_bureau, admin, number="5560-9999", name=" Kortbyrån ")

    with world.database.transaction(SYSTEM, writes=False) as session:
        bureau = session.get_one(Account, bureau_id)
        assert (bureau.name, bureau.kind) == ("Kortbyrån", AccountKind.BUREAU)
    assert [entry.chain for entry in audited(world, "bureau:created")] == [str(bureau_id)]
    with pytest.raises(Conflict):
        perform(installing.create_bureau, admin, number="5560-9998", name="Another")


def test_a_bureau_needs_name_number_and_second_factor(world: World) -> None:
    account = world.account("Elsewhere")
    admin = world.person(Role.BUREAU_ADMIN, account, stepped_up=True)
    for number, name in (("", "Name"), ("1", ""), ("1" * 21, "Name"), ("1", "x" * 121)):
        with pytest.raises(Invalid):
            perform(installing.create_bureau, admin, number=number, name=name)
    with pytest.raises(StepUpNeeded):
        perform(
            installing.create_bureau, world.person(Role.BUREAU_ADMIN, account), number="1", name="Kortbyrån"
        )
