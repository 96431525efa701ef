"""No file reaches who may not see the persons in it: by no list, count, path or id, machines included."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import NotFound
from nexus_portal.domain.file_drops import Folder
from nexus_portal.domain.permissions import Permission, Role
from nexus_portal.models.base import new_id
from nexus_portal.models.erasures import Erasure
from nexus_portal.models.files import CredentialKind, FileCredential
from nexus_portal.models.privacy import Access
from nexus_portal.services import file_access, file_list, file_outgoing, file_removal, file_store
from nexus_portal.services.file_list import Filled, Wanted
from nexus_portal.services.file_sending import Begin
from nexus_portal.services.use_case import perform
from tests import samples
from tests.dropping import begin, content, send
from tests.inbox_helpers import Drop, sheet
from tests.ordering_helpers import desk, staff
from tests.world import Clock, World

NAME, ANSWER = "Klass 9B.csv", "klass 9b 2026-00001.csv"
AS_WORKBOOK = "klass 9b 2026-00001.xlsx"
OTHERS = ("orderer", "own role", "machine")
"""Who may use files and not search for persons."""


@pytest.fixture
def drop(world: World, clock: Clock) -> Drop:
    """An inbox whose orderer sent a list, which was answered."""
    made = Drop(desk(world), clock)
    made.rules()
    made.send(NAME, sheet(staff(2)))
    made.later(minutes=2)
    return made


@pytest.fixture(params=OTHERS)
def other(request: pytest.FixtureRequest, world: World, drop: Drop) -> Actor:
    """A colleague of the orderer's, or the machine of one."""
    account = drop.desk.account
    if request.param == "machine":
        return machine_of(world, world.person(Role.ACCOUNT_ADMIN, account))
    colleague = world.person(Role.ORDERER, account, stepped_up=True)
    if request.param == "orderer":
        return colleague
    held = {Permission.PERSONS_READ, Permission.PERSONS_EXPORT, Permission.FILES_READ, Permission.FILES_USE}
    return replace(colleague, role=Role.OWN, permissions=held | {Permission.SIGNED_IN})


def machine_of(world: World, person: Actor) -> Actor:
    """A machine by a credential that somebody made."""
    credential = FileCredential(
        id=new_id(),
        account_id=person.account_id,
        kind=CredentialKind.KEY,
        name="Payroll",
        login=f"files-{new_id().hex[-10:]}",
        fingerprint="x",
        created_by=person.user_id,
        created_at=clock.now(),
    )
    with world.database.transaction(SYSTEM) as session:
        session.add(credential)
    return file_access.actor_of(credential.id)


def named(actor: Actor, folder: Folder) -> list[str]:
    return [entry.name for entry in perform(file_store.list_folder, actor, folder=folder)]


def test_what_colleagues_sent_is_not_there(drop: Drop, other: Actor) -> None:
    assert perform(file_list.files, other).rows == ()
    assert perform(file_list.filled, other) == Filled(0, 0, 0)
    for row in drop.rows():
        with pytest.raises(NotFound):
            perform(file_outgoing.take, other, file_id=row.id)
        with pytest.raises(NotFound):
            perform(
                file_removal.remove_files, replace(other, stepped_up_at=drop.clock.now()), file_ids=[row.id]
            )
    for folder, name in ((Folder.INBOX, NAME), (Folder.RESULTS, ANSWER)):
        assert named(other, folder) == []
        for act in (file_store.stat, file_store.open_read, file_store.remove):
            with pytest.raises(NotFound):
                perform(act, other, folder=folder, name=name)
        with pytest.raises(NotFound):
            perform(
                file_store.rename, other, folder=folder, name=name, to_folder=Folder.ARCHIVE, to_name=name
            )
    with pytest.raises(NotFound):
        begin(other, NAME, Begin.ON)
    with drop.desk.world.database.transaction(SYSTEM) as session:
        assert session.exec(select(Access).where(Access.act == "file")).all() == []
        assert session.exec(select(Erasure)).all() == []


def test_one_s_own_file_of_the_same_name_is_another(drop: Drop, other: Actor) -> None:
    send(other, NAME, b"of my own")
    assert content(other, NAME) == b"of my own"
    assert content(drop.orderer, NAME) == sheet(staff(2))
    perform(file_store.remove, other, folder=Folder.INBOX, name=NAME)
    assert named(other, Folder.INBOX) == []
    assert content(drop.orderer, NAME) == sheet(staff(2))


def test_only_new_says_nothing_about_names_of_others(drop: Drop, other: Actor) -> None:
    upload = begin(other, NAME, Begin.ONLY_NEW)
    upload.write(0, b"of my own")
    upload.close()
    assert named(other, Folder.INBOX) == [NAME]


def test_answers_go_to_who_sent_the_list(drop: Drop, other: Actor) -> None:
    send(other, "Klass 1A.csv", sheet(staff(3)[2:]))
    send(other, "Önskemål.docx", b"PK")
    drop.later(minutes=2)
    assert named(other, Folder.RESULTS) == [
        "klass 1a 2026-00002.csv",
        "klass 1a 2026-00002.xlsx",
        "Önskemål.docx.refused.txt",
    ]
    assert named(drop.orderer, Folder.RESULTS) == [ANSWER, AS_WORKBOOK]


def test_used_files_move_within_what_is_their_sender_s(drop: Drop, other: Actor) -> None:
    drop.rules(archives=True)
    send(other, NAME, sheet(staff(3)[2:]))
    drop.later(minutes=2)
    assert named(other, Folder.ARCHIVE) == [NAME]
    assert named(drop.orderer, Folder.ARCHIVE) == []


def test_files_of_two_people_never_go_together(drop: Drop, other: Actor) -> None:
    people = staff(4)
    send(other, "klass 9c.zip", samples.photos_of(people))
    drop.send("Klass 9C.csv", sheet(people))
    drop.later(minutes=2)
    states = {
        row.name: row.state
        for row in perform(
            file_list.files, drop.desk.world.person(Role.PRIVACY_OFFICER, drop.desk.account)
        ).rows
    }
    assert states["klass 9c.zip"] == "received", "it waits for a list of its own sender's"
    assert states["Klass 9C.csv"] == "processed"
    assert drop.desk.view("2026-00002").ready == 0


def test_the_same_list_of_two_people_is_one_order_and_each_knows(drop: Drop, other: Actor) -> None:
    send(other, "samma.csv", sheet(staff(2)))
    drop.later(minutes=2)
    assert len(drop.orders()) == 1
    [row] = [
        row
        for row in drop.files(drop.desk.world.person(Role.PRIVACY_OFFICER, drop.desk.account))
        if row.name == "samma.csv"
    ]
    assert (row.state, row.order) == ("processed", "2026-00001")


def test_a_machine_and_who_made_its_credential_share_their_files(world: World, drop: Drop) -> None:
    held = {Permission.FILES_READ, Permission.FILES_USE, Permission.FILES_MANAGE}
    person = replace(world.person(Role.ORDERER, drop.desk.account), permissions=held)
    for machine in (machine_of(world, person), machine_of(world, person)):
        send(machine, "personal.csv", b"a;b")
        assert named(person, Folder.INBOX) == ["personal.csv"]
        assert [row.name for row in perform(file_list.files, person).rows] == ["personal.csv"]


def test_who_may_search_for_persons_sees_every_file(world: World, drop: Drop, other: Actor) -> None:
    send(other, NAME, b"of my own")
    officer = world.person(Role.PRIVACY_OFFICER, drop.desk.account, stepped_up=True)
    rows = perform(file_list.files, officer).rows
    assert sorted(row.name for row in rows) == sorted([NAME, NAME, ANSWER, AS_WORKBOOK])
    assert perform(file_list.filled, officer).files == len(rows)
    for row in rows:
        assert perform(file_outgoing.take, officer, file_id=UUID(row.id)).name == row.name
    assert perform(file_removal.remove_files, officer, file_ids=[UUID(row.id) for row in rows]).files == 4


@pytest.mark.parametrize("role", [Role.ACCOUNT_ADMIN, Role.AUDITOR])
def test_who_only_reads_sees_that_there_are_files_and_nothing_of_them(
    world: World, drop: Drop, role: Role
) -> None:
    rows = perform(file_list.files, world.person(role, drop.desk.account), wanted=Wanted()).rows
    assert [(row.name, row.checksum) for row in rows] == [("", "")] * 3


def test_a_machine_is_asked_anew_whose_files_it_reaches(world: World, drop: Drop) -> None:
    """An actor that says whose files it wants, and is a person, still reaches its own."""
    forged = replace(world.person(Role.ORDERER, drop.desk.account), files_of=drop.orderer.user_id)
    drop.clock.forward(timedelta(seconds=1))
    assert named(forged, Folder.INBOX) == []
    assert perform(file_list.files, forged).rows == ()
