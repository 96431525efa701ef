from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlmodel import col, select

from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound, NotYet, StepUpNeeded
from nexus_portal.domain.lifecycles import Fulfilment
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.audit import AuditEvent
from nexus_portal.models.orders import Order
from nexus_portal.models.privacy import Hold
from nexus_portal.services import erasure, history, holds, holds_list
from nexus_portal.services.use_case import perform
from tests.people import ASTRID, BENGT, Ordered, order_of
from tests.world import NOON, Clock, World

WHY = "A dispute about the delivery."


@pytest.fixture
def ordered(world: World, orderer: Actor) -> Ordered:
    return order_of(world, orderer, ASTRID, BENGT)


@pytest.fixture
def keeper(world: World, account: Account) -> Actor:
    return world.person(Role.PRIVACY_OFFICER, account, name="Karin Keeper", stepped_up=True)


@pytest.fixture
def second(world: World, account: Account) -> Actor:
    return world.person(Role.PRIVACY_OFFICER, account, name="Sven Second", stepped_up=True)


@pytest.fixture
def officers(keeper: Actor, second: Actor) -> tuple[Actor, Actor]:
    return keeper, second


def held(database: Database, ordered: Ordered) -> set[UUID]:
    with database.transaction(SYSTEM) as session:
        account_id = session.get_one(Order, ordered.id).account_id
        return holds.held_items(session, account_id, ordered.items)


def marked(database: Database, ordered: Ordered) -> bool:
    with database.transaction(SYSTEM, writes=False) as session:
        return session.get_one(Order, ordered.id).held


def actions(database: Database, actor: Actor) -> Sequence[str]:
    with database.transaction(SYSTEM, writes=False) as session:
        chain = AuditEvent.chain == str(actor.account_id)
        return session.exec(select(AuditEvent.action).where(chain).order_by(col(AuditEvent.seq))).all()


def lift(asker: Actor, confirmer: Actor, hold_id: UUID) -> None:
    perform(holds.ask_lift, asker, hold_id=hold_id, reason="The dispute is settled.")
    perform(holds.confirm_lift, confirmer, hold_id=hold_id)


@pytest.mark.parametrize(("on", "which"), [("2026-00001", [0, 1]), ("2026-00001-2", [1]), ("", [0, 1])])
def test_a_hold_stops_what_it_is_on_until_two_people_lift_it(
    database: Database, officers: tuple[Actor, Actor], ordered: Ordered, on: str, which: list[int]
) -> None:
    keeper, second = officers
    placed = perform(holds.place, keeper, reason=WHY, on=on)
    assert held(database, ordered) == {ordered.items[place] for place in which}
    assert marked(database, ordered) == bool(on)
    [row] = perform(history.orders, keeper).rows
    assert (row.held, row.erasable) == (True, False)

    lift(keeper, second, placed.id)

    assert held(database, ordered) == set()
    assert not marked(database, ordered)
    [row] = perform(history.orders, keeper).rows
    assert (row.held, row.erasable) == (False, True)
    assert actions(database, keeper) == ["hold:placed", "hold:lift_asked", "hold:lifted"]


def test_of_two_holds_the_other_stays(
    database: Database, keeper: Actor, second: Actor, ordered: Ordered
) -> None:
    first = perform(holds.place, keeper, reason=WHY, on="2026-00001-1")
    perform(holds.place, keeper, reason=WHY, on="2026-00001")
    lift(second, keeper, first.id)
    assert held(database, ordered) == set(ordered.items)
    assert marked(database, ordered)


def test_nobody_lifts_alone(keeper: Actor, second: Actor, ordered: Ordered) -> None:
    placed = perform(holds.place, keeper, reason=WHY, on="2026-00001")
    with pytest.raises(Conflict):
        perform(holds.confirm_lift, second, hold_id=placed.id)
    perform(holds.ask_lift, second, hold_id=placed.id, reason="It is settled.")
    with pytest.raises(Invalid, match="second person"):
        perform(holds.confirm_lift, second, hold_id=placed.id)
    with pytest.raises(Conflict):
        perform(holds.ask_lift, keeper, hold_id=placed.id, reason="It is settled.")

    perform(holds.keep, keeper, hold_id=placed.id)
    with pytest.raises(Conflict):
        perform(holds.confirm_lift, keeper, hold_id=placed.id)
    [row] = perform(holds_list.holds, keeper)
    assert (row.asked_by, row.asked_why) == ("", "")


def test_it_says_why_whose_it_is_and_when_it_is_looked_at_again(
    clock: Clock, keeper: Actor, second: Actor, ordered: Ordered
) -> None:
    assert ordered
    perform(holds.place, keeper, reason=WHY, on="2026-00001-2", owner=str(second.user_id))
    perform(holds.place, keeper, reason="A control of accounts.", review_on=date(2026, 3, 5))

    first, then = perform(holds_list.holds, keeper)

    assert (first.on, first.reason, first.owner) == ("", "A control of accounts.", "Karin Keeper")
    assert (then.on, then.order, then.owner) == ("2026-00001-2", "2026-00001", "Sven Second")
    assert then.review_on == (NOON.date() + timedelta(days=90)).isoformat()
    assert (first.overdue, then.overdue) == (False, False)
    clock.forward(timedelta(days=4))
    assert [row.overdue for row in perform(holds_list.holds, keeper)] == [True, False]
    assert len(perform(holds_list.on_order, keeper, order_id=ordered.id)) == 2
    assert len(perform(holds_list.on_item, keeper, code="2026-00001-1")) == 1
    assert len(perform(holds_list.on_item, keeper, code="2026-00001-2")) == 2


def test_a_hold_after_the_decision_comes_too_late_and_says_so(
    keeper: Actor, orderer: Actor, ordered: Ordered
) -> None:
    perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
    for on in ("2026-00001", "2026-00001-1"):
        with pytest.raises(Conflict, match="too late"):
            perform(holds.place, keeper, reason=WHY, on=on)
    assert perform(holds.place, keeper, reason=WHY).too_late == 0


def test_what_makes_no_sense_is_refused(
    world: World, database: Database, keeper: Actor, ordered: Ordered
) -> None:
    stranger = world.person(Role.PRIVACY_OFFICER, world.account("Nordhamn Energi"), stepped_up=True)
    for wrong in (
        {"reason": "no"},
        {"reason": WHY, "review_on": NOON.date()},
        {"reason": WHY, "review_on": date(2030, 1, 1)},
        {"reason": WHY, "owner": str(stranger.user_id)},
    ):
        with pytest.raises(Invalid):
            perform(holds.place, keeper, on="2026-00001", **wrong)  # type: ignore[arg-type] - what is wrong is the point
    for nowhere in ("2026-00002", "2026-00001-9", "nonsense"):
        with pytest.raises(NotFound):
            perform(holds.place, keeper, reason=WHY, on=nowhere)
    with pytest.raises(NotFound):
        perform(holds.place, stranger, reason=WHY, on="2026-00001")
    with database.transaction(SYSTEM) as session:
        session.get_one(Order, ordered.id).fulfilment = Fulfilment.DRAFT
    with pytest.raises(Conflict):
        perform(holds.place, keeper, reason=WHY, on="2026-00001")


def test_the_bureau_and_who_lacks_a_second_factor_neither_place_nor_lift(
    world: World, database: Database, account: Account, keeper: Actor, ordered: Ordered
) -> None:
    placed = perform(holds.place, keeper, reason=WHY, on="2026-00001")
    for nobody in (SYSTEM, world.person(Role.BUREAU_ADMIN, world.bureau(), stepped_up=True)):
        with pytest.raises((NotAllowed, StepUpNeeded)):
            perform(holds.place, nobody, reason=WHY, on="2026-00001")
        with pytest.raises((NotAllowed, StepUpNeeded)):
            perform(holds.ask_lift, nobody, hold_id=placed.id, reason="It is settled.")
    with pytest.raises(StepUpNeeded):
        perform(holds.ask_lift, world.person(Role.PRIVACY_OFFICER, account), hold_id=placed.id, reason=WHY)
    with database.transaction(SYSTEM, writes=False) as session:
        [kept] = session.exec(select(Hold)).all()
        assert (kept.lift_asked_by, kept.lifted_at) == (None, None)


def test_what_is_held_cannot_be_erased_and_the_reasons_say_so(
    keeper: Actor, orderer: Actor, ordered: Ordered
) -> None:
    perform(holds.place, keeper, reason=WHY)
    with pytest.raises(NotYet) as caught:
        perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
    assert [str(reason) for reason in caught.value.reasons] == ["A hold stops the removal."]
