"""Closing an account: two people, the customer's choice, nobody's data left, and one certificate over it."""

import hashlib
import io
import json
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID
from zipfile import ZipFile

import pytest
from sqlalchemy import inspect, text
from sqlmodel import col, select

from nexus_portal.adapters import blobs, keystore, zip_stream
from nexus_portal.adapters import clock as time
from nexus_portal.adapters.drop_pieces import PIECE
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import (
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    NotSignedIn,
    NotYet,
    StepUpNeeded,
)
from nexus_portal.domain.file_drops import Folder
from nexus_portal.domain.lifecycles import Billing, Fulfilment
from nexus_portal.domain.permissions import Permission, Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.base import new_id
from nexus_portal.models.billing import Invoice
from nexus_portal.models.cards import Card
from nexus_portal.models.customers import AccountClosing
from nexus_portal.models.erasures import Erasure
from nexus_portal.models.files import FileCredential, FileDrop
from nexus_portal.models.orders import Order
from nexus_portal.models.people import Membership, User
from nexus_portal.models.privacy import Access, DataCopy
from nexus_portal.models.vault import HolderRecord, Photo, SearchToken
from nexus_portal.services import (
    certificate_pdf,
    certificates,
    closing,
    closing_files,
    closing_package,
    closing_steps,
    customers,
    draft_single,
    erasure_steps,
    file_store,
    file_uploads,
    holds,
    invitations,
    sessions,
)
from nexus_portal.services.certificate_words import CertificateWords
from nexus_portal.services.file_sending import Begin
from nexus_portal.services.file_uploads import Sender
from nexus_portal.services.use_case import perform
from tests import dropping
from tests.identity import audited
from tests.people import ASTRID, BENGT, MARKER, Ordered, order_of
from tests.world import Clock, World


@dataclass
class Ending:
    """A customer whose account is about to be closed."""

    world: World
    account: Account
    admin: Actor
    officer: Actor
    orderer: Actor
    ordered: Ordered

    def ask(self) -> None:
        perform(closing.ask, fresh(self.admin), number=self.account.number, reason="Kunden har bett om det.")

    def confirm(self, choice: str = "delete") -> None:
        perform(closing.confirm, fresh(self.officer), choice=choice)

    def sheet(self) -> closing.ClosingSheet:
        return perform(closing.of_customer, self.admin, number=self.account.number)

    def change(self, **values: object) -> None:
        with self.world.database.transaction(SYSTEM) as session:
            order = session.get_one(Order, self.ordered.id)
            for name, value in values.items():
                setattr(order, name, value)


def user_of(actor: Actor) -> UUID:
    """Whom an actor is."""
    assert actor.user_id is not None
    return actor.user_id


def fresh(actor: Actor) -> Actor:
    """The same after a second factor just now."""
    return replace(actor, stepped_up_at=time.now())


@pytest.fixture
def ending(world: World, clock: Clock) -> Ending:
    account = world.account()
    orderer = world.person(Role.ORDERER, account, name="Sara Lindmark")
    ordered = order_of(world, orderer, ASTRID, BENGT, photos=True)
    with world.database.transaction(SYSTEM) as session:
        now = clock.now()
        session.add(
            Card(
                account_id=account.id,
                item_id=ordered.items[0],
                number="104221",
                status="active",
                status_changed_at=now,
                created_at=now,
            )
        )
        session.add(
            Invoice(
                account_id=account.id, order_id=ordered.id, number="I-2026-0001", total=9800, issued_at=now
            )
        )
    return Ending(
        world,
        account,
        world.person(Role.BUREAU_ADMIN, world.bureau()),
        world.person(Role.PRIVACY_OFFICER, account, name="Ola Nyström"),
        orderer,
        ordered,
    )


def test_the_dry_run_says_what_will_go(ending: Ending) -> None:
    ending.ask()
    for seen in (ending.sheet(), perform(closing.own, ending.officer)):
        found = seen.forecast
        assert (found.orders, found.card_items, found.cards, found.persons, found.photos, found.people) == (
            1,
            2,
            1,
            2,
            2,
            2,
        )
        assert (seen.state, seen.obstacles) == ("asked", ())


def test_deleting_leaves_invoices_and_certificates_and_nobody(world: World, ending: Ending) -> None:
    ending.ask()
    ending.confirm()
    with world.database.transaction(SYSTEM, writes=False) as session:
        left = [len(session.exec(select(table)).all()) for table in (HolderRecord, Photo, SearchToken, Card)]
        assert left == [0, 0, 0, 0]
        assert len(session.exec(select(Invoice)).all()) == 1
        assert session.get_one(Order, ending.ordered.id).personal_data == "erased"
        account = session.get_one(Account, ending.account.id)
        users = session.exec(
            select(User).where(col(User.id).in_([ending.officer.user_id, ending.orderer.user_id]))
        ).all()
        members = session.exec(select(Membership).where(Membership.account_id == account.id)).all()
    assert account.status == "closed"
    assert {user.name for user in users} == {"—"}
    assert all(user.email.endswith("@closed.invalid") and user.password_hash is None for user in users)
    assert not any(member.active for member in members)
    assert set(keystore.current().states(ending.ordered.records).values()) == {"erased"}


def test_its_files_and_the_ways_to_them_go_too(world: World, ending: Ending) -> None:
    here = file_store.portal_in(ending.account.id, ending.orderer.user_id)
    sender = Sender(lambda: here, at_once=True)
    upload = file_uploads.begin(sender, folder=Folder.INBOX, name="Astrid Lind.csv", how=Begin.ANEW)
    upload.write(0, b"somebody")
    upload.close()
    with world.database.transaction(SYSTEM) as session:
        made = {"created_by": ending.orderer.user_id, "created_at": time.now()}
        session.add(
            FileCredential(
                account_id=ending.account.id, kind="key", name="HR", login="hr", fingerprint="x", **made
            )
        )
    ending.ask()
    found = ending.sheet().forecast
    assert (found.files, found.credentials) == (1, 1)
    ending.confirm()
    with world.database.transaction(SYSTEM, writes=False) as session:
        [drop] = session.exec(select(FileDrop)).all()
        [credential] = session.exec(select(FileCredential)).all()
        [erasure] = session.exec(select(Erasure).where(Erasure.policy == "file_closing")).all()
    assert (drop.state, drop.name_token, credential.revoked_at) == ("deleted", None, time.now())
    assert keystore.current().states([drop.id]) == {drop.id: "erased"}
    assert (erasure.files, erasure.decided_role) == (1, "privacy_officer")
    assert not blobs.exists(drop.blob)


def test_no_name_of_the_customers_is_left_in_any_table(world: World, ending: Ending) -> None:
    with world.database.transaction(SYSTEM, writes=False) as session:
        emails = [session.get_one(User, each.user_id).email for each in (ending.officer, ending.orderer)]
    ending.ask()
    ending.confirm()
    wanted = [
        ASTRID["name"],
        ASTRID["personal_number"],
        "Sara Lindmark",
        "Ola Nyström",
        emails[1],
        MARKER.decode(),
    ]
    with world.database.transaction(SYSTEM, writes=False) as session:
        for name in inspect(session.connection()).get_table_names():
            for row in session.connection().execute(text(f'SELECT * FROM "{name}"')):
                assert [value for value in wanted if value in str(tuple(row))] == [], name


def test_it_ends_with_a_certificate_over_all_of_it(ending: Ending) -> None:
    ending.ask()
    with pytest.raises(NotFound):
        perform(closing.certificate, ending.admin, number=ending.account.number)
    ending.confirm()
    document = perform(closing.certificate, ending.admin, number=ending.account.number)
    assert certificates.why_invalid(document, perform(certificates.public_keys, ending.admin)) is None
    words = CertificateWords(document, "en")
    assert words.statement().startswith("The account of Björkskolan is closed.")
    assert document["erased"]["persons"] == 2
    assert document["decision"]["role"] == "privacy_officer"
    assert certificate_pdf.pdf(document, certificates.number_of(document), "sv").startswith(b"%PDF")
    sheet = ending.sheet()
    assert (sheet.state, sheet.choice, sheet.forecast.persons, bool(sheet.certificate)) == (
        "closed",
        "delete",
        2,
        True,
    )
    assert [
        len(audited(ending.world, f"account:{said}")) for said in ("closing", "closing-confirmed", "closed")
    ] == [1, 1, 1]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"fulfilment": Fulfilment.IN_PRODUCTION}, "Order 2026-00001 is not finished."),
        ({"fulfilment": Fulfilment.AWAITING_APPROVAL}, "Order 2026-00001 is not finished."),
        ({"fulfilment": Fulfilment.SHIPPED}, "Order 2026-00001 is not finished."),
        ({"billing": Billing.UNBILLED}, "Order 2026-00001 is not invoiced."),
    ],
)
def test_what_stands_in_the_way_is_named(ending: Ending, values: dict[str, object], said: str) -> None:
    ending.change(**values)
    ending.ask()
    assert [str(each) for each in ending.sheet().obstacles] == [said]
    with pytest.raises(NotYet) as refusal:
        ending.confirm()
    assert [str(each) for each in refusal.value.reasons] == [said]
    assert ending.sheet().state == "asked"


def test_a_hold_stands_in_the_way(ending: Ending) -> None:
    perform(
        holds.place,
        fresh(ending.officer),
        reason="Utredning pågår.",
        review_on=time.today() + timedelta(days=30),
    )
    ending.ask()
    with pytest.raises(NotYet) as refusal:
        ending.confirm()
    assert [str(each) for each in refusal.value.reasons] == ["Holds that are not lifted: 1."]


def test_drafts_go_with_the_rest(world: World, ending: Ending) -> None:
    layout = world.layout(ending.account)
    form = draft_single.CardForm(values=dict(ASTRID))
    perform(draft_single.keep_form, ending.orderer, form=form, layout_id=layout.id, key="1")
    ending.ask()
    assert ending.sheet().forecast.persons == 3
    ending.confirm()
    with world.database.transaction(SYSTEM, writes=False) as session:
        assert session.exec(select(HolderRecord)).all() == []


def test_ordering_stops_when_it_is_asked_for_and_goes_on_when_it_is_called_off(
    world: World, ending: Ending
) -> None:
    layout = world.layout(ending.account)

    def begin() -> None:
        form = draft_single.CardForm(values={})
        perform(draft_single.keep_form, ending.orderer, form=form, layout_id=layout.id, key=new_id().hex)

    ending.ask()
    with pytest.raises(NotYet, match="being closed"):
        begin()
    perform(closing.withdraw, fresh(ending.admin), number=ending.account.number)
    begin()
    with pytest.raises(Conflict):
        ending.confirm()


def test_nobody_signs_in_or_is_invited_afterwards(world: World, ending: Ending) -> None:
    with sessions.system() as session:
        member = session.exec(select(Membership).where(Membership.user_id == ending.orderer.user_id)).one()
        sid = sessions.start(
            session, level=sessions.SessionLevel.FULL, user_id=ending.orderer.user_id, membership_id=member.id
        )
    assert sessions.resolve(sid) is not None
    ending.ask()
    assert sessions.resolve(sid) is not None
    ending.confirm()
    assert sessions.resolve(sid) is None
    with pytest.raises(Conflict):
        perform(
            invitations.invite_into,
            fresh(ending.admin),
            account_number=ending.account.number,
            email="ny@bjorkskolan.example",
            name="Ny",
            role="account_admin",
        )
    with pytest.raises(Conflict):
        perform(customers.resume, fresh(ending.admin), number=ending.account.number)


def test_somebody_who_belongs_elsewhere_too_stays_there(world: World, ending: Ending) -> None:
    other = world.account("Nordhamn Energi")
    with world.database.transaction(SYSTEM) as session:
        session.add(
            Membership(
                user_id=user_of(ending.orderer),
                account_id=other.id,
                role="orderer",
                created_at=time.now(),
                changed_at=time.now(),
            )
        )
    ending.ask()
    ending.confirm()
    with world.database.transaction(SYSTEM, writes=False) as session:
        assert session.get_one(User, ending.orderer.user_id).name == "Sara Lindmark"


def test_another_account_is_untouched(world: World, ending: Ending) -> None:
    other = world.person(Role.ORDERER, world.account("Nordhamn Energi"))
    theirs = order_of(world, other, ASTRID, photos=True)
    ending.ask()
    ending.confirm()
    assert set(keystore.current().states(theirs.records).values()) == {"active"}
    with world.database.transaction(SYSTEM, writes=False) as session:
        assert session.get_one(User, other.user_id).name != "—"


def test_two_people_are_needed_and_each_a_second_factor(world: World, ending: Ending) -> None:
    with pytest.raises(StepUpNeeded):
        perform(closing.ask, ending.admin, number=ending.account.number, reason="x")
    with pytest.raises(Conflict):
        ending.confirm()
    ending.ask()
    with pytest.raises(StepUpNeeded):
        perform(closing.confirm, ending.officer, choice="delete")
    for somebody in (ending.orderer, world.person(Role.ACCOUNT_ADMIN, ending.account)):
        with pytest.raises(NotAllowed):
            perform(closing.confirm, fresh(somebody), choice="delete")
    with pytest.raises(Invalid):
        ending.confirm("forget")
    stranger = world.person(Role.PRIVACY_OFFICER, world.account("Nordhamn Energi"), stepped_up=True)
    with pytest.raises(Conflict):
        perform(closing.confirm, stranger, choice="delete")
    assert perform(closing.own, stranger).state == ""


def test_who_does_not_answer_is_closed_by_two_of_the_bureau_after_notice(
    world: World, clock: Clock, ending: Ending
) -> None:
    second = replace(ending.admin, user_id=world.person(Role.BUREAU_ADMIN, world.account()).user_id)
    ending.ask()
    number = ending.account.number
    with pytest.raises(NotAllowed):
        perform(closing.confirm_after_notice, fresh(ending.admin), number=number)
    clock.forward(timedelta(days=30) - timedelta(seconds=1))
    with pytest.raises(NotYet):
        perform(closing.confirm_after_notice, fresh(second), number=number)
    clock.forward(timedelta(seconds=1))
    perform(closing.confirm_after_notice, fresh(second), number=number)
    assert ending.sheet().state == "closed"


@pytest.fixture
def taker(world: World, ending: Ending) -> Actor:
    """The privacy officer in a session that lives, as taking data away asks for it."""
    with sessions.system() as session:
        member = session.exec(select(Membership).where(Membership.user_id == ending.officer.user_id)).one()
        sid = sessions.start(
            session, level=sessions.SessionLevel.FULL, user_id=ending.officer.user_id, membership_id=member.id
        )
    return replace(fresh(ending.officer), session_id=sessions.hash_of(sid))


def test_handing_over_comes_before_the_end(world: World, ending: Ending, taker: Actor) -> None:
    with pytest.raises(Conflict):
        perform(closing_package.begin, taker, purpose="other")
    ending.ask()
    with pytest.raises(NotYet) as refusal:
        ending.confirm("hand_over")
    assert [str(each) for each in refusal.value.reasons] == ["Take the package away first."]
    with pytest.raises(Invalid):
        perform(closing_package.begin, taker, purpose="")
    package = perform(closing_package.begin, taker, purpose="other")
    with ZipFile(io.BytesIO(b"".join(zip_stream.pieces(closing_package.files(taker, package))))) as archive:
        persons = json.loads(archive.read("persons/0001.json"))
        assert [person["name"] for person in persons] == [ASTRID["name"], BENGT["name"]]
        assert [order["number"] for order in json.loads(archive.read("orders.json"))] == ["2026-00001"]
        assert [card["number"] for card in json.loads(archive.read("cards.json"))] == ["104221"]
        photos = [name for name in archive.namelist() if name.startswith("photos/")]
        assert len(photos) == 2
        assert MARKER in archive.read(photos[0])
        assert not any("Astrid" in name for name in archive.namelist())
    ending.confirm("hand_over")
    with world.database.transaction(SYSTEM, writes=False) as session:
        [copy] = session.exec(select(DataCopy)).all()
        seen = session.exec(select(Access).where(Access.act == "packaged")).all()
    assert (copy.kind, copy.persons) == ("package", 2)
    assert [(each.purpose, each.persons) for each in seen] == [("other", 2)]


def test_dropped_files_are_handed_over_open(world: World, ending: Ending, taker: Actor) -> None:
    here = file_store.portal_in(ending.account.id, ending.orderer.user_id)
    long = dropping.random_bytes(70 * PIECE + 5)
    dropping.send(here, "Astrid Lind.CSV", b"somebody")
    dropping.send(here, "Klass 9B.zip", long)
    dropping.begin(here, "halv.csv").break_off()
    ending.ask()
    assert ending.sheet().forecast.files == 3
    package = perform(closing_package.begin, taker, purpose="other")
    with ZipFile(io.BytesIO(b"".join(zip_stream.pieces(closing_package.files(taker, package))))) as archive:
        listed = {each["name"]: each for each in json.loads(archive.read("files.json"))}
        named, album, half = (listed[name] for name in ("Astrid Lind.CSV", "Klass 9B.zip", "halv.csv"))
        assert archive.read(named["file"]) == b"somebody"
        assert archive.read(album["file"]) == long
        assert archive.testzip() is None
        assert (named["file"], named["folder"]) == (f"files/{named['code']}.csv", "inbox")
        assert album["sha256"] == hashlib.sha256(long).hexdigest()
        assert (half["state"], half["file"]) == ("receiving", "")
        assert not any("Astrid" in name for name in archive.namelist())
    with world.database.transaction(SYSTEM, writes=False) as session:
        seen = session.exec(select(Access).where(Access.act == "file")).all()
    assert sorted(each.subject for each in seen) == sorted((named["code"], album["code"]))


def test_a_file_that_is_deleted_meanwhile_is_left_out_and_a_long_one_ends_with_the_session(
    world: World, ending: Ending, taker: Actor
) -> None:
    here = file_store.portal_in(ending.account.id, ending.orderer.user_id)
    dropping.send(here, "first.csv", b"somebody")
    dropping.send(here, "long.zip", dropping.random_bytes(70 * PIECE))
    ending.ask()
    package = perform(closing_package.begin, taker, purpose="other")
    perform(file_store.remove, here, folder=Folder.INBOX, name="first.csv")
    files = {name: data for name, data in closing_package.files(taker, package) if name.startswith("files/")}
    [place] = files
    parts = iter(files[place])
    next(parts)
    with sessions.system() as session:
        sessions.end(session, taker.session_id)
    with pytest.raises(NotSignedIn):
        list(parts)
    stranger = world.person(Role.PRIVACY_OFFICER, world.account("Nordhamn Energi"), stepped_up=True)
    assert perform(closing_files.listed, stranger) == []
    with pytest.raises(NotFound):
        perform(closing_files.packed, stranger, file_id=package.files[1])


def test_a_package_ends_with_the_session_and_is_no_other_accounts(
    world: World, ending: Ending, taker: Actor
) -> None:
    ending.ask()
    package = perform(closing_package.begin, taker, purpose="other")
    started = closing_package.files(taker, package)
    next(started)
    with sessions.system() as session:
        sessions.end(session, taker.session_id)
    with pytest.raises(NotSignedIn):
        list(started)
    stranger = world.person(Role.PRIVACY_OFFICER, world.account("Nordhamn Energi"), stepped_up=True)
    assert perform(closing_package.part, stranger, items=package.items, number=1) == [
        ("persons/0001.json", b"[]")
    ]
    with pytest.raises(NotAllowed):
        perform(closing_package.begin, fresh(ending.orderer), purpose="other")


@pytest.mark.parametrize("point", closing_steps.POINTS)
def test_a_crash_at_any_point_is_resumed(
    world: World, ending: Ending, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(reached: str) -> None:
        if reached == point:
            raise RuntimeError

    ending.ask()
    with monkeypatch.context() as patched:
        patched.setattr(closing_steps, "reached", die)
        ending.confirm()
    closing_steps.resume_all()
    sheet = ending.sheet()
    assert (sheet.state, bool(sheet.certificate)) == ("closed", True)
    with world.database.transaction(SYSTEM, writes=False) as session:
        assert session.exec(select(HolderRecord)).all() == []
        assert len(session.exec(select(AccountClosing)).all()) == 1
        whole = [each for each in session.exec(select(Erasure)) if each.order_id is None]
    assert [(each.state, each.persons) for each in whole] == [("done", 2)]
    assert closing_steps.resume_all() == 0


@pytest.mark.parametrize("point", erasure_steps.POINTS)
def test_a_crash_while_its_persons_are_erased_is_resumed(
    ending: Ending, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(reached: str) -> None:
        if reached == point:
            raise RuntimeError

    ending.ask()
    with monkeypatch.context() as patched:
        patched.setattr(erasure_steps, "reached", die)
        ending.confirm()
    closing_steps.resume_all()
    assert ending.sheet().certificate
    assert set(keystore.current().states(ending.ordered.records).values()) == {"erased"}


def test_the_bureau_cannot_confirm_for_the_customer() -> None:
    assert closing.confirm.__dict__["use_case"].permission is Permission.PRIVACY_MANAGE
