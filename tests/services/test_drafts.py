"""A draft is looked at, mended, split and thrown away; its persons are in the vault alone."""

import json
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel import select

from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from nexus_portal.domain.fields import ProblemCode
from nexus_portal.domain.lifecycles import Stage
from nexus_portal.domain.permissions import Role
from nexus_portal.models.audit import AuditEvent
from nexus_portal.models.orders import CardItem, Order, Transition
from nexus_portal.models.vault import HolderRecord, Photo, SearchToken
from nexus_portal.services import draft_mending, drafts, history, ordering
from nexus_portal.services.history import Wanted
from nexus_portal.services.use_case import perform
from tests.ordering_helpers import PHOTO, Desk, desk, staff, values_of, with_bad_number
from tests.world import World


@pytest.fixture
def orders(world: World) -> Desk:
    return desk(world)


def codes(row: drafts.DraftRow) -> list[str]:
    return [problem.code for problem in row.problems]


def test_a_draft_shows_its_rows_and_counts(orders: Desk) -> None:
    good, bad = staff(2)
    number = orders.draft([good, with_bad_number(bad)])
    view = orders.view(number)
    assert (view.total, view.ready, view.to_mend, view.price) == (2, 1, 1, 9800)
    first, second = view.rows.rows
    assert first.ready
    assert first.has_photo
    assert first.values["name"] == good.name
    assert first.source_row == 2
    assert codes(second) == [ProblemCode.PERSONAL_NUMBER]
    assert second.problems[0].field == "personal_number"
    assert second.values["personal_number"] == with_bad_number(bad).personal_number, "kept, to be mended"
    assert orders.order(number).cards == orders.line(number).quantity == 2


def test_only_rows_to_mend_are_shown_when_asked_for(orders: Desk) -> None:
    persons = staff(60)
    number = orders.draft(
        [with_bad_number(person) if index % 10 == 0 else person for index, person in enumerate(persons)]
    )
    view = orders.view(number, show="problems")
    assert [row.source_row for row in view.rows.rows] == [2, 12, 22, 32, 42, 52]


def test_a_draft_is_paged_by_fifty(orders: Desk) -> None:
    number = orders.draft(staff(60))
    first = orders.view(number)
    second = orders.view(number, cursor=first.rows.following)
    assert [len(first.rows.rows), len(second.rows.rows)] == [50, 10]
    assert second.rows.rows[0].position == 51


def test_others_see_the_draft_but_not_its_persons(orders: Desk) -> None:
    number = orders.draft([with_bad_number(staff(1)[0])])
    for role in (Role.AUDITOR, Role.ACCOUNT_ADMIN, Role.ORDERER):
        view = perform(drafts.draft, orders.world.person(role, orders.account), number=number)
        assert not view.shown
        assert view.rows.rows[0].values == {}
        assert codes(view.rows.rows[0]) == [ProblemCode.PERSONAL_NUMBER]


def test_another_account_finds_nothing(orders: Desk) -> None:
    number = orders.draft(staff(1))
    item = orders.item(number)
    stranger = desk(orders.world).orderer
    for attempt in (
        lambda: perform(drafts.draft, stranger, number=number),
        lambda: perform(drafts.draft_row, stranger, item_id=item),
        lambda: perform(draft_mending.mend_row, stranger, item_id=item, values={}),
        lambda: perform(draft_mending.remove_row, stranger, item_id=item),
        lambda: perform(draft_mending.replace_photo, stranger, item_id=item, photo=PHOTO),
        lambda: perform(draft_mending.leave_out_bad_rows, stranger, number=number),
        lambda: perform(drafts.discard_draft, stranger, number=number),
        lambda: perform(ordering.submit, stranger, number=number, key="k"),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_a_colleague_changes_nothing(orders: Desk) -> None:
    number = orders.draft(staff(1))
    item = orders.item(number)
    for attempt in (
        lambda: perform(drafts.draft_row, orders.colleague, item_id=item),
        lambda: perform(draft_mending.mend_row, orders.colleague, item_id=item, values={}),
        lambda: perform(drafts.discard_draft, orders.colleague, number=number),
        lambda: perform(ordering.submit, orders.colleague, number=number, key="k"),
    ):
        with pytest.raises(NotAllowed, match="colleague"):
            attempt()


def test_a_mended_row_becomes_ready(orders: Desk) -> None:
    person = staff(1)[0]
    number = orders.draft([with_bad_number(person)])
    row = perform(
        draft_mending.mend_row,
        orders.orderer,
        item_id=orders.item(number),
        values={"personal_number": person.personal_number},
    )
    assert row.ready
    assert row.problems == ()
    assert row.values["name"] == person.name, "what was not sent stays"
    [item] = orders.items(number)
    assert item.stage == Stage.READY
    assert orders.view(number).to_mend == 0


def test_a_row_that_is_still_wrong_says_so_at_the_field_and_keeps_what_was_typed(orders: Desk) -> None:
    person = staff(1)[0]
    number = orders.draft([person])
    item = orders.item(number)
    typed = {"name": "x" * 41, "department": "Månen", "secret": "not asked for"}
    row = perform(draft_mending.mend_row, orders.orderer, item_id=item, values=typed)
    assert {problem.field: problem.code for problem in row.problems} == {
        "name": ProblemCode.TOO_LONG,
        "department": ProblemCode.CHOICE,
    }
    assert row.values["name"] == "x" * 41
    assert row.values["department"] == "Månen"
    assert "secret" not in row.values
    assert orders.items(number)[0].stage == Stage.COLLECTING
    assert "Månen" not in json.dumps(orders.items(number)[0].problems)


def test_an_emptied_field_is_missing(orders: Desk) -> None:
    number = orders.draft(staff(1))
    row = perform(
        draft_mending.mend_row,
        orders.orderer,
        item_id=orders.item(number),
        values={"name": " ", "department": ""},
    )
    assert codes(row) == [ProblemCode.MISSING]
    assert "name" not in row.values
    assert "department" not in row.values


def test_a_photo_mends_a_row_that_lacked_only_it(orders: Desk) -> None:
    number = orders.draft(staff(1), photo=None)
    item = orders.item(number)
    assert codes(orders.view(number).rows.rows[0]) == [ProblemCode.PHOTO_MISSING]
    row = perform(draft_mending.replace_photo, orders.orderer, item_id=item, photo=PHOTO)
    assert row.ready
    assert row.has_photo
    again = perform(draft_mending.replace_photo, orders.orderer, item_id=item, photo=PHOTO)
    assert again.ready
    assert orders.count(Photo) == 1


def test_the_same_person_in_another_order_is_said_without_naming_a_colleagues_order(orders: Desk) -> None:
    [person] = staff(1)
    first = orders.draft([person])
    second = orders.draft([person])
    [row] = orders.view(second).rows.rows
    assert codes(row) == [ProblemCode.DUPLICATE]
    assert str(row.problems[0].message) == f"This person has a card on your order {first} already."
    orders.orderer, orders.colleague = orders.colleague, orders.orderer
    third = orders.draft([person])
    [row] = orders.view(third).rows.rows
    assert str(row.problems[0].message) == "A card for this person is on order already."


def test_another_account_is_no_duplicate(orders: Desk) -> None:
    orders.draft(staff(1))
    other = desk(orders.world)
    assert other.view(other.draft(staff(1))).ready == 1


def test_a_second_card_may_be_ordered_on_purpose_and_is_not_asked_about_again(orders: Desk) -> None:
    orders.draft(staff(1))
    number = orders.draft(staff(1))
    item = orders.item(number)
    still = perform(draft_mending.mend_row, orders.orderer, item_id=item, values={})
    assert codes(still) == [ProblemCode.DUPLICATE]
    wanted = perform(draft_mending.mend_row, orders.orderer, item_id=item, values={}, second_card=True)
    assert wanted.ready
    renamed = perform(draft_mending.mend_row, orders.orderer, item_id=item, values={"name": "Somebody Else"})
    assert renamed.ready


def test_removing_the_first_of_two_frees_the_second(orders: Desk) -> None:
    person, other = staff(2)
    number = orders.draft([person, other])
    orders.add(number, [person], first_row=9)
    last = orders.view(number).rows.rows[-1]
    assert str(last.problems[0].message) == "The same person is in row 2 already."
    perform(draft_mending.remove_row, orders.orderer, item_id=orders.item(number))
    rows = orders.view(number).rows.rows
    assert [row.source_row for row in rows] == [3, 9]
    assert all(row.ready for row in rows)


def test_a_removed_row_leaves_nothing(orders: Desk) -> None:
    number = orders.draft(staff(2))
    perform(draft_mending.remove_row, orders.orderer, item_id=orders.item(number))
    assert [orders.count(table) for table in (CardItem, HolderRecord, Photo)] == [1, 1, 1]
    assert orders.order(number).cards == orders.line(number).quantity == 1


def test_bad_rows_are_left_in_a_draft_of_their_own(orders: Desk) -> None:
    persons = staff(5)
    number = orders.draft([*persons[:3], with_bad_number(persons[3]), with_bad_number(persons[4])])
    perform(
        drafts.describe,
        orders.orderer,
        number=number,
        reference="Autumn",
        cost_centre="4410",
        delivery_address="Skolgatan 4",
    )
    rest = perform(draft_mending.leave_out_bad_rows, orders.orderer, number=number)
    kept, left = orders.view(number), orders.view(rest)
    assert (kept.total, kept.to_mend, left.total, left.to_mend) == (3, 0, 2, 2)
    assert [row.source_row for row in left.rows.rows] == [5, 6]
    assert (left.reference, left.cost_centre, left.delivery_address) == ("Autumn", "4410", "Skolgatan 4")
    assert [person["name"] for person in orders.persons(rest)] == [person.name for person in persons[3:]]
    mended = perform(
        draft_mending.mend_row,
        orders.orderer,
        item_id=orders.item(rest),
        values={"personal_number": persons[3].personal_number},
    )
    assert mended.ready
    assert orders.order(rest).cards == orders.line(rest).quantity == 2


def test_somebody_twice_is_left_out_with_words_that_fit_the_new_draft(orders: Desk) -> None:
    person, other = staff(2)
    number = orders.draft([person, other])
    orders.add(number, [person], first_row=9)
    rest = perform(draft_mending.leave_out_bad_rows, orders.orderer, number=number)
    [row] = orders.view(rest).rows.rows
    assert str(row.problems[0].message) == f"This person has a card on your order {number} already."


def test_leaving_out_needs_rows_on_both_sides(orders: Desk) -> None:
    good, bad = orders.draft(staff(1)), orders.draft([with_bad_number(staff(2)[1])])
    for number in (good, bad):
        with pytest.raises(Invalid):
            perform(draft_mending.leave_out_bad_rows, orders.orderer, number=number)


def test_a_description_that_is_too_long_is_refused(orders: Desk) -> None:
    number = orders.draft(staff(1))
    with pytest.raises(Invalid, match="120"):
        perform(
            drafts.describe,
            orders.orderer,
            number=number,
            reference="x" * 121,
            cost_centre="",
            delivery_address="",
        )


def test_a_discarded_draft_is_gone_and_nobody_of_it_left(orders: Desk) -> None:
    number = orders.draft([*staff(2), with_bad_number(staff(3)[2])])
    perform(
        draft_mending.mend_row,
        orders.orderer,
        item_id=orders.item(number, 2),
        values=values_of(staff(3)[2]),
    )
    perform(drafts.discard_draft, orders.orderer, number=number)
    for table in (Order, CardItem, HolderRecord, Photo, SearchToken, Transition):
        assert orders.count(table) == 0, table
    with pytest.raises(NotFound):
        orders.view(number)
    assert orders.draft(staff(1)) != number


def test_what_was_ordered_is_no_draft_any_more(orders: Desk) -> None:
    number = orders.draft(staff(1))
    item = orders.item(number)
    perform(ordering.submit, orders.orderer, number=number, key=orders.key())
    for attempt in (
        lambda: orders.view(number),
        lambda: perform(draft_mending.mend_row, orders.orderer, item_id=item, values={}),
        lambda: perform(draft_mending.remove_row, orders.orderer, item_id=item),
        lambda: perform(drafts.discard_draft, orders.orderer, number=number),
    ):
        with pytest.raises(Conflict):
            attempt()


def test_no_value_leaves_the_vault(orders: Desk) -> None:
    """Neither tables nor audit entries hold a name or number, whatever is done with a draft."""
    persons = staff(3)
    number = orders.draft([persons[0], with_bad_number(persons[1]), persons[2]])
    item = orders.item(number, 1)
    perform(draft_mending.mend_row, orders.orderer, item_id=item, values={"name": "Örjan Ovanlig"})
    perform(draft_mending.leave_out_bad_rows, orders.orderer, number=number)
    secrets = ["Örjan Ovanlig", *(p.name for p in persons), *(p.personal_number for p in persons)]
    secrets += [number.replace("-", "") for number in secrets if number[0].isdigit()]
    with orders.world.database.transaction(SYSTEM, writes=False) as session:
        for table in ("orders", "order_lines", "card_items", "transitions", "holder_records", "idempotency"):
            told = str(session.connection().execute(text(f"SELECT * FROM {table}")).all())
            assert not [secret for secret in secrets if secret in told], table
        told = str([(event.subject, event.facts) for event in session.exec(select(AuditEvent))])
        assert not [secret for secret in secrets if secret in told]
        assert "draft:row_mended" in {event.action for event in session.exec(select(AuditEvent))}


def test_a_row_that_is_not_there_is_not_found(orders: Desk) -> None:
    with pytest.raises(NotFound):
        perform(draft_mending.mend_row, orders.orderer, item_id=UUID(int=1), values={})


def test_what_a_draft_is_for_is_found_by_its_words(orders: Desk) -> None:
    number = orders.draft(staff(1))

    def found(words: str) -> list[str]:
        page = perform(history.orders, orders.orderer, wanted=Wanted(search=words))
        return [row.number for row in page.rows]

    perform(drafts.describe, orders.orderer, number=number, reference="Autumn intake", cost_centre="4711")
    assert found("autumn int") == found("471") == [number]
    perform(drafts.describe, orders.orderer, number=number, reference="Spring intake")
    assert (found("autumn"), found("spring")) == ([], [number])
