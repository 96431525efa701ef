"""The outbox page: the bureau admin sees what became of mails, and reads those that no server took."""

from uuid import UUID, uuid4

import pytest

from nexus_portal.adapters import mail
from nexus_portal.adapters.mail import Refused
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Conflict, NotAllowed, NotFound, StepUpNeeded
from nexus_portal.domain.permissions import Role
from nexus_portal.domain.text import Message
from nexus_portal.services import delivery, outbox, outbox_list, password_resets
from nexus_portal.services.steps import Browser
from nexus_portal.services.use_case import perform
from tests.identity import audited
from tests.world import World


@pytest.fixture
def admin(world: World) -> Actor:
    return world.person(Role.BUREAU_ADMIN, world.bureau(), stepped_up=True)


def post(world: World, account_id: UUID | None = None) -> UUID:
    with world.database.transaction(SYSTEM) as session:
        return outbox.post(
            session,
            to="maja@x.example",
            language="en",
            subject=Message("A"),
            body=Message("Secret"),
            account_id=account_id,
        )


def test_mails_of_all_accounts_are_listed_newest_first_without_their_words(
    world: World, admin: Actor
) -> None:
    posted = [post(world), post(world, world.account().id)]
    password_resets.ask(email="nobody@x.example", browser=Browser())

    rows = perform(outbox_list.mails, admin).rows

    assert [row.id for row in rows] == [str(each) for each in reversed(posted)]
    assert {(row.recipient, row.state, row.readable, row.again) for row in rows} == {
        ("maja@x.example", "waiting", True, False)
    }
    assert "Secret" not in str(rows)


def test_pages_hold_fifty(world: World, admin: Actor) -> None:
    posted = [str(post(world)) for _ in range(52)]

    first = perform(outbox_list.mails, admin)
    second = perform(outbox_list.mails, admin, cursor=first.following)

    assert [row.id for row in (*first.rows, *second.rows)] == posted[::-1]
    assert (first.previous, second.following) == ("", "")
    assert perform(outbox_list.mails, admin, cursor=second.previous).rows == first.rows


def test_reading_is_kept_in_the_audit_log(world: World, admin: Actor) -> None:
    posted = post(world)
    delivery.deliver()

    read = perform(outbox_list.read, admin, mail_id=posted)

    assert (read.recipient, read.subject, read.text) == ("maja@x.example", "A", "Secret")
    (entry,) = audited(world, "mail:read")
    assert (entry.subject, entry.actor_id) == (str(posted), admin.user_id)
    assert perform(outbox_list.mails, admin).rows[0].state == "written"


def test_reading_asks_for_a_second_factor(world: World) -> None:
    tired = world.person(Role.BUREAU_ADMIN, world.bureau())
    with pytest.raises(StepUpNeeded):
        perform(outbox_list.read, tired, mail_id=post(world))


def test_what_a_server_took_cannot_be_read(
    world: World, admin: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    posted = post(world)
    monkeypatch.setattr(mail, "has_server", lambda: True)
    monkeypatch.setattr(mail, "send", lambda _letter: None)
    delivery.deliver()

    (row,) = perform(outbox_list.mails, admin).rows
    assert (row.state, row.readable, row.again) == ("sent", False, False)
    with pytest.raises(NotFound):
        perform(outbox_list.read, admin, mail_id=posted)
    with pytest.raises(Conflict):
        perform(outbox_list.try_again, admin, mail_id=posted)


def test_mail_that_was_given_up_is_tried_again_by_hand(
    world: World, admin: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = Refused("550 no such person", final=True)

    def refuse(_letter: mail.Letter) -> None:
        raise refusal

    monkeypatch.setattr(mail, "has_server", lambda: True)
    monkeypatch.setattr(mail, "send", refuse)
    posted = post(world)
    delivery.deliver()
    (row,) = perform(outbox_list.mails, admin).rows
    assert (row.state, row.refusal, row.attempts, row.again) == ("given_up", "550 no such person", 1, True)

    perform(outbox_list.try_again, admin, mail_id=posted)
    monkeypatch.setattr(mail, "send", lambda _letter: None)

    assert delivery.deliver() == 1
    assert perform(outbox_list.mails, admin).rows[0].state == "sent"
    assert [entry.subject for entry in audited(world, "mail:tried_again")] == [str(posted)]


def test_mail_on_its_way_is_not_tried_twice(world: World, admin: Actor) -> None:
    with pytest.raises(Conflict):
        perform(outbox_list.try_again, admin, mail_id=post(world))
    with pytest.raises(NotFound):
        perform(outbox_list.try_again, admin, mail_id=uuid4())


@pytest.mark.parametrize("role", [Role.ACCOUNT_ADMIN, Role.AUDITOR])
def test_customers_see_no_outbox(world: World, role: Role) -> None:
    home = world.account()
    posted, somebody = post(world, home.id), world.person(role, home, stepped_up=True)

    with pytest.raises(NotAllowed):
        perform(outbox_list.mails, somebody)
    for use in (outbox_list.read, outbox_list.try_again):
        with pytest.raises(NotAllowed):
            perform(use, somebody, mail_id=posted)


def test_requests_are_no_mails(world: World, admin: Actor) -> None:
    password_resets.ask(email="nobody@x.example", browser=Browser())
    with world.database.transaction(SYSTEM, writes=False) as session:
        (request,) = session.exec(outbox_list.tenancy.rows_of(SYSTEM, outbox.OutboxMail)).all()
    with pytest.raises(NotFound):
        perform(outbox_list.read, admin, mail_id=request.id)
