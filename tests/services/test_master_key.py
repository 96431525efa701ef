"""The master key is replaced: everything opens as before, under the new key alone."""

import base64
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from nexus_portal import settings
from nexus_portal.adapters import crash_points, keystore, master_rotation, sealed_files, sealing, signing
from nexus_portal.adapters.db import Database
from nexus_portal.adapters.sealed_files import SealedFile
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Tampered, Unavailable
from nexus_portal.models.base import new_id
from nexus_portal.models.imports import Import
from nexus_portal.models.outbox import OutboxMail
from nexus_portal.models.people import User
from nexus_portal.services import master_key, new_factors, outbox, second_factor, vault, vault_care
from tests.people import ASTRID, BENGT, Ordered, order_of
from tests.world import NOON, World

SECRET = "JBSWY3DPEHPK3PXP"
TABLE = b"Namn;Personnummer"


@pytest.fixture
def ordered(world: World, orderer: Actor) -> Ordered:
    return order_of(world, orderer, ASTRID, BENGT, photos=True)


@pytest.fixture
def mail_id() -> object:
    return new_id()


@pytest.fixture(autouse=True)
def everything(world: World, database: Database, orderer: Actor, mail_id: object) -> Iterator[None]:
    """One of each thing that the master key seals."""
    layout = world.layout(world.account())
    kept = sealed_files.keep(TABLE)
    with database.transaction(SYSTEM) as session:
        user = session.get_one(User, orderer.user_id)
        user.totp_secret = second_factor.sealed(user.id, SECRET)
        user.totp_pending = second_factor.sealed(user.id, SECRET)
        user.recovery_pending = new_factors.fresh_codes(user.id)
        session.add(user)
        session.add(
            OutboxMail(
                id=mail_id,
                recipient="a@example.test",
                subject="s",
                body=outbox.sealed(mail_id, "text"),
                created_at=NOON,
            )
        )
        session.add(
            Import(
                account_id=layout.account_id,
                user_id=orderer.user_id,
                layout_id=layout.id,
                files={"spreadsheet": kept.to_json()},
                created_at=NOON,
                changed_at=NOON,
            )
        )
    signing.sign(b"something")
    yield
    sealing.former().unlink(missing_ok=True)


def opens(database: Database, orderer: Actor, ordered: Ordered, mail_id: object) -> bool:
    keystore.use(None)
    signing.forget()
    with database.transaction(orderer, writes=False) as session:
        persons = list(vault.open_many(session, orderer, ordered.items).values())
    with database.transaction(SYSTEM, writes=False) as session:
        user = session.get_one(User, orderer.user_id)
        mail = session.get_one(OutboxMail, mail_id)
        [source] = session.exec(select(Import)).all()
    assert user.totp_secret
    assert user.totp_pending
    with sealed_files.opened(SealedFile.from_json(source.files["spreadsheet"])) as file:
        table = file.read()
    return (
        persons == [ASTRID, BENGT]
        and second_factor.opened(user.id, user.totp_secret) == SECRET
        and second_factor.opened(user.id, user.totp_pending) == SECRET
        and len(new_factors.pending_codes(user)) == 10
        and outbox.opened(mail) == "text"
        and table == TABLE
        and signing.verifies_here(b"x", signing.sign(b"x"))
    )


Whole = Callable[[], bool]


@pytest.fixture
def whole(database: Database, orderer: Actor, ordered: Ordered, mail_id: object) -> Whole:
    """Whether everything opens to whoever begins anew."""
    return lambda: opens(database, orderer, ordered, mail_id)


def test_everything_opens_under_the_new_key_alone(whole: Whole) -> None:
    path = settings.current().master_key_file
    before, name = path.read_bytes(), sealing.fingerprint()
    public = signing.public_keys()

    done = master_key.rotate(settled=0)

    assert path.read_bytes() != before
    assert (done.master_key, done.master_key != name) == (sealing.fingerprint(), True)
    assert done.renewed == 7  # account, two secrets, codes, mail, file, signing key
    assert sorted(found.name for found in path.parent.glob("master*")) == ["master.key"]
    assert whole()
    assert signing.public_keys() == public
    assert base64.b64decode(before) not in b"".join(
        file.read_bytes() for file in settings.current().data_dir.rglob("*") if file.is_file()
    )


def test_who_serves_meanwhile_opens_and_seals(whole: Whole) -> None:
    old = sealing.seal("mail", b"before", "x")
    master_rotation.exchange()
    assert sealing.open("mail", old, "x") == b"before"
    assert whole()
    new = sealing.seal("mail", b"after", "x")
    assert sealing.renewed("mail", new, "x") is None
    fresh = sealing.renewed("mail", old, "x")
    assert fresh
    master_key.rotate(settled=0)
    assert sealing.open("mail", fresh, "x") == b"before"
    assert sealing.open("mail", new, "x") == b"after"
    with pytest.raises(Tampered):
        sealing.open("mail", old, "x")


@pytest.mark.parametrize("point", master_rotation.POINTS)
def test_it_is_carried_on_from_where_it_broke(
    whole: Whole, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    def crash(here: str) -> None:
        if here == point:
            raise OSError

    with monkeypatch.context() as patch:
        patch.setattr(crash_points, "reached", crash)
        with pytest.raises(OSError):
            master_key.rotate(settled=0)
    assert whole()
    between = sealing.fingerprint()

    master_key.rotate(settled=0)

    assert whole()
    assert not master_rotation.under_way()
    if point in {"master:exchanged", "master:keystore", "master:signing", "master:database"}:
        assert sealing.fingerprint() == between  # the same rotation, not another one


def test_what_opens_under_neither_key_keeps_the_former_one(database: Database, orderer: Actor) -> None:
    with database.transaction(SYSTEM) as session:
        user = session.get_one(User, orderer.user_id)
        user.totp_secret = b"\x01" + b"no ciphertext" * 4
        session.add(user)
    with pytest.raises(Tampered):
        master_key.rotate(settled=0)
    assert master_rotation.under_way()


def test_a_value_of_the_former_key_that_comes_late_is_seen(
    database: Database, orderer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction that sealed before the exchange commits after the first round."""
    assert orderer.user_id
    late, rounds = second_factor.sealed(orderer.user_id, SECRET), 0
    renew = master_key._renew

    def then_commit() -> int:
        nonlocal rounds
        count, rounds = renew(), rounds + 1
        if rounds == 2:
            with database.transaction(SYSTEM) as session:
                user = session.get_one(User, orderer.user_id)
                user.totp_secret = late
                session.add(user)
        return count

    monkeypatch.setattr(master_key, "_renew", then_commit)
    master_key.rotate(settled=0)
    with database.transaction(SYSTEM, writes=False) as session:
        found = session.get_one(User, orderer.user_id).totp_secret
    assert found
    assert second_factor.opened(orderer.user_id, found) == SECRET


def test_values_that_never_end_keep_the_former_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(master_key, "_renew", lambda: 1)
    with pytest.raises(Unavailable):
        master_key.rotate(settled=0)
    assert master_rotation.under_way()


def test_the_vault_is_whole_afterwards(installation: Path) -> None:
    master_key.rotate(settled=0)
    assert vault_care.check().whole
