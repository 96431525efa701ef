"""Dropped files go for good: by people, by days, and with the last persons of their order."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from nexus_portal.adapters import blobs, keystore
from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Invalid, NotAllowed, NotFound, NotYet, StepUpNeeded
from nexus_portal.domain.lifecycles import Billing, Fulfilment, Stage
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.erasures import Erasure
from nexus_portal.models.files import FileDrop
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.privacy import Access
from nexus_portal.services import (
    certificates,
    erasure,
    file_outgoing,
    file_removal,
    file_rules,
    inbox,
    vault_proof,
)
from nexus_portal.services.certificate_words import CertificateWords
from nexus_portal.services.file_rules import Rules
from nexus_portal.services.use_case import perform
from tests.inbox_helpers import Drop, sheet
from tests.ordering_helpers import FIELDS, desk, staff
from tests.world import Clock, World

TEXT_ONLY = [field for field in FIELDS if field["type"] != "photo"]


@pytest.fixture
def drop(world: World, clock: Clock) -> Drop:
    made = Drop(desk(world), clock)
    made.rules()
    return made


@pytest.fixture
def ordered(drop: Drop, database: Database) -> Drop:
    """Two lists that became one order each, produced, delivered and invoiced."""
    with database.transaction(SYSTEM) as session:
        drop.desk.layout.fields = TEXT_ONLY
        session.add(drop.desk.layout)
    drop.rules(submits=True)
    one, two, three = staff(3)
    drop.send("Klass 9B.csv", sheet([one, two]))
    drop.send("Klass 7C.csv", sheet([three]))
    drop.work()
    with database.transaction(SYSTEM) as session:
        session.exec(update(CardItem).values(stage=Stage.DELIVERED, stage_at=drop.clock.now()))
        over = {"fulfilment": Fulfilment.DELIVERED, "billing": Billing.INVOICED}
        made = {"produced": col(Order.cards), "delivered_at": drop.clock.now()}
        session.exec(update(Order).values(**over, **made))
    return drop


def bold(drop: Drop) -> Actor:
    """The orderer, just after the second factor."""
    return drop.desk.world.actor(
        Role.ORDERER, drop.desk.account, drop.orderer.user_id or UUID(int=0), stepped_up=True
    )


def certificates_of(database: Database) -> Sequence[Erasure]:
    with database.transaction(SYSTEM, writes=False) as session:
        return session.exec(select(Erasure).order_by(col(Erasure.decided_at), col(Erasure.id))).all()


def is_gone(drop: FileDrop) -> bool:
    return keystore.keys([drop.id]) == {} and not blobs.exists(drop.blob) and drop.sealed_name is None


def test_several_go_at_once_with_one_certificate(drop: Drop, database: Database) -> None:
    for name in ("a.txt.part", "lista.csv", "brev.docx"):
        drop.send(name, b"Anna Andersson, 640823-3234")
    kept, *chosen = [row.id for row in drop.rows()]
    removed = perform(file_removal.remove_files, bold(drop), file_ids=chosen)
    assert (removed.files, perform(file_removal.remove_files, bold(drop), file_ids=chosen).files) == (2, 0)
    first, *gone = drop.rows()
    assert (first.id, first.deleted_at) == (kept, None)
    assert [is_gone(row) for row in (first, *gone)] == [False, True, True]
    assert [row.name for row in drop.files()] == ["a.txt.part"]
    assert {row.state for row in drop.files(state="deleted")} == {"deleted"}

    [entry] = certificates_of(database)
    shown = perform(certificates.certificate, drop.orderer, erasure_id=entry.id)
    words = CertificateWords(shown.document, "en")
    assert words.statement() == "Files of Björkskolan that have been erased and cannot be restored: 2."
    assert ("Files of the file drop", "2") in [(str(name), value) for name, value in words.facts()]
    assert "keys of these files" in words.done()[0]
    assert certificates.why_invalid(shown.document, perform(certificates.public_keys, drop.orderer)) is None
    assert vault_proof.prove().readable_again == ()


def test_who_may_delete_and_take(drop: Drop, world: World) -> None:
    chosen = [drop.send("lista.csv", sheet(staff(1)))]
    with pytest.raises(StepUpNeeded):
        perform(file_removal.remove_files, drop.orderer, file_ids=chosen)
    admin = world.person(Role.ACCOUNT_ADMIN, drop.desk.account, stepped_up=True)
    with pytest.raises(NotAllowed):
        perform(file_removal.remove_files, admin, file_ids=chosen)
    with pytest.raises(NotAllowed):
        perform(file_outgoing.take, admin, file_id=chosen[0])
    [row] = drop.files(admin)
    assert (row.name, row.code[:2], row.size > 0) == ("", "F-", True), "names are those of persons"
    stranger = world.person(Role.ORDERER, world.account(), stepped_up=True)
    with pytest.raises(NotFound):
        perform(file_removal.remove_files, stranger, file_ids=chosen)
    with pytest.raises(NotFound):
        perform(file_outgoing.take, stranger, file_id=chosen[0])
    with pytest.raises(Invalid):
        perform(file_removal.remove_files, bold(drop), file_ids=[])


def test_what_is_being_read_stays_until_it_is(drop: Drop) -> None:
    chosen = [drop.send("lista.csv", sheet(staff(1)))]
    drop.clock.forward(timedelta(minutes=1))
    inbox.work(drop.memory)
    with pytest.raises(NotYet) as refused:
        perform(file_removal.remove_files, bold(drop), file_ids=chosen)
    assert "is just being read" in str(refused.value.reasons[0])
    drop.work()
    assert perform(file_removal.remove_files, bold(drop), file_ids=chosen).files == 1


def test_taking_a_file_stands_in_the_access_log(drop: Drop, database: Database) -> None:
    data = sheet(staff(2))
    drop.send("lista.csv", data)
    drop.later(minutes=1)
    listed = next(row for row in drop.files() if row.folder == "inbox")
    outgoing = perform(file_outgoing.take, drop.orderer, file_id=UUID(listed.id))
    assert (outgoing.name, b"".join(outgoing.parts())) == ("lista.csv", data)
    with database.transaction(SYSTEM, writes=False) as session:
        [access] = session.exec(select(Access).where(Access.act == "file")).all()
    assert (access.subject, access.persons, access.actor_id) == (listed.code, 2, drop.orderer.user_id)


def test_used_files_go_after_their_days_and_unused_ones_later(drop: Drop, database: Database) -> None:
    drop.rules(days_after_use=3, days_unused=10)
    drop.send("lista.csv", sheet(staff(1)))
    drop.later(minutes=1)
    drop.send("foto.jpg", b"x")
    drop.clock.forward(timedelta(days=2))
    assert file_removal.sweep() == 0
    drop.clock.forward(timedelta(days=1))
    assert file_removal.sweep() == 3, "the list and its answer"
    assert [row.name for row in drop.files()] == ["foto.jpg"]
    drop.clock.forward(timedelta(days=7))
    assert (file_removal.sweep(), file_removal.sweep()) == (1, 0)
    assert {row.state for row in drop.rows()} == {"expired"}
    assert {(entry.policy, entry.decided_role) for entry in certificates_of(database)} == {("file_rule", "")}


def test_other_days_count_for_files_that_lie_there(drop: Drop) -> None:
    drop.rules(days_after_use=30)
    drop.send("lista.csv", sheet(staff(1)))
    drop.later(minutes=1)
    chosen = Rules(orders_as=str(drop.orderer.user_id), days_after_use=0, days_unused=5)
    perform(file_rules.set_rules, drop.admin(), chosen=chosen)
    assert {row.goes_on for row in drop.files()} == {drop.clock.now().date().isoformat()}
    assert file_removal.sweep() == 3


def test_a_hold_keeps_files(ordered: Drop, database: Database) -> None:
    with database.transaction(SYSTEM) as session:
        session.exec(update(Order).values(held=True))
    held = next(row for row in ordered.files() if row.name == "Klass 9B.csv")
    with pytest.raises(NotYet, match="Not all"):
        perform(file_removal.remove_files, bold(ordered), file_ids=[UUID(held.id)])
    ordered.clock.forward(timedelta(days=60))
    assert file_removal.sweep() == 0
    with database.transaction(SYSTEM) as session:
        session.exec(update(Order).values(held=False))
        session.exec(update(Account).values(held=True))
    assert file_removal.sweep() == 0
    with database.transaction(SYSTEM) as session:
        session.exec(update(Account).values(held=False))
    assert file_removal.sweep() == 6


def test_the_files_of_an_order_go_with_its_last_persons(ordered: Drop, database: Database) -> None:
    order = ordered.orders()[0]
    perform(erasure.erase_personal_data, bold(ordered), order_id=order.id)
    left = {row.name for row in ordered.files()}
    assert left == {"Klass 7C.csv", "klass 7c 2026-00002.csv", "klass 7c 2026-00002.xlsx"}
    assert all(is_gone(row) for row in ordered.rows() if row.order_id == order.id)
    [entry] = certificates_of(database)
    assert (entry.persons, entry.files) == (2, 3)
    words = CertificateWords(entry.certificate or {}, "en")
    assert ("Files of the file drop", "3") in [(str(name), value) for name, value in words.facts()]
    assert words.statement().startswith("The personal data of order 2026-00001")


def test_a_file_with_persons_of_another_order_stays_and_is_named(ordered: Drop, database: Database) -> None:
    first, second = ordered.orders()
    with database.transaction(SYSTEM) as session:
        # A row of the first list stands in the second order, as after moving it to another draft.
        source = session.exec(select(FileDrop.import_id).where(FileDrop.order_id == first.id)).first()
        of_second = col(CardItem.order_id) == second.id
        session.exec(update(CardItem).where(of_second).values(import_id=source))
    perform(erasure.erase_personal_data, bold(ordered), order_id=first.id)
    [entry] = certificates_of(database)
    assert entry.files == 0
    assert "is still there, for other persons are in it" in " ".join(
        CertificateWords(entry.certificate or {}, "en").left()
    )
    assert "Klass 9B.csv" in ordered.states()


def test_rules_are_set_by_the_admin_and_only_to_what_there_is(drop: Drop, world: World) -> None:
    admin = drop.admin()
    good = Rules(orders_as=str(drop.orderer.user_id), layout=drop.desk.layout.name, days_after_use=1)
    perform(file_rules.set_rules, admin, chosen=good)
    view = perform(file_rules.rules, admin)
    assert (view.orderer, view.rules.layout) == (drop.orderer.name, drop.desk.layout.name)
    assert {choice.label for choice in view.people} == {drop.orderer.name, drop.desk.colleague.name}
    for wrong in (
        Rules(orders_as=str(admin.user_id)),
        Rules(layout="Somebody else’s"),
        Rules(days_after_use=366),
        Rules(days_unused=-1),
    ):
        with pytest.raises(Invalid):
            perform(file_rules.set_rules, admin, chosen=wrong)
    with pytest.raises(NotAllowed):
        perform(file_rules.set_rules, bold(drop), chosen=good)
    assert perform(file_rules.rules, admin).rules.days_after_use == 1
    stranger = world.person(Role.ACCOUNT_ADMIN, world.account())
    assert perform(file_rules.rules, stranger).orderer == ""
