"""Collecting from card holders: one person's fields by a link, once; looked over, taken or sent back."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event
from sqlmodel import col, select

from nexus_portal.adapters import mail
from nexus_portal.adapters.mail import Letter, Refused
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import (
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    NotYet,
    TooMany,
)
from nexus_portal.domain.holder_contact import CONTACT
from nexus_portal.domain.lifecycles import Stage
from nexus_portal.domain.permissions import Role
from nexus_portal.models.holder_links import HolderLink
from nexus_portal.models.outbox import OutboxMail
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import (
    delivery,
    draft_mending,
    drafts,
    holder_asking,
    holder_care,
    holder_door,
    holder_review,
    import_results,
    ordering,
    outbox_list,
    vault_contacts,
)
from nexus_portal.services.holder_door import Answer
from nexus_portal.services.outbox import MailState, state_of
from nexus_portal.services.use_case import perform
from tests import ordering_helpers
from tests.identity import audited
from tests.ordering_helpers import PHOTO, Desk, staff, values_of, with_bad_number
from tests.world import Clock, World

MAJA = "maja.lind@x.example"
HOME = "198.51.100.9"


@pytest.fixture
def ours(world: World) -> Desk:
    return ordering_helpers.desk(world)


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> list[Letter]:
    """What a mail server took."""
    taken: list[Letter] = []
    monkeypatch.setattr(mail, "send", taken.append)
    monkeypatch.setattr(mail, "has_server", lambda: True)
    return taken


def ask(ours: Desk, people: str = MAJA, **more: Any) -> str:
    where = {} if "number" in more else {"layout_id": ours.layout.id}
    asked = perform(holder_asking.ask, ours.orderer, key=ours.key(), people=people, **where, **more)
    return asked.number


def token(ours: Desk, number: str, row: int = 0) -> str:
    shown = perform(holder_asking.copy_link, ours.orderer, item_id=ours.item(number, row))
    return shown.link.partition("#")[2]


def answer(**more: Any) -> Answer:
    return Answer(**{"values": values_of(staff(1)[0]), "photo": PHOTO, **more})


def send(secret: str, sent: Answer | None = None) -> Any:
    return holder_door.send(secret, sent or answer(), address=HOME)


def over(call: Callable[[], object]) -> str:
    with pytest.raises(Invalid) as refused:
        call()
    return str(refused.value)


def links(world: World) -> list[HolderLink]:
    with world.database.transaction(SYSTEM, writes=False) as session:
        return list(session.exec(select(HolderLink).order_by(col(HolderLink.id))))


def addresses(world: World) -> int:
    """Records that still hold where their holder is reached."""
    with world.database.transaction(SYSTEM, writes=False) as session:
        return sum(CONTACT.key in record.fields for record in session.exec(select(HolderRecord)))


def mails(world: World) -> list[OutboxMail]:
    with world.database.transaction(SYSTEM, writes=False) as session:
        return list(session.exec(select(OutboxMail).order_by(col(OutboxMail.id))))


def asked_rows(ours: Desk, number: str) -> tuple[holder_review.AskedRow, ...]:
    return perform(holder_review.asked, ours.orderer, number=number).rows.rows


def test_holder_answers_and_the_orderer_takes_it(ours: Desk, letters: list[Letter]) -> None:
    number = ask(ours, f"Maja Lind <{MAJA}>")
    assert [row.state for row in asked_rows(ours, number)] == ["waiting"]
    assert (asked_rows(ours, number)[0].contact, ours.persons(number)[0]["name"]) == (MAJA, "Maja Lind")
    assert delivery.deliver() == 1
    (letter,) = letters
    assert (letter.to, letter.language) == (MAJA, "sv")
    secret = letter.text.rsplit("#", 1)[1]

    form = holder_door.look(secret, address=HOME)
    assert (form.account, [each.key for each in form.fields][:2]) == (
        ours.account.name,
        ["name", "personal_number"],
    )
    assert not send(secret)

    assert [item.stage for item in ours.items(number)] == [Stage.IN_REVIEW]
    perform(holder_review.approve, ours.orderer, item_id=ours.item(number))
    assert [item.stage for item in ours.items(number)] == [Stage.READY]
    assert (ours.persons(number)[0]["name"], addresses(ours.world)) == (staff(1)[0].name, 0)
    assert perform(ordering.submit, ours.orderer, number=number, key=ours.key()).cards == 1


def test_what_is_wrong_is_said_at_the_field_and_uses_nothing_up(ours: Desk) -> None:
    secret = token(ours, ask(ours))

    refusals = send(secret, answer(values={"personal_number": "19640823-3235"}, photo=None))

    assert set(refusals) == {"name", "personal_number", "photo"}
    assert not send(secret)


def test_all_links_that_lead_nowhere_are_told_alike_by_the_same_statements(ours: Desk, clock: Clock) -> None:
    used, withdrawn, old = (token(ours, ask(ours, people)) for people in ("", "", ""))
    send(used)
    perform(holder_asking.withdraw, ours.orderer, item_id=links(ours.world)[1].item_id)
    said, statements = set[str](), set[tuple[str, ...]]()
    for secret in (used, withdrawn, "A" * 43, "", "x" * 5000, "\ud800"):
        counted: list[str] = []
        event.listen(ours.world.database.engine, "before_cursor_execute", note := _noting(counted))
        said.add(over(lambda secret=secret: holder_door.look(secret, address=HOME)))
        said.add(over(lambda secret=secret: send(secret)))
        event.remove(ours.world.database.engine, "before_cursor_execute", note)
        statements.add(tuple(counted))
    clock.forward(timedelta(days=14))
    said.add(over(lambda: send(old)))
    said.add(over(lambda: holder_door.look(old, address=HOME)))

    assert len(said) == len(statements) == 1


def _noting(into: list[str]) -> Callable[..., None]:
    def note(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        into.append(statement)

    return note


def test_of_twenty_parallel_answers_one_arrives(ours: Desk) -> None:
    number = ask(ours)
    secret = token(ours, number)

    def attempt(place: int) -> str:
        person = values_of(staff(20)[place])
        try:
            return "" if send(secret, answer(values=person)) else person["name"]
        except Invalid:
            return ""

    with ThreadPoolExecutor(20) as crowd:
        arrived = [name for name in crowd.map(attempt, range(20)) if name]

    assert len(arrived) == 1
    assert ours.persons(number)[0]["name"] == arrived[0]
    assert len(audited(ours.world, "holder:answered")) == 1


def test_guessing_is_slowed_down_and_a_right_link_is_no_guess(ours: Desk) -> None:
    secret = token(ours, ask(ours))
    for _ in range(35):
        holder_door.look(secret, address=HOME)
    for guess in range(30):
        over(lambda guess=guess: holder_door.look(f"guess-{guess}", address=HOME))
    with pytest.raises(TooMany):
        holder_door.look(secret, address=HOME)
    assert holder_door.look(secret, address="203.0.113.5")


def test_returned_answer_is_asked_for_by_a_new_link_that_shows_why_and_nothing_else(
    ours: Desk, letters: list[Letter]
) -> None:
    number = ask(ours)
    first = token(ours, number)
    send(first)

    assert perform(
        holder_review.send_back, ours.orderer, item_id=ours.item(number), reason="The photo is too dark."
    )

    assert over(lambda: send(first)) == over(lambda: holder_door.look("made up", address=HOME))
    delivery.deliver()
    second = letters[-1].text.rsplit("#", 1)[1]
    assert second != first
    form = holder_door.look(second, address=HOME)
    assert form.reason == "The photo is too dark."
    assert staff(1)[0].name not in repr(form)
    assert not send(second)
    assert asked_rows(ours, number)[0].state == "answered"


def test_somebody_who_has_a_card_is_not_told_but_the_orderer_is(ours: Desk) -> None:
    ours.draft(staff(1))
    number = ask(ours)
    assert not send(token(ours, number))

    assert asked_rows(ours, number)[0].twice
    with pytest.raises(Invalid):
        perform(holder_review.approve_all, ours.orderer, number=number)
    perform(holder_review.approve, ours.orderer, item_id=ours.item(number))
    assert ours.items(number)[0].stage == Stage.READY


def test_all_answers_without_a_problem_are_taken_at_once(ours: Desk) -> None:
    number = ask(ours, "a@x.example; b@x.example; c@x.example")
    for row, person in enumerate(staff(2)):
        assert not send(token(ours, number, row), answer(values=values_of(person)))

    assert perform(holder_review.approve_all, ours.orderer, number=number) == 2
    assert sorted(item.stage for item in ours.items(number)) == [Stage.COLLECTING, Stage.READY, Stage.READY]


def test_asked_holders_are_paged_with_those_who_answered_first_and_counted_whole(
    ours: Desk, clock: Clock
) -> None:
    number = ask(ours, ",".join(f"p{place}@x.example" for place in range(60)))
    ours.draft(staff(3)[2:])
    rows = [ours.view(number).rows.rows[place].item_id for place in (0, 20, 40)]
    for place, item in enumerate(rows):
        shown = perform(holder_asking.copy_link, ours.orderer, item_id=UUID(item))
        assert not send(shown.link.partition("#")[2], answer(values=values_of(staff(3)[place])))
    perform(holder_asking.withdraw, ours.orderer, item_id=ours.item(number, 1))

    first = perform(holder_review.asked, ours.orderer, number=number)
    after = {"number": number, "cursor": first.rows.following}
    second = perform(holder_review.asked, ours.orderer, **after)
    assert (first.answered, first.complete, first.waiting, first.ended) == (3, 2, 56, 1)
    others = [row for row in range(2, 51) if row not in {21, 41}]
    assert [row.row for row in first.rows.rows] == [1, 21, 41, *others]
    assert [row.row for row in second.rows.rows] == list(range(51, 61))
    back = perform(holder_review.asked, ours.orderer, number=number, cursor=second.rows.previous)
    assert back.rows.rows == first.rows.rows

    assert perform(holder_review.approve_all, ours.orderer, number=number) == 2
    clock.forward(timedelta(days=15))
    holder_care.sweep()
    gone = perform(holder_review.asked, ours.orderer, **after)
    assert (gone.waiting, gone.ended, gone.answered) == (0, 57, 1)


def test_order_says_for_how_many_holders_it_waits(ours: Desk) -> None:
    number = ask(ours, "a@x.example, b@x.example")
    send(token(ours, number))

    with pytest.raises(NotYet) as refused:
        perform(ordering.submit, ours.orderer, number=number, key=ours.key())

    assert [str(reason) for reason in refused.value.reasons] == [
        "Cards that still wait for their holder: 1.",
        "Answers of card holders that nobody has looked over: 1.",
    ]


def test_draft_tells_apart_who_has_to_act(ours: Desk) -> None:
    ready, wrong = staff(3)[1:]
    number = ours.draft([ready, with_bad_number(wrong)])
    ask(ours, "a@x.example, b@x.example, c@x.example", number=number)
    send(token(ours, number, 2))

    view = ours.view(number)
    assert (view.total, view.ready, view.to_mend, view.waiting, view.answered) == (5, 1, 1, 2, 1)
    assert [row.position for row in ours.view(number, show="problems").rows.rows] == [2]
    table = perform(
        import_results.rows_to_mend, ours.orderer, number=number, kind="csv", language="en"
    ).decode("utf-8-sig")
    assert len(table.strip().splitlines()) == 2, "a heading and the row that is the orderer's to mend"
    assert perform(ordering.submit_ready, ours.orderer, number=number, key=ours.key()).cards == 1


@pytest.mark.parametrize("act", ["withdraw", "copy_link", "remind", "approve", "send_back"])
def test_rows_are_nobody_elses(ours: Desk, act: str) -> None:
    number = ask(ours)
    item = ours.item(number)
    stranger = ours.world.person(Role.ORDERER, ours.world.account("Nordhamn"))
    function: Any = getattr(holder_asking, act, None) or getattr(holder_review, act)
    more = {"reason": "x"} if act == "send_back" else {}
    with pytest.raises(NotFound):
        perform(function, stranger, item_id=item, **more)
    with pytest.raises(NotAllowed):
        perform(function, ours.colleague, item_id=item, **more)


def test_addresses_are_shown_to_whoever_asked_alone(ours: Desk) -> None:
    number = ask(ours)
    seen = perform(holder_review.asked, ours.colleague, number=number)
    assert (seen.own, seen.rows.rows[0].contact, seen.rows.rows[0].has_address) == (False, "", True)


@pytest.mark.parametrize(
    ("people", "days", "language"),
    [("nobody", 14, "sv"), (MAJA, 0, "sv"), (MAJA, 61, "sv"), (MAJA, 14, "de")],
)
def test_what_cannot_be_asked_is_refused_whole(ours: Desk, people: str, days: int, language: str) -> None:
    said = over(lambda: ask(ours, f"{people}, good@x.example", days=days, language=language))
    assert "nobody" not in said.lower().replace("nobody was asked", "")
    assert links(ours.world) == []


def test_two_hundred_are_asked_at_once_and_not_one_more(ours: Desk) -> None:
    crowd = [f"p{place}@x.example" for place in range(201)]
    over(lambda: ask(ours, ",".join(crowd)))
    number = ask(ours, ",".join(crowd[:200]))
    assert (len(ours.items(number)), len(links(ours.world)), len(mails(ours.world))) == (200, 200, 200)


def test_asking_twice_with_one_key_asks_once(ours: Desk) -> None:
    for _ in range(2):
        perform(holder_asking.ask, ours.orderer, key="once", people=MAJA, layout_id=ours.layout.id)
    assert len(links(ours.world)) == 1


def test_one_reminder_goes_three_days_before_the_end_whatever_the_workers(ours: Desk, clock: Clock) -> None:
    ask(ours)
    assert holder_care.remind_all() == 0
    clock.forward(timedelta(days=11, minutes=1))

    with ThreadPoolExecutor(4) as workers:
        reminded = sum(workers.map(lambda _: holder_care.remind_all(), range(4)))

    assert reminded == 1
    clock.forward(timedelta(days=2))
    assert holder_care.remind_all() == 0
    assert len(mails(ours.world)) == 2


def test_reminder_carries_the_same_link(ours: Desk, letters: list[Letter], clock: Clock) -> None:
    number = ask(ours)
    with pytest.raises(Conflict):
        perform(holder_asking.remind, ours.orderer, item_id=ours.item(number))
    clock.forward(timedelta(days=1))
    perform(holder_asking.remind, ours.orderer, item_id=ours.item(number))
    with pytest.raises(Conflict):
        perform(holder_asking.remind, ours.orderer, item_id=ours.item(number))
    delivery.deliver()
    assert len({letter.text.rsplit("#", 1)[1] for letter in letters}) == 1 < len(letters)


def test_nobody_is_reminded_without_an_address(ours: Desk, clock: Clock) -> None:
    number = ask(ours, "")
    clock.forward(timedelta(days=12))
    assert holder_care.remind_all() == 0
    over(lambda: perform(holder_asking.remind, ours.orderer, item_id=ours.item(number)))


def test_links_end_and_the_addresses_go(ours: Desk, clock: Clock) -> None:
    number = ask(ours)
    clock.forward(timedelta(days=14))

    assert (holder_care.sweep(), holder_care.sweep()) == (1, 0)

    assert addresses(ours.world) == 0
    assert asked_rows(ours, number)[0].state == "ended"
    assert not any(problem.code == "holder_asked" for problem in ours.view(number).rows.rows[0].problems)


@pytest.mark.parametrize("act", ["withdraw", "remove", "discard", "mend", "order"])
def test_whatever_ends_the_asking_ends_link_mail_and_address(ours: Desk, act: str) -> None:
    number = ask(ours)
    secret, item = token(ours, number), ours.item(number)
    match act:
        case "withdraw":
            perform(holder_asking.withdraw, ours.orderer, item_id=item)
        case "remove":
            perform(draft_mending.remove_row, ours.orderer, item_id=item)
        case "discard":
            perform(drafts.discard_draft, ours.orderer, number=number)
        case _:
            perform(draft_mending.replace_photo, ours.orderer, item_id=item, photo=PHOTO)
            perform(draft_mending.mend_row, ours.orderer, item_id=item, values=values_of(staff(1)[0]))
            if act == "order":
                perform(ordering.submit, ours.orderer, number=number, key=ours.key())
            else:
                assert holder_care.sweep() == 1

    assert over(lambda: send(secret))
    assert addresses(ours.world) == 0
    assert [state_of(row) for row in mails(ours.world)] == [MailState.CLOSED]


def test_rows_left_for_another_draft_keep_their_links(ours: Desk) -> None:
    number = ours.draft(staff(2)[1:])
    ask(ours, number=number)
    secret = token(ours, number, 1)
    rest = perform(draft_mending.leave_out_bad_rows, ours.orderer, number=number)

    assert not send(secret)
    assert asked_rows(ours, rest)[0].state == "answered"


def test_mail_is_dropped_when_the_address_is_gone(ours: Desk, letters: list[Letter]) -> None:
    item = ours.item(ask(ours))
    with ours.world.database.transaction(SYSTEM) as session:
        vault_contacts.forget(session, [item])
    delivery.deliver()
    assert letters == []
    assert state_of(mails(ours.world)[0]) is MailState.CLOSED


def test_outbox_shows_neither_address_nor_link(ours: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(letter: Letter) -> None:
        said = f"550 <{letter.to}> unknown"
        raise Refused(said, final=True)

    monkeypatch.setattr(mail, "has_server", lambda: True)
    monkeypatch.setattr(mail, "send", refuse)
    ask(ours)
    delivery.deliver()
    admin = ours.world.person(Role.BUREAU_ADMIN, ours.world.bureau(), stepped_up=True)

    (row,) = perform(outbox_list.mails, admin).rows

    assert (row.recipient, row.readable) == ("A card holder", False)
    assert MAJA not in repr(row)
    with pytest.raises(NotFound):
        perform(outbox_list.read, admin, mail_id=UUID(row.id))
