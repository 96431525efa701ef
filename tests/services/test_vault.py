from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import event
from sqlmodel import Session, col, select

from nexus_portal import settings
from nexus_portal.adapters import blobs, clock, keystore
from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound, StepUpNeeded, Tampered
from nexus_portal.domain.field_definitions import RetentionClass
from nexus_portal.domain.fields import all_from_json
from nexus_portal.domain.permissions import Role
from nexus_portal.domain.retention import kinds_of
from nexus_portal.models.accounts import Account
from nexus_portal.models.audit import AuditEvent
from nexus_portal.models.base import new_id
from nexus_portal.models.orders import Order
from nexus_portal.models.vault import HolderRecord, Photo, SearchToken
from nexus_portal.services import vault, vault_people, vault_tokens
from nexus_portal.services.use_case import perform
from tests.people import ASTRID, BENGT, MARKER, Ordered, Picture, order_of
from tests.samples import people as made_up
from tests.world import FIELDS, World


@pytest.fixture
def orderer(world: World, account: Account) -> Actor:
    return world.person(Role.ORDERER, account)


@pytest.fixture
def ordered(world: World, orderer: Actor) -> Ordered:
    return order_of(world, orderer, ASTRID, BENGT, photos=True)


def opened(database: Database, actor: Actor, items: list[UUID]) -> dict[UUID, dict[str, str]]:
    with database.transaction(actor, writes=False) as session:
        return vault.open_many(session, actor, items)


def record_of(session: Session, item_id: UUID) -> HolderRecord:
    return session.exec(select(HolderRecord).where(HolderRecord.item_id == item_id)).one()


def actions(database: Database) -> list[tuple[str, dict[str, object]]]:
    with database.transaction(SYSTEM, writes=False) as session:
        rows = session.exec(select(AuditEvent).order_by(AuditEvent.chain, col(AuditEvent.seq)))
        return [(row.action, row.facts) for row in rows]


def test_persons_open_as_they_were_stored(database: Database, orderer: Actor, ordered: Ordered) -> None:
    assert opened(database, orderer, ordered.items) == dict(zip(ordered.items, (ASTRID, BENGT), strict=True))


def test_the_database_holds_no_plaintext(database: Database, ordered: Ordered) -> None:
    with database.transaction(SYSTEM) as session:
        stored = [record_of(session, item).fields for item in ordered.items]
    assert all("Astrid" not in text and "1964" not in text for fields in stored for text in fields.values())
    assert stored[0].keys() == ASTRID.keys()


def test_what_the_layout_does_not_ask_for_is_dropped(
    world: World, orderer: Actor, database: Database
) -> None:
    ordered = order_of(world, orderer, {**ASTRID, "shoe_size": "41", "photo": ""})
    assert opened(database, orderer, ordered.items) == {ordered.items[0]: ASTRID}


def test_the_same_value_never_gives_the_same_ciphertext(
    world: World, orderer: Actor, database: Database
) -> None:
    ordered = order_of(world, orderer, ASTRID, ASTRID)
    with database.transaction(SYSTEM) as session:
        first, second = (record_of(session, item).fields for item in ordered.items)
    assert first["name"] != second["name"]


def test_another_account_opens_nothing(world: World, database: Database, ordered: Ordered) -> None:
    stranger = world.person(Role.ORDERER, world.account("Nordhamn Energi"))
    assert opened(database, stranger, ordered.items) == {}


def test_a_ciphertext_that_was_moved_does_not_open_and_is_reported(
    database: Database, orderer: Actor, ordered: Ordered
) -> None:
    with database.transaction(SYSTEM) as session:
        first, second = (record_of(session, item) for item in ordered.items)
        first.fields, second.fields = second.fields, first.fields

    with pytest.raises(Tampered):
        opened(database, orderer, ordered.items)

    assert ("vault:tampered", {"fields": ["name"]}) in actions(database)
    with database.transaction(SYSTEM, writes=False) as session:
        said = session.exec(select(AuditEvent).where(AuditEvent.action == "vault:tampered")).one()
    assert (said.chain, said.subject) == (str(orderer.account_id), str(ordered.records[0]))


def test_a_ciphertext_in_another_field_of_the_same_person_does_not_open(
    database: Database, orderer: Actor, ordered: Ordered
) -> None:
    with database.transaction(SYSTEM) as session:
        record = record_of(session, ordered.items[0])
        record.fields = {**record.fields, "name": record.fields["personal_number"]}
    with pytest.raises(Tampered):
        opened(database, orderer, ordered.items[:1])


def test_a_record_in_another_account_does_not_open(
    world: World, database: Database, ordered: Ordered
) -> None:
    other = world.account("Nordhamn Energi")
    with database.transaction(SYSTEM) as session:
        record_of(session, ordered.items[0]).account_id = other.id
    with pytest.raises(Tampered):
        opened(database, SYSTEM, ordered.items[:1])


@pytest.mark.parametrize("dialect", ["postgresql"])
def test_who_was_erased_while_being_mended_is_gone(
    database: Database, orderer: Actor, ordered: Ordered
) -> None:
    with database.transaction(orderer) as session:
        record = record_of(session, ordered.items[0])
        with database.transaction(SYSTEM) as other:
            vault.delete_rows(other, [record.id])
        with pytest.raises(NotFound):
            vault.amend(session, record, {"name": "Astrid Ny"}, ordered.definitions)


def test_swapped_photos_do_not_open(database: Database, ordered: Ordered) -> None:
    with database.transaction(SYSTEM) as session:
        first, second = session.exec(select(Photo)).all()
        first.crop_blob, second.original_blob = second.crop_blob, second.crop_blob
        photos = {first.record_id: "crop", second.record_id: "original"}
    for record_id, kind in photos.items():
        with pytest.raises(Tampered), database.transaction(SYSTEM) as session:
            vault.photo_bytes(session, SYSTEM, record_id, "crop" if kind == "crop" else "original")
    assert ("vault:tampered", {"fields": ["photo:original"]}) in actions(database)


def test_photos_come_back_and_lie_encrypted(database: Database, ordered: Ordered) -> None:
    with database.transaction(SYSTEM) as session:
        held = kinds_of(record_of(session, ordered.items[0]).kinds)
        assert set(held) == {RetentionClass.NAME, RetentionClass.PERSONAL_NUMBER, RetentionClass.PHOTO}
        assert vault.photo_bytes(session, SYSTEM, ordered.records[0], "original") == Picture().original
        assert vault.photo_bytes(session, SYSTEM, ordered.records[1], "crop") == Picture().crop
    for path in settings.current().blob_dir.rglob("*"):
        assert path.is_dir() or MARKER not in path.read_bytes()


def test_a_new_photo_takes_the_place_of_the_earlier_one(database: Database, ordered: Ordered) -> None:
    with database.transaction(SYSTEM) as session:
        before = session.exec(select(Photo).where(Photo.record_id == ordered.records[0])).one()
        old = [before.original_blob, before.crop_blob]
        record = record_of(session, ordered.items[0])
        vault.put_photo(session, record, replace(Picture(), crop=b"other", findings=("dark",)))

    with database.transaction(SYSTEM) as session:
        assert vault.photo_bytes(session, SYSTEM, ordered.records[0], "crop") == b"other"
        photo = session.exec(select(Photo).where(Photo.record_id == ordered.records[0])).one()
        assert photo.findings == ["dark"]
        assert len(session.exec(select(Photo)).all()) == 2
    for name in old:
        with pytest.raises(NotFound):
            blobs.get(name)


def test_a_transaction_that_fails_leaves_no_keys_and_no_files(
    world: World, database: Database, orderer: Actor, ordered: Ordered
) -> None:
    made: list[UUID] = []
    before = set(settings.current().blob_dir.rglob("*/*/*"))

    def fail() -> None:
        with database.transaction(SYSTEM) as session:
            record = record_of(session, ordered.items[0])
            vault.put_photo(session, record, Picture())
            vault.discard(session, [ordered.items[1]])
            [record] = vault.store_many(
                session,
                account_id=record.account_id,
                order_id=ordered.id,
                people=[(ordered.items[1], ASTRID)],
                definitions=ordered.definitions,
            )
            made.append(record.id)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    assert keystore.keys(made) == {}
    assert opened(database, orderer, ordered.items)[ordered.items[1]] == BENGT
    assert set(settings.current().blob_dir.rglob("*/*/*")) == before


def test_an_item_has_one_person(database: Database, ordered: Ordered) -> None:
    with pytest.raises(Conflict), database.transaction(SYSTEM) as session:
        vault.store(
            session,
            account_id=record_of(session, ordered.items[0]).account_id,
            order_id=ordered.id,
            item_id=ordered.items[0],
            values=BENGT,
            definitions=ordered.definitions,
        )


def test_amending_replaces_removes_and_keeps(database: Database, orderer: Actor, ordered: Ordered) -> None:
    fields = [*FIELDS, {**FIELDS[0], "key": "room", "retention": "other"}]
    definitions = all_from_json(fields)
    with database.transaction(SYSTEM) as session:
        record = record_of(session, ordered.items[0])
        vault.amend(session, record, {"name": "Astrid Falk", "room": "B2"}, definitions)
    with database.transaction(SYSTEM) as session:
        vault.amend(session, record_of(session, ordered.items[0]), {"room": ""}, definitions)

    assert opened(database, orderer, ordered.items[:1])[ordered.items[0]] == {**ASTRID, "name": "Astrid Falk"}


def test_a_person_is_found_by_number_in_the_own_account_only(
    world: World, database: Database, orderer: Actor, ordered: Ordered
) -> None:
    assert orderer.account_id
    other = world.account("Nordhamn Energi")
    wanted = vault.number_token(orderer.account_id, ASTRID["personal_number"])
    foreign = vault.number_token(other.id, ASTRID["personal_number"])
    nobody = vault.number_token(orderer.account_id, "191212121212")
    with database.transaction(SYSTEM, writes=False) as session:
        found = vault.items_with_number(session, orderer.account_id, [wanted, nobody])
        assert vault.items_with_number(session, other.id, [wanted, foreign]) == {}

    assert found == {wanted: [ordered.items[0]]}
    assert wanted != foreign


def test_tokens_follow_the_amended_value(database: Database, orderer: Actor, ordered: Ordered) -> None:
    assert orderer.account_id
    with database.transaction(SYSTEM) as session:
        record = record_of(session, ordered.items[0])
        vault.amend(session, record, {"name": "Cecilia Ost"}, ordered.definitions)
    with database.transaction(SYSTEM, writes=False) as session:
        query = select(SearchToken.token).where(
            SearchToken.record_id == ordered.records[0], SearchToken.kind == "name"
        )
        stored = set(session.exec(query))
    assert stored == set(vault_tokens.name_tokens(orderer.account_id, "OST cecilia"))


def test_a_number_that_still_has_to_be_mended_is_kept_but_not_found(
    world: World, database: Database, orderer: Actor
) -> None:
    ordered = order_of(world, orderer, {**ASTRID, "personal_number": "640823-3235"})
    with database.transaction(SYSTEM, writes=False) as session:
        kinds = session.exec(select(SearchToken.kind)).all()
    assert opened(database, orderer, ordered.items)[ordered.items[0]]["personal_number"] == "640823-3235"
    assert set(kinds) == {"name"}


def test_discarding_a_draft_row_leaves_nothing_of_it(
    database: Database, orderer: Actor, ordered: Ordered
) -> None:
    with database.transaction(SYSTEM) as session:
        vault.discard(session, ordered.items[:1])

    assert keystore.keys(ordered.records).keys() == {ordered.records[1]}
    assert opened(database, orderer, ordered.items).keys() == {ordered.items[1]}
    with database.transaction(SYSTEM, writes=False) as session:
        assert {token.record_id for token in session.exec(select(SearchToken))} == {ordered.records[1]}
        assert len(session.exec(select(Photo)).all()) == 1
    assert len([path for path in settings.current().blob_dir.rglob("*") if path.is_file()]) == 2


def test_an_order_whose_data_was_removed_takes_no_more_in(
    world: World, database: Database, orderer: Actor, ordered: Ordered
) -> None:
    with database.transaction(SYSTEM) as session:
        session.get_one(Order, ordered.id).erasure_id = new_id()
    for act in (
        lambda session, record: vault.store(
            session,
            account_id=record.account_id,
            order_id=ordered.id,
            item_id=ordered.items[0],
            values=BENGT,
            definitions=ordered.definitions,
        ),
        lambda session, record: vault.put_photo(session, record, Picture()),
    ):
        with pytest.raises(Conflict, match="removed"), database.transaction(SYSTEM) as session:
            act(session, record_of(session, ordered.items[0]))


def test_fifty_persons_open_with_one_question_to_the_key_store(
    world: World, database: Database, orderer: Actor
) -> None:
    people = [{"name": person.name, "personal_number": person.personal_number} for person in made_up(50)]
    ordered = order_of(world, orderer, *people)
    statements: list[str] = []
    engine = keystore.current().engine

    @event.listens_for(engine, "before_cursor_execute")
    def _note(*args: object) -> None:
        statements.append(str(args[2]))

    with database.transaction(orderer, writes=False) as session:
        found = vault.open_many(session, orderer, ordered.items)
    event.remove(engine, "before_cursor_execute", _note)

    assert len(found) == 50
    assert len([each for each in statements if "data_keys" in each]) == 1


class TestReveal:
    def test_the_orderer_sees_the_persons_on_the_own_order_and_it_is_written_down(
        self, database: Database, orderer: Actor, ordered: Ordered
    ) -> None:
        rows = perform(vault_people.reveal, orderer, item_ids=ordered.items, purpose="order page")

        assert [row.name for row in rows] == [ASTRID["name"], BENGT["name"]]
        assert rows[0].details == "19640823-3234"
        assert rows[0].values == ASTRID
        assert rows[0].has_photo
        action, facts = actions(database)[-1]
        assert action == "person:revealed"
        assert facts == {"persons": 2, "fields": ["name", "personal_number"], "purpose": "order page"}

    def test_a_colleague_does_not(self, world: World, account: Account, ordered: Ordered) -> None:
        colleague = world.person(Role.ORDERER, account)
        for act in (
            lambda: perform(vault_people.reveal, colleague, item_ids=ordered.items, purpose="order page"),
            lambda: perform(vault_people.reveal_photo, colleague, item_id=ordered.items[0]),
        ):
            with pytest.raises(NotFound):
                act()

    def test_one_foreign_item_hides_them_all(self, world: World, orderer: Actor, ordered: Ordered) -> None:
        other = world.person(Role.ORDERER, world.account("Nordhamn Energi"))
        foreign = order_of(world, other, BENGT)
        with pytest.raises(NotFound):
            perform(
                vault_people.reveal, orderer, item_ids=[*ordered.items, *foreign.items], purpose="order page"
            )

    def test_staff_who_make_the_cards_see_them_and_the_account_s_log_says_so(
        self, world: World, account: Account, ordered: Ordered
    ) -> None:
        operator = world.person(Role.PRODUCTION_OPERATOR, world.bureau())
        rows = perform(vault_people.reveal, operator, item_ids=ordered.items[:1], purpose="production")
        assert [row.name for row in rows] == [ASTRID["name"]]
        with world.database.transaction(SYSTEM, writes=False) as session:
            said = session.exec(select(AuditEvent).where(AuditEvent.action == "person:revealed")).one()
        assert (said.chain, said.subject, said.actor_id) == (str(account.id), "2026-00001", operator.user_id)

    @pytest.mark.parametrize("role", [Role.AUDITOR, Role.ACCOUNT_ADMIN, Role.APPROVER, Role.PRIVACY_OFFICER])
    def test_seeing_an_order_is_not_seeing_its_persons(
        self, world: World, account: Account, ordered: Ordered, role: Role
    ) -> None:
        reader = world.person(role, account)
        with pytest.raises(NotAllowed):
            perform(vault_people.reveal, reader, item_ids=ordered.items, purpose="order page")

    def test_many_persons_ask_for_a_second_factor(self, world: World, orderer: Actor) -> None:
        many = order_of(world, orderer, *[ASTRID] * (vault_people.MANY + 1)).items
        with pytest.raises(StepUpNeeded):
            perform(vault_people.reveal, orderer, item_ids=many, purpose="order page")
        again = replace(orderer, stepped_up_at=clock.now())
        assert len(perform(vault_people.reveal, again, item_ids=many, purpose="order page")) == len(many)

    @pytest.mark.parametrize("purpose", ["", "Astrid Åkerlund", "19640823-3234", "x" * 41, "a\nb"])
    def test_a_purpose_is_a_few_plain_words(self, orderer: Actor, ordered: Ordered, purpose: str) -> None:
        with pytest.raises(Invalid):
            perform(vault_people.reveal, orderer, item_ids=ordered.items, purpose=purpose)

    def test_a_photo_is_shown_and_it_is_written_down(
        self, database: Database, orderer: Actor, ordered: Ordered
    ) -> None:
        image = perform(vault_people.reveal_photo, orderer, item_id=ordered.items[0])
        assert image == Picture().crop
        assert actions(database)[-1] == (
            "person:revealed",
            {"persons": 1, "fields": ["photo"], "purpose": "photo"},
        )

    def test_nothing_personal_reaches_the_audit_log(
        self, database: Database, orderer: Actor, ordered: Ordered
    ) -> None:
        perform(vault_people.reveal, orderer, item_ids=ordered.items, purpose="order page")
        written = repr(actions(database))
        assert "Astrid" not in written
        assert "640823" not in written

    def test_masking_leaves_the_birth_year_and_no_lengths(self, ordered: Ordered) -> None:
        assert vault_people.masked(ASTRID, ordered.definitions) == {
            "name": "•••••",
            "personal_number": "1964••••-••••",
        }
        assert vault_people.masked({"personal_number": "640823-3235"}, ordered.definitions) == {
            "personal_number": "•••••"
        }
