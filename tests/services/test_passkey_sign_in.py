"""Signing in and stepping up with a passkey: what counts, once; what does not, and says no more than no."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import delete, update
from sqlmodel import col

from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Invalid, NotSignedIn, PortalError, TooMany
from nexus_portal.domain.permissions import Permission, Role
from nexus_portal.models.people import Membership, Passkey, RecoveryCode, User
from nexus_portal.models.sessions import SessionLevel
from nexus_portal.services import passkey_sign_in, passkeys, second_factor, sessions, sign_in
from nexus_portal.services.passkey_challenges import LIFETIME
from nexus_portal.services.sessions import Visit
from nexus_portal.services.steps import Browser, Step
from nexus_portal.services.use_case import perform
from tests.authenticator import Authenticator, answered, enrolled_key, id_of
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    BROWSER,
    Person,
    after,
    audited,
    enrolled,
    newcomer,
    quick_passwords,
    signed_in,
    with_password,
)
from tests.world import Clock, World

pytestmark = pytest.mark.usefixtures("quick_passwords")


@pytest.fixture
def person(world: World) -> Person:
    return enrolled(world, Role.ORDERER, world.account())


@pytest.fixture
def here(person: Person) -> Visit:
    """Where the person is signed in already."""
    return signed_in(person)


@pytest.fixture
def key(here: Visit) -> Authenticator:
    return enrolled_key(here)


def enter(visit: Visit, answer: str) -> Step:
    return passkey_sign_in.enter(visit, answer=answer, browser=BROWSER)


def refused(visit: Visit, answer: str) -> str:
    with pytest.raises(Invalid) as error:
        enter(visit, answer)
    return str(error.value)


def test_as_second_factor(person: Person, key: Authenticator, world: World) -> None:
    half = with_password(person)

    step = enter(half, answered(key, half))

    assert after(step).level is SessionLevel.FULL
    assert after(step).actor.may(Permission.ORDERS_CREATE)
    assert step.notice is None
    assert sessions.resolve(step.sid) is not None
    assert [entry.facts["factor"] for entry in audited(world, "session:signed_in")][-1] == "passkey"


def test_alone(person: Person, key: Authenticator) -> None:
    browser = newcomer()

    step = enter(browser, answered(key, browser))

    now = after(step)
    assert (now.level, now.user_id) == (SessionLevel.FULL, person.user_id)
    assert now.id_hash != browser.id_hash
    assert step.known
    with pytest.raises(NotSignedIn):
        passkey_sign_in.options(browser)


def test_alone_asks_for_any_passkey_and_for_verification(key: Authenticator, person: Person) -> None:
    alone = json.loads(passkey_sign_in.options(newcomer()))
    second = json.loads(passkey_sign_in.options(with_password(person)))

    assert (alone["userVerification"], alone["allowCredentials"]) == ("required", [])
    assert second["userVerification"] == "preferred"
    assert [allowed["type"] for allowed in second["allowCredentials"]] == ["public-key"]
    assert alone["rpId"] == second["rpId"] == "localhost"


def test_stepping_up_renews_the_id(here: Visit, key: Authenticator, clock: Clock, world: World) -> None:
    clock.forward(timedelta(minutes=10))

    sid = passkey_sign_in.step_up(here, answer=answered(key, here))

    renewed = sessions.resolve(sid)
    assert renewed is not None
    assert renewed.actor.stepped_up(clock.now())
    assert renewed.expires_at == here.expires_at
    assert [entry.facts for entry in audited(world, "session:stepped_up")] == [{"factor": "passkey"}]
    with pytest.raises(NotSignedIn):
        passkey_sign_in.options(here)


def test_replayed_answer_is_refused(person: Person, key: Authenticator) -> None:
    half, other = with_password(person), with_password(person)
    answer = answered(key, half)
    enter(half, answer)

    passkey_sign_in.options(other)
    refused(other, answer)


def test_twenty_at_once_sign_in_once(person: Person, key: Authenticator) -> None:
    browser = newcomer()
    answer = answered(key, browser)

    def attempt(n: int) -> bool:
        try:
            passkey_sign_in.enter(browser, answer=answer, browser=Browser(f"198.51.100.{n}", ""))
        except PortalError:
            return False
        return True

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(attempt, range(20))) == 1


@pytest.mark.parametrize("open_session", [newcomer, with_password], ids=["alone", "second"])
def test_challenge_of_another_session_is_refused(
    person: Person, key: Authenticator, open_session: Callable[..., Visit]
) -> None:
    def opened() -> Visit:
        return newcomer() if open_session is newcomer else with_password(person)

    one, other = opened(), opened()
    passkey_sign_in.options(other)

    refused(other, answered(key, one))


def test_challenge_for_something_else_is_refused(here: Visit, key: Authenticator) -> None:
    answer = key.sign(perform(passkeys.options, here.actor))

    with pytest.raises(Invalid):
        passkey_sign_in.step_up(here, answer=answer)


def test_challenge_lasts_five_minutes(key: Authenticator, clock: Clock) -> None:
    browser = newcomer()
    answer = answered(key, browser)
    clock.forward(LIFETIME)

    refused(browser, answer)


def test_second_question_voids_the_first(key: Authenticator) -> None:
    browser = newcomer()
    answer = answered(key, browser)
    passkey_sign_in.options(browser)

    refused(browser, answer)


@pytest.mark.parametrize(
    "lie",
    [
        {"origin": "https://localhost:8000"},
        {"origin": "http://localhost:8000.example.test"},
        {"rp_id": "example.test"},
        {"verifies": False},
        {"handle": b"somebody else"},
        {"handle": b""},
        {"credential_id": b"unknown"},
        {"key": Authenticator().key},
    ],
    ids="-".join,
)
def test_alone_nothing_else_counts_and_all_answers_are_the_same(
    key: Authenticator, lie: dict[str, object]
) -> None:
    browser = newcomer()
    for trait, value in lie.items():
        setattr(key, trait, value)

    assert refused(browser, answered(key, browser)) == str(passkey_sign_in.passkey_proofs.unfit())


def test_second_factor_needs_no_verification_of_its_own(person: Person, key: Authenticator) -> None:
    half = with_password(person)
    key.verifies, key.handle = False, b""

    assert after(enter(half, answered(key, half))).level is SessionLevel.FULL


def test_passkey_of_somebody_else_is_no_second_factor(world: World, key: Authenticator) -> None:
    other = enrolled(world, Role.ORDERER, world.account())
    enrolled_key(signed_in(other))
    half = with_password(other)

    refused(half, answered(key, half))


def test_count_that_goes_back_is_refused_and_audited(
    person: Person, here: Visit, key: Authenticator, world: World
) -> None:
    first, second = newcomer(), newcomer()
    key.count = 41
    enter(first, answered(key, first))

    key.count = 20
    refused(second, answered(key, second))

    assert [entry.subject for entry in audited(world, "passkey:count_went_back")] == [str(id_of(here))]


def test_forged_answer_does_not_look_like_a_copy(key: Authenticator, world: World) -> None:
    browser, forger = newcomer(), newcomer()
    enter(browser, answered(key, browser))
    key.count, key.key = 0, Authenticator().key

    refused(forger, answered(key, forger))

    assert audited(world, "passkey:count_went_back") == []
    assert len(audited(world, "passkey:refused")) == 1


def test_authenticator_that_does_not_count_works_again_and_again(here: Visit) -> None:
    key = enrolled_key(here, counts=False)

    for _ in range(3):
        browser = newcomer()
        assert after(enter(browser, answered(key, browser))).level is SessionLevel.FULL


def test_use_is_remembered(here: Visit, key: Authenticator, clock: Clock) -> None:
    clock.forward(timedelta(minutes=7))
    browser = newcomer()
    enter(browser, answered(key, browser))

    (row,) = perform(passkeys.own, here.actor)
    assert row.last_used_at == clock.now().isoformat()


def test_removed_passkey_opens_nothing(person: Person, here: Visit, key: Authenticator) -> None:
    enrolled_key(here, "Another")
    half, alone = with_password(person), newcomer()
    answers = answered(key, half), answered(key, alone)
    perform(passkeys.remove, here.actor, passkey_id=id_of(here))

    refused(half, answers[0])
    refused(alone, answers[1])


def test_passkey_of_a_deactivated_person_opens_nothing(
    person: Person, key: Authenticator, world: World
) -> None:
    half, alone = with_password(person), newcomer()
    with world.database.transaction(SYSTEM) as session:
        session.exec(update(Membership).values(active=False))

    assert refused(alone, answered(key, alone)) == str(passkey_sign_in.passkey_proofs.unfit())
    with pytest.raises(NotSignedIn):
        enter(half, answered(key, half))


def test_person_whose_second_factor_was_taken_away_does_not_get_in_alone(
    key: Authenticator, world: World
) -> None:
    browser = newcomer()
    with world.database.transaction(SYSTEM) as session:
        session.exec(update(User).values(totp_secret=None))

    refused(browser, answered(key, browser))


def test_recovery_codes_that_were_never_confirmed_come_first(
    person: Person, key: Authenticator, world: World
) -> None:
    with world.database.transaction(SYSTEM) as session:
        session.exec(update(User).where(col(User.id) == person.user_id).values(recovery_pending=b"sealed"))
        session.exec(delete(RecoveryCode).where(col(RecoveryCode.user_id) == person.user_id))
    browser = newcomer()

    assert enter(browser, answered(key, browser)).level is SessionLevel.ENROLLING


@pytest.mark.parametrize(
    "answer", ["", "{}", "[]", "7", "\x00", '{"id": "\\u0000", "rawId": "AA"}', "x" * 30_000]
)
def test_what_no_browser_sends_is_refused(key: Authenticator, answer: str) -> None:
    browser = newcomer()
    passkey_sign_in.options(browser)

    refused(browser, answer)


def test_challenge_is_spent_by_a_wrong_answer_too(key: Authenticator) -> None:
    browser = newcomer()
    asked = passkey_sign_in.options(browser)
    forger = Authenticator(handle=key.handle, credential_id=key.credential_id)

    refused(browser, forger.sign(asked))
    refused(browser, key.sign(asked))


def test_attempts_are_counted_by_address_and_only_those_that_fail(key: Authenticator) -> None:
    for _ in range(12):
        browser = newcomer()
        enter(browser, answered(key, browser))
    browser = newcomer()
    for _ in range(10):
        refused(browser, "{}")

    with pytest.raises(TooMany):
        enter(browser, answered(key, browser))
    elsewhere = passkey_sign_in.enter(
        browser, answer=answered(key, browser), browser=Browser("203.0.113.9", "")
    )
    assert elsewhere.level is SessionLevel.FULL


def test_guessed_codes_do_not_keep_out_a_passkey(person: Person, key: Authenticator) -> None:
    half = with_password(person)
    for _ in range(5):
        with pytest.raises(Invalid):
            sign_in.with_second_factor(half, code="000000x")
    with pytest.raises(TooMany):
        second_factor.verify(person.user_id, "000000x")

    assert after(enter(half, answered(key, half))).level is SessionLevel.FULL


def test_session_that_has_ended_gets_no_challenge_and_takes_no_answer(key: Authenticator) -> None:
    browser = newcomer()
    answer = answered(key, browser)
    sign_in.sign_out(browser)

    refused(browser, answer)
    with pytest.raises(NotSignedIn):
        passkey_sign_in.options(browser)


def test_somebody_without_passkeys_is_told_so(world: World) -> None:
    half = with_password(enrolled(world, Role.ORDERER, world.account()))

    assert not passkey_sign_in.offered(half)
    with pytest.raises(Invalid):
        passkey_sign_in.options(half)


def test_passkeys_are_offered_to_those_who_have_one_and_are_known(
    person: Person, here: Visit, key: Authenticator
) -> None:
    assert passkey_sign_in.offered(here)
    assert passkey_sign_in.offered(with_password(person))
    assert not passkey_sign_in.offered(newcomer())


def test_full_session_does_not_sign_in_again(here: Visit, key: Authenticator) -> None:
    with pytest.raises(NotSignedIn):
        enter(here, answered(key, here))


def test_half_session_does_not_step_up(person: Person, key: Authenticator) -> None:
    half = with_password(person)

    with pytest.raises(NotSignedIn):
        passkey_sign_in.step_up(half, answer=answered(key, half))


def test_count_is_kept(key: Authenticator, world: World, here: Visit) -> None:
    browser = newcomer()
    enter(browser, answered(key, browser))

    with world.database.transaction(SYSTEM, writes=False) as session:
        assert session.get_one(Passkey, id_of(here)).sign_count == key.count
