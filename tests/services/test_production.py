"""Queued card items become batches, batches become cards."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlmodel import col, select

from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound, NotYet
from nexus_portal.domain.lifecycles import BatchState, CardStatus, Fulfilment, Stage
from nexus_portal.models.cards import Card
from nexus_portal.models.production import Batch
from nexus_portal.services import production, production_lists
from nexus_portal.services.use_case import perform
from tests.bureau_helpers import WAY, House, both_at_once, house
from tests.world import Clock, World


@pytest.fixture
def home(world: World) -> House:
    return house(world)


def batch_row(home: House, number: str) -> Batch:
    with home.world.database.transaction(SYSTEM, writes=False) as session:
        return session.exec(select(Batch).where(Batch.number == number)).one()


def register(home: House) -> list[Card]:
    with home.world.database.transaction(SYSTEM, writes=False) as session:
        return list(session.exec(select(Card).order_by(col(Card.number))))


def scan(home: House, code: str) -> production.Scanned:
    return perform(production.scan, home.operator, code=code)


def reconcile(home: House, number: str, issued: int, samples: int = 0, returned: int = 0) -> None:
    perform(
        production.reconcile,
        home.operator,
        number=number,
        issued=issued,
        samples=samples,
        returned=returned,
    )


def test_the_queue_groups_by_layout_and_shows_who_waits_longest(home: House, clock: Clock) -> None:
    other = home.world.layout(home.customer)
    home.accepted(2, layout=other)
    clock.forward(timedelta(days=2))
    home.accepted(3)
    home.accepted(1)
    rows = perform(production_lists.queue, home.operator).rows
    assert [(row.layout, row.cards, row.days) for row in rows] == [
        (other.name, 2, 2),
        (home.layout.name, 4, 0),
    ]
    assert {(row.account, row.article) for row in rows} == {("Björkskolan", "PVC card")}


def test_a_batch_takes_the_longest_waiting_up_to_its_limit(home: House) -> None:
    first, second = home.accepted(2), home.accepted(2)
    number = home.batch(limit=3)
    assert number == "B-2026-0001"
    assert [item.stage for item in home.items(first)] == [Stage.BATCHED] * 2
    assert [item.stage for item in home.items(second)] == [Stage.BATCHED, Stage.QUEUED]
    made = batch_row(home, number)
    assert (made.state, made.cards, made.issued) == (BatchState.CLOSED, 3, 3)
    assert [item.code for item in home.sheet(number).items.rows] == [
        f"{first}-1",
        f"{first}-2",
        f"{second}-1",
    ]


def test_a_form_sent_twice_makes_one_batch(home: House) -> None:
    home.accepted(4)
    again = [
        perform(production.make_batch, home.operator, layout_id=home.layout.id, limit=2, key="once")
        for _ in range(2)
    ]
    assert again == ["B-2026-0001"] * 2
    assert perform(production_lists.queue, home.operator).rows[0].cards == 2


@pytest.mark.parametrize("limit", [0, -1, 501])
def test_a_batch_has_a_size_that_a_printer_takes(home: House, limit: int) -> None:
    home.accepted()
    with pytest.raises(Invalid):
        home.batch(limit)


def test_no_batch_is_made_of_nothing(home: House) -> None:
    with pytest.raises(Conflict):
        home.batch()
    with pytest.raises(NotFound):
        perform(production.make_batch, home.operator, layout_id=uuid4(), limit=1, key="k")
    assert perform(production_lists.batches, home.operator).rows == ()


def test_a_batch_goes_step_by_step_to_produced(home: House) -> None:
    number = home.accepted(3)
    batch = home.batch()
    seen: list[tuple[str, str]] = []
    for stage in WAY:
        home.advance(batch, stage)
        seen.append((batch_row(home, batch).state, home.at(number).fulfilment))
    assert seen == [
        ("acknowledged", "in_production"),
        ("running", "in_production"),
        ("running", "in_production"),
        ("running", "produced"),
    ]
    assert (batch_row(home, batch).good, home.at(number).produced) == (3, 3)


def test_a_step_cannot_be_left_out(home: House) -> None:
    home.accepted()
    batch = home.batch()
    for stage in (Stage.PRINTING, Stage.PRODUCED, Stage.BATCHED, Stage.PACKED):
        with pytest.raises(Conflict):
            home.advance(batch, stage)


def test_every_step_of_a_card_is_kept_with_its_actor(home: House) -> None:
    number = home.produced(1)
    steps = home.steps(number, "stage", home.items(number)[0].id)
    assert [end for _, end in steps] == ["queued", "batched", "encoding", "printing", "qc", "produced"]


def test_produced_cards_enter_the_register(home: House) -> None:
    number = home.produced(2)
    cards = register(home)
    assert [card.number for card in cards] == ["C-2026-0001", "C-2026-0002"]
    assert [card.item_id for card in cards] == [item.id for item in home.items(number)]
    assert {(card.status, str(card.valid_until)) for card in cards} == {(CardStatus.ISSUED, "2031-03-02")}


def test_a_scan_moves_one_card_one_step(home: House) -> None:
    number = home.accepted(2)
    batch = home.batch()
    assert scan(home, f" {number}-2 ") == production.Scanned(f"{number}-2", "encoding", batch)
    assert [item.stage for item in home.items(number)] == [Stage.BATCHED, Stage.ENCODING]
    assert batch_row(home, batch).state == BatchState.ACKNOWLEDGED
    for _ in range(3):
        scan(home, f"{number}-2".replace("-", "+"))
    assert [(card.number, str(card.item_id)) for card in register(home)] == [
        ("C-2026-0001", str(home.items(number)[1].id))
    ]
    assert (batch_row(home, batch).good, home.at(number).fulfilment) == (1, "in_production")


def test_the_rest_of_a_batch_follows_what_was_scanned(home: House) -> None:
    number = home.accepted(3)
    batch = home.batch()
    scan(home, f"{number}-1")
    sheet = home.sheet(batch)
    assert (sheet.next_stage, sheet.next_count) == ("encoding", 2)
    home.advance(batch, *WAY)
    assert (home.sheet(batch).next_stage, batch_row(home, batch).good) == ("", 3)


@pytest.mark.parametrize("code", ["", "x", "2026-00001", "2026-00001-9", "2027-00001-1", "' OR 1=1 --"])
def test_an_unknown_code_is_not_found(home: House, code: str) -> None:
    home.accepted()
    with pytest.raises(NotFound):
        scan(home, code)


def test_only_cards_in_the_making_are_scanned(home: House) -> None:
    waiting, done = home.accepted(1), None
    with pytest.raises(Conflict) as refusal:
        scan(home, f"{waiting}-1")
    assert "there is nothing to scan" in str(refusal.value)
    done = home.produced(1)
    with pytest.raises(Conflict):
        scan(home, f"{done}-1")


def test_a_failure_returns_the_card_to_the_queue_and_consumes_a_blank(home: House) -> None:
    number = home.accepted(2)
    batch = home.batch()
    home.advance(batch, Stage.ENCODING)
    perform(production.fail, home.operator, code=f"{number}-1", reason="The chip does not answer.")
    first = home.items(number)[0]
    assert (first.stage, first.attempt, first.batch_id) == (Stage.QUEUED, 2, None)
    assert home.steps(number, "stage", first.id)[-1] == ("encoding", "queued")
    made = batch_row(home, batch)
    assert (made.cards, made.rejected, made.good) == (2, 1, 0)
    assert perform(production_lists.queue, home.operator).rows[0].cards == 1


def test_a_failure_needs_a_reason_and_a_card_in_the_making(home: House) -> None:
    number = home.accepted(1)
    with pytest.raises(Conflict):
        perform(production.fail, home.operator, code=f"{number}-1", reason="Smudge")
    home.batch()
    for reason in ("", " ", "x" * 201):
        with pytest.raises(Invalid):
            perform(production.fail, home.operator, code=f"{number}-1", reason=reason)


def test_a_batch_is_reconciled_when_every_blank_is_accounted_for(home: House) -> None:
    number = home.accepted(3)
    batch = home.batch()
    home.advance(batch, Stage.ENCODING)
    perform(production.fail, home.operator, code=f"{number}-3", reason="Smudge")
    with pytest.raises(NotYet) as refusal:
        reconcile(home, batch, 3)
    assert str(refusal.value.reasons[0]) == "2 of 3 cards are still in the making."
    home.advance(batch, Stage.PRINTING, Stage.QC, Stage.PRODUCED)
    with pytest.raises(Invalid) as wrong:
        reconcile(home, batch, 6, samples=1)
    assert str(wrong.value) == "6 blanks were issued, 4 are accounted for: 2 apart."
    with pytest.raises(Invalid):
        reconcile(home, batch, 2, samples=-1)
    reconcile(home, batch, 6, samples=1, returned=2)
    made = batch_row(home, batch)
    assert made.state == BatchState.RECONCILED
    assert made.issued == made.good + made.rejected + made.samples + made.returned
    with pytest.raises(Conflict):
        reconcile(home, batch, 6, samples=1, returned=2)


def test_a_batch_of_which_every_card_failed_can_be_reconciled(home: House) -> None:
    number = home.accepted(1)
    batch = home.batch()
    perform(production.fail, home.operator, code=f"{number}-1", reason="Wrong blank")
    reconcile(home, batch, 1)
    assert batch_row(home, batch).state == BatchState.RECONCILED


def test_two_who_advance_at_once_advance_once(home: House) -> None:
    number = home.accepted(20)
    batch = home.batch()
    for stage in WAY:
        results = both_at_once(*[lambda to=stage: home.advance(batch, to)] * 2)
        assert sorted(type(result).__name__ for result in results) == ["Conflict", "NoneType"]
    assert (batch_row(home, batch).good, len(register(home)), home.at(number).produced) == (20, 20, 20)


def test_two_who_make_a_batch_at_once_share_nothing(home: House) -> None:
    home.accepted(10)
    results = both_at_once(*[lambda: home.batch(limit=10)] * 2)
    assert sum(isinstance(result, Conflict) for result in results) == 1
    assert len(perform(production_lists.batches, home.operator).rows) == 1


def test_scans_of_one_order_at_once_keep_its_counts(home: House) -> None:
    number = home.accepted(8)
    batch = home.batch()
    home.advance(batch, Stage.ENCODING, Stage.PRINTING, Stage.QC)
    results = both_at_once(*[lambda n=n: scan(home, f"{number}-{n}") for n in range(1, 9)])
    assert not [result for result in results if isinstance(result, Conflict)]
    assert (home.at(number).produced, home.at(number).fulfilment) == (8, "produced")
    assert (batch_row(home, batch).good, len(register(home))) == (8, 8)


def test_batches_are_listed_newest_first_by_what_is_left_to_do(home: House) -> None:
    made = []
    for _ in range(3):
        home.accepted(1)
        made.append(home.batch())
    home.advance(made[0], *WAY)
    reconcile(home, made[0], 1)
    rows = perform(production_lists.batches, home.operator).rows
    assert [(row.number, row.left) for row in rows] == [(made[2], 1), (made[1], 1)]
    finished = perform(production_lists.batches, home.operator, show="reconciled").rows
    assert [(row.number, row.good, row.left) for row in finished] == [(made[0], 1, 0)]
    with pytest.raises(Invalid):
        perform(production_lists.batches, home.operator, show="lost")


def test_the_cards_of_a_batch_are_paged(home: House) -> None:
    number = home.accepted(70)
    batch = home.batch()
    first = home.sheet(batch).items
    second = perform(production_lists.batch, home.operator, number=batch, cursor=first.following).items
    assert [row.code for row in first.rows + second.rows] == [f"{number}-{n}" for n in range(1, 71)]


def test_the_queue_is_paged(home: House) -> None:
    home.many([Fulfilment.ACCEPTED] * 52, layouts=52)
    first = perform(production_lists.queue, home.operator)
    second = perform(production_lists.queue, home.operator, cursor=first.following)
    assert (len(first.rows), len(second.rows), first.previous, second.following) == (50, 2, "", "")
    assert not {row.layout_id for row in first.rows} & {row.layout_id for row in second.rows}
    assert perform(production_lists.queue, home.operator, cursor=second.previous).rows == first.rows
    assert perform(production_lists.queue, home.operator, cursor="50").rows == first.rows, (
        "no key begins anew"
    )


def test_no_layout_is_passed_over_while_others_leave_the_queue(home: House) -> None:
    home.many([Fulfilment.ACCEPTED] * 52, layouts=52)
    first = perform(production_lists.queue, home.operator)
    for row in first.rows[:3]:
        perform(
            production.make_batch, home.operator, layout_id=UUID(row.layout_id), limit=9, key=row.layout_id
        )
    second = perform(production_lists.queue, home.operator, cursor=first.following)
    assert len(second.rows) == 2
    back = perform(production_lists.queue, home.operator, cursor=second.previous)
    assert back.rows == first.rows[3:]


def test_the_order_desk_does_not_produce(home: House) -> None:
    home.accepted()
    with pytest.raises(NotAllowed):
        perform(production.make_batch, home.desk, layout_id=home.layout.id, limit=1, key="k")
    with pytest.raises(NotFound):
        home.sheet("B-1999-0001")
