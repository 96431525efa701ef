"""What left the portal before an erasure stands on its certificate, in counts and without a person."""

import json

import pytest

from nexus_portal.adapters import clock
from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.numbers import order_number
from nexus_portal.domain.permissions import Role
from nexus_portal.domain.purposes import PURPOSES
from nexus_portal.models.accounts import Account
from nexus_portal.models.base import new_id
from nexus_portal.models.erasures import Erasure
from nexus_portal.models.orders import Order
from nexus_portal.models.privacy import Access, AccessAct, CopyKind, RetentionRule
from nexus_portal.services import certificates, copies_left, erasure, persons_export
from nexus_portal.services.use_case import perform
from tests.people import ASTRID, BENGT, Ordered, order_of
from tests.world import World

NOON = "2026-03-02T12:00:00.000000+00:00"


@pytest.fixture
def home(world: World) -> Account:
    return world.account("Björkskolan")


@pytest.fixture
def orderer(world: World, home: Account) -> Actor:
    return world.person(Role.ORDERER, home, name="Olga Ordersson", stepped_up=True)


def left(orderer: Actor, ordered: Ordered) -> dict[str, object]:
    done = perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
    row = perform(certificates.certificate, orderer, erasure_id=done.id)
    text = json.dumps(dict(row.document), ensure_ascii=False)
    for secret in ("Astrid", "Bengt", "640823", "850709", "Olga"):
        assert secret not in text
    return row.document["left"]


def number_in(database: Database, ordered: Ordered) -> str:
    with database.transaction(SYSTEM, writes=False) as session:
        return order_number(session.get_one(Order, ordered.id).serial)


def test_an_export_stands_on_the_certificate_of_every_order_in_it(
    world: World, home: Account, orderer: Actor, database: Database
) -> None:
    both, one = order_of(world, orderer, ASTRID, BENGT), order_of(world, orderer, ASTRID)
    never = order_of(world, world.person(Role.ORDERER, world.account("Nordhamn")), BENGT)
    officer = world.person(Role.PRIVACY_OFFICER, home, stepped_up=True)
    perform(persons_export.begin, officer, purpose=next(iter(PURPOSES)), form="csv")
    perform(
        persons_export.begin,
        officer,
        purpose=next(iter(PURPOSES)),
        form="csv",
        number=number_in(database, one),
    )

    def export(persons: int) -> dict[str, object]:
        return {"kind": "export", "at": NOON, "role": "privacy_officer", "persons": persons}

    assert left(orderer, both)["copies"] == [export(2)]
    assert left(orderer, one)["copies"] == [export(1), export(1)]
    assert never


def test_how_often_persons_were_looked_at_is_counted_by_act(
    world: World, home: Account, orderer: Actor, database: Database
) -> None:
    ordered, other = order_of(world, orderer, ASTRID, BENGT), order_of(world, orderer, BENGT)
    nordhamn = world.account("Nordhamn")
    foreign = order_of(world, world.person(Role.ORDERER, nordhamn), BENGT)
    number = number_in(database, ordered)

    def seen(act: AccessAct, *, account: Account = home, **about: object) -> Access:
        return Access(id=new_id(), account_id=account.id, at=clock.now(), act=act, **about)  # pyright: ignore[reportArgumentType] - fields by name

    with database.transaction(SYSTEM) as session:
        session.add_all(
            [
                seen(AccessAct.REVEALED, item_id=ordered.items[0], persons=1),
                seen(AccessAct.REVEALED, item_id=ordered.items[1], persons=1),
                seen(AccessAct.PHOTO, item_id=ordered.items[1], persons=1),
                seen(AccessAct.EXPORTED, subject=number, persons=2),
                seen(AccessAct.REVEALED, item_id=other.items[0], persons=1),
                seen(AccessAct.EXPORTED, subject=number, persons=7, account=nordhamn),
                seen(AccessAct.SEARCHED, persons=50),
            ]
        )
        both = copies_left.of_orders(session, [ordered.id, foreign.id])
    assert both[foreign.id].looks == {}
    assert left(orderer, ordered)["looked_at"] == {"exported": 2, "photo": 1, "revealed": 2}
    assert left(orderer, other)["looked_at"] == {"revealed": 1}


def test_nothing_is_written_for_orders_of_which_nobody_left(
    world: World, home: Account, orderer: Actor, database: Database
) -> None:
    ordered = order_of(world, orderer, ASTRID)
    with database.transaction(SYSTEM) as session:
        copies_left.record(session, orderer, CopyKind.PRINT, account_id=home.id, persons={ordered.id: 0})
    assert left(orderer, ordered) == {"copies": [], "looked_at": {}}


def test_a_rule_is_named_with_its_days_by_kind(
    world: World, home: Account, orderer: Actor, database: Database
) -> None:
    ordered = order_of(world, orderer, ASTRID)
    with database.transaction(SYSTEM) as session:
        session.add(
            RetentionRule(account_id=home.id, kind="photo", policy="immediate", changed_at=clock.now())
        )
        row = Erasure(
            account_id=home.id,
            order_id=ordered.id,
            order_number="2026-00001",
            policy="retention",
            kinds=["photo", "name"],
            decided_at=clock.now(),
            persons=1,
            targets=[],
        )
        session.add(row)
        certificates.issue(session, row, clock.now())
        said = row.certificate or {}
    assert said["erased"]["kinds"] == ["name", "photo"]
    assert said["erased"]["card_items"] == 1
    assert said["decision"]["days"] == {"name": 30, "photo": 0}
    assert said["decision"]["role"] == ""
