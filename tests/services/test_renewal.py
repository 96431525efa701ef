"""A new authenticator, new recovery codes: what one had works until the new is confirmed, and not after."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Invalid, NotSignedIn, StepUpNeeded, TooMany
from nexus_portal.domain.permissions import Role
from nexus_portal.models.outbox import OutboxMail
from nexus_portal.models.people import User
from nexus_portal.models.sessions import BrowserSession, SessionLevel
from nexus_portal.services import renewal, second_factor, sign_in
from nexus_portal.services.renewal import Renewal, Stage
from nexus_portal.services.sessions import Visit, system
from nexus_portal.services.use_case import perform
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    BROWSER,
    RECOVERY,
    SECRET,
    Person,
    after,
    audited,
    code,
    enrolled,
    newcomer,
    quick_passwords,
    signed_in,
    visit,
    with_password,
)
from tests.world import Clock, World

pytestmark = pytest.mark.usefixtures("quick_passwords")


@pytest.fixture
def person(world: World) -> Person:
    return enrolled(world, Role.ORDERER, world.account())


def shown(here: Visit) -> Renewal:
    return perform(renewal.authenticator, here.actor)


def begun(here: Visit) -> str:
    """Ask for a new authenticator; its secret."""
    perform(renewal.begin_authenticator, here.actor)
    return shown(here).secret.replace(" ", "")


def confirm(here: Visit, typed: str) -> Visit:
    return after(renewal.confirm_authenticator(here, code=typed, browser=BROWSER))


def mails(world: World) -> list[str]:
    with world.database.transaction(SYSTEM, writes=False) as session:
        return [mail.subject for mail in session.exec(select(OutboxMail).order_by(col(OutboxMail.id)))]


def spends(person: Person, typed: str) -> bool:
    with system() as session:
        return second_factor.spend(session, person.user_id, typed) is not None


def test_by_a_recovery_code_to_a_new_authenticator_and_new_codes(
    world: World, person: Person, clock: Clock
) -> None:
    elsewhere = signed_in(person)
    clock.forward(timedelta(minutes=1))
    here = after(sign_in.with_second_factor(with_password(person), code=RECOVERY))
    secret = begun(here)

    now = confirm(here, code(secret))

    assert (now.level, now.expires_at) == (SessionLevel.FULL, here.expires_at)
    with world.database.transaction(SYSTEM, writes=False) as session:
        ended = [session.get_one(BrowserSession, v.id_hash).ended_at for v in (elsewhere, here)]
    assert None not in ended
    assert shown(now).stage is Stage.START
    codes = perform(renewal.recovery_codes, now.actor).codes
    assert len(set(codes)) == 10
    perform(renewal.confirm_codes, now.actor, typed=codes[4].lower())
    assert perform(renewal.recovery_codes, now.actor).codes_left == 10
    clock.forward(timedelta(minutes=1))
    assert not spends(person, code())
    assert spends(person, code(secret))
    assert spends(person, codes[0])
    assert mails(world)[:3] == [
        "A recovery code was used",
        "Your authenticator was replaced",
        "Your recovery codes were replaced",
    ]
    assert [len(audited(world, f"{what}:renewed")) for what in ("second_factor", "recovery_codes")] == [1, 1]


def test_the_old_one_works_until_then(person: Person, clock: Clock) -> None:
    begun(signed_in(person))
    clock.forward(timedelta(minutes=1))

    assert spends(person, code())


def test_asking_needs_a_fresh_second_factor(person: Person, clock: Clock) -> None:
    here = signed_in(person)
    clock.forward(timedelta(minutes=6))

    for act in (renewal.begin_authenticator, renewal.begin_codes):
        with pytest.raises(StepUpNeeded):
            perform(act, here.actor)
    assert not shown(here).fresh


def test_the_key_opens_in_the_session_that_asked_only(person: Person, clock: Clock) -> None:
    here = signed_in(person)
    clock.forward(timedelta(minutes=1))
    other = signed_in(person)
    secret = begun(here)

    assert (shown(other).secret, shown(other).stage) == ("", Stage.START)
    with pytest.raises(Invalid, match="too long ago"):
        confirm(other, code(secret))
    assert confirm(here, code(secret))


def test_the_key_is_shown_for_a_quarter_of_an_hour(person: Person, clock: Clock) -> None:
    here = signed_in(person)
    secret = begun(here)
    clock.forward(timedelta(minutes=15))
    assert shown(here).secret
    clock.forward(timedelta(seconds=1))

    assert shown(here).secret == ""
    with pytest.raises(Invalid, match="too long ago"):
        confirm(here, code(secret))


def test_asking_again_makes_the_first_key_worthless(person: Person) -> None:
    here = signed_in(person)
    first, second = begun(here), begun(here)

    assert first != second
    with pytest.raises(Invalid):
        confirm(here, code(first))


def test_wrong_codes_are_counted_and_the_old_authenticators_do_not_fit(person: Person) -> None:
    here = signed_in(person)
    secret = begun(here)
    for wrong in ("000000x", code(), "", RECOVERY, "1"):
        with pytest.raises(Invalid):
            confirm(here, wrong)

    with pytest.raises(TooMany):
        confirm(here, code(secret))


def test_the_key_does_not_lie_in_clear(world: World, person: Person) -> None:
    secret = begun(signed_in(person))

    with world.database.transaction(SYSTEM, writes=False) as session:
        user = session.get_one(User, person.user_id)
        assert secret.encode() not in (user.totp_pending or b"")


def test_half_a_session_confirms_nothing(person: Person) -> None:
    begun(signed_in(person))
    for half in (newcomer(), with_password(person)):
        with pytest.raises(NotSignedIn):
            confirm(half, code(SECRET))
        with pytest.raises(NotSignedIn):
            perform(renewal.recovery_codes, half.actor)
        with pytest.raises(NotSignedIn):
            perform(renewal.confirm_codes, half.actor, typed="x")


def test_earlier_codes_die_only_when_the_new_ones_are_confirmed(
    world: World, person: Person, clock: Clock
) -> None:
    elsewhere = signed_in(person)
    clock.forward(timedelta(minutes=1))
    here = signed_in(person)
    perform(renewal.begin_codes, here.actor)
    codes = perform(renewal.recovery_codes, here.actor).codes

    for wrong in ("", "3F7K", RECOVERY):
        with pytest.raises(Invalid):
            perform(renewal.confirm_codes, here.actor, typed=wrong)
    assert not spends(person, codes[0])
    perform(renewal.confirm_codes, here.actor, typed=codes[9])

    assert not spends(person, RECOVERY)
    assert spends(person, codes[9])
    with world.database.transaction(SYSTEM, writes=False) as session:
        assert session.get_one(BrowserSession, elsewhere.id_hash).ended_at is not None
    with pytest.raises(Invalid):
        perform(renewal.confirm_codes, here.actor, typed=codes[9])


def test_new_codes_are_shown_while_the_second_factor_is_fresh(person: Person, clock: Clock) -> None:
    here = signed_in(person)
    perform(renewal.begin_codes, here.actor)
    codes = perform(renewal.recovery_codes, here.actor).codes
    clock.forward(timedelta(minutes=6))

    assert perform(renewal.recovery_codes, here.actor).codes == ()
    perform(renewal.confirm_codes, here.actor, typed=codes[0])
    assert perform(renewal.recovery_codes, here.actor).codes_left == 10


def test_nobody_confirms_the_codes_of_somebody_else(world: World, person: Person) -> None:
    here, other = signed_in(person), signed_in(enrolled(world, Role.ORDERER, world.account()))
    perform(renewal.begin_codes, here.actor)
    codes = perform(renewal.recovery_codes, here.actor).codes

    assert perform(renewal.recovery_codes, other.actor).codes == ()
    with pytest.raises(Invalid):
        perform(renewal.confirm_codes, other.actor, typed=codes[0])


def test_what_was_begun_and_left_does_not_stand_in_the_way_of_signing_in(
    person: Person, clock: Clock
) -> None:
    here = signed_in(person)
    begun(here)
    perform(renewal.begin_codes, here.actor)
    clock.forward(timedelta(minutes=1))

    assert signed_in(person).level is SessionLevel.FULL
    assert spends(person, RECOVERY)
    clock.forward(timedelta(minutes=1))
    # Without a single code left, the next sign-in goes on where the new ones were left.
    assert signed_in(person).level is SessionLevel.ENROLLING
