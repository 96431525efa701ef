"""The book of delivery addresses: kept by whoever looks after the ordering rules, read by all who order."""

from uuid import UUID

import pytest
from sqlmodel import col, select

from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Invalid, NotAllowed, NotFound
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import DeliveryAddress
from nexus_portal.models.audit import AuditEvent
from nexus_portal.services import addresses
from nexus_portal.services.use_case import perform
from tests.ordering_helpers import Desk, desk, staff
from tests.world import World


@pytest.fixture
def orders(world: World) -> Desk:
    return desk(world, delivery_address="Skolgatan 4, 903 22 Umeå")


def test_the_accounts_own_address_stands_first_and_the_others_by_name(orders: Desk) -> None:
    admin = orders.world.person(Role.ACCOUNT_ADMIN, orders.account)
    for name in ("Växeln", "arkivet"):
        perform(addresses.add_address, admin, name=f" {name} ", address="Storgatan 1\n903 26 Umeå ")
    rows = perform(addresses.addresses, orders.orderer)
    assert [(row.name, row.address) for row in rows] == [
        ("", "Skolgatan 4, 903 22 Umeå"),
        ("arkivet", "Storgatan 1\n903 26 Umeå"),
        ("Växeln", "Storgatan 1\n903 26 Umeå"),
    ]
    perform(addresses.set_own_address, admin, address="Nygatan 2")
    assert orders.order(orders.draft(staff(1))).delivery_address == "Nygatan 2"


def test_an_address_is_changed_and_removed_and_the_log_names_no_place(orders: Desk) -> None:
    admin = orders.world.person(Role.ACCOUNT_ADMIN, orders.account)
    perform(addresses.add_address, admin, name="Arkivet", address="Storgatan 1")
    row = UUID(perform(addresses.addresses, admin)[1].id)
    perform(addresses.change_address, admin, address_id=row, name="arkivet", address="Storgatan 2")
    assert perform(addresses.addresses, admin)[1].address == "Storgatan 2"
    perform(addresses.remove_address, admin, address_id=row)
    assert len(perform(addresses.addresses, admin)) == 1
    with pytest.raises(NotFound):
        perform(addresses.remove_address, admin, address_id=row)
    with orders.world.database.transaction(SYSTEM, writes=False) as session:
        told = [
            (event.action, str(event.facts))
            for event in session.exec(select(AuditEvent).order_by(col(AuditEvent.seq)))
            if event.action.startswith("address:")
        ]
    assert [action for action, _ in told] == ["address:added", "address:changed", "address:removed"]
    assert "Storgatan" not in str(told)


@pytest.mark.parametrize(
    ("name", "address"),
    [("", "Storgatan"), ("Arkivet", " "), ("x" * 81, "y"), ("x", "y" * 401), ("VÄXELN", "y")],
)
def test_an_address_that_does_not_fit_is_refused(orders: Desk, name: str, address: str) -> None:
    admin = orders.world.person(Role.ACCOUNT_ADMIN, orders.account)
    perform(addresses.add_address, admin, name="Växeln", address="Storgatan 1")
    with pytest.raises(Invalid):
        perform(addresses.add_address, admin, name=name, address=address)


def test_the_book_has_an_end(orders: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    admin = orders.world.person(Role.ACCOUNT_ADMIN, orders.account)
    monkeypatch.setattr(addresses, "MOST", 2)
    for name in ("a", "b"):
        perform(addresses.add_address, admin, name=name, address="Storgatan 1")
    with pytest.raises(Invalid, match="full"):
        perform(addresses.add_address, admin, name="c", address="Storgatan 1")


def test_another_accounts_book_is_not_there_and_orderers_do_not_write(orders: Desk) -> None:
    admin = orders.world.person(Role.ACCOUNT_ADMIN, orders.account)
    perform(addresses.add_address, admin, name="Arkivet", address="Storgatan 1")
    row = UUID(perform(addresses.addresses, admin)[1].id)
    stranger = orders.world.person(Role.ACCOUNT_ADMIN, orders.world.account("Nordhamn Energi"))
    assert perform(addresses.addresses, stranger) == ()
    change = {"address_id": row, "name": "x", "address": "y"}
    with pytest.raises(NotFound):
        perform(addresses.change_address, stranger, **change)
    with pytest.raises(NotFound):
        perform(addresses.remove_address, stranger, address_id=row)
    with pytest.raises(NotAllowed):
        perform(addresses.change_address, orders.orderer, **change)
    assert orders.count(DeliveryAddress) == 1
