"""Credentials of the file server: who makes them, what opens them, that they end."""

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from nexus_portal.adapters import passwords, ssh_keys
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound, NotSignedIn, StepUpNeeded
from nexus_portal.domain.permissions import Permission, Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.audit import AuditEvent
from nexus_portal.models.files import FileCredential
from nexus_portal.services import file_access, file_credentials, file_server, master_key
from nexus_portal.services.use_case import perform
from tests.world import Clock, World


@pytest.fixture
def admin(world: World, account: Account) -> Actor:
    return world.person(Role.ACCOUNT_ADMIN, account, stepped_up=True)


@pytest.fixture(scope="module")
def public_keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Public keys by kind, each with a comment that names somebody."""
    folder = tmp_path_factory.mktemp("keys")
    kinds = {"ed25519": [], "ecdsa": ["-b", "384"], "rsa": ["-b", "3072"], "weak": ["-b", "2048"]}
    for name, bits in kinds.items():
        kind = "rsa" if name == "weak" else name
        command = [
            "ssh-keygen",
            "-q",
            "-t",
            kind,
            *bits,
            "-N",
            "",
            "-C",
            "asta@laptop",
            "-f",
            str(folder / name),
        ]
        subprocess.run(command, check=True)
    return {name: (folder / f"{name}.pub").read_text() for name in kinds} | {
        "private": (folder / "ed25519").read_text()
    }


def with_password(admin: Actor, name: str = "Old system") -> tuple[FileCredential, str]:
    password = file_credentials.new_password()
    hashed = passwords.hash_password(password)
    made = perform(file_credentials.add_password, admin, name=name, password=password, password_hash=hashed)
    return made, password


def login_of(admin: Actor, credential: object) -> str:
    return next(r.login for r in perform(file_credentials.credentials, admin) if r.id == str(credential))


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_a_key_opens_its_login_alone(admin: Actor, public_keys: dict[str, str], kind: str) -> None:
    made = perform(file_credentials.add_key, admin, name="Payroll", public_key=public_keys[kind])
    login, print_of = login_of(admin, made), ssh_keys.checked(public_keys[kind]).fingerprint
    assert file_access.by_key(login, print_of) == made
    assert file_access.by_key("files-another", print_of) is None
    assert file_access.by_key(login, "SHA256:another") is None


def test_the_comment_of_a_key_is_not_kept(admin: Actor, public_keys: dict[str, str], world: World) -> None:
    perform(file_credentials.add_key, admin, name="Payroll", public_key=public_keys["ed25519"])
    with world.database.transaction(SYSTEM) as session:
        assert "asta" not in session.exec(select(FileCredential)).one().public_key


@pytest.mark.parametrize("kind", ["weak", "private", "none", "long", "certificate"])
def test_keys_that_will_not_do(admin: Actor, public_keys: dict[str, str], kind: str) -> None:
    keys = public_keys | {"none": "hello", "long": "ssh-rsa " + "A" * 9000, "certificate": "ssh-dss AAAA"}
    with pytest.raises(Invalid):
        perform(file_credentials.add_key, admin, name="Payroll", public_key=keys[kind])


def test_a_key_has_one_credential(admin: Actor, public_keys: dict[str, str]) -> None:
    perform(file_credentials.add_key, admin, name="Payroll", public_key=public_keys["rsa"])
    with pytest.raises(Conflict):
        perform(file_credentials.add_key, admin, name="Again", public_key=public_keys["rsa"])


def test_a_password_is_shown_to_its_maker_for_ten_minutes(admin: Actor, world: World, clock: Clock) -> None:
    made, password = with_password(admin)
    other = world.person(Role.ACCOUNT_ADMIN, world.account(), stepped_up=True)
    assert perform(file_credentials.shown_password, admin, credential_id=made).password == password
    with pytest.raises(NotFound):
        perform(file_credentials.shown_password, other, credential_id=made)
    clock.forward(timedelta(minutes=11))
    with pytest.raises(NotFound):
        perform(file_credentials.shown_password, admin, credential_id=made)
    file_credentials.forget_shown()
    with world.database.transaction(SYSTEM) as session:
        kept = session.exec(select(FileCredential)).one()
        assert kept.password_shown is None
        assert password not in (kept.password_hash or "")
    assert file_access.by_password(login_of(admin, made), password, "192.0.2.1") == made


def test_a_password_that_was_put_away_is_shown_no_more(admin: Actor) -> None:
    made, _ = with_password(admin)
    perform(file_credentials.put_away, admin, credential_id=made)
    with pytest.raises(NotFound):
        perform(file_credentials.shown_password, admin, credential_id=made)


def test_a_shown_password_is_sealed_anew_with_the_master_key(admin: Actor) -> None:
    made, password = with_password(admin)
    master_key.rotate(settled=0)
    assert perform(file_credentials.shown_password, admin, credential_id=made).password == password


def test_passwords_differ_and_are_long() -> None:
    made = {file_credentials.new_password() for _ in range(50)}
    assert len(made) == 50
    assert {len(password) for password in made} == {35}


def test_a_revoked_credential_lets_nobody_in(admin: Actor) -> None:
    made, password = with_password(admin)
    login = login_of(admin, made)
    assert file_access.living([made]) == {made}
    perform(file_credentials.revoke, admin, credential_id=made)
    perform(file_credentials.revoke, admin, credential_id=made)
    assert file_access.living([made]) == set()
    assert file_access.by_password(login, password, "192.0.2.1") is None
    with pytest.raises(NotSignedIn):
        file_access.actor_of(made)


def test_a_machine_may_use_files_and_nothing_else(admin: Actor, account: Account) -> None:
    made, _ = with_password(admin)
    actor = file_access.actor_of(made)
    assert actor.permissions == {Permission.FILES_READ, Permission.FILES_USE}
    assert (actor.account_id, actor.credential_id, actor.user_id) == (account.id, made, None)
    assert not actor.signed_in


def test_use_is_written_down_without_the_whole_address(admin: Actor, world: World, clock: Clock) -> None:
    made, _ = with_password(admin)
    for address in ("192.0.2.7", "192.0.2.7", "198.51.100.2"):
        file_access.note_use(made, address)
    [row] = perform(file_credentials.credentials, admin)
    assert (row.last_used_at, row.last_used_from) == (clock.now().isoformat(), "198.51.100.2")
    with world.database.transaction(SYSTEM) as session:
        used = select(AuditEvent).where(AuditEvent.action == "file_credential:used")
        facts = [event.facts["network"] for event in session.exec(used)]
    assert facts == ["192.0.2.0/24", "198.51.100.0/24"]


@pytest.mark.parametrize("role", [Role.ORDERER, Role.PRIVACY_OFFICER, Role.AUDITOR])
def test_only_the_admin_makes_them(
    world: World, account: Account, public_keys: dict[str, str], role: Role
) -> None:
    somebody = world.person(role, account, stepped_up=True)
    with pytest.raises(NotAllowed):
        perform(file_credentials.add_key, somebody, name="Payroll", public_key=public_keys["rsa"])


def test_it_takes_a_second_factor(world: World, account: Account, public_keys: dict[str, str]) -> None:
    with pytest.raises(StepUpNeeded):
        perform(
            file_credentials.add_key,
            world.person(Role.ACCOUNT_ADMIN, account),
            name="Payroll",
            public_key=public_keys["rsa"],
        )


def test_another_account_s_credential_is_like_an_absent_one(admin: Actor, world: World) -> None:
    made, _ = with_password(admin)
    stranger = world.person(Role.ACCOUNT_ADMIN, world.account("Nordhamn Energi"), stepped_up=True)
    assert perform(file_credentials.credentials, stranger) == ()
    for act in (file_credentials.revoke, file_credentials.put_away):
        with pytest.raises(NotFound):
            perform(act, stranger, credential_id=made)


@pytest.mark.parametrize("name", ["", "  ", "x" * 81])
def test_a_credential_has_a_name(admin: Actor, public_keys: dict[str, str], name: str) -> None:
    with pytest.raises(Invalid):
        perform(file_credentials.add_key, admin, name=name, public_key=public_keys["rsa"])


def test_there_are_at_most_twenty(admin: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_credentials, "MOST", 2)
    hashed = passwords.hash_password("a password of some machine")
    for name in "ab":
        perform(file_credentials.add_password, admin, name=name, password="x", password_hash=hashed)
    with pytest.raises(Invalid):
        perform(file_credentials.add_password, admin, name="c", password="x", password_hash=hashed)


def test_fingerprints_are_told_once_there_are_keys(admin: Actor, installation: Path) -> None:
    assert perform(file_server.server, admin).host_key == ""
    key = ssh_keys.host_key(installation / "transfer" / "ssh_host_ed25519_key")
    assert perform(file_server.server, admin).host_key == key.get_fingerprint()
    assert ((installation / "transfer" / "ssh_host_ed25519_key").stat().st_mode & 0o777) == 0o600
