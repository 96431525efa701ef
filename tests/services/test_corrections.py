"""A misspelling is put right before the card is made; what was there before is destroyed, by the ledger."""

from functools import partial
from uuid import UUID

import pytest
from sqlmodel import col, select

from nexus_portal.adapters import keystore
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Conflict, NotAllowed, NotFound
from nexus_portal.domain.lifecycles import Stage
from nexus_portal.domain.permissions import Role
from nexus_portal.models.audit import AuditEvent
from nexus_portal.models.erasures import Erasure
from nexus_portal.models.vault import HolderRecord, Photo
from nexus_portal.services import corrections, order_details, ordering, production, vault, vault_people
from nexus_portal.services import desk as order_desk
from nexus_portal.services.use_case import perform
from tests.bureau_helpers import both_at_once
from tests.ordering_helpers import PHOTO, Desk, desk, staff
from tests.world import World


@pytest.fixture
def orders(world: World) -> Desk:
    return desk(world)


def sent(orders: Desk, count: int = 1) -> str:
    number = orders.draft(staff(count))
    perform(ordering.submit, orders.orderer, number=number, key=orders.key())
    return number


def accepted(orders: Desk, number: str) -> None:
    clerk = orders.world.person(Role.ORDER_DESK, orders.world.bureau())
    perform(order_desk.accept, clerk, number=number)


def correct(orders: Desk, item: UUID, **values: str) -> list[str]:
    found = perform(corrections.correct_holder, orders.orderer, item_id=item, values=values)
    return [problem.field for problem in found]


def records(orders: Desk) -> list[HolderRecord]:
    with orders.world.database.transaction(SYSTEM, writes=False) as session:
        return list(session.exec(select(HolderRecord).order_by(col(HolderRecord.id))))


def test_the_corrected_person_has_a_new_key_and_the_old_one_is_destroyed(orders: Desk) -> None:
    number = sent(orders, 2)
    accepted(orders, number)
    item, before = orders.items(number)[0].id, records(orders)
    old = next(record.id for record in before if record.item_id == item)
    assert correct(orders, item, name="Åsa Rättstavad") == []
    [fresh] = [record for record in records(orders) if record.item_id == item]
    assert fresh.id != old
    assert set(keystore.keys([old, fresh.id])) == {fresh.id}
    operator = orders.world.person(Role.PRODUCTION_OPERATOR, orders.world.bureau())
    [shown] = perform(vault_people.reveal, operator, item_ids=[item], purpose="order page")
    assert (shown.name, shown.has_photo) == ("Åsa Rättstavad", True)
    with orders.world.database.transaction(SYSTEM, writes=False) as session:
        assert vault.photo_bytes(session, SYSTEM, fresh.id, "crop") == PHOTO.crop
        [erasure] = session.exec(select(Erasure)).all()
        assert (erasure.policy, erasure.state, erasure.persons, erasure.photos) == (
            "superseded",
            "done",
            1,
            1,
        )
        assert erasure.certificate
        assert erasure.certificate["decision"]["policy"] == "superseded"
        assert len(session.exec(select(Photo)).all()) == 2
        told = {event.action: event.facts for event in session.exec(select(AuditEvent))}
    assert told["person:corrected"] == {"card": 1, "fields": ["name"]}
    assert "Rättstavad" not in str(told)
    order = orders.order(number)
    assert (order.personal_data, order.erasure_id, order.erased_at) == ("full", None, None)


def test_what_is_wrong_is_said_and_nothing_is_changed(orders: Desk) -> None:
    number = sent(orders, 2)
    first, second = orders.items(number)
    before = [record.id for record in records(orders)]
    assert correct(orders, first.id, name="x" * 41) == ["name"]
    other = staff(2)[1].personal_number
    assert correct(orders, first.id, personal_number=other) == ["personal_number"]
    assert correct(orders, second.id, name=staff(2)[1].name) == []
    assert [record.id for record in records(orders)] == before
    assert orders.count(Erasure) == 0


def test_after_the_bureau_has_begun_it_is_too_late(orders: Desk) -> None:
    number = sent(orders)
    item = orders.items(number)[0].id
    accepted(orders, number)
    operator = orders.world.person(Role.PRODUCTION_OPERATOR, orders.world.bureau())
    perform(production.make_batch, operator, layout_id=orders.layout.id, limit=9, key="k")
    for act in (
        lambda: perform(corrections.correction, orders.orderer, item_id=item),
        lambda: correct(orders, item, name="Åsa"),
    ):
        with pytest.raises(Conflict, match="again once it has arrived"):
            act()


def test_drafts_cancelled_orders_and_other_peoples_are_left_alone(orders: Desk) -> None:
    draft = orders.draft(staff(3)[2:])
    with pytest.raises(Conflict, match="in the draft"):
        correct(orders, orders.item(draft), name="Åsa")
    number = sent(orders)
    item = orders.items(number)[0].id
    stranger = desk(orders.world).orderer
    for who, refusal in ((orders.colleague, NotAllowed), (stranger, NotFound)):
        with pytest.raises(refusal):
            perform(corrections.correction, who, item_id=item)
        with pytest.raises(refusal):
            perform(corrections.correct_holder, who, item_id=item, values={"name": "Åsa"})
    perform(order_details.cancel, orders.orderer, number=number)
    with pytest.raises(Conflict):
        correct(orders, item, name="Åsa")


def test_correcting_and_making_at_once_leave_one_truth(orders: Desk) -> None:
    number = sent(orders)
    accepted(orders, number)
    item = orders.items(number)[0].id
    operator = orders.world.person(Role.PRODUCTION_OPERATOR, orders.world.bureau())
    results = both_at_once(
        partial(correct, orders, item, name="Åsa Rättstavad"),
        partial(perform, production.make_batch, operator, layout_id=orders.layout.id, limit=9, key="k"),
    )
    assert orders.items(number)[0].stage in {Stage.BATCHED, Stage.QUEUED}
    name = orders.persons(number)[0]["name"]
    corrected = results[0] == []
    assert name == ("Åsa Rättstavad" if corrected else staff(1)[0].name)
    assert len(records(orders)) == 1
