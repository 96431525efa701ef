"""Orders by the names of their holders: for whom, of which account, and what is written down of it."""

import json

import pytest
from sqlmodel import select

from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import NotAllowed
from nexus_portal.domain.lifecycles import Fulfilment
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.audit import AuditEvent
from nexus_portal.models.orders import Order
from nexus_portal.services import erasure, history, history_names
from nexus_portal.services.history_wanted import Wanted
from nexus_portal.services.use_case import perform
from tests.people import ASTRID, BENGT, Ordered, order_of
from tests.statements import sent
from tests.world import World


@pytest.fixture
def ordered(world: World, orderer: Actor) -> Ordered:
    order_of(world, orderer, BENGT)
    return order_of(world, orderer, ASTRID, BENGT)


def found(actor: Actor, text: str, **more: str) -> list[str]:
    named = perform(history_names.named, actor, text=text)
    page = perform(history.orders, actor, wanted=Wanted(search=text, **more), named=named)
    assert page.total == len(page.rows)
    return [row.number for row in page.rows]


def test_a_name_finds_the_orders_it_is_on_beside_those_with_the_word(
    world: World, officer: Actor, ordered: Ordered
) -> None:
    assert found(officer, "ÅKERLUND-ÖST astrid") == ["2026-00002"]
    assert found(officer, "Nyqvist") == ["2026-00002", "2026-00001"]
    assert found(officer, "Nyqvist", fulfilment="closed") == []
    with world.database.transaction(SYSTEM) as session:
        order = session.exec(select(Order).where(Order.id != ordered.id)).one()
        order.reference = "Astrid"
    assert found(officer, "Astrid") == ["2026-00002", "2026-00001"]


@pytest.mark.parametrize("text", ["", "a", "Astrid " * 30, "a b c d e f g", "Nobody"])
def test_what_is_no_name_finds_nothing(officer: Actor, ordered: Ordered, text: str) -> None:
    assert perform(history_names.named, officer, text=text) == ()


@pytest.mark.parametrize("role", [Role.ORDERER, Role.AUDITOR, Role.ACCOUNT_ADMIN, Role.APPROVER])
def test_who_may_not_search_for_persons_does_not(world: World, account: Account, role: Role) -> None:
    with pytest.raises(NotAllowed):
        perform(history_names.named, world.person(role, account), text="Astrid")


def test_another_account_finds_nobody_even_by_the_serials(world: World, ordered: Ordered) -> None:
    stranger = world.person(Role.PRIVACY_OFFICER, world.account("Nordhamn Energi"))
    assert found(stranger, "Astrid") == []
    page = perform(history.orders, stranger, wanted=Wanted(search="Astrid"), named=(2026_000001, 2026_000002))
    assert page.rows == ()


def test_drafts_of_others_and_erased_persons_are_not_found(
    world: World, orderer: Actor, officer: Actor, ordered: Ordered
) -> None:
    before = perform(history_names.named, officer, text="Astrid")
    perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
    assert found(officer, "Astrid") == []
    page = perform(history.orders, officer, wanted=Wanted(search="Astrid"), named=before)
    assert page.rows == ()
    with world.database.transaction(SYSTEM) as session:
        session.exec(select(Order).where(Order.id != ordered.id)).one().fulfilment = Fulfilment.DRAFT
    assert found(officer, "Bengt") == []


def test_the_search_is_logged_without_its_words_and_takes_few_statements(
    world: World, officer: Actor, ordered: Ordered
) -> None:
    with sent(world.database) as statements:
        assert len(perform(history_names.named, officer, text="Bengt Nyqvist")) == 2
    assert len(statements) < 10
    with world.database.transaction(SYSTEM, writes=False) as session:
        (entry,) = session.exec(select(AuditEvent).where(AuditEvent.action == "person:searched"))
        said = json.dumps([dict(each.facts) for each in session.exec(select(AuditEvent))])
    assert dict(entry.facts) == {"by": "name", "found": 2}
    assert "engt" not in said
    assert "yqvist" not in said
