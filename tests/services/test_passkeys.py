"""One's own passkeys: added with a second factor, named, removed; nobody else's."""

import json
from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import col, select

from nexus_portal.domain.actor import ANONYMOUS, SYSTEM
from nexus_portal.domain.errors import Conflict, Invalid, NotFound, NotSignedIn, StepUpNeeded
from nexus_portal.domain.permissions import Role
from nexus_portal.models.base import new_id
from nexus_portal.models.outbox import OutboxMail
from nexus_portal.models.people import Passkey, User
from nexus_portal.models.sessions import BrowserSession
from nexus_portal.services import passkeys
from nexus_portal.services.passkey_challenges import LIFETIME
from nexus_portal.services.sessions import Visit
from nexus_portal.services.use_case import perform
from tests.authenticator import Authenticator, enrolled_key, id_of
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    Person,
    audited,
    enrolled,
    quick_passwords,
    signed_in,
)
from tests.world import NOON, Clock, World

pytestmark = pytest.mark.usefixtures("quick_passwords")


@pytest.fixture
def own(world: World) -> Visit:
    """Somebody who has just signed in."""
    return signed_in(enrolled(world, Role.ORDERER, world.account()))


def options(visit: Visit) -> str:
    return perform(passkeys.options, visit.actor)


def add(visit: Visit, answer: str, name: str = "Phone") -> None:
    perform(passkeys.add, visit.actor, name=name, answer=answer)


def mails(world: World) -> list[str]:
    with world.database.transaction(SYSTEM, writes=False) as session:
        return [mail.subject for mail in session.exec(select(OutboxMail).order_by(col(OutboxMail.id)))]


def test_added_passkey_is_listed_audited_and_told_by_mail(own: Visit, world: World) -> None:
    enrolled_key(own, "  My   phone ")

    (row,) = perform(passkeys.own, own.actor)
    assert (row.name, row.created_at, row.last_used_at) == ("My phone", NOON.isoformat(), "")
    (entry,) = audited(world, "passkey:added")
    assert (entry.actor_id, entry.subject) == (own.user_id, row.id)
    assert mails(world) == ["A passkey was added"]


def test_browser_is_told_whom_it_is_for_and_which_keys_there_are(own: Visit) -> None:
    first = enrolled_key(own)

    asked = json.loads(options(own))

    assert asked["rp"] == {"name": "Nexus Portal", "id": "localhost"}
    assert own.user_id is not None
    assert asked["authenticatorSelection"]["userVerification"] == "preferred"
    assert asked["authenticatorSelection"]["residentKey"] == "preferred"
    assert asked["attestation"] == "none"
    (excluded,) = asked["excludeCredentials"]
    assert excluded["id"] == json.loads(first.create(options(own)))["id"]
    assert excluded["transports"] == ["internal"]


def test_adding_and_removing_ask_for_a_second_factor_that_is_fresh(own: Visit, clock: Clock) -> None:
    key = enrolled_key(own)
    answer = Authenticator(handle=key.handle).create(options(own))
    clock.forward(timedelta(minutes=5, seconds=1))

    for act in (
        lambda: options(own),
        lambda: add(own, answer),
        lambda: perform(passkeys.remove, own.actor, passkey_id=id_of(own)),
    ):
        with pytest.raises(StepUpNeeded):
            act()


def test_nobody_without_a_session_has_passkeys(world: World) -> None:
    for use in (passkeys.own, passkeys.options):
        with pytest.raises(NotSignedIn):
            perform(use, ANONYMOUS)


def test_answer_is_good_once(own: Visit) -> None:
    answer = Authenticator().create(options(own))
    add(own, answer)

    with pytest.raises(Invalid):
        add(own, answer)


def test_challenge_lasts_five_minutes(own: Visit, world: World, clock: Clock) -> None:
    answer = Authenticator().create(options(own))
    with world.database.transaction(SYSTEM) as session:
        row = session.get_one(BrowserSession, own.id_hash)
        row.challenge_at = clock.now() - LIFETIME
        session.add(row)

    with pytest.raises(Invalid):
        add(own, answer)


def test_challenge_of_another_session_does_not_count(own: Visit, world: World) -> None:
    elsewhere = signed_in(enrolled(world, Role.ORDERER, world.account()))
    answer = Authenticator().create(options(elsewhere))
    options(own)

    with pytest.raises(Invalid):
        add(own, answer)


@pytest.mark.parametrize(
    "wrong",
    [
        Authenticator(origin="https://portal.example.test"),
        Authenticator(origin="http://localhost:8001"),
        Authenticator(rp_id="example.test"),
    ],
)
def test_passkey_made_for_another_place_is_refused(own: Visit, wrong: Authenticator) -> None:
    with pytest.raises(Invalid):
        add(own, wrong.create(options(own)))
    assert perform(passkeys.own, own.actor) == ()


@pytest.mark.parametrize("answer", ["", "{}", "[]", "null", '{"id": "AA"}', "\x00", "9" * 30_000])
def test_what_no_browser_sends_is_refused(own: Visit, answer: str) -> None:
    options(own)

    with pytest.raises(Invalid):
        add(own, answer)


def test_passkey_that_somebody_has_already_is_not_taken_over(own: Visit, world: World) -> None:
    key = enrolled_key(signed_in(enrolled(world, Role.ORDERER, world.account())))

    with pytest.raises(Conflict):
        add(own, key.create(options(own)))


def test_an_eleventh_does_not_fit(own: Visit, clock: Clock, world: World) -> None:
    for number in range(passkeys.MOST - 1):
        enrolled_key(own, f"Key {number}")
    answer = Authenticator().create(options(own))
    enrolled_key(elsewhere(own, world, clock), "Key 10")

    for attempt in (lambda: options(own), lambda: add(own, answer)):
        with pytest.raises(Invalid, match="Remove one first"):
            attempt()
    assert len(perform(passkeys.own, own.actor)) == passkeys.MOST


def elsewhere(own: Visit, world: World, clock: Clock) -> Visit:
    """Another session of the same person."""
    assert own.user_id is not None
    clock.forward(timedelta(seconds=30))
    with world.database.transaction(SYSTEM, writes=False) as session:
        email = session.get_one(User, own.user_id).email
    return signed_in(Person(own.user_id, email, own.actor))


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\x00b"])
def test_name_is_asked_for_and_kept_short(own: Visit, name: str) -> None:
    enrolled_key(own)

    with pytest.raises(Invalid):
        add(own, Authenticator().create(options(own)), name)
    with pytest.raises(Invalid):
        perform(passkeys.rename, own.actor, passkey_id=id_of(own), name=name)


def test_renamed(own: Visit, world: World) -> None:
    enrolled_key(own)

    perform(passkeys.rename, own.actor, passkey_id=id_of(own), name="Blue key")

    assert [row.name for row in perform(passkeys.own, own.actor)] == ["Blue key"]
    assert len(audited(world, "passkey:renamed")) == 1


def test_removed_passkey_is_gone_audited_and_told_by_mail(own: Visit, world: World) -> None:
    enrolled_key(own)
    gone = id_of(own)

    perform(passkeys.remove, own.actor, passkey_id=gone)

    assert perform(passkeys.own, own.actor) == ()
    assert [entry.subject for entry in audited(world, "passkey:removed")] == [str(gone)]
    assert mails(world) == ["A passkey was added", "A passkey was removed"]


@pytest.mark.parametrize("same_account", [True, False])
def test_passkeys_of_others_are_not_there(world: World, *, same_account: bool) -> None:
    home = world.account()
    one = signed_in(enrolled(world, Role.ACCOUNT_ADMIN, home))
    other = signed_in(enrolled(world, Role.ORDERER, home if same_account else world.account()))
    enrolled_key(other)

    assert perform(passkeys.own, one.actor) == ()
    for missing in (id_of(other), new_id()):
        with pytest.raises(NotFound):
            perform(passkeys.rename, one.actor, passkey_id=missing, name="Mine")
        with pytest.raises(NotFound):
            perform(passkeys.remove, one.actor, passkey_id=missing)


def test_nothing_secret_lies_in_the_database(own: Visit, world: World) -> None:
    key = enrolled_key(own)

    with world.database.transaction(SYSTEM, writes=False) as session:
        row = session.get_one(Passkey, UUID(perform(passkeys.own, own.actor)[0].id))
    secret = key.key.private_numbers().private_value.to_bytes(32, "big")
    assert secret not in row.public_key
