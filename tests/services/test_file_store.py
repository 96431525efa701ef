"""Dropped files: sealed, listed, gone on with, replaced, erased; within their account and its quota."""

import threading
from datetime import timedelta

import pytest
from sqlmodel import select

from nexus_portal import settings
from nexus_portal.adapters import blobs, db, keystore
from nexus_portal.adapters.db import Database
from nexus_portal.adapters.drop_pieces import PIECE, SLOT
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import (
    Conflict,
    Invalid,
    NoRoom,
    NotAllowed,
    NotFound,
    NotYet,
    PortalError,
    Tampered,
)
from nexus_portal.domain.file_drops import FileState, Folder
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.base import new_id
from nexus_portal.models.erasures import Erasure, ErasureState
from nexus_portal.models.files import FileDrop
from nexus_portal.models.privacy import Access
from nexus_portal.services import (
    file_sending,
    file_settling,
    file_store,
    file_uploads,
    ledger_replay,
    vault_care,
    vault_proof,
)
from nexus_portal.services.file_sending import Begin
from nexus_portal.services.file_uploads import Sender
from nexus_portal.services.use_case import perform
from tests.dropping import begin, content, random_bytes, send
from tests.statements import sent
from tests.world import Clock, World

INBOX, NAME = Folder.INBOX, "Åsa Öberg.csv"


@pytest.fixture
def machine(account: Account, orderer: Actor) -> Actor:
    """What works among the files of somebody of the account."""
    return file_store.portal_in(account.id, orderer.user_id)


def drop_of(actor: Actor, name: str) -> FileDrop:
    found = perform(file_store.stat, actor, folder=INBOX, name=name)
    with db.current().transaction(SYSTEM, writes=False) as session:
        return session.get_one(FileDrop, found.id)


def test_it_is_listed_with_its_name_and_read_as_it_was_sent(machine: Actor) -> None:
    data = random_bytes(3 * PIECE + 17)
    send(machine, NAME, data)
    [entry] = perform(file_store.list_folder, machine, folder=INBOX)
    assert (entry.name, entry.size, entry.state) == (NAME, len(data), FileState.RECEIVED)
    assert content(machine, NAME) == data


def test_reading_stands_in_the_access_log(machine: Actor, world: World) -> None:
    send(machine, NAME, b"a;b")
    perform(file_store.open_read, machine, folder=INBOX, name=NAME)
    with world.database.transaction(SYSTEM) as session:
        [access] = session.exec(select(Access)).all()
    assert (access.act, access.subject) == ("file", file_store.code_of(drop_of(machine, NAME).id))


def test_a_name_is_the_same_however_its_letters_are_put_together(machine: Actor) -> None:
    send(machine, "A\u030asa.csv", b"a;b")
    assert perform(file_store.stat, machine, folder=INBOX, name="\u00c5sa.csv").name == "\u00c5sa.csv"


def test_another_account_s_file_is_like_an_absent_one(machine: Actor, world: World) -> None:
    send(machine, NAME, b"a;b")
    stranger = file_store.portal_in(world.account("Nordhamn Energi").id, machine.files_of)
    assert perform(file_store.list_folder, stranger, folder=INBOX) == ()
    for act in (file_store.stat, file_store.open_read, file_store.remove):
        with pytest.raises(NotFound):
            perform(act, stranger, folder=INBOX, name=NAME)
    with pytest.raises(NotFound):
        begin(stranger, NAME, Begin.ON)


@pytest.mark.parametrize("role", [Role.ACCOUNT_ADMIN, Role.AUDITOR, Role.APPROVER])
def test_who_only_sees_that_there_are_files_sees_no_names(world: World, account: Account, role: Role) -> None:
    with pytest.raises(NotAllowed):
        perform(file_store.list_folder, world.person(role, account), folder=INBOX)


def test_files_go_to_inbox_alone(machine: Actor, orderer: Actor) -> None:
    for folder in (Folder.RESULTS, Folder.ARCHIVE):
        with pytest.raises(Invalid):
            file_uploads.begin(Sender(lambda: machine), folder=folder, name="a.csv", how=Begin.ANEW)
    with pytest.raises(NotAllowed):
        perform(file_sending.begin_own, orderer, folder=Folder.RESULTS, name="a.csv")


def test_the_portal_places_an_answer_and_replaces_it(machine: Actor) -> None:
    for text in (b"first", b"second"):
        file_uploads.place(machine, folder=Folder.RESULTS, name="answer.csv", parts=[text[:3], text[3:]])
    [entry] = perform(file_store.list_folder, machine, folder=Folder.RESULTS)
    assert (entry.size, entry.state) == (6, FileState.RECEIVED)


def test_erasing_leaves_neither_key_nor_name_nor_bytes(machine: Actor, world: World) -> None:
    send(machine, NAME, b"a;b")
    drop = drop_of(machine, NAME)
    erasure_id = perform(file_store.remove, machine, folder=INBOX, name=NAME)
    with world.database.transaction(SYSTEM) as session:
        left, erasure = session.get_one(FileDrop, drop.id), session.get_one(Erasure, erasure_id)
    assert (left.state, left.sealed_name, left.name_token, left.sealed_digest) == (
        "deleted",
        None,
        None,
        None,
    )
    assert (erasure.state, erasure.files) == (ErasureState.DONE, 1)
    assert erasure.certificate is not None
    assert keystore.current().states([drop.id]) == {drop.id: "erased"}
    assert not blobs.exists(drop.blob)
    send(machine, NAME, b"c;d")
    assert drop_of(machine, NAME).id != drop.id


def test_a_hold_on_the_account_keeps_every_file(machine: Actor, account: Account, world: World) -> None:
    send(machine, NAME, b"first")
    with world.database.transaction(SYSTEM) as session:
        session.get_one(Account, account.id).held = True
    with pytest.raises(NotYet):
        perform(file_store.remove, machine, folder=INBOX, name=NAME)
    send(machine, NAME, b"second")
    with world.database.transaction(SYSTEM) as session:
        assert [drop.state for drop in session.exec(select(FileDrop))] == ["received", "received"]


def test_the_file_before_stays_until_the_new_one_is_whole(machine: Actor, world: World) -> None:
    send(machine, NAME, b"first")
    first = drop_of(machine, NAME)
    upload = begin(machine, NAME)
    upload.write(0, b"sec")
    upload.break_off()
    with world.database.transaction(SYSTEM) as session:
        assert session.get_one(FileDrop, first.id).state == FileState.RECEIVED
    send(machine, NAME, b"ond", how=Begin.ON)
    with world.database.transaction(SYSTEM) as session:
        assert session.get_one(FileDrop, first.id).state == FileState.DELETED
    assert content(machine, NAME) == b"second"


def test_the_file_before_has_its_name_again_when_the_new_one_is_given_up(machine: Actor) -> None:
    send(machine, NAME, b"first")
    upload = begin(machine, NAME)
    upload.write(0, b"sec")
    upload.break_off()
    perform(file_store.remove, machine, folder=INBOX, name=NAME)
    assert content(machine, NAME) == b"first"


def test_what_was_received_can_be_gone_on_with_until_it_is_taken(machine: Actor, world: World) -> None:
    send(machine, NAME, b"a" * PIECE)
    before = drop_of(machine, NAME)
    send(machine, NAME, b"b", how=Begin.ON)
    after = drop_of(machine, NAME)
    assert (after.id, after.size) == (before.id, PIECE + 1)
    assert not blobs.exists(before.blob)
    with world.database.transaction(SYSTEM) as session:
        session.get_one(FileDrop, after.id).state = FileState.IMPORTED
    with pytest.raises(Conflict):
        send(machine, NAME, b"c", how=Begin.ON)


def test_whoever_begins_anew_ends_the_sending_before(machine: Actor) -> None:
    old = begin(machine, NAME)
    old.write(0, b"old")
    send(machine, NAME, b"new one")
    with pytest.raises(NotFound):
        old.write(3, b"more")
    old.break_off()
    assert content(machine, NAME) == b"new one"


def test_parts_out_of_order_are_put_together_and_a_gap_is_no_end(machine: Actor) -> None:
    data = random_bytes(5 * PIECE + 3)
    upload = begin(machine, NAME)
    step = 50_000
    places = list(range(0, len(data), step))
    for place in places[:3] + places[:2:-1]:
        upload.write(place, data[place : place + step])
    upload.close()
    assert content(machine, NAME) == data
    upload = begin(machine, "gap")
    upload.write(0, data[:1000])
    upload.write(2000, data[2000:])
    with pytest.raises(Invalid):
        upload.close()
    assert perform(file_store.stat, machine, folder=INBOX, name="gap").size == 1000
    assert drop_of(machine, "gap").whole is False


def test_temporary_names_wait_for_their_own(machine: Actor, clock: Clock) -> None:
    for name in ("a.csv.part", "a.csv.filepart", ".a.csv.swp", "a.TMP"):
        send(machine, name, b"a", at_once=False)
    send(machine, "a.csv", b"a", at_once=False)
    clock.forward(timedelta(seconds=settings.current().transfer.quiet_seconds))
    assert file_settling.settle_due() == 1
    states = {e.name: e.state for e in perform(file_store.list_folder, machine, folder=INBOX)}
    assert [name for name, state in states.items() if state is FileState.RECEIVED] == ["a.csv"]


def test_what_is_written_to_again_does_not_settle(machine: Actor, clock: Clock) -> None:
    send(machine, NAME, b"a", at_once=False)
    clock.forward(timedelta(seconds=settings.current().transfer.quiet_seconds))
    send(machine, NAME, b"b", how=Begin.ON, at_once=False)
    assert file_settling.settle_due() == 0
    assert drop_of(machine, NAME).state == FileState.RECEIVING


def test_what_nobody_goes_on_with_for_a_week_goes(machine: Actor, clock: Clock) -> None:
    upload = begin(machine, NAME)
    upload.break_off()
    clock.forward(timedelta(days=6))
    assert file_settling.expire_abandoned() == 0
    clock.forward(timedelta(days=2))
    assert file_settling.expire_abandoned() == 1
    assert perform(file_store.list_folder, machine, folder=INBOX) == ()


def test_many_who_send_at_once_never_pass_the_quota(
    machine: Actor, monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    monkeypatch.setenv("NEXUS_TRANSFER_QUOTA_MB", "1")
    settings.current.cache_clear()
    uploads = [begin(machine, f"{number}") for number in range(8)]
    refused: list[PortalError] = []

    def send_part(upload: file_uploads.Upload) -> None:
        try:
            for place in range(0, 300_000, 100_000):
                upload.write(place, b"x" * 100_000)
            upload.close()
        except NoRoom as error:
            refused.append(error)
            upload.break_off()

    threads = [threading.Thread(target=send_part, args=(upload,)) for upload in uploads]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.transaction(SYSTEM) as session:
        taken = sum(drop.reserved for drop in session.exec(select(FileDrop)))
    assert refused
    assert 600_000 <= taken <= 1_000_000


def test_a_piece_that_was_changed_or_moved_does_not_open(machine: Actor) -> None:
    send(machine, NAME, random_bytes(3 * PIECE))
    path = blobs.place_of(drop_of(machine, NAME).blob)
    whole = path.read_bytes()
    swapped = whole[SLOT : 2 * SLOT] + whole[:SLOT] + whole[2 * SLOT :]
    for damaged in (whole[:-1] + bytes([whole[-1] ^ 1]), swapped):
        path.write_bytes(damaged)
        with pytest.raises(Tampered):
            content(machine, NAME)


def test_a_file_that_a_power_cut_tore_goes_on_before_the_tear(machine: Actor) -> None:
    upload = begin(machine, NAME)
    upload.write(0, b"a" * (PIECE + 500))
    upload.break_off()
    path = blobs.unfinished(drop_of(machine, NAME).blob)
    path.write_bytes(path.read_bytes()[:-7])
    upload = begin(machine, NAME, Begin.ON)
    assert upload.size == PIECE
    upload.break_off()


def test_keys_of_files_belong_to_the_vault_and_stray_ones_do_not(
    machine: Actor, account: Account, clock: Clock
) -> None:
    send(machine, NAME, b"a;b")
    keystore.mint(account.id, [new_id()])
    clock.forward(timedelta(hours=2))
    report = vault_care.check(tidy=True, proof=vault_proof.prove())
    assert report.whole
    assert (report.files, report.opened, report.stray_keys) == (1, 1, 1)
    assert content(machine, NAME) == b"a;b"
    blobs.delete([drop_of(machine, NAME).blob])
    assert vault_care.check().lost_files == 1


def test_what_was_erased_after_a_backup_is_erased_again(machine: Actor, world: World) -> None:
    send(machine, NAME, b"a;b")
    drop = drop_of(machine, NAME)
    kept, file = drop.model_dump(), blobs.get(drop.blob)
    perform(file_store.remove, machine, folder=INBOX, name=NAME)
    with world.database.transaction(SYSTEM) as session:
        left = session.get_one(FileDrop, drop.id)
        for name, value in kept.items():
            setattr(left, name, value)
    blobs.place_of(drop.blob).write_bytes(file)
    assert drop.id in vault_proof.prove().readable_again
    ledger_replay.replay()
    with world.database.transaction(SYSTEM) as session:
        assert session.get_one(FileDrop, drop.id).sealed_name is None
    assert not blobs.exists(drop.blob)
    assert perform(file_store.list_folder, machine, folder=INBOX) == ()


def test_a_listing_asks_as_often_for_many_files_as_for_few(machine: Actor, database: Database) -> None:
    send(machine, "first", b"a")
    with sent(database) as few:
        perform(file_store.list_folder, machine, folder=INBOX)
    for number in range(5):
        send(machine, f"{number}", b"a")
    with sent(database) as many:
        perform(file_store.list_folder, machine, folder=INBOX)
    assert len(many) == len(few)
