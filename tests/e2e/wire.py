"""What an attacker has: HTTP by hand and a raw websocket that speaks Reflex's protocol."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.e2e.portal import Person, Portal

NAMESPACE = "/_event"
STATE = "reflex___state____state"


class Client:
    """A browser without a browser: cookies, forms with the right origin, and tabs."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.http = httpx.Client(base_url=portal.url, headers={"accept": "text/html"}, timeout=30)

    def close(self) -> None:
        """Drop the connections."""
        self.http.close()

    @property
    def cookie(self) -> str:
        """The session id in hand."""
        return self.http.cookies.get("sid", "")

    def visit(self, path: str = "/sign-in") -> httpx.Response:
        """Load a page."""
        return self.http.get(path)

    def post(
        self, path: str, fields: dict[str, str], *, csrf: str | None = None, **headers: str
    ) -> httpx.Response:
        """Post a form as a page of the portal would."""
        token = self.csrf() if csrf is None else csrf
        sent = {"origin": self.portal.url, "sec-fetch-site": "same-origin", **headers}
        return self.http.post(path, data={**fields, "csrf": token}, headers=sent)

    def csrf(self) -> str:
        """The form token that the page's state gives out."""
        with self.tab() as tab:
            return str(tab.arrive()["csrf"])

    def sign_in(self, person: Person) -> "Client":
        """Both factors."""
        self.with_password(person)
        second = self.post("/auth/second-factor", {"code": self.portal.code(person)})
        assert second.status_code == httpx.codes.SEE_OTHER, second.text
        return self

    def with_password(self, person: Person) -> "Client":
        """The first factor alone."""
        self.visit()
        first = self.post("/auth/sign-in", {"email": person.email, "password": person.password})
        assert first.status_code == httpx.codes.SEE_OTHER, first.text
        return self

    @contextmanager
    def tab(self, token: str | None = None, **overrides: str | None) -> Iterator["Tab"]:
        """A websocket of this client; `overrides` replace or (None) leave out headers."""
        headers = {"Origin": self.portal.url, "Cookie": f"sid={self.cookie}"} | overrides
        with socket(self.portal, token or str(uuid4()), headers) as tab:
            yield tab


class Tab:
    """One websocket that has been let in."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def send(self, name: str, payload: dict[str, Any] | None = None, path: str = "/") -> None:
        """Send an event."""
        event = {
            "name": name,
            "payload": payload or {},
            "router_data": {"pathname": path, "query": {}, "asPath": path},
        }
        self.connection.send(f"42{NAMESPACE}," + json.dumps(["event", event]))

    def answers(self, seconds: float = 1.5, *, patience: float = 0) -> list[dict[str, Any]]:
        """Everything that comes until nothing has come for a while; `patience` is for the first of it."""
        found: list[dict[str, Any]] = []
        while True:
            try:
                frame = self.connection.recv(timeout=seconds if found else max(seconds, patience))
            except (TimeoutError, ConnectionClosed):
                return found
            text = frame if isinstance(frame, str) else frame.decode(errors="replace")
            if text == "2":
                self.connection.send("3")
                continue
            match = re.match(rf"42{NAMESPACE},(.*)", text, re.DOTALL)
            if match:
                found.append(json.loads(match[1])[1])

    def ask(self, name: str, payload: dict[str, Any] | None = None, path: str = "/") -> dict[str, Any]:
        """Send an event; all deltas that follow, merged by state, and the front-end events under `events`."""
        self.send(name, payload, path)
        merged: dict[str, Any] = {"events": []}
        for answer in self.answers(patience=10):
            for state, delta in (answer.get("delta") or {}).items():
                merged.setdefault(state, {}).update(delta)
            merged["events"] += answer.get("events") or []
        return merged

    def keep_asking(self, name: str, times: int = 50) -> None:
        """Send an event again and again; raises ConnectionClosed once the socket is closed."""
        for _ in range(times):
            self.send(name)
            self.connection.ping().wait(0.1)

    def arrive(self) -> dict[str, Any]:
        """What the shell tells about who is here."""
        shell = f"{STATE}.nexus_portal___state___shell____shell_state"
        told = self.ask(f"{shell}.arrive", path="/sign-in").get(shell, {})
        return {name.removesuffix("_rx_state_"): value for name, value in told.items()}


@contextmanager
def socket(portal: Portal, token: str, headers: dict[str, str | None], **query: str) -> Iterator[Tab]:
    """Open a websocket and Reflex's namespace on it, as given; InvalidStatus when it is refused."""
    fields = {"EIO": "4", "transport": "websocket", "token": token} | query
    address = f"ws://localhost:{portal.port}{NAMESPACE}/?{urlencode(fields)}"
    sent = {name: value for name, value in headers.items() if value is not None and name != "Origin"}
    with connect(
        address, additional_headers=sent, origin=headers.get("Origin"), max_size=None, open_timeout=10
    ) as connection:
        opening = str(connection.recv(timeout=10))
        assert opening.startswith("0"), opening
        connection.send(f"40{NAMESPACE},")
        connection.recv(timeout=10)
        yield Tab(connection)
