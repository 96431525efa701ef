"""Enrolment: the link once, password, authenticator, recovery codes; in that order, and resumable."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import col, select

from nexus_portal.adapters import clock as now
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Conflict, Invalid, NotSignedIn
from nexus_portal.domain.permissions import Permission, Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.people import Invitation, Membership, RecoveryCode, User
from nexus_portal.models.sessions import SessionLevel
from nexus_portal.services import account as account_page
from nexus_portal.services import enrolment, enrolment_stage, invitations, sessions, sign_in
from nexus_portal.services.enrolment_stage import Stage
from nexus_portal.services.invitations import Invited
from nexus_portal.services.sessions import Visit
from nexus_portal.services.use_case import perform
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    BROWSER,
    PASSWORD,
    after,
    audited,
    code,
    enrolled,
    newcomer,
    quick_passwords,
    visit,
)
from tests.world import Clock, World

pytestmark = pytest.mark.usefixtures("quick_passwords")

EMAIL = "maja.lind@bjorkskolan.example"


def invite(world: World, home: Account, *, email: str = EMAIL, role: Role = Role.ORDERER) -> Invited:
    admin = world.person(Role.ACCOUNT_ADMIN, home, stepped_up=True)
    return perform(invitations.invite, admin, email=email, name="Maja Lind", role=role)


def token_of(invited: Invited) -> str:
    return invited.link.partition("#")[2]


def begin(invited: Invited) -> Visit:
    return after(enrolment.begin(newcomer(), token=token_of(invited), browser=BROWSER))


def with_chosen_password(invited: Invited, password: str = PASSWORD) -> Visit:
    return after(enrolment.choose_password(begin(invited), password=password))


def secret_shown(to: Visit) -> str:
    return enrolment_stage.where(to).secret.replace(" ", "")


def with_authenticator(invited: Invited) -> Visit:
    chosen = with_chosen_password(invited)
    return after(enrolment.confirm_authenticator(chosen, code=code(secret_shown(chosen))))


def finished(invited: Invited) -> Visit:
    confirmed = with_authenticator(invited)
    return after(enrolment.finish(confirmed, code=enrolment_stage.where(confirmed).codes[3]))


def test_the_whole_way_ends_in_a_full_session(world: World) -> None:
    home = world.account()
    person = finished(invite(world, home))

    assert person.level is SessionLevel.FULL
    assert person.actor.account_id == home.id
    assert person.actor.may(Permission.ORDERS_CREATE)
    assert perform(account_page.own, person.actor).codes_left == 10
    assert len(audited(world, "user:activated")) == 1


def test_every_step_has_a_new_id_and_no_step_reaches_a_page(world: World) -> None:
    invited = invite(world, world.account())
    seen: list[str] = []
    browser = newcomer()
    for step in (
        lambda v: enrolment.begin(v, token=token_of(invited), browser=BROWSER),
        lambda v: enrolment.choose_password(v, password=PASSWORD),
        lambda v: enrolment.confirm_authenticator(v, code=code(secret_shown(v))),
        lambda v: enrolment.finish(v, code=enrolment_stage.where(v).codes[0]),
    ):
        with pytest.raises(NotSignedIn):
            perform(account_page.own, browser.actor)
        seen.append(browser.id_hash)
        ended, browser = browser, after(step(browser))
        with pytest.raises(NotSignedIn):
            enrolment_stage.where(ended)

    assert len({*seen, browser.id_hash}) == 5
    assert perform(account_page.own, browser.actor).email == EMAIL


def test_each_stage_shows_its_own_secrets_only(world: World) -> None:
    invited = invite(world, world.account())

    first = enrolment_stage.where(begin(invited))
    assert (first.stage, first.email, first.name) == (Stage.PASSWORD, EMAIL, "Maja Lind")
    assert (first.qr, first.secret, first.codes) == ("", "", ())

    chosen = with_chosen_password(invited)
    second = enrolment_stage.where(chosen)
    assert second.stage is Stage.AUTHENTICATOR
    assert second.qr.startswith("data:image/png;base64,")
    assert len(second.secret.replace(" ", "")) == 32
    assert second.codes == ()
    assert enrolment_stage.where(chosen) == second

    step = enrolment.confirm_authenticator(chosen, code=code(secret_shown(chosen)))
    third = enrolment_stage.where(after(step))
    assert third.stage is Stage.CODES
    assert (third.qr, third.secret) == ("", "")
    assert len(set(third.codes)) == 10


def test_link_works_until_the_password_is_set_and_never_after(world: World) -> None:
    invited = invite(world, world.account())
    begin(invited)
    with_chosen_password(invited)

    with pytest.raises(Invalid, match="has been used"):
        begin(invited)


def test_of_two_that_open_the_link_one_gets_in(world: World) -> None:
    invited = invite(world, world.account())
    one, other = begin(invited), begin(invited)
    enrolment.choose_password(one, password=PASSWORD)

    with pytest.raises((Invalid, Conflict)):
        enrolment.choose_password(other, password="another long password")


def test_expired_withdrawn_and_unknown_links_are_told_alike(world: World, clock: Clock) -> None:
    home = world.account()
    admin = world.person(Role.ACCOUNT_ADMIN, home, stepped_up=True)
    withdrawn = perform(invitations.invite, admin, email="a@b.example", name="A", role=Role.ORDERER)
    perform(invitations.withdraw, admin, invitation_id=withdrawn.invitation_id)
    expired = invite(world, home)
    half = begin(expired)
    clock.forward(timedelta(hours=72))

    answers = set()
    for token in (token_of(withdrawn), token_of(expired), "x" * 43, ""):
        with pytest.raises(Invalid) as refused:
            enrolment.begin(newcomer(), token=token, browser=BROWSER)
        answers.add(str(refused.value))
    assert len(answers) == 1
    with pytest.raises(NotSignedIn):
        enrolment.choose_password(half, password=PASSWORD)


def test_withdrawn_while_the_person_chooses_a_password(world: World) -> None:
    home = world.account()
    admin = world.person(Role.ACCOUNT_ADMIN, home, stepped_up=True)
    invited = perform(invitations.invite, admin, email=EMAIL, name="A", role=Role.ORDERER)
    half = begin(invited)
    perform(invitations.withdraw, admin, invitation_id=invited.invitation_id)

    with pytest.raises(Invalid):
        enrolment.choose_password(half, password=PASSWORD)
    with world.database.transaction(SYSTEM) as session:
        assert session.exec(select(User).where(User.email == EMAIL)).all() == []


@pytest.mark.parametrize(
    "password", ["short", "password1234", "bjorkskolan2026", "maja.lind.1984", "x" * 129]
)
def test_easy_passwords_are_refused_and_the_link_goes_on_working(world: World, password: str) -> None:
    invited = invite(world, world.account("Bjorkskolan"))
    half = begin(invited)

    with pytest.raises(Invalid):
        enrolment.choose_password(half, password=password)
    assert enrolment.choose_password(half, password=PASSWORD).level is SessionLevel.ENROLLING


def test_wrong_first_code_changes_nothing(world: World) -> None:
    chosen = with_chosen_password(invite(world, world.account()))
    secret = secret_shown(chosen)

    with pytest.raises(Invalid):
        enrolment.confirm_authenticator(chosen, code=code(secret, steps=5))
    assert secret_shown(chosen) == secret
    assert enrolment.confirm_authenticator(chosen, code=code(secret)).level is SessionLevel.ENROLLING


def test_first_code_is_spent(world: World, clock: Clock) -> None:
    chosen = with_chosen_password(invite(world, world.account()))
    secret = secret_shown(chosen)
    confirmed = after(enrolment.confirm_authenticator(chosen, code=code(secret)))
    enrolment.finish(confirmed, code=enrolment_stage.where(confirmed).codes[0])
    half = sign_in.with_password(newcomer(), email=EMAIL, password=PASSWORD, browser=BROWSER)

    with pytest.raises(Invalid):
        sign_in.with_second_factor(after(half), code=code(secret))
    clock.forward(timedelta(seconds=30))
    assert sign_in.with_second_factor(after(half), code=code(secret)).level is SessionLevel.FULL


def test_finishing_needs_one_of_the_codes(world: World) -> None:
    confirmed = with_authenticator(invite(world, world.account()))

    with pytest.raises(Invalid):
        enrolment.finish(confirmed, code="0000-0000-0000-0000")
    typed = enrolment_stage.where(confirmed).codes[9].lower().replace("-", "").replace("0", "o")
    assert enrolment.finish(confirmed, code=typed).level is SessionLevel.FULL


def test_codes_are_hashed_once_they_are_kept(world: World) -> None:
    finished(invite(world, world.account()))

    with world.database.transaction(SYSTEM) as session:
        user = session.exec(select(User).where(User.email == EMAIL)).one()
        codes = session.exec(select(RecoveryCode)).all()
    assert (user.totp_pending, user.recovery_pending) == (None, None)
    assert len(codes) == 10
    assert all(len(row.code_hash) == 64 and row.used_at is None for row in codes)


def test_broken_off_after_the_password_goes_on_after_signing_in(world: World) -> None:
    chosen = with_chosen_password(invite(world, world.account()))
    secret = secret_shown(chosen)
    sign_in.sign_out(chosen)

    again = after(sign_in.with_password(newcomer(), email=EMAIL, password=PASSWORD, browser=BROWSER))

    assert again.level is SessionLevel.ENROLLING
    assert secret_shown(again) == secret


def test_broken_off_before_the_codes_goes_on_after_both_factors(world: World, clock: Clock) -> None:
    chosen = with_chosen_password(invite(world, world.account()))
    secret = secret_shown(chosen)
    confirmed = after(enrolment.confirm_authenticator(chosen, code=code(secret)))
    codes = enrolment_stage.where(confirmed).codes
    sign_in.sign_out(confirmed)
    clock.forward(timedelta(seconds=30))

    half = after(sign_in.with_password(newcomer(), email=EMAIL, password=PASSWORD, browser=BROWSER))
    assert half.level is SessionLevel.PASSWORD
    with pytest.raises(NotSignedIn):
        enrolment_stage.where(half)
    again = after(sign_in.with_second_factor(half, code=code(secret)))
    assert again.level is SessionLevel.ENROLLING
    assert enrolment_stage.where(again).codes == codes
    assert enrolment.finish(again, code=codes[0]).level is SessionLevel.FULL


def test_a_session_of_the_password_alone_never_reaches_the_recovery_codes(world: World) -> None:
    chosen = with_chosen_password(invite(world, world.account()))
    with sessions.system() as session:
        start = sessions.start(session)
    stolen = after(sign_in.with_password(visit(start), email=EMAIL, password=PASSWORD, browser=BROWSER))
    assert stolen.level is SessionLevel.ENROLLING

    enrolment.confirm_authenticator(chosen, code=code(secret_shown(chosen)))

    for act in (
        lambda: enrolment_stage.where(stolen),
        lambda: enrolment.finish(stolen, code="x"),
        lambda: enrolment.confirm_authenticator(stolen, code="000000"),
    ):
        with pytest.raises(NotSignedIn):
            act()


def test_no_step_is_taken_by_a_forged_level(world: World) -> None:
    half = newcomer()
    forged = replace(half, level=SessionLevel.ENROLLING, user_id=enrolled_id(world))

    for act in (
        lambda: enrolment_stage.where(forged),
        lambda: enrolment.choose_password(forged, password=PASSWORD),
        lambda: enrolment.finish(forged, code="x"),
    ):
        with pytest.raises(NotSignedIn):
            act()


def enrolled_id(world: World) -> UUID:
    return enrolled(world, Role.ORDERER, world.account()).user_id


def test_somebody_who_signs_in_already_joins_by_signing_in(world: World) -> None:
    person = enrolled(world, Role.ORDERER, world.account())
    other = world.account("Nordhamn Energi")
    invited = invite(world, other, email=person.email, role=Role.APPROVER)

    step = enrolment.begin(newcomer(), token=token_of(invited), browser=BROWSER)
    assert (step.level, str(step.notice)) == (
        SessionLevel.ANONYMOUS,
        "Sign in as usual to accept the invitation.",
    )
    half = sign_in.with_password(after(step), email=person.email, password=PASSWORD, browser=BROWSER)
    full = after(sign_in.with_second_factor(after(half), code=code()))

    assert (full.actor.account_id, full.actor.role) == (other.id, Role.APPROVER)


def test_an_invitation_is_accepted_by_its_addressee_alone(world: World) -> None:
    home = world.account()
    person, stranger = enrolled(world, Role.ORDERER, home), enrolled(world, Role.ORDERER, home)
    other = world.account("Nordhamn Energi")
    invited = invite(world, other, email=person.email, role=Role.ACCOUNT_ADMIN)

    step = enrolment.begin(newcomer(), token=token_of(invited), browser=BROWSER)
    half = sign_in.with_password(after(step), email=stranger.email, password=PASSWORD, browser=BROWSER)
    full = after(sign_in.with_second_factor(after(half), code=code()))

    assert full.actor.account_id == home.id


def test_an_admin_cannot_take_over_a_person_of_another_account(world: World) -> None:
    """They could read the link, and set the password of somebody who has not finished enrolling elsewhere."""
    with_chosen_password(invite(world, world.account()))
    foreign = invite(world, world.account("Nordhamn Energi"), role=Role.ACCOUNT_ADMIN)

    step = enrolment.begin(newcomer(), token=token_of(foreign), browser=BROWSER)

    assert step.level is SessionLevel.ANONYMOUS
    with pytest.raises(NotSignedIn):
        enrolment.choose_password(after(step), password="the foreign admin's choice")


def test_two_accounts_cannot_race_for_one_new_address(world: World) -> None:
    mine = begin(invite(world, world.account()))
    theirs = begin(invite(world, world.account("Nordhamn Energi")))
    enrolment.choose_password(mine, password=PASSWORD)

    with pytest.raises(Conflict):
        enrolment.choose_password(theirs, password="the foreign admin's choice")


def test_invited_again_before_finishing_sets_a_new_password_and_a_new_secret(world: World) -> None:
    home = world.account()
    chosen = with_chosen_password(invite(world, home))
    secret = secret_shown(chosen)

    again = with_chosen_password(invite(world, home), "another long password")

    assert secret_shown(again) != secret
    assert sessions.resolve("x" * 43) is None
    with pytest.raises(NotSignedIn):
        enrolment_stage.where(chosen)
    with pytest.raises(Invalid):
        sign_in.with_password(newcomer(), email=EMAIL, password=PASSWORD, browser=BROWSER)


def test_role_and_account_come_from_the_invitation(world: World) -> None:
    home = world.account()
    finished(invite(world, home, role=Role.AUDITOR))

    with world.database.transaction(SYSTEM) as session:
        user = session.exec(select(User).where(User.email == EMAIL)).one()
        member = session.exec(select(Membership).where(col(Membership.user_id) == user.id)).one()
        used = session.exec(select(Invitation)).one()
    assert (member.role, member.account_id, member.granted_by) == (Role.AUDITOR, home.id, used.invited_by)
    assert used.used_at == now.now()
