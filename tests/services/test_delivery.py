"""The outbox: each mail leaves once, is tried again while there is hope, and is then forgotten."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from threading import Lock
from uuid import UUID

import pytest

from nexus_portal.adapters import mail
from nexus_portal.adapters.mail import Letter, Refused
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import NotFound
from nexus_portal.domain.permissions import Role
from nexus_portal.domain.text import Message
from nexus_portal.models.outbox import OutboxMail
from nexus_portal.models.people import User
from nexus_portal.services import delivery, invitations, outbox, team
from nexus_portal.services.outbox import MailState
from nexus_portal.services.use_case import perform
from tests.identity import audited, enrolled
from tests.world import Clock, World


class Server:
    """A mail server that takes mails, or says no."""

    def __init__(self) -> None:
        self.taken: list[Letter] = []
        self.refusal: Refused | None = None
        self._lock = Lock()

    def send(self, letter: Letter) -> None:
        """Stands for `mail.send`."""
        with self._lock:
            if self.refusal is not None:
                raise self.refusal
            self.taken.append(letter)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    standing = Server()
    monkeypatch.setattr(mail, "send", standing.send)
    monkeypatch.setattr(mail, "has_server", lambda: True)
    return standing


def post(world: World, to: str = "maja@x.example", **more: UUID) -> UUID:
    with world.database.transaction(SYSTEM) as session:
        return outbox.post(session, to=to, language="sv", subject=Message("A\nB"), body=Message("C"), **more)


def row(world: World, mail_id: UUID) -> OutboxMail:
    with world.database.transaction(SYSTEM, writes=False) as session:
        return session.get_one(OutboxMail, mail_id)


def state(world: World, mail_id: UUID) -> MailState:
    return outbox.state_of(row(world, mail_id))


def test_sent_mail_is_forgotten(world: World, server: Server) -> None:
    posted = post(world)
    assert state(world, posted) is MailState.WAITING

    assert delivery.deliver() == 1
    assert delivery.deliver() == 0

    (letter,) = server.taken
    assert (letter.to, letter.subject, letter.text, letter.language) == ("maja@x.example", "A B", "C", "sv")
    assert (state(world, posted), row(world, posted).body) == (MailState.SENT, b"")
    assert [entry.subject for entry in audited(world, "mail:sent")] == [str(posted)]


def test_several_workers_send_each_mail_once(world: World, server: Server) -> None:
    for number in range(5):
        post(world, f"p{number}@x.example")

    with ThreadPoolExecutor(4) as workers:
        left = sum(workers.map(lambda _: delivery.deliver(), range(4)))

    assert left == 5
    assert len({letter.to for letter in server.taken}) == len(server.taken) == 5


def test_refused_mail_is_tried_again_with_growing_pauses_and_given_up_after_a_day(
    world: World, server: Server, clock: Clock
) -> None:
    posted, begun, tried = post(world), clock.now(), list[timedelta]()
    server.refusal = Refused("450 later")
    for _ in range(40):
        delivery.deliver()
        assert delivery.deliver() == 0
        tried.append(clock.now() - begun)
        again = row(world, posted).next_at
        if again is None:
            break
        assert state(world, posted) is MailState.REFUSED
        clock.set(again)

    pauses = [after - before for before, after in pairwise(tried)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (timedelta(minutes=1), timedelta(hours=4))
    assert timedelta(hours=24) <= tried[-1] < timedelta(hours=28)
    assert (state(world, posted), row(world, posted).refusal) == (MailState.GIVEN_UP, "450 later")
    assert len(audited(world, "mail:given_up")) == 1


def test_the_last_word_of_a_server_is_not_tried_again(world: World, server: Server) -> None:
    posted = post(world)
    server.refusal = Refused("550 no such person", final=True)

    delivery.deliver()

    assert state(world, posted) is MailState.GIVEN_UP


def test_server_that_is_down_is_asked_once_a_round(world: World, server: Server) -> None:
    first, second = post(world), post(world)
    server.refusal = Refused("down", down=True)

    delivery.deliver()

    assert [state(world, each) for each in (first, second)] == [MailState.REFUSED, MailState.WAITING]
    assert row(world, second).attempts == 0


def test_worker_that_dies_leaves_the_mail_to_the_next(world: World, server: Server, clock: Clock) -> None:
    posted = post(world)
    assert delivery._claim(posted, 0) is not None
    assert delivery._claim(posted, 0) is None

    assert delivery.deliver() == 0
    clock.forward(delivery.LEASE)
    assert delivery.deliver() == 1


def test_mail_of_another_master_key_does_not_stop_the_others(world: World, server: Server) -> None:
    spoilt, sound = post(world), post(world)
    with world.database.transaction(SYSTEM) as session:
        session.get_one(OutboxMail, spoilt).body = b"\x01spoilt spoilt spoilt"

    assert delivery.deliver() == 1

    assert (state(world, spoilt), state(world, sound)) == (MailState.GIVEN_UP, MailState.SENT)


def test_without_a_server_mails_are_written_and_stay_readable(world: World, installation: Path) -> None:
    posted = post(world)

    assert delivery.deliver() == 1
    assert delivery.deliver() == 0

    assert state(world, posted) is MailState.WRITTEN
    assert row(world, posted).sent_at is None
    assert len(list((installation / "mail").glob("*.eml"))) == 1


def test_words_are_forgotten_after_a_week_and_rows_after_ninety_days(world: World, clock: Clock) -> None:
    posted = post(world)
    delivery.deliver()
    for days, body in ((6, False), (2, True)):
        clock.forward(timedelta(days=days))
        delivery.sweep()
        assert (row(world, posted).body == b"") is body
    clock.forward(timedelta(days=90))
    delivery.sweep()
    with world.database.transaction(SYSTEM, writes=False) as session:
        assert session.get(OutboxMail, posted) is None


def test_nothing_leaves_before_the_commit(world: World) -> None:
    rung: list[int] = []
    deaf = outbox.listen(lambda: rung.append(1))
    try:
        with world.database.transaction(SYSTEM) as session:
            outbox.post(session, to="a@x.se", language="en", subject=Message("A"), body=Message("C"))
            assert rung == []
        assert rung == [1]
    finally:
        deaf()


def invited_by(world: World) -> tuple[Actor, invitations.Invited]:
    admin = world.person(Role.ACCOUNT_ADMIN, world.account(), stepped_up=True)
    made = perform(invitations.invite, admin, email="maja@x.example", name="Maja", role=Role.ORDERER)
    return admin, made


def test_a_file_does_not_end_the_hand_over(world: World) -> None:
    admin, made = invited_by(world)
    delivery.deliver()

    assert [shown.has_link for shown in perform(team.team, admin).invitations] == [True]
    assert perform(invitations.hand_over, admin, invitation_id=made.invitation_id) == made
    assert state(world, made.invitation_id) is MailState.CLOSED


def test_link_is_handed_over_only_when_the_mail_server_did_not_take_it(world: World, server: Server) -> None:
    admin, made = invited_by(world)
    assert [shown.has_link for shown in perform(team.team, admin).invitations] == [False]
    with pytest.raises(NotFound):
        perform(invitations.hand_over, admin, invitation_id=made.invitation_id)

    server.refusal = Refused("550 no such person", final=True)
    delivery.deliver()

    assert [shown.has_link for shown in perform(team.team, admin).invitations] == [True]
    assert perform(invitations.hand_over, admin, invitation_id=made.invitation_id) == made


def test_invitation_names_nobody_and_speaks_the_readers_language(world: World, server: Server) -> None:
    swede, home = enrolled(world, Role.ORDERER, world.account("Nordhamn Energi")), world.account()
    with world.database.transaction(SYSTEM) as session:
        user = session.get_one(User, swede.user_id)
        user.language = "sv"
        session.add(user)
    admin = world.person(Role.ACCOUNT_ADMIN, home, name="Kim Hemlig", stepped_up=True)
    perform(invitations.invite, admin, email=swede.email, name="Maja Hemlig", role=Role.ORDERER)

    delivery.deliver()

    (letter,) = server.taken
    assert letter.text.startswith("Du är inbjuden till Björkskolan")
    assert letter.language == "sv"
    assert "Hemlig" not in letter.text + letter.subject
