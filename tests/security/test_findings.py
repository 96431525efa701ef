"""What a hostile review found, each through the door that an attacker would take."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, BrokenBarrierError
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
import reflex as rx
from reflex_base.event import Event
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import select

from nexus_portal import settings
from nexus_portal.adapters import clock as portal_clock
from nexus_portal.adapters import keystore
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound, PortalError, TooMany
from nexus_portal.domain.lifecycles import Fulfilment
from nexus_portal.domain.permissions import Role
from nexus_portal.models.imports import Inspection
from nexus_portal.models.orders import Order
from nexus_portal.models.sessions import BrowserSession, SessionLevel, ThrottleHit
from nexus_portal.services import (
    enrolment,
    erasure,
    erasure_steps,
    import_inspections,
    invitations,
    known_browsers,
    order_details,
    order_sheet,
    ordering,
    sessions,
    sign_in,
    team,
    team_changes,
    vault_people,
)
from nexus_portal.services.sessions import Binding, Visit
from nexus_portal.services.steps import Browser as Sender
from nexus_portal.services.use_case import perform
from nexus_portal.state import housekeeping, log_care, manifest
from nexus_portal.state.bridge import acting_as
from nexus_portal.state.gate import Gate
from nexus_portal.state.manifest import Access
from nexus_portal.state.order import OrderState, PersonView
from nexus_portal.state.shell import ShellState
from nexus_portal.web.guard import Guard
from nexus_portal.web.limits import Limiter
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    PASSWORD,
    code,
    enrolled,
    newcomer,
    quick_passwords,
    with_password,
)
from tests.ordering_helpers import desk, staff
from tests.people import ASTRID, order_of
from tests.web.browser import Browser, where
from tests.world import Clock, World

pytestmark = pytest.mark.usefixtures("quick_passwords")
ATTACKER, HOME = "198.51.100.9", "203.0.113.1"
SOMEWHERE = Sender(HOME, "")


def enter(email: str, password: str, address: str) -> sign_in.Step:
    return sign_in.with_password(newcomer(), email=email, password=password, browser=Sender(address, ""))


def test_attempts_that_are_refused_for_their_network_address_use_up_nobody_elses(world: World) -> None:
    victim = enrolled(world, Role.ORDERER, world.account())
    for number in range(10):
        with pytest.raises(Invalid):
            enter(f"nobody{number}@example.test", "wrong", ATTACKER)

    for _ in range(10):
        with pytest.raises(TooMany):
            enter(victim.email, "wrong", ATTACKER)

    assert enter(victim.email, PASSWORD, HOME).level is SessionLevel.PASSWORD


def test_failing_statement_names_no_value(world: World) -> None:
    statement, name = text("SELECT no_such_function(:name)"), ASTRID["name"]
    refusals: list[BaseException] = []
    with (
        pytest.raises((SQLAlchemyError, PortalError)) as refused,
        world.database.transaction(SYSTEM) as session,
    ):
        session.connection().execute(statement, {"name": name})
    refusals.append(refused.value)
    with pytest.raises(SQLAlchemyError) as refused, keystore.current().engine.connect() as connection:
        connection.execute(statement, {"name": name})
    refusals.append(refused.value)

    for error in refusals:
        said = f"{error} {error.__cause__}"
        assert "no_such_function" in said
        assert name not in said


ROUTER = SimpleNamespace(session=SimpleNamespace(client_token="a tab"))


async def test_news_that_arrives_by_itself_keeps_no_unattended_session_alive(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = enrolled(world, Role.ORDERER, world.account())
    sid = sign_in.with_second_factor(with_password(person), code=code()).sid
    monkeypatch.setattr(manifest, "committed", lambda: {"page.refresh": Access.SIGNED_IN})
    router = {"headers": {"cookie": f"sid={sid}"}}
    state: Any = SimpleNamespace(router_data=router, router=ROUTER)
    doorkeeper, app = Gate(), cast("rx.App", None)

    for _ in range(31):
        clock.forward(timedelta(minutes=1))
        await doorkeeper.preprocess(app, state, Event(name="page.refresh"))

    assert sessions.resolve(sid) is None


async def test_what_a_person_does_keeps_the_session_alive(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = enrolled(world, Role.ORDERER, world.account())
    sid = sign_in.with_second_factor(with_password(person), code=code()).sid
    monkeypatch.setattr(manifest, "committed", lambda: {"page.turn": Access.SIGNED_IN})
    router: dict[str, Any] = {"headers": {"cookie": f"sid={sid}"}}
    state: Any = SimpleNamespace(router_data=router, router=ROUTER)

    for _ in range(31):
        clock.forward(timedelta(minutes=1))
        await Gate().preprocess(cast("rx.App", None), state, Event(name="page.turn", router_data=router))

    assert sessions.resolve(sid) is not None


def test_deactivating_somebody_ends_their_open_invitation_too(world: World) -> None:
    home = world.account()
    admin = world.person(Role.ACCOUNT_ADMIN, home, stepped_up=True)
    invited = perform(invitations.invite, admin, email="ny@example.test", name="Ny Person", role="orderer")
    begun = enrolment.begin(newcomer(), token=_token(invited.link), browser=SOMEWHERE)
    enrolment.choose_password(_visit(begun.sid), password="ett långt lösenord med ord")
    again = perform(invitations.invite, admin, email="ny@example.test", name="Ny Person", role="orderer")
    member = next(row for row in perform(team.team, admin).members if row.email == "ny@example.test")

    perform(team_changes.deactivate, admin, member_id=UUID(member.id))

    with pytest.raises(Invalid):
        enrolment.begin(newcomer(), token=_token(again.link), browser=SOMEWHERE)


def test_of_two_sessions_that_take_over_one_tab_at_once_one_gets_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead, first, second = newcomer(), newcomer(), newcomer()
    token = str(uuid4())
    sessions.bind_tab(token, dead.id_hash)
    with sessions.system() as session:
        sessions.end(session, dead.id_hash)
    together, is_live = Barrier(2), sessions._is_live

    def wait_then_look(session: Any, id_hash: str) -> bool:
        with suppress(BrokenBarrierError):  # SQLite has one writer: nobody comes
            together.wait(1)
        return is_live(session, id_hash)

    monkeypatch.setattr(sessions, "_is_live", wait_then_look)
    with ThreadPoolExecutor(2) as pool:
        bindings = list(pool.map(lambda visit: sessions.bind_tab(token, visit.id_hash), [first, second]))

    assert sorted(bindings) == [Binding.REFUSED, Binding.TAKEN_OVER]


async def test_no_person_stays_in_the_state_of_a_page_that_was_left(world: World) -> None:
    with acting_as(world.person(Role.ORDERER, world.account())):
        root = rx.State(_reflex_internal_init=True)
        page = await root.get_state(OrderState)
        page.persons = {"1": PersonView(ASTRID["name"], "", "")}
        shell = await root.get_state(ShellState)

        await ShellState.event_handlers["arrive"].fn(shell)

        assert page.persons == {}


def test_the_bureau_sees_nothing_of_a_draft(world: World) -> None:
    account = world.account()
    ordered = order_of(world, world.person(Role.ORDERER, account), ASTRID)
    with world.database.transaction(SYSTEM) as session:
        order = session.get_one(Order, ordered.id)
        order.fulfilment = Fulfilment.DRAFT
        number = f"{order.serial // 1_000_000}-{order.serial % 1_000_000:05d}"
        session.add(order)
    clerk = world.person(Role.ORDER_DESK, world.bureau())

    with pytest.raises(NotFound):
        perform(vault_people.reveal, clerk, item_ids=ordered.items, purpose="order desk")
    with pytest.raises(NotFound):
        perform(order_sheet.order_sheet, clerk, number=number)


def test_orderer_removes_nobody_from_a_colleagues_order(world: World) -> None:
    account = world.account()
    ordered = order_of(world, world.person(Role.ORDERER, account), ASTRID)
    colleague = world.person(Role.ORDERER, account, stepped_up=True)
    officer = world.person(Role.PRIVACY_OFFICER, account, stepped_up=True)

    assert not perform(erasure.outlook, colleague, order_id=ordered.id).can_erase
    with pytest.raises(NotAllowed):
        perform(erasure.erase_personal_data, colleague, order_id=ordered.id)

    assert perform(erasure.outlook, officer, order_id=ordered.id).can_erase
    perform(erasure.erase_personal_data, officer, order_id=ordered.id)


def test_colleague_cannot_cancel_a_draft_that_they_may_not_touch(world: World) -> None:
    orders = desk(world)
    number = orders.draft(staff(1))

    with pytest.raises(NotAllowed):
        perform(order_details.cancel, orders.colleague, number=number)

    perform(ordering.submit, orders.orderer, number=number, key=orders.key())
    perform(order_details.cancel, orders.colleague, number=number)


def test_order_whose_persons_were_removed_is_not_sent_to_be_produced(world: World) -> None:
    orders = desk(world)
    number = orders.draft(staff(1))
    owner = replace(orders.orderer, stepped_up_at=portal_clock.now())
    perform(erasure.erase_personal_data, owner, order_id=orders.order(number).id)

    with pytest.raises(Conflict):
        perform(ordering.submit, owner, number=number, key=orders.key())


def test_a_form_with_a_token_of_other_letters_is_refused_in_words(world: World) -> None:
    browser = Browser()
    browser.get("/sign-in")

    answer = browser.post("/auth/sign-in", form_of="å" * 64, email="a@example.test", password=PASSWORD)

    assert where(answer) == "/sign-in"


@pytest.mark.parametrize(
    ("proxies", "seen"), [("0", "127.0.0.1"), ("1", HOME), ("2", ATTACKER), ("3", "127.0.0.1")]
)
def test_people_behind_the_proxy_are_told_apart_and_cannot_choose_their_address(
    world: World, monkeypatch: pytest.MonkeyPatch, proxies: str, seen: str
) -> None:
    monkeypatch.setenv("NEXUS_PROXIES", proxies)
    settings.current.cache_clear()
    browser = Browser(address="127.0.0.1")

    browser.get("/sign-in", **{"x-forwarded-for": f"{ATTACKER}, {HOME}"})

    with world.database.transaction(SYSTEM) as session:
        assert session.exec(select(BrowserSession.address)).one() == seen


def test_stranger_cannot_lock_somebody_out_of_a_browser_that_they_know(world: World) -> None:
    victim = enrolled(world, Role.ORDERER, world.account())
    browser = Browser(address=HOME)
    browser.get("/sign-in")
    browser.post("/auth/sign-in", email=victim.email, password=PASSWORD)
    browser.post("/auth/second-factor", code=code())
    browser.post("/sign-out")
    browser.get("/sign-in")
    for number in range(10):
        with pytest.raises(Invalid):
            enter(victim.email, "wrong", f"198.51.100.{number}")
        with pytest.raises(Invalid):
            enter(f"nobody{number}@example.test", "wrong", HOME)

    with pytest.raises(TooMany):
        enter(victim.email, PASSWORD, ATTACKER)
    browser.post("/auth/sign-in", email=victim.email, password=PASSWORD)

    assert browser.visit
    assert browser.visit.level is SessionLevel.PASSWORD


def test_known_browser_is_known_for_its_person_only_and_guesses_no_longer_than_others(world: World) -> None:
    home = world.account()
    owner, victim = enrolled(world, Role.ORDERER, home), enrolled(world, Role.ORDERER, home)
    mine = Sender(HOME, "", known_browsers.token(owner.email))
    for _ in range(10):
        for person in (owner, victim):
            with pytest.raises(Invalid):
                sign_in.with_password(newcomer(), email=person.email, password="wrong", browser=mine)

    for person in (owner, victim):
        with pytest.raises(TooMany):
            sign_in.with_password(newcomer(), email=person.email, password=PASSWORD, browser=mine)
    with pytest.raises(TooMany):
        enter(victim.email, PASSWORD, ATTACKER)


def test_reflex_logs_no_contents_of_events(caplog: pytest.LogCaptureFixture) -> None:
    log_care.withhold()
    said = (
        ("reflex.app", f"Received event from session 1 with no associated token. Event data: {ASTRID}"),
        ("reflex_base.event.processor.event_processor", f"Error processing event queue entry for {ASTRID}:"),
    )
    for name, message in said:
        logging.getLogger(name).warning(message)

    assert len(caplog.records) == len(said)
    assert ASTRID["name"] not in caplog.text


async def test_one_session_cannot_open_tab_after_tab(world: World) -> None:
    guard = Browser().guard
    guard.arrivals = Limiter("3/minute")
    with sessions.system() as session:
        sid = sessions.start(session)

    answers = [await _open_tab(guard, sid) for _ in range(5)]

    assert answers == ["websocket.accept"] * 3 + ["websocket.close"] * 2


def test_headers_of_a_file_are_forgotten_after_their_hour(world: World, clock: Clock) -> None:
    account = world.account()
    orderer, layout = world.person(Role.ORDERER, account), world.layout(account)
    perform(
        import_inspections.keep_inspection,
        orderer,
        layout_id=layout.id,
        headers=["Astrid"],
        suggestion={},
        rows=1,
        notes=[],
    )
    clock.forward(import_inspections.INSPECTION_LIFETIME + timedelta(seconds=1))

    import_inspections.forget_inspections()

    with world.database.transaction(SYSTEM) as session:
        assert session.exec(select(Inspection.id)).all() == []


async def test_housekeeping_forgets_attempts_and_outlives_a_failure(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Invalid):
        enter("nobody@example.test", "wrong", HOME)
    clock.forward(timedelta(days=2))

    def fall() -> int:
        raise RuntimeError(ASTRID["name"])

    monkeypatch.setattr(erasure_steps, "resume_all", fall)
    monkeypatch.setattr(housekeeping, "EVERY", 0.01)

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(housekeeping.run(), 2)

    with world.database.transaction(SYSTEM) as session:
        assert session.exec(select(ThrottleHit.id)).all() == []


async def _open_tab(guard: Guard, sid: str) -> str:
    async def accepting(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message["type"])

    guard.app = accepting
    scope = {
        "type": "websocket",
        "path": "/_event/",
        "query_string": f"token={uuid4()}&transport=websocket".encode(),
        "headers": [
            (b"host", b"localhost:8000"),
            (b"origin", b"http://localhost:8000"),
            (b"cookie", f"sid={sid}".encode()),
        ],
        "client": (HOME, 1),
    }
    await guard(scope, receive, send)
    return sent[-1]


def _token(link: str) -> str:
    return link.partition("#")[2]


def _visit(sid: str) -> Visit:
    found = sessions.resolve(sid)
    assert found is not None
    return found
