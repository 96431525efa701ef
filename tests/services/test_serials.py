"""Serial numbers without gaps."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.services import serials
from tests.world import Clock


def take(database: Database, series: str = "x") -> int:
    with database.transaction(SYSTEM) as session:
        return serials.next_serial(session, series)


def test_a_series_counts_from_one_and_apart_from_others(database: Database) -> None:
    assert [take(database), take(database), take(database, "y"), take(database)] == [1, 2, 1, 3]


def test_a_number_of_a_failed_transaction_is_given_again(database: Database) -> None:
    take(database)
    with database.transaction(SYSTEM) as session:
        serials.next_serial(session, "x")
        session.rollback()
    assert take(database) == 2


def test_many_at_once_get_each_number_once(database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: take(database), range(40)))
    assert sorted(taken) == list(range(1, 41))


def test_several_are_taken_together(database: Database) -> None:
    with database.transaction(SYSTEM) as session:
        assert list(serials.take_serials(session, "x", 3)) == [1, 2, 3]
        assert serials.next_serial(session, "x") == 4


def test_orders_and_documents_count_anew_each_year(database: Database, clock: Clock) -> None:
    with database.transaction(SYSTEM) as session:
        first = serials.next_order_serial(session), serials.next_document(session, "B")
        clock.set(datetime(2027, 1, 1, tzinfo=UTC))
        second = serials.next_order_serial(session), serials.next_documents(session, "B", 2)
    assert first == (2026_000001, "B-2026-0001")
    assert second == (2027_000001, ["B-2027-0001", "B-2027-0002"])
