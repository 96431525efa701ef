"""What a breach could have touched: certain, among many, and the outer bound; nobody left out in silence."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert
from sqlmodel import select

from benchmarks import plans
from nexus_portal.adapters import clock as real_clock
from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Invalid, NotAllowed, StepUpNeeded
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.audit import AuditEvent
from nexus_portal.models.base import new_id
from nexus_portal.models.people import Membership
from nexus_portal.models.privacy import Access, AccessAct
from nexus_portal.models.sessions import BrowserSession
from nexus_portal.services import accesses, breach_export, breach_scope, people, persons_export, vault_people
from nexus_portal.services.breach_question import Wanted
from nexus_portal.services.breach_scope import AccountTouched, OrderTouched, Scope
from nexus_portal.services.use_case import perform
from tests.people import ASTRID, BENGT, Ordered, order_of
from tests.samples import people as made_up
from tests.world import Clock, World

NUMBER, OTHER = "2026-00001", "2026-00002"
EVER = {"since": "2026-01-01"}


@pytest.fixture
def keeper(world: World, account: Account) -> Actor:
    return world.person(Role.PRIVACY_OFFICER, account, stepped_up=True)


@pytest.fixture
def admin(world: World) -> Actor:
    return world.person(Role.BUREAU_ADMIN, world.bureau(), stepped_up=True)


@pytest.fixture
def two(world: World, orderer: Actor) -> tuple[Ordered, Ordered]:
    """Two orders of two persons each, with photos."""
    return order_of(world, orderer, ASTRID, BENGT, photos=True), order_of(world, orderer, ASTRID, BENGT)


def see(actor: Actor, *items: UUID) -> None:
    perform(vault_people.reveal, actor, item_ids=list(items), purpose="order page")


def asked(reader: Actor, **wanted: str) -> Scope:
    return perform(breach_scope.touched, reader, wanted=Wanted(**wanted))


def one(scope: Scope) -> AccountTouched:
    [row] = scope.accounts
    return row


def orders(scope: Scope) -> dict[str, OrderTouched]:
    return {row.order: row for row in scope.orders}


def ref(actor: Actor) -> str:
    return actor.session_id[:16]


def test_a_session_touched_whom_it_saw_and_could_have_touched_all_that_lay_open(
    keeper: Actor, orderer: Actor, two: tuple[Ordered, Ordered]
) -> None:
    see(orderer, *two[0].items)
    see(orderer, two[0].items[0])
    perform(vault_people.reveal_photo, orderer, item_id=two[0].items[0])
    scope = asked(keeper, session=ref(orderer))
    row = orders(scope)[NUMBER]
    assert (row.seen, row.photos, row.taken, row.unnamed, row.cards) == (2, 1, 0, 0, 2)
    total = one(scope)
    assert (total.orders, total.seen, total.photos, total.acts) == (1, 2, 1, 4)
    assert (total.open_orders, total.open_cards) == (2, 4)
    assert scope.known


def test_of_an_act_over_many_the_order_is_known_and_how_many(
    world: World, keeper: Actor, orderer: Actor
) -> None:
    many = order_of(world, orderer, *({"name": each.name} for each in made_up(accesses.ONE_BY_ONE + 1)))
    stepped = world.actor(
        Role.PRIVACY_OFFICER, _account(world, keeper), keeper.user_id or new_id(), stepped_up=True
    )
    perform(persons_export.begin, stepped, purpose="lost card", form="csv")
    row = orders(asked(keeper, who=str(keeper.user_id)))[NUMBER]
    assert (row.seen, row.taken, row.unnamed, row.cards) == (0, 0, 51, 51)
    assert len(many.items) == 51


def _account(world: World, actor: Actor) -> Account:
    with world.database.transaction(SYSTEM, writes=False) as session:
        return session.get_one(Account, actor.account_id)


def test_a_file_that_was_opened_is_told_by_its_number(
    database: Database, keeper: Actor, orderer: Actor, two: tuple[Ordered, Ordered]
) -> None:
    see(orderer, two[0].items[0])
    with database.transaction(orderer) as session:
        assert orderer.account_id is not None
        account_id = orderer.account_id
        accesses.record_counts(session, orderer, AccessAct.FILE, account_id, {"F-183F2C071D": 3}, purpose="x")
    assert set(orders(asked(keeper, **EVER))) == {NUMBER, "F-183F2C071D"}


def test_other_sessions_of_the_same_person_nearby_are_told_apart(
    world: World, keeper: Actor, orderer: Actor, two: tuple[Ordered, Ordered], clock: Clock
) -> None:
    again = world.actor(Role.ORDERER, _account(world, orderer), orderer.user_id or new_id())
    see(orderer, two[0].items[0])
    clock.forward(timedelta(hours=1))
    see(again, *two[1].items)
    clock.forward(timedelta(hours=20))
    see(again, *two[0].items)
    scope = asked(keeper, session=ref(orderer))
    assert {number: (row.seen, row.nearby) for number, row in orders(scope).items()} == {
        NUMBER: (1, 0),
        OTHER: (0, 2),
    }
    assert (one(scope).seen, one(scope).nearby) == (1, 2)


def test_a_person_and_a_period_narrow_it(
    world: World, keeper: Actor, orderer: Actor, two: tuple[Ordered, Ordered], clock: Clock
) -> None:
    see(orderer, two[0].items[0])
    clock.forward(timedelta(days=2))
    perform(people.search, keeper, text="astrid")
    perform(vault_people.reveal_found, keeper, item_ids=[two[1].items[0]], purpose="lost card")
    assert set(orders(asked(keeper, **EVER))) == {NUMBER, OTHER}
    assert set(orders(asked(keeper, who=str(orderer.user_id)))) == {NUMBER}
    assert set(orders(asked(keeper, since="2026-03-04"))) == {OTHER}
    assert set(orders(asked(keeper, since="2026-03-01", until="2026-03-03"))) == {NUMBER}
    found = one(asked(keeper, since="2026-03-04"))
    assert (found.searches, found.acts, found.logged, found.reaches_back) == (1, 2, 2, False)
    assert one(asked(keeper, since="2020-01-01")).reaches_back


def test_what_lay_open_follows_the_role_and_where_that_is_unknown_everything_counts(
    *, world: World, database: Database, account: Account, keeper: Actor, orderer: Actor, two: object
) -> None:
    assert two
    colleague = world.person(Role.ORDERER, account)
    approver = world.person(Role.APPROVER, account)

    def open_to(who: Actor, since: str = "2026-03-03") -> int:
        return one(asked(keeper, who=str(who.user_id), since=since, until="2026-03-09")).open_cards

    assert open_to(orderer) == 4
    assert open_to(colleague) == 0  # sees the persons on their own orders only
    assert open_to(approver) == 0
    assert open_to(keeper) == 4
    # Their role changed after the period began: nobody knows what they were before.
    assert open_to(approver, since="2026-03-01") == 4
    # Nothing is known of the session: it may have been anybody's.
    scope = asked(keeper, session="0123456789abcdef")
    assert (scope.known, one(scope).open_cards) == (False, 4)
    with database.transaction(SYSTEM) as session:
        member = session.exec(select(Membership).where(Membership.user_id == colleague.user_id)).one()
        member.role = Role.PRIVACY_OFFICER
    assert open_to(colleague) == 4


def test_an_address_means_the_sessions_that_came_from_it(
    *,
    world: World,
    database: Database,
    keeper: Actor,
    orderer: Actor,
    two: tuple[Ordered, Ordered],
    clock: Clock,
) -> None:
    see(orderer, two[0].items[0])
    with database.transaction(SYSTEM) as session:
        member = session.exec(select(Membership).where(Membership.user_id == orderer.user_id)).one()
        session.add(
            BrowserSession(
                id_hash=orderer.session_id + "0" * 32,
                level="full",
                user_id=orderer.user_id,
                membership_id=member.id,
                created_at=clock.now(),
                seen_at=clock.now(),
                expires_at=clock.now() + timedelta(hours=12),
                address="198.51.100.23",
            )
        )
    assert set(orders(asked(keeper, address="198.51.100."))) == {NUMBER}
    assert orders(asked(keeper, address="203.0.113.")) == {}
    # That somebody of another customer came from there is not for this one to know.
    stranger = world.person(Role.PRIVACY_OFFICER, world.account("Nordhamn Energi"))
    assert (asked(keeper, address="198.51.").known, asked(stranger, address="198.51.").known) == (True, False)
    for wrong in ("1", "%", "198_51"):
        with pytest.raises(Invalid):
            asked(keeper, address=wrong)


def test_the_bureau_sees_all_customers_by_numbers_and_a_customer_itself(
    world: World, keeper: Actor, admin: Actor, orderer: Actor, two: tuple[Ordered, Ordered]
) -> None:
    other = world.account("Nordhamn Energi")
    theirs = world.person(Role.ORDERER, other)
    see(theirs, *order_of(world, theirs, ASTRID).items)
    see(orderer, *two[0].items)
    found = {row.name: (row.seen, row.open_cards) for row in asked(admin, **EVER).accounts}
    assert found == {"Björkskolan": (2, 4), "Nordhamn Energi": (1, 1)}
    assert [row.name for row in asked(keeper, **EVER).accounts] == ["Björkskolan"]
    assert ASTRID["name"] not in repr(asked(admin, **EVER))
    for role in (Role.ORDERER, Role.AUDITOR, Role.ACCOUNT_ADMIN):
        with pytest.raises(NotAllowed):
            asked(world.person(role, other), **EVER)


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"session": "short"},
        {"session": "0123456789abcdef", "who": "0" * 32},
        {"who": "nobody"},
        {"since": "soon"},
        {"since": "2026-03-02", "until": "2026-03-01"},
    ],
)
def test_what_cannot_be_understood_is_refused(keeper: Actor, wanted: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        asked(keeper, **wanted)


def test_the_table_has_a_row_for_each_card_and_act_and_one_for_what_lay_open(
    database: Database, keeper: Actor, orderer: Actor, two: tuple[Ordered, Ordered]
) -> None:
    see(orderer, *two[0].items)
    perform(vault_people.reveal_photo, orderer, item_id=two[0].items[1])
    wanted = Wanted(session=ref(orderer))
    perform(breach_export.begin, keeper, wanted=wanted, purpose="security incident", form="csv")
    rows = list(breach_export.rows(keeper, wanted))
    assert [(row.certainty, row.order, row.card, row.act, row.persons) for row in rows] == [
        ("open", "", "", "", 4),
        ("sure", NUMBER, f"{NUMBER}-1", "revealed", 1),
        ("sure", NUMBER, f"{NUMBER}-2", "photo", 1),
        ("sure", NUMBER, f"{NUMBER}-2", "revealed", 1),
    ]
    with database.transaction(SYSTEM, writes=False) as session:
        entry = session.exec(select(AuditEvent).where(AuditEvent.action == "breach:exported")).one()
    assert entry.facts == {"purpose": "security incident", "filters": ["session"]}


def test_taking_it_away_asks_for_a_second_factor_a_purpose_and_a_form(
    world: World, account: Account, keeper: Actor
) -> None:
    fresh = world.person(Role.PRIVACY_OFFICER, account)
    good: dict[str, Any] = {"wanted": Wanted(**EVER), "purpose": "other", "form": "json"}
    with pytest.raises(StepUpNeeded):
        perform(breach_export.begin, fresh, **good)
    for wrong in ({"purpose": "fun"}, {"form": "pdf"}, {"wanted": Wanted()}):
        with pytest.raises(Invalid):
            perform(breach_export.begin, keeper, **{**good, **wrong})


@pytest.mark.parametrize("kind", ["session", "who", "since"])
@pytest.mark.parametrize("reader", ["keeper", "admin"])
def test_the_log_is_read_by_an_index_however_long_it_is(
    request: pytest.FixtureRequest, database: Database, orderer: Actor, reader: str, kind: str
) -> None:
    who: Actor = request.getfixturevalue(reader)
    _fill(database, orderer, 4000)
    plans.refresh_statistics(database.engine)
    since = (real_clock.now() - timedelta(minutes=30)).isoformat()
    wanted = {"session": "feedfacefeedface", "who": str(orderer.user_id), "since": since}[kind]
    with plans.recorded(database.engine) as queries:
        asked(who, **{kind: wanted})
    found = [(query, given) for query, given in queries.found.items() if "count(DISTINCT" in query]
    assert found
    with database.transaction(who, writes=False) as session:
        for query, given in found:
            if database.is_sqlite:
                told = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", given).all()
                assert "USING INDEX ix_accesses_account" in " ".join(str(row[-1]) for row in told)
            else:
                explained = session.connection().exec_driver_sql(f"EXPLAIN (FORMAT JSON) {query}", given)
                assert "Seq Scan" not in json.dumps(list(explained.scalars()))


def _fill(database: Database, actor: Actor, many: int) -> None:
    with database.transaction(SYSTEM) as session:
        session.connection().execute(
            insert(Access),
            [
                {
                    "id": new_id(),
                    "account_id": actor.account_id,
                    "at": real_clock.now() - timedelta(minutes=number),
                    "actor_id": actor.user_id if number % 200 == 0 else new_id(),
                    "actor_role": "orderer",
                    "session_ref": "feedfacefeedface" if number % 200 == 0 else f"{number:016x}",
                    "act": "revealed",
                    "purpose": "",
                    "subject": f"2026-{number % 90 + 1:05d}",
                    "item_id": None,
                    "persons": 1,
                    "fields": [],
                }
                for number in range(many)
            ],
        )
