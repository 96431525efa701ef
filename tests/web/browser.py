"""A browser as the web doors see it: behind the real guard, with cookies, without scripts."""

import asyncio
from http.cookies import SimpleCookie

import httpx

from nexus_portal import settings
from nexus_portal.services import csrf, notices, sessions
from nexus_portal.services.notices import Flash
from nexus_portal.services.sessions import Visit
from nexus_portal.web import app as web_app
from nexus_portal.web.guard import Guard
from tests.identity import PASSWORD, Person, code

ORIGIN = "http://localhost:8000"
PAGES = {"/sign-in", "/activate", "/forgot", "/reset"}
HEADERS = {
    "accept": "text/html",
    "accept-language": "en",
    "user-agent": "Mozilla/5.0 (Windows NT 10.0) Gecko Firefox/140.0",
}


async def _wipe(_token: str) -> None:
    """There are no states here."""


class Browser:
    """One browser with its cookies."""

    def __init__(self, address: str = "192.0.2.7") -> None:
        self.guard = Guard(web_app.build(), settings.current(), public=PAGES, wipe=_wipe)
        self.transport = httpx.ASGITransport(self.guard, client=(address, 50000), raise_app_exceptions=False)
        self.cookies: dict[str, str] = {}

    @property
    def sid(self) -> str:
        """The session id that the browser holds."""
        return self.cookies.get("sid", "")

    @property
    def visit(self) -> Visit | None:
        """The session behind the cookie, if it lives."""
        return sessions.resolve(self.sid)

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Open an address."""
        return self._send("GET", path, headers, None)

    def post(self, path: str, *, form_of: str | None = None, **fields: str) -> httpx.Response:
        """Send a form as the page would, with the token of the session unless told otherwise."""
        made = csrf.token(sessions.hash_of(self.sid)) if form_of is None else form_of
        headers = {"origin": ORIGIN, "sec-fetch-site": "same-origin", "referer": f"{ORIGIN}/sign-in"}
        return self._send("POST", path, headers, {"csrf": made, **fields})

    def told(self) -> Flash | None:
        """What the next page would say."""
        return notices.take(sessions.hash_of(self.sid))

    def _send(
        self, method: str, path: str, headers: dict[str, str], fields: dict[str, str] | None
    ) -> httpx.Response:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {**HEADERS, **headers, **({"cookie": cookie} if cookie else {})}

        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(transport=self.transport, base_url=ORIGIN) as client:
                return await client.request(method, path, headers=sent, data=fields)

        answer = asyncio.run(ask())
        self._keep(answer)
        return answer

    def _keep(self, answer: httpx.Response) -> None:
        for line in answer.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(line).items():
                if morsel.value and morsel["max-age"] != "0":
                    self.cookies[name] = morsel.value
                else:
                    self.cookies.pop(name, None)


def entered(person: Person) -> Browser:
    """The browser of somebody who has just signed in."""
    browser = Browser()
    browser.get("/sign-in")
    browser.post("/auth/sign-in", email=person.email, password=PASSWORD)
    browser.post("/auth/second-factor", code=code())
    return browser


def where(answer: httpx.Response) -> str:
    """The page that a form post leads to."""
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]
