"""The pages before signing in: the step that the session has come to, and where others are led."""

import pytest
from reflex.event import EventSpec

from nexus_portal.domain.actor import ANONYMOUS
from nexus_portal.domain.permissions import Role
from nexus_portal.models.sessions import SessionLevel
from nexus_portal.services import enrolment, enrolment_stage, invitations
from nexus_portal.services.sessions import Visit
from nexus_portal.services.use_case import perform
from nexus_portal.state.activate import ActivateState
from nexus_portal.state.bridge import calling
from nexus_portal.state.sign_in import SignInState
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    BROWSER,
    PASSWORD,
    after,
    code,
    enrolled,
    newcomer,
    quick_passwords,
    signed_in,
    with_password,
)
from tests.world import NOON, World

pytestmark = pytest.mark.usefixtures("quick_passwords")


def led_to(event: object) -> str:
    assert isinstance(event, EventSpec)
    return next(str(value) for name, value in event.args if str(name) == "path").strip('"')


@pytest.mark.parametrize(
    ("level", "step", "path"),
    [
        (SessionLevel.ANONYMOUS, "password", ""),
        (SessionLevel.PASSWORD, "code", ""),
        (SessionLevel.ENROLLING, "password", "/activate"),
        (SessionLevel.FULL, "password", "/"),
    ],
)
async def test_step_follows_the_session(level: SessionLevel, step: str, path: str) -> None:
    state = SignInState()
    token = calling.set(Visit(ANONYMOUS, level, "x", None, NOON))
    try:
        answer = await SignInState.load.fn(state)
    finally:
        calling.reset(token)

    assert state.step == step
    assert (led_to(answer) if answer else "") == path


async def loaded(visit: Visit) -> tuple[ActivateState, object]:
    state = ActivateState()
    token = calling.set(visit)
    try:
        return state, await ActivateState.load.fn(state)
    finally:
        calling.reset(token)


async def test_each_stage_shows_its_own_and_nothing_of_the_one_before(world: World) -> None:
    admin = world.person(Role.ACCOUNT_ADMIN, world.account(), stepped_up=True)
    invited = perform(invitations.invite, admin, email="maja@x.example", name="Maja", role=Role.ORDERER)
    token = invited.link.partition("#")[2]
    first = after(enrolment.begin(newcomer(), token=token, browser=BROWSER))

    state, _ = await loaded(first)
    assert (state.stage, state.account, state.role) == ("password", "Björkskolan", "orderer")
    assert (state.qr, state.secret, state.codes) == ("", "", [])

    second = after(enrolment.choose_password(first, password=PASSWORD))
    state, _ = await loaded(second)
    assert state.stage == "authenticator"
    assert state.secret
    assert state.codes == []

    secret = enrolment_stage.where(second).secret.replace(" ", "")
    state, _ = await loaded(after(enrolment.confirm_authenticator(second, code=code(secret))))
    assert (state.stage, state.qr, state.secret, len(state.codes)) == ("codes", "", "", 10)


async def test_withdrawn_while_open_says_so(world: World) -> None:
    admin = world.person(Role.ACCOUNT_ADMIN, world.account(), stepped_up=True)
    invited = perform(invitations.invite, admin, email="maja@x.example", name="Maja", role=Role.ORDERER)
    first = after(enrolment.begin(newcomer(), token=invited.link.partition("#")[2], browser=BROWSER))
    perform(invitations.withdraw, admin, invitation_id=invited.invitation_id)

    state, answer = await loaded(first)

    assert (state.stage, state.name, answer) == ("over", "", None)


async def test_whoever_enrols_in_nothing_is_led_to_sign_in(world: World) -> None:
    person = enrolled(world, Role.ORDERER, world.account())

    for visit in (newcomer(), with_password(person), signed_in(person)):
        state, answer = await loaded(visit)
        assert led_to(answer) == "/sign-in"
        assert state.stage == ""
