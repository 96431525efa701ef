"""What the audit says of an erasing: its kind, its number, whose decision it was, and the counts."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.fields import RetentionClass
from nexus_portal.domain.permissions import Role
from nexus_portal.domain.retention import RetentionPolicy
from nexus_portal.models.accounts import Account
from nexus_portal.models.audit import AuditEvent
from nexus_portal.models.erasures import Erasure
from nexus_portal.services import erasure, file_removal, rectification, retention_sweep
from nexus_portal.services.use_case import perform
from tests.inbox_helpers import Drop
from tests.ordering_helpers import desk
from tests.people import ASTRID, BENGT, Ordered, order_of
from tests.services.test_retention_sweep import rule
from tests.world import Clock, World


@pytest.fixture
def ordered(world: World, orderer: Actor) -> Ordered:
    return order_of(world, orderer, ASTRID, BENGT, photos=True)


def told(database: Database, *actions: str) -> list[tuple[str, str, Any, Mapping[str, Any]]]:
    """Action, subject, who, and facts, without the certificate's number, which is compared here."""
    with database.transaction(SYSTEM, writes=False) as session:
        rows = session.exec(
            select(AuditEvent).where(col(AuditEvent.action).in_(actions)).order_by(col(AuditEvent.id))
        ).all()
        known = {str(each.certificate_serial) for each in session.exec(select(Erasure))}
    for row in rows:
        number = str(row.facts["certificate"])
        assert any(number.endswith(each) for each in known), number
    return [
        (
            row.action,
            row.subject,
            row.actor_id,
            {name: value for name, value in row.facts.items() if name != "certificate"},
        )
        for row in rows
    ]


def test_of_an_order_on_request(database: Database, orderer: Actor, ordered: Ordered) -> None:
    perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
    facts = {"persons": 2, "photos": 2, "search_tokens": 6, "policy": "request"}
    assert told(database, "order:erased", "order:minimised") == [
        ("order:erased", "2026-00001", orderer.user_id, facts)
    ]


def test_of_one_kind_by_the_rule(
    database: Database, clock: Clock, account: Account, ordered: Ordered
) -> None:
    assert ordered
    with database.transaction(SYSTEM) as session:
        row = session.get_one(Account, account.id)
        row.retention_policy, row.retention_days = RetentionPolicy.DAYS, 300
        session.add(row)
    rule(database, account, RetentionClass.PHOTO, RetentionPolicy.DAYS, 10)
    clock.forward(timedelta(days=11))
    retention_sweep.sweep()
    [(action, subject, who, facts)] = told(database, "order:erased", "order:minimised")
    assert (action, subject, who) == ("order:minimised", "2026-00001", None)
    assert (facts["kinds"], facts["persons"], facts["photos"]) == (["photo"], 2, 2)
    assert facts["policy"] == "retention"


def test_of_what_a_correction_replaced(database: Database, officer: Actor, ordered: Ordered) -> None:
    values = {"name": "Astrid Åkerlund", "personal_number": ASTRID["personal_number"]}
    perform(rectification.rectify, officer, item_id=ordered.items[0], values=values)
    [(action, subject, who, facts)] = told(database, "person:superseded", "file:erased")
    assert (action, subject, who) == ("person:superseded", "2026-00001", officer.user_id)
    assert (facts["persons"], facts["policy"], "files" in facts) == (1, "superseded", False)


def test_of_dropped_files(world: World, clock: Clock, database: Database) -> None:
    drop = Drop(desk(world), clock)
    drop.rules()
    chosen = [drop.send(name, b"Anna Andersson, 640823-3234") for name in ("a.txt", "b.txt")]
    who = world.actor(Role.ORDERER, drop.desk.account, drop.orderer.user_id or UUID(int=0), stepped_up=True)
    perform(file_removal.remove_files, who, file_ids=chosen)
    [(action, _, by, facts)] = told(database, "person:superseded", "file:erased")
    assert (action, by) == ("file:erased", drop.orderer.user_id)
    assert (facts["files"], facts["persons"], facts["photos"]) == (2, 0, 0)
