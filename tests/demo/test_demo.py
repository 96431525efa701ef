"""The demo shows every state there is, and is the same each time."""

import io
import json
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import text
from sqlmodel import Session, col, select

from nexus_portal import settings
from nexus_portal.adapters import clock, db, keystore, photos
from nexus_portal.adapters.db import Database
from nexus_portal.adapters.passwords import check_password, verify_password
from nexus_portal.demo import accounts_file, cast, derived
from nexus_portal.demo.persons import person
from nexus_portal.demo.portraits import portrait
from nexus_portal.demo.seed import seed
from nexus_portal.domain import personal_number, totp
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import NotYet
from nexus_portal.domain.lifecycles import BatchState, Billing, CardStatus, Fulfilment, PersonalData, Stage
from nexus_portal.domain.permissions import CUSTOMER_ROLES, ROLES, Role
from nexus_portal.models.cards import Card
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.people import Invitation, User
from nexus_portal.models.production import Batch
from nexus_portal.services import audit, erasure, order_details, second_factor, vault_care
from nexus_portal.services.use_case import perform

LEADS_NOWHERE_YET = {Stage.IN_REVIEW, Stage.CANCELLED, CardStatus.EXPIRED, CardStatus.REPLACED}
"""States to which no use case brings anything so far."""


@pytest.fixture(scope="module")
def played(
    tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path
) -> Iterator[tuple[Path, dict[str, str]]]:
    """A data directory with the demo in it, and the numbers of its orders by story."""
    folder = tmp_path_factory.mktemp("demo")
    shutil.copy(migrated_sqlite, folder / "portal.db")
    first = iter([cast.hash_password])

    def hashed(password: str) -> str:
        """Of the first one only, who is asked whether it fits: a hash takes a tenth of a second."""
        slowly = next(first, None)
        return slowly(password) if slowly else "no hash"

    with pytest.MonkeyPatch.context() as patch:
        _work_in(folder, patch)
        patch.setattr(cast, "hash_password", hashed)
        orders = seed().orders
        db.current().dispose()
    yield folder, orders
    settings.current.cache_clear()
    db.use(None)
    keystore.use(None)


@pytest.fixture
def orders(played: tuple[Path, dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The demo, in use by the portal for this test: the numbers of its orders by story."""
    _work_in(played[0], monkeypatch)
    return played[1]


@pytest.fixture
def session(orders: dict[str, str]) -> Iterator[Session]:
    with db.current().transaction(SYSTEM, writes=False) as session:
        yield session


def _work_in(folder: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("NEXUS_DATA_DIR", str(folder))
    settings.current.cache_clear()
    db.use(None)
    keystore.use(None)
    keystore.prepare()


def test_orders_are_in_every_state(session: Session) -> None:
    assert set(session.exec(select(Order.fulfilment))) == set(Fulfilment)
    assert set(session.exec(select(Order.billing))) == set(Billing)
    held = set(session.exec(select(Order.personal_data)))
    assert {PersonalData.NONE, PersonalData.FULL, PersonalData.ERASED} <= held


def test_cards_and_batches_are_in_every_state_that_work_leads_to(session: Session) -> None:
    assert set(session.exec(select(CardItem.stage))) == set(Stage) - LEADS_NOWHERE_YET
    assert set(session.exec(select(Card.status))) == set(CardStatus) - LEADS_NOWHERE_YET
    assert {BatchState.CLOSED, BatchState.ACKNOWLEDGED, BatchState.RUNNING, BatchState.RECONCILED} == set(
        session.exec(select(Batch.state))
    )


def test_cards_are_blocked_for_10_89_and_91_days(session: Session) -> None:
    blocked = session.exec(select(Card).where(Card.status == CardStatus.BLOCKED)).all()
    assert {10, 89, 91} <= {(clock.now() - card.status_changed_at).days for card in blocked}


def test_one_order_can_be_erased_and_one_cannot_yet(orders: dict[str, str]) -> None:
    ola = cast.SCHOOL.actor(Role.PRIVACY_OFFICER)

    def outlook(story: str) -> erasure.ErasureOutlook:
        found = perform(order_details.details, ola, number=orders[story])
        return perform(erasure.outlook, ola, order_id=derived.UUID(found.id))

    assert outlook("erasable").can_erase
    assert [str(reason) for reason in outlook("unbilled").reasons] == ["The order is not invoiced yet."]
    assert outlook("part_shipped").reasons
    assert outlook("erased").certificate_id


def test_a_rejected_order_says_why_and_a_draft_what_to_mend(orders: dict[str, str], session: Session) -> None:
    sara = cast.SCHOOL.actor(Role.ORDERER)
    assert "two faces" in perform(order_details.details, sara, number=orders["rejected"]).reason
    problems = session.exec(select(CardItem.problems).where(col(CardItem.problems).is_not(None)))
    codes = {problem["code"] for found in problems for problem in found or ()}
    assert codes == {"personal_number", "photo_missing", "missing", "duplicate"}


def test_counts_of_orders_agree_with_their_cards(session: Session) -> None:
    for order in session.exec(select(Order)):
        items = session.exec(select(CardItem).where(CardItem.order_id == order.id)).all()
        assert order.cards == len(items)
        assert order.delivered == sum(item.stage == Stage.DELIVERED for item in items)
        if order.fulfilment == Fulfilment.DRAFT:
            assert order.produced == 0


def test_vault_and_audit_log_are_whole(orders: dict[str, str]) -> None:
    assert vault_care.check().whole
    assert not any(report.broken for report in perform(audit.check, SYSTEM))


def test_everything_happened_before_now(session: Session) -> None:
    events = session.exec(select(audit.AuditEvent.at)).all()
    assert max(events) <= clock.now()
    assert min(events) < clock.now() - timedelta(days=200)


def test_everybody_of_the_file_can_sign_in(orders: dict[str, str], session: Session) -> None:
    assert stat.S_IMODE(accounts_file.path().stat().st_mode) == 0o600
    people = json.loads(accounts_file.path().read_text(encoding="utf-8"))
    assert {role for entry in people for role in entry["roles"]} == {role.value for role in ROLES}
    assert [entry["account"] for entry in people].count("Björkskolan") == len(CUSTOMER_ROLES)
    for place, entry in enumerate(people):
        assert list(entry) == ["email", "password", "totp_secret", "account", "roles", "name"]
        check_password(entry["password"], about=[entry["email"], entry["name"], entry["account"]])
        user = session.exec(select(User).where(User.email == entry["email"])).one()
        assert user.totp_secret
        assert second_factor.opened(user.id, user.totp_secret) == entry["totp_secret"]
        if place == 0:
            assert verify_password(entry["password"], user.password_hash) == (True, None)


def test_somebody_is_invited(session: Session) -> None:
    assert session.exec(select(Invitation.used_at)).all() == [None]


@pytest.mark.parametrize("dialect", ["postgresql"])
def test_it_plays_under_row_level_security_too(database: Database, nobody_signs_in: None) -> None:
    keystore.prepare()
    seed()
    with database.transaction(SYSTEM, writes=False) as session:
        assert set(session.exec(select(Order.fulfilment))) == set(Fulfilment)
    assert vault_care.check().whole


def test_secrets_and_ids_are_the_same_each_time() -> None:
    assert derived.password("sara@bjorkskolan.example") == "sextant-pebble-amber-263"
    assert len(totp.code_at(derived.totp_secret("sara@bjorkskolan.example"), 1)) == 6
    assert derived.identifier("account", "5560-1122") == cast.SCHOOL.id
    assert cast.SCHOOL.number == "5560-1122"


def test_personal_numbers_are_valid_and_of_nobody() -> None:
    today = date(2026, 3, 2)
    for place in range(500):
        somebody = person(derived.dice("test", str(place)), ages=(7, 66), today=today)
        assert personal_number.normalise(somebody.number, today) == somebody.number
        assert 980 <= int(somebody.number[8:11]) <= 999
        assert 6 <= (today - somebody.born).days / 365 <= 67


def test_portraits_pass_as_photos_and_differ() -> None:
    first, second = (portrait(derived.dice("test", place)) for place in "ab")
    assert first != second
    assert first == portrait(derived.dice("test", "a"))
    with Image.open(io.BytesIO(photos.process(first).crop)) as crop:
        assert crop.width >= photos.MIN_WIDTH


def test_what_is_paid_and_counted_stays_when_persons_are_removed(
    played: tuple[Path, dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(played[0], tmp_path / "copy")
    _work_in(tmp_path / "copy", monkeypatch)
    before, erased = _figures(), 0

    for account in (cast.SCHOOL, cast.POWER):
        officer = replace(account.actor(Role.PRIVACY_OFFICER), stepped_up_at=clock.now())
        with db.current().transaction(SYSTEM, writes=False) as session:
            query = select(Order.id).where(Order.account_id == officer.account_id)
            orders = session.exec(query.where(Order.personal_data == PersonalData.FULL)).all()
        for order_id in orders:
            with suppress(NotYet):
                perform(erasure.erase_personal_data, officer, order_id=order_id)
                erased += 1

    assert erased > 2
    assert _figures() == before


def _figures() -> list[list[tuple[object, ...]]]:
    """Invoices with their lines, and how many cards of each stage and status there are, of each account."""
    statements = (
        "SELECT * FROM invoices ORDER BY id",
        "SELECT * FROM invoice_lines ORDER BY id",
        "SELECT account_id, count(*), sum(cards), sum(produced), sum(delivered) FROM orders GROUP BY 1",
        "SELECT account_id, fulfilment, billing, count(*) FROM orders GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        "SELECT account_id, stage, count(*) FROM card_items GROUP BY 1, 2 ORDER BY 1, 2",
        "SELECT account_id, status, count(*) FROM cards GROUP BY 1, 2 ORDER BY 1, 2",
        "SELECT sum(quantity * unit_price) FROM order_lines",
    )
    with db.current().transaction(SYSTEM, writes=False) as session:
        return [[tuple(row) for row in session.connection().execute(text(each))] for each in statements]
