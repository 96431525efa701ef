"""Guard and gate, attacked from outside by a client that keeps no rule."""

import json
from collections.abc import Callable
from uuid import uuid4

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from nexus_portal.state.manifest import Access, committed
from tests.e2e.portal import Portal
from tests.e2e.wire import NAMESPACE, STATE, Client, socket

HYDRATE = f"{STATE}.hydrate"
SHELL = f"{STATE}.nexus_portal___state___shell____shell_state"
OVERVIEW = f"{STATE}.nexus_portal___state___overview____overview_state"
SECRETS = ("password", "totp", "sid=", "cookie")


@pytest.fixture(scope="session")
def orderer(portal: Portal, client: Callable[[], Client]) -> Client:
    """An orderer of Björkskolan with a full session."""
    return client().sign_in(portal.person("orderer", "Björkskolan"))


@pytest.fixture
def visitor(client: Callable[[], Client]) -> Client:
    """Somebody who has opened the sign-in page and done nothing else."""
    newcomer = client()
    newcomer.visit()
    return newcomer


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Cookie": None}, id="no cookie"),
        pytest.param({"Cookie": "sid=" + "A" * 43}, id="forged cookie"),
        pytest.param({"Origin": None}, id="no origin"),
        pytest.param({"Origin": "https://evil.example"}, id="foreign origin"),
        pytest.param({"Origin": "null"}, id="null origin"),
    ],
)
def test_websocket_is_refused(portal: Portal, orderer: Client, headers: dict[str, str | None]) -> None:
    given = {"Origin": portal.url, "Cookie": f"sid={orderer.cookie}"} | headers
    with pytest.raises(InvalidStatus), socket(portal, str(uuid4()), given):
        pass


@pytest.mark.parametrize(
    "token",
    [
        "",
        "guess",
        "11111111-1111-1111-8111-111111111111",
        "A1C39D51-CB6C-4974-AC8E-20C1266AD89F",
        "../" + "a" * 33,
    ],
)
def test_client_token_must_be_a_random_uuid(portal: Portal, orderer: Client, token: str) -> None:
    given = {"Origin": portal.url, "Cookie": f"sid={orderer.cookie}"}
    with pytest.raises(InvalidStatus), socket(portal, token, given):
        pass


def test_polling_is_refused(portal: Portal, orderer: Client) -> None:
    given = {"Origin": portal.url, "Cookie": f"sid={orderer.cookie}"}
    with pytest.raises(InvalidStatus), socket(portal, str(uuid4()), given, transport="polling"):
        pass
    answer = orderer.http.get(
        f"{NAMESPACE}/", params={"EIO": "4", "transport": "polling", "token": str(uuid4())}
    )
    assert answer.status_code == httpx.codes.NOT_FOUND


def test_another_sessions_tab_is_refused(orderer: Client, visitor: Client) -> None:
    token = str(uuid4())
    with orderer.tab(token) as tab:
        assert tab.arrive()["person"]
    with pytest.raises(InvalidStatus), visitor.tab(token):
        pass


def test_a_tab_of_an_ended_session_gives_nothing_to_the_next(
    portal: Portal, client: Callable[[], Client], visitor: Client
) -> None:
    leaving = client().sign_in(portal.person("approver", "Björkskolan"))
    token = str(uuid4())
    with leaving.tab(token) as tab:
        name = tab.arrive()["person"]
    leaving.post("/sign-out", {})
    with visitor.tab(token) as tab:
        tab.send(HYDRATE)
        assert name not in json.dumps(tab.answers())


def test_signing_out_stops_the_open_tab(portal: Portal, client: Callable[[], Client]) -> None:
    auditor = client().sign_in(portal.person("auditor", "Björkskolan"))
    csrf = auditor.csrf()
    with auditor.tab() as tab:
        assert tab.ask(f"{OVERVIEW}.load").get(OVERVIEW)
        auditor.post("/sign-out", {}, csrf=csrf)
        tab.send(f"{OVERVIEW}.load")
        assert OVERVIEW not in json.dumps(tab.answers(3))


LOAD_ANEW = {SHELL: {"load_anew_rx_state_": "/sign-in"}}
SIGNED_IN_EVENTS = sorted(name for name, access in committed().items() if access is Access.SIGNED_IN)


@pytest.fixture
def half_signed_in(portal: Portal, client: Callable[[], Client]) -> Client:
    """Somebody who knows a password, and has no second factor to give."""
    return client().with_password(portal.person("account_admin", "Nordhamn"))


@pytest.mark.parametrize("who", ["visitor", "half_signed_in"])
def test_no_event_answers_without_both_factors(who: str, request: pytest.FixtureRequest) -> None:
    caller: Client = request.getfixturevalue(who)
    with caller.tab() as tab:
        tab.arrive()
        for event in SIGNED_IN_EVENTS:
            tab.send(event)
        answers = tab.answers(3)
    assert [answer["delta"] for answer in answers if answer.get("delta") not in (None, {}, LOAD_ANEW)] == []


def test_events_outside_the_manifest_are_refused(orderer: Client) -> None:
    refused = [name for name, access in committed().items() if access is Access.REFUSED]
    with orderer.tab() as tab:
        tab.arrive()
        for event in [*refused, f"{OVERVIEW}._show", f"{STATE}.nonsense"]:
            tab.send(event, {"var_name": "loaded", "value": True})
        assert [answer for answer in tab.answers(3) if answer.get("delta")] == []


SOME_ARGUMENTS: tuple[dict[str, object], ...] = (
    {},
    {"number": "2026-00001", "value": "x"},
    {"form": {"code": "000000"}},
    {"item": "01a20940-540a-7124-bc60-cb3126844631"},
)


def test_every_event_tells_the_lowest_role_of_its_own_account_only(
    portal: Portal, client: Callable[[], Client]
) -> None:
    """Any arguments, any order: nothing of the other customer or of the bureau's side comes back."""
    approver = client().sign_in(portal.person("approver", "Nordhamn"))
    with approver.tab() as tab:
        told = [json.dumps(tab.arrive(), ensure_ascii=False)]
        for event in SIGNED_IN_EVENTS:
            for arguments in SOME_ARGUMENTS:
                tab.send(event, arguments)
            told.append(json.dumps(tab.answers(0.3), ensure_ascii=False))
    body = "".join(told)
    assert "Nordhamn" in body
    assert "Björkskolan" not in body
    assert "Traceback" not in body


def test_hydration_holds_nothing_of_others_and_no_secret(orderer: Client) -> None:
    with orderer.tab() as tab:
        tab.send(HYDRATE)
        body = json.dumps(tab.answers()).lower()
    assert "nordhamn" not in body
    assert not [word for word in SECRETS if f'"{word}' in body and word != "cookie"]


def test_wrongly_typed_arguments_are_refused_in_words(orderer: Client) -> None:
    event = f"{STATE}.nexus_portal___state___orders____order_history_state.narrow"
    with orderer.tab() as tab:
        tab.arrive()
        answer = json.dumps(tab.ask(event, {"name": {"$ne": 1}, "value": ["x"]}))
    assert "does not belong there" in answer


def test_a_frame_of_two_megabytes_ends_the_socket(orderer: Client) -> None:
    frame = json.dumps(["event", {"name": HYDRATE, "payload": {"x": "A" * 2_000_000}}])
    with orderer.tab() as tab:
        tab.connection.send(f"42{NAMESPACE},{frame}")
        tab.answers(3)
        with pytest.raises(ConnectionClosed):
            tab.keep_asking(HYDRATE)


@pytest.mark.parametrize("path", ["/_upload", "/_upload/", "/_all_routes", "/_event/"])
def test_reflex_own_doors_are_closed(orderer: Client, path: str) -> None:
    for method in ("GET", "POST"):
        answer = orderer.http.request(method, path, headers={"origin": orderer.portal.url})
        assert answer.status_code in {httpx.codes.NOT_FOUND, httpx.codes.FORBIDDEN}


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_forms_from_elsewhere_are_refused(orderer: Client, headers: dict[str, str]) -> None:
    given = {"origin": orderer.portal.url, "sec-fetch-site": "same-origin"} | headers
    answer = orderer.http.post("/sign-out", data={"csrf": orderer.csrf()}, headers=given)
    assert answer.status_code == httpx.codes.FORBIDDEN
    assert orderer.visit("/").status_code == httpx.codes.OK


def test_a_form_without_origin_or_with_anothers_token_is_refused(
    portal: Portal, orderer: Client, visitor: Client
) -> None:
    bare = httpx.post(
        f"{portal.url}/sign-out", data={"csrf": orderer.csrf()}, cookies={"sid": orderer.cookie}
    )
    assert bare.status_code == httpx.codes.FORBIDDEN
    orderer.post("/sign-out", {}, csrf=visitor.csrf())
    assert orderer.visit("/").status_code == httpx.codes.OK


def test_pages_send_visitors_to_sign_in_and_back(visitor: Client) -> None:
    answer = visitor.visit("/orders?fulfilment=draft")
    assert answer.status_code == httpx.codes.SEE_OTHER
    assert answer.headers["location"] == "/sign-in?next=%2Forders%3Ffulfilment%3Ddraft"


def test_a_poisoned_host_leads_home(portal: Portal) -> None:
    answer = httpx.get(f"{portal.url}/sign-in", headers={"host": "evil.example", "accept": "text/html"})
    assert answer.headers["location"] == f"{portal.url}/sign-in"


def test_a_page_answers_without_a_detour(visitor: Client) -> None:
    assert visitor.visit("/help").status_code == httpx.codes.OK


def test_answers_carry_the_security_headers(visitor: Client) -> None:
    headers = visitor.visit("/sign-in").headers
    policy = headers["content-security-policy"]
    assert "script-src 'self' 'sha256-" in policy
    assert "unsafe-eval" not in policy
    assert "unsafe-inline" not in policy.split("style-src")[0]
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"


def test_the_cookie_is_out_of_reach_of_scripts(client: Callable[[], Client]) -> None:
    cookie = client().visit().headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
