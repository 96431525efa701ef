"""Records of processing: generated from what is set up, kept in versions, compared."""

import json
from io import BytesIO
from uuid import UUID

import pytest
from pypdf import PdfReader
from sqlmodel import select

from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.audit import AuditEvent
from nexus_portal.models.base import new_id
from nexus_portal.models.records import ProcessingRecord
from nexus_portal.services import holds, processing, processing_files, sub_processors
from nexus_portal.services.processing import RecordView
from nexus_portal.services.processing_words import Words
from nexus_portal.services.use_case import perform
from tests.people import ASTRID, order_of
from tests.world import World


@pytest.fixture
def keeper(world: World, account: Account) -> Actor:
    return world.person(Role.PRIVACY_OFFICER, account, name="Karin Keeper", stepped_up=True)


@pytest.fixture
def admin(world: World) -> Actor:
    return world.person(Role.BUREAU_ADMIN, world.bureau())


def lines(view: RecordView, section: str, language: str = "en") -> dict[str, str]:
    found = Words(language).lines(view.document["sections"])
    return {line.name: line.text for line in found if line.section == section}


def paper(data: bytes) -> str:
    """All that is written on a PDF, in one line."""
    pages = PdfReader(BytesIO(data)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def company(admin: Actor, name: str = "Molnet AB") -> None:
    perform(sub_processors.add, admin, name=name, service="Servers", country="Sweden", since="2025-01-15")


def test_the_record_says_how_things_are_set_up(
    world: World, account: Account, keeper: Actor, orderer: Actor, admin: Actor
) -> None:
    layout = world.layout(account)
    order_of(world, orderer, ASTRID, layout=layout)
    company(admin)
    perform(holds.place, keeper, reason="A dispute.", on="2026-00001")
    view = perform(processing.account_record, keeper)
    assert lines(view, "parties") == {
        "Controller": f"{account.name} ({account.number})",
        "Processor": f"{admin.account_name} ({admin.account_number})",
    }
    data = lines(view, "data")
    assert data[f"{layout.name}, version 1: Personal number"] == (
        "Printed on the card; kept as: Personal number; required; why: Same names."
    )
    assert lines(view, "retention")["Photo"] == "30 days after delivery"
    assert lines(view, "retention", "sv")["Spärrade kort"].startswith("Raderas")
    assert lines(view, "access") == {
        "Orderer": "People with this role: 1. See the persons on cards",
        "Privacy officer": "People with this role: 1. Search for persons, Export data of persons",
    }
    assert set(lines(view, "recipients")) == {"Order desk", "Production operator"}
    assert lines(view, "sub_processors") == {"Molnet AB": "Servers, Sweden, since 15 January 2025"}
    assert lines(view, "holds") == {"Open holds": "1"}
    assert len(lines(view, "measures")) == len(lines(view, "measures", "sv")) == 9
    assert ASTRID["name"] not in json.dumps(view.document)
    assert view.document["generated_from"]["layouts"] == 1


def test_a_version_that_is_kept_stays_and_the_next_says_what_has_changed(
    database: Database, world: World, account: Account, keeper: Actor, admin: Actor
) -> None:
    world.layout(account)
    assert perform(processing.keep_account_record, keeper) == 1
    with pytest.raises(Conflict):
        perform(processing.keep_account_record, keeper)
    company(admin)
    with database.transaction(SYSTEM) as session:
        session.get_one(Account, account.id).retention_days = 10
    view = perform(processing.account_record, keeper)
    assert view.before is not None
    changes = Words("en").changes(view.before["sections"], view.document["sections"])
    assert {(each.name, each.before, each.after) for each in changes if each.section != "retention"} == {
        ("Molnet AB", "", "Servers, Sweden, since 15 January 2025")
    }
    assert ("Name", "30 days after delivery", "10 days after delivery") in {
        (each.name, each.before, each.after) for each in changes
    }
    assert perform(processing.keep_account_record, keeper) == 2
    old = perform(processing.account_record, keeper, version=1)
    assert lines(old, "retention")["Name"] == "30 days after delivery"
    assert [(row.version, row.kept_by) for row in old.versions] == [(2, "Karin Keeper"), (1, "Karin Keeper")]
    with pytest.raises(NotFound):
        perform(processing.account_record, keeper, version=3)
    with database.transaction(SYSTEM, writes=False) as session:
        kept = session.exec(select(AuditEvent).where(AuditEvent.action == "record:kept")).all()
    assert [(entry.subject, entry.facts["digest"]) for entry in kept] == [
        ("1", old.digest),
        ("2", old.versions[0].digest),
    ]


def test_the_bureaus_record_names_categories_customer_by_customer(
    world: World, account: Account, keeper: Actor, admin: Actor
) -> None:
    world.layout(account)
    empty = world.account("Nordhamn Energi")
    view = perform(processing.bureau_record, admin)
    assert lines(view, "customers") == {
        f"{account.name} ({account.number})": "Name, Personal number, Photo; versions of layouts: 1",
        f"{empty.name} ({empty.number})": "no data yet; versions of layouts: 0",
    }
    # Neither keeps, counts or sees the versions of the other.
    perform(processing.keep_account_record, keeper)
    assert perform(processing.bureau_record, admin).versions == ()
    assert perform(processing.keep_bureau_record, admin) == 1


def test_both_files_say_it_all_and_in_both_languages(
    world: World, account: Account, keeper: Actor, admin: Actor
) -> None:
    world.layout(account)
    perform(processing.keep_account_record, keeper)
    company(admin)
    view = perform(processing.account_record, keeper)
    told = json.loads(processing_files.json_of(view))
    assert told["digest"] == view.digest
    assert {line["section"] for line in told["in_words"]["sv"]} == {
        line["section"] for line in told["in_words"]["en"]
    }
    english = paper(processing_files.pdf(view, 0, "en"))
    swedish = paper(processing_files.pdf(view, 1, "sv"))
    assert "Record of processing" in english
    assert "Molnet AB" in english.partition("Changed since")[2]
    assert "Registerförteckning" in swedish
    assert "artikel 30.1" in swedish


def test_who_may_do_what_with_records(
    *, world: World, database: Database, account: Account, keeper: Actor, orderer: Actor, admin: Actor
) -> None:
    auditor = world.person(Role.AUDITOR, account)
    assert perform(processing.account_record, auditor).versions == ()
    with pytest.raises(NotAllowed):
        perform(processing.keep_account_record, auditor)
    for use in (processing.account_record, processing.bureau_record):
        with pytest.raises(NotAllowed):
            perform(use, orderer)
    with pytest.raises(NotAllowed):
        perform(processing.account_record, admin)
    perform(processing.keep_account_record, keeper)
    stranger = world.person(Role.PRIVACY_OFFICER, world.account("Nordhamn Energi"))
    with pytest.raises(NotFound):
        perform(processing.account_record, stranger, version=1)
    with database.transaction(stranger, writes=False) as session:
        seen = session.exec(select(ProcessingRecord)).all()
    assert len(seen) == (1 if database.is_sqlite else 0)  # the database holds the line besides


def test_sub_processors_are_named_and_ended_and_stay_on_record(world: World, admin: Actor) -> None:
    company(admin)
    with pytest.raises(Conflict):
        company(admin)
    [row] = perform(sub_processors.sub_processors, admin)
    perform(sub_processors.end, admin, row_id=UUID(row.id))
    with pytest.raises(Conflict):
        perform(sub_processors.end, admin, row_id=UUID(row.id))
    with pytest.raises(NotFound):
        perform(sub_processors.end, admin, row_id=new_id())
    company(admin)
    assert [each.ended_on for each in perform(sub_processors.sub_processors, admin)] == ["", "2026-03-02"]
    for wrong in ({"name": " "}, {"since": "2027-01-01"}, {"since": "soon"}, {"country": "x" * 81}):
        typed = {"name": "Post AB", "service": "Mail", "country": "Sweden", "since": "2025-01-01", **wrong}
        with pytest.raises(Invalid):
            perform(sub_processors.add, admin, **typed)
    with pytest.raises(NotAllowed):
        company(world.person(Role.PRIVACY_OFFICER, world.account()))
