"""A person's package: all of one person, nothing of anybody else, written down before it is made."""

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pypdf import PdfReader
from sqlmodel import col, select

from nexus_portal.adapters import zip_stream
from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Invalid, NotAllowed, NotFound, NotSignedIn, StepUpNeeded
from nexus_portal.domain.lifecycles import Billing, Fulfilment, Stage
from nexus_portal.domain.numbers import item_code
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.audit import AuditEvent
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.privacy import Access, CopyKind, DataCopy
from nexus_portal.services import erasure, holds, person_package, sessions, vault_people
from nexus_portal.services.person_package import Package, begin, files, survey
from nexus_portal.services.use_case import perform
from tests.identity import enrolled, quick_passwords, signed_in  # noqa: F401 - asked for by name
from tests.ordering_helpers import FIELDS
from tests.people import ASTRID, BENGT, MARKER, Ordered, Picture, order_of
from tests.statements import sent
from tests.world import Clock, World

pytestmark = [pytest.mark.usefixtures("quick_passwords")]
SCHEMA = json.loads(Path("docs/person-package.schema.json").read_text(encoding="utf-8"))
WHY: dict[str, Any] = {"purpose": "request of the person", "language": "sv"}
NAMESAKE = {"name": ASTRID["name"], "personal_number": "197010632391"}
"""Bears the same name, stands in the same order, went through the same batch to the same address."""


@pytest.fixture
def account(world: World) -> Account:
    return world.account()


@pytest.fixture
def orderer(world: World, account: Account) -> Actor:
    return world.person(Role.ORDERER, account, name="Orvar Orderson", stepped_up=True)


@pytest.fixture
def officer(world: World, account: Account) -> Actor:
    return signed_in(enrolled(world, Role.PRIVACY_OFFICER, account)).actor


@pytest.fixture
def ordered(world: World, orderer: Actor) -> Ordered:
    return order_of(world, orderer, ASTRID, NAMESAKE, BENGT, photos=True)


def made(actor: Actor, *items: Any, **asked: Any) -> Package:
    return perform(begin, actor, item_ids=list(items), **{**WHY, **asked})


def opened(actor: Actor, package: Package) -> dict[str, bytes]:
    """The files of the ZIP as its reader finds them."""
    with zipfile.ZipFile(io.BytesIO(b"".join(zip_stream.pieces(files(actor, package))))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def content(actor: Actor, package: Package) -> dict[str, Any]:
    return json.loads(opened(actor, package)["person.json"])


def code_of(database: Database, item_id: Any) -> str:
    with database.transaction(SYSTEM, writes=False) as session:
        item = session.get_one(CardItem, item_id)
        return item_code(session.get_one(Order, item.order_id).serial, item.position)


def values(content: dict[str, Any]) -> list[str]:
    return [each["value"] for record in content["records"] for each in record["data"]]


def test_it_holds_every_record_of_one_person_and_keeps_to_the_schema(
    world: World, database: Database, orderer: Actor, officer: Actor, ordered: Ordered
) -> None:
    later = order_of(world, orderer, {"name": "Astrid Ny-Namn", "personal_number": ASTRID["personal_number"]})
    package = made(officer, ordered.items[0])
    assert package.items == (later.items[0], ordered.items[0])
    found = content(officer, package)
    jsonschema.validate(found, SCHEMA, format_checker=jsonschema.FormatChecker())
    assert [record["card"] for record in found["records"]] == [
        code_of(database, each) for each in package.items
    ]
    assert set(values(found)) == {"Astrid Ny-Namn", ASTRID["name"], ASTRID["personal_number"]}
    assert (found["found_by"], found["controller"]["name"]) == ("personal_number", "Björkskolan")
    assert perform(survey, officer, item_ids=[ordered.items[0]]).codes == tuple(
        code_of(database, each) for each in package.items
    )


def test_nothing_of_anybody_else_is_in_it(
    world: World, database: Database, orderer: Actor, officer: Actor, ordered: Ordered
) -> None:
    with database.transaction(SYSTEM) as session:
        order = session.get_one(Order, ordered.id)
        order.reference, order.delivery_address = "For Bengt", "Att. Bengt Nyqvist, Storgatan 1"
        session.add(order)
    everybody = [*ordered.items]
    perform(vault_people.reveal, orderer, item_ids=everybody, purpose="order page")
    names = opened(officer, made(officer, ordered.items[0]))
    own, others = code_of(database, ordered.items[0]), [code_of(database, each) for each in ordered.items[1:]]
    assert set(names) == {"person.json", "person.pdf", f"photos/{own}.jpg", f"photos/{own}-original.jpg"}
    page = "".join(each.extract_text() for each in PdfReader(io.BytesIO(names["person.pdf"])).pages)
    for text in (names["person.json"].decode(), page):
        assert ASTRID["name"].split()[0] in text
        for foreign in (
            NAMESAKE["personal_number"],
            "701063",
            *BENGT.values(),
            "Bengt",
            "Storgatan",
            orderer.name,
            officer.name,
            *others,
        ):
            assert foreign not in text
    del world


def test_photos_are_the_crop_and_the_original(officer: Actor, ordered: Ordered, database: Database) -> None:
    code = code_of(database, ordered.items[0])
    found = opened(officer, made(officer, ordered.items[0]))
    assert found[f"photos/{code}.jpg"] == Picture().crop
    assert found[f"photos/{code}-original.jpg"] == Picture().original
    assert MARKER not in found["person.pdf"]
    [record] = json.loads(found["person.json"])["records"]
    assert record["photo"]["files"] == [f"photos/{code}.jpg", f"photos/{code}-original.jpg"]


def test_without_a_number_only_what_was_picked_is_in_it(
    world: World, account: Account, orderer: Actor, officer: Actor
) -> None:
    layout = world.layout(account, fields=[{**FIELDS[0], "label_en": "Full name"}])
    order = order_of(world, orderer, {"name": "Cecilia Dahl"}, {"name": "Cecilia Dahl"}, layout=layout)
    assert made(officer, order.items[0]).items == (order.items[0],)
    both = made(officer, *order.items)
    assert set(both.items) == set(order.items)
    assert content(officer, both)["found_by"] == "hand"


def test_cards_of_two_persons_make_no_package(officer: Actor, ordered: Ordered, database: Database) -> None:
    with pytest.raises(Invalid):
        made(officer, ordered.items[0], ordered.items[1])
    with database.transaction(SYSTEM, writes=False) as session:
        assert session.exec(select(DataCopy)).all() == []


def test_a_second_number_on_a_card_does_not_make_its_holder_somebody_else(
    world: World, account: Account, orderer: Actor, officer: Actor, ordered: Ordered
) -> None:
    parent = {**FIELDS[1], "key": "parent", "required": False, "label_en": "Parent", "label_sv": "Förälder"}
    layout = world.layout(account, fields=[FIELDS[0], FIELDS[1], parent])
    child = {"name": "Dag Åkerlund", "personal_number": "198507099805", "parent": ASTRID["personal_number"]}
    order_of(world, orderer, child, layout=layout)
    assert made(officer, ordered.items[0]).items == (ordered.items[0],)


def test_the_draft_of_a_colleague_counts_as_held(
    world: World, database: Database, orderer: Actor, officer: Actor, ordered: Ordered
) -> None:
    draft = order_of(world, orderer, ASTRID)
    with database.transaction(SYSTEM) as session:
        order = session.get_one(Order, draft.id)
        order.fulfilment = Fulfilment.DRAFT
        session.add(order)
    assert set(made(officer, ordered.items[0]).items) == {draft.items[0], ordered.items[0]}


def test_it_is_written_down_before_anything_is_opened(
    database: Database, officer: Actor, ordered: Ordered
) -> None:
    package = made(officer, ordered.items[0])
    with database.transaction(SYSTEM, writes=False) as session:
        [entry] = session.exec(select(AuditEvent).where(AuditEvent.action == "person:packaged")).all()
        [copy] = session.exec(select(DataCopy)).all()
        [access] = session.exec(select(Access).where(Access.act == "packaged")).all()
    assert entry.facts["cards"] == 1
    assert (entry.facts["purpose"], entry.subject) == ("request of the person", "")
    assert (copy.kind, copy.order_id, copy.persons) == (CopyKind.PACKAGE, ordered.id, 1)
    assert (access.item_id, access.purpose) == (ordered.items[0], "request of the person")
    written = json.dumps(entry.facts)
    assert not [value for value in (*ASTRID.values(), "640823") if value in written]
    assert [each["act"] for each in content(officer, package)["seen"]] == ["packaged"]


def test_who_looked_is_there_by_role_and_whole_orders_too(
    database: Database, orderer: Actor, officer: Actor, ordered: Ordered, clock: Clock
) -> None:
    perform(vault_people.reveal, orderer, item_ids=[ordered.items[0]], purpose="order page")
    clock.forward(timedelta(minutes=1))
    perform(vault_people.reveal, orderer, item_ids=[ordered.items[2]], purpose="order page")
    clock.forward(timedelta(minutes=1))
    found = content(officer, made(officer, ordered.items[0]))["seen"]
    assert [(each["act"], each["role"]) for each in found] == [
        ("packaged", "privacy_officer"),
        ("revealed", "orderer"),
    ]
    assert {each["card"] for each in found} == {code_of(database, ordered.items[0])}


def test_what_stands_in_the_way_of_removing_is_said_with_its_day(
    database: Database, officer: Actor, ordered: Ordered
) -> None:
    assert content(officer, made(officer, ordered.items[0]))["records"][0]["removal"]["possible_now"]
    perform(
        holds.place, officer, reason="A dispute about a lost card", on=code_of(database, ordered.items[0])
    )
    with database.transaction(SYSTEM) as session:
        order = session.get_one(Order, ordered.id)
        order.billing = Billing.UNBILLED
        item = session.get_one(CardItem, ordered.items[0])
        item.stage = Stage.PRINTING
        session.add_all([order, item])
    removal = content(officer, made(officer, ordered.items[0]))["records"][0]["removal"]
    assert {each["reason"] for each in removal["in_the_way"]} == {"production", "invoice", "hold"}
    assert removal["in_the_way"][0]["text"] == "Kortet är inte tillverkat ännu."
    assert {each["kind"] for each in removal["by_itself"]} == {"name", "personal_number", "photo"}
    assert all(each["on"] for each in removal["by_itself"])


def test_who_is_erased_has_no_package(officer: Actor, orderer: Actor, ordered: Ordered) -> None:
    package = made(officer, ordered.items[0])
    perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
    with pytest.raises(NotFound):
        made(officer, ordered.items[0])
    assert content(officer, package)["records"] == []
    assert [name for name in opened(officer, package) if name.startswith("photos")] == []


def test_it_asks_for_a_second_factor_a_purpose_and_a_language(
    officer: Actor, ordered: Ordered, clock: Clock
) -> None:
    for wrong in ({"purpose": "curiosity"}, {"language": "de"}):
        with pytest.raises(Invalid):
            made(officer, ordered.items[0], **wrong)
    with pytest.raises(Invalid):
        made(officer)
    clock.forward(timedelta(minutes=5, seconds=1))
    with pytest.raises(StepUpNeeded):
        made(officer, ordered.items[0])


@pytest.mark.parametrize("role", [Role.ORDERER, Role.AUDITOR, Role.ACCOUNT_ADMIN, Role.APPROVER])
def test_a_role_that_may_not_take_persons_away_makes_none(
    world: World, account: Account, officer: Actor, ordered: Ordered, role: Role
) -> None:
    reader = signed_in(enrolled(world, role, account)).actor
    with pytest.raises(NotAllowed):
        made(reader, ordered.items[0])
    with pytest.raises(NotAllowed):
        next(files(reader, made(officer, ordered.items[0])))


def test_another_account_finds_nobody(world: World, officer: Actor, ordered: Ordered) -> None:
    stranger = signed_in(enrolled(world, Role.PRIVACY_OFFICER, world.account("Nordhamn Energi"))).actor
    with pytest.raises(NotFound):
        made(stranger, ordered.items[0])
    with pytest.raises(NotFound):
        perform(survey, stranger, item_ids=[ordered.items[0]])
    assert content(stranger, made(officer, ordered.items[0]))["records"] == []


def test_a_session_that_ends_takes_the_rest_with_it(officer: Actor, ordered: Ordered) -> None:
    parts = files(officer, made(officer, ordered.items[0]))
    assert next(parts)[0] == "person.json"
    assert next(parts)[0] == "person.pdf"
    with sessions.system() as session:
        sessions.end(session, officer.session_id)
    with pytest.raises(NotSignedIn):
        next(parts)


def test_many_cards_cost_no_more_statements_than_one(
    world: World, database: Database, orderer: Actor, officer: Actor
) -> None:
    one = order_of(world, orderer, BENGT)
    with sent(database) as statements:
        perform(person_package.content, officer, package=made(officer, *one.items))
    few = len(statements)
    many = order_of(world, orderer, *([ASTRID] * 30))
    with sent(database) as statements:
        perform(person_package.content, officer, package=made(officer, many.items[0]))
    assert len(statements) <= few
    with database.transaction(SYSTEM, writes=False) as session:
        rows = session.exec(select(Access).where(col(Access.item_id).in_(many.items))).all()
    assert len(rows) == 30


def test_photos_of_cards_that_are_not_in_it_are_not_handed_out(officer: Actor, ordered: Ordered) -> None:
    package = made(officer, ordered.items[0])
    for kind in person_package.KINDS:
        asked = {"package": package, "kind": kind}
        assert perform(person_package.photo, officer, item_id=ordered.items[0], **asked)
        assert perform(person_package.photo, officer, item_id=ordered.items[2], **asked) == []
