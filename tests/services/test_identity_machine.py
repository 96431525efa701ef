"""Who may do what, driven at random through invitations, signing in and the team, against a small model.

Whatever happens in whatever order: what the model forbids is refused and changes nothing, and each browser
session is alive, has stepped up and holds permissions exactly when the model says so.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlmodel import select

from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import PortalError
from nexus_portal.domain.permissions import Role, granted_by
from nexus_portal.models.people import Membership, User
from nexus_portal.models.sessions import SessionLevel
from nexus_portal.services import (
    account,
    enrolment,
    enrolment_stage,
    invitations,
    sessions,
    sign_in,
    team_changes,
)
from nexus_portal.services.steps import Browser as Origin
from nexus_portal.services.steps import Step
from nexus_portal.services.use_case import perform
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    BROWSER,
    PASSWORD,
    RECOVERY,
    SECRET,
    code,
    enrolled,
    newcomer,
    quick_passwords,
    visit,
)
from tests.world import Clock, World

PEOPLE = st.integers(0, 2)
ROLES = st.sampled_from([Role.ORDERER, Role.AUDITOR, Role.ACCOUNT_ADMIN])
PAUSES = st.sampled_from(
    [timedelta(minutes=4), timedelta(minutes=20), timedelta(hours=3), timedelta(hours=73)]
)
WRONG = "000000x"


@dataclass
class Person:
    """Somebody as the model knows them."""

    email: str
    role: Role | None = None
    active: bool = False
    secret: str = ""
    has_password: bool = False
    codes: list[str] = field(default_factory=list)
    kept_codes: bool = True
    """False between the authenticator and showing that the recovery codes were kept."""
    link: str = ""
    link_role: Role = Role.ORDERER
    link_until: datetime | None = None
    wrong: list[datetime] = field(default_factory=list)

    @property
    def enrolled(self) -> bool:
        return bool(self.secret)


@dataclass
class Browser:
    """A browser session as the model knows it."""

    sid: str
    person: int
    level: SessionLevel
    seen: datetime
    until: datetime
    stepped_up: datetime | None = None
    ended: bool = False


class IdentityMachine(RuleBasedStateMachine):
    """Person 0 begins as the account's only admin; 1 and 2 are nobody yet."""

    world: World
    clock: Clock
    addresses: Iterator[int]

    @initialize(colleague=st.booleans())
    def begin(self, *, colleague: bool) -> None:
        self.home = self.world.account()
        first = enrolled(self.world, Role.ACCOUNT_ADMIN, self.home)
        number = first.email.removeprefix("person").partition("@")[0]
        self.people = [
            Person(first.email, Role.ACCOUNT_ADMIN, active=True, secret=SECRET, has_password=True),
            self.colleague() if colleague else Person(f"second{number}@example.test"),
            Person(f"third{number}@example.test"),
        ]
        self.browsers: list[Browser] = []
        if colleague:
            self.sign_in(1, recovery=False)

    # What people do

    @rule(who=PEOPLE, role=ROLES)
    def invite(self, who: int, role: Role) -> None:
        person = self.people[who]
        allowed = person.role is None or (person.active and not person.enrolled)
        admin = self.admin()
        invited = self.attempt(
            allowed,
            lambda: perform(invitations.invite, admin, email=person.email, name="Maja Lind", role=role),
        )
        if invited:
            person.link, person.link_role = invited.link.partition("#")[2], role
            person.link_until = self.clock.now() + timedelta(hours=72)

    @rule(who=PEOPLE)
    def follow_the_link(self, who: int) -> None:
        person = self.people[who]
        if not person.link:
            return
        step = self.attempt(
            self.open_link(person),
            lambda: enrolment.begin(newcomer(), token=person.link, browser=self.somewhere()),
        )
        if step is None or person.enrolled:
            # Who signs in already is asked to do so, which tests of enrolment walk through.
            assert step is None or step.level is SessionLevel.ANONYMOUS
            return
        chosen = enrolment.choose_password(visit(step.sid), password=PASSWORD)
        person.role, person.active, person.has_password = person.link_role, True, True
        person.link_until = None
        self.end_sessions(who)
        self.enter(who, chosen.sid, SessionLevel.ENROLLING)

    @rule(at=st.integers(0, 5))
    def finish_enrolling(self, at: int) -> None:
        browser = self.browser(at, SessionLevel.ENROLLING)
        if browser is None:
            return
        who, person, sid = browser.person, self.people[browser.person], browser.sid
        if not person.enrolled:
            secret = enrolment_stage.where(visit(sid)).secret.replace(" ", "")
            here = visit(sid)
            self.refused(lambda: enrolment.finish(here, code=WRONG))
            sid = enrolment.confirm_authenticator(here, code=code(secret)).sid
            self.end_sessions(who)
            person.secret, person.kept_codes = secret, False
            self.enter(who, sid, SessionLevel.ENROLLING)
            self.tick()
        here = visit(sid)
        shown = enrolment_stage.where(here).codes
        self.refused(lambda: enrolment.finish(here, code=WRONG))
        step = self.attempt(person.active, lambda: enrolment.finish(here, code=shown[0]))
        if step:
            person.codes, person.kept_codes = list(shown), True
            self.end_session(sid)
            self.enter(who, step.sid, SessionLevel.FULL)

    @rule(who=PEOPLE, recovery=st.booleans())
    def sign_in(self, who: int, *, recovery: bool) -> None:
        person = self.people[who]
        step = self.attempt(
            person.has_password and person.active,
            lambda: sign_in.with_password(
                newcomer(), email=person.email, password=PASSWORD, browser=self.somewhere()
            ),
        )
        if step is None:
            return
        half = visit(step.sid)
        assert not half.actor.signed_in
        if not person.enrolled:
            assert step.level is SessionLevel.ENROLLING
            self.enter(who, step.sid, SessionLevel.ENROLLING)
            return
        assert step.level is SessionLevel.PASSWORD
        elsewhere = visit(self.first(person).sid)
        typed = person.codes[-1] if recovery and person.codes else code(person.secret)
        full = self.attempt(self.may_try(person), lambda: self.second(half, typed))
        if full is None:
            return
        counted = self.may_try(person)
        self.refused(lambda: self.second(elsewhere, typed))
        person.wrong += [self.clock.now()] if counted else []
        if typed in person.codes:
            person.codes.remove(typed)
        self.enter(who, full.sid, SessionLevel.FULL if person.kept_codes else SessionLevel.ENROLLING)
        self.tick()

    @rule(who=PEOPLE)
    def guess(self, who: int) -> None:
        person = self.people[who]
        if not (person.has_password and person.active and person.enrolled):
            return
        half = visit(
            sign_in.with_password(
                newcomer(), email=person.email, password=PASSWORD, browser=self.somewhere()
            ).sid
        )
        counted = self.may_try(person)
        self.refused(lambda: self.second(half, WRONG))
        if counted:
            person.wrong.append(self.clock.now())

    @rule(at=st.integers(0, 5), right=st.booleans())
    def step_up(self, at: int, *, right: bool) -> None:
        browser = self.browser(at, SessionLevel.FULL)
        if browser is None:
            return
        person = self.people[browser.person]
        here, counted = visit(browser.sid), self.may_try(person)
        typed = code(person.secret) if right else WRONG
        sid = self.attempt(counted and right, lambda: sign_in.step_up(here, code=typed))
        if sid:
            browser.ended = True
            self.enter(browser.person, sid, SessionLevel.FULL)
            self.browsers[-1].until = browser.until
        elif counted:
            person.wrong.append(self.clock.now())
        self.tick()

    @rule(at=st.integers(0, 5), everywhere=st.booleans())
    def leave(self, at: int, *, everywhere: bool) -> None:
        browser = self.browser(at, SessionLevel.FULL)
        if browser is None:
            return
        here = visit(browser.sid)
        if everywhere:
            perform(account.end_sessions, here.actor, keep_this=False)
            self.end_sessions(browser.person)
        else:
            sign_in.sign_out(here)
            browser.ended = True

    # What admins do

    @rule(who=PEOPLE, role=ROLES)
    def change_role(self, who: int, role: Role) -> None:
        person = self.people[who]
        allowed = person.role is not None and (role is Role.ACCOUNT_ADMIN or not self.last_admin(who))
        self.attempt(allowed, lambda: self.change(team_changes.change_role, who, role=role))
        if allowed:
            person.role = role

    @rule(who=PEOPLE)
    def deactivate(self, who: int) -> None:
        person = self.people[who]
        allowed = person.role is not None and not self.last_admin(who)
        self.attempt(allowed, lambda: self.change(team_changes.deactivate, who))
        if allowed and person.active:
            person.active, person.link_until = False, None
            self.end_sessions(who, full_only=True)

    @rule(who=PEOPLE)
    def reactivate(self, who: int) -> None:
        person = self.people[who]
        self.attempt(person.role is not None, lambda: self.change(team_changes.reactivate, who))
        person.active = person.role is not None

    @rule(pause=PAUSES)
    def time_passes(self, pause: timedelta) -> None:
        self.clock.forward(pause)

    # What always holds

    @invariant()
    def sessions_are_those_of_the_model(self) -> None:
        for browser in getattr(self, "browsers", []):
            found = sessions.resolve(browser.sid, active=False)
            assert (found is not None) == self.lives(browser)
            if found is None:
                continue
            person = self.people[browser.person]
            assert found.level is browser.level
            if browser.level is SessionLevel.FULL:
                assert person.role is not None
                assert found.actor.permissions == granted_by(person.role)
            else:
                assert not found.actor.signed_in
            fresh = browser.stepped_up is not None and (
                self.clock.now() - browser.stepped_up <= timedelta(minutes=5)
            )
            assert found.actor.stepped_up(self.clock.now()) == fresh

    @invariant()
    def somebody_can_always_manage_the_team(self) -> None:
        if hasattr(self, "people"):
            assert any(self.is_admin(person) for person in self.people)

    # Help

    def attempt(self, allowed: bool, act: Callable[[], Any]) -> Any:  # noqa: FBT001 - what the model says
        """Do it; whether it is refused is what the model said."""
        try:
            result, done = act(), True
        except PortalError:
            result, done = None, False
        assert done == allowed
        return result

    def refused(self, act: Callable[[], Any]) -> None:
        """Do what is never allowed."""
        with pytest.raises(PortalError):
            act()

    def somewhere(self) -> Origin:
        """A browser at a network address of its own: what one address may try is tested elsewhere."""
        return Origin(f"2001:db8::{next(self.addresses):x}", BROWSER.agent)

    def first(self, person: Person) -> Step:
        return sign_in.with_password(
            newcomer(), email=person.email, password=PASSWORD, browser=self.somewhere()
        )

    def second(self, half: sessions.Visit, typed: str) -> Any:
        return sign_in.with_second_factor(half, code=typed)

    def change(self, act: Callable[..., Any], who: int, **words: object) -> None:
        member = self.member(who)
        perform(act, self.admin(), **{"member_id": member.id if member else self.home.id, **words})

    def member(self, who: int) -> Membership | None:
        with self.world.database.transaction(SYSTEM, writes=False) as session:
            query = select(Membership).join(User).where(User.email == self.people[who].email)
            return session.exec(query).one_or_none()

    def admin(self) -> Actor:
        """Any admin of the model, just stepped up."""
        who = next(at for at, person in enumerate(self.people) if self.is_admin(person))
        member = self.member(who)
        assert member is not None
        return self.world.actor(Role.ACCOUNT_ADMIN, self.home, member.user_id, stepped_up=True)

    @staticmethod
    def is_admin(person: Person) -> bool:
        return person.active and person.enrolled and person.role is Role.ACCOUNT_ADMIN

    def last_admin(self, who: int) -> bool:
        person = self.people[who]
        # Somebody who never enrolled counts as admin to take away, not as admin to fall back on.
        stands = person.active and person.role is Role.ACCOUNT_ADMIN
        return stands and not any(self.is_admin(other) for other in self.people if other is not person)

    def open_link(self, person: Person) -> bool:
        return person.link_until is not None and self.clock.now() < person.link_until

    def may_try(self, person: Person) -> bool:
        now = self.clock.now()
        lately = [sum(now - at < span for at in person.wrong) for span in SPANS]
        return all(count < most for count, most in zip(lately, (5, 20, 50), strict=True))

    def enter(self, who: int, sid: str, level: SessionLevel) -> None:
        now, full = self.clock.now(), level is SessionLevel.FULL
        lifetime = timedelta(hours=12) if full else timedelta(hours=2)
        self.browsers.append(Browser(sid, who, level, now, now + lifetime, now if full else None))

    def end_sessions(self, who: int, *, full_only: bool = False) -> None:
        for browser in self.browsers:
            if browser.person == who and (browser.level is SessionLevel.FULL or not full_only):
                browser.ended = True

    def end_session(self, sid: str) -> None:
        for browser in self.browsers:
            browser.ended |= browser.sid == sid

    def lives(self, browser: Browser) -> bool:
        now = self.clock.now()
        lasts = not browser.ended and now < browser.until and now < browser.seen + timedelta(minutes=30)
        return lasts and (browser.level is not SessionLevel.FULL or self.people[browser.person].active)

    def browser(self, at: int, level: SessionLevel) -> Browser | None:
        alive = [browser for browser in self.browsers if browser.level is level and self.lives(browser)]
        return alive[at % len(alive)] if alive else None

    def colleague(self) -> Person:
        """An orderer who enrolled long ago."""
        email = enrolled(self.world, Role.ORDERER, self.home).email
        person = Person(email, Role.ORDERER, active=True, secret=SECRET, has_password=True)
        person.codes = [RECOVERY]
        return person

    def tick(self) -> None:
        """Let the authenticators show their next code."""
        self.clock.forward(timedelta(seconds=31))


SPANS = timedelta(minutes=5), timedelta(hours=1), timedelta(days=1)


@pytest.mark.usefixtures("quick_passwords")
def test_no_order_of_events_lets_anybody_in_who_should_not(world: World, clock: Clock) -> None:
    class Machine(IdentityMachine):
        pass

    Machine.world, Machine.clock, Machine.addresses = world, clock, count(1)
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
