"""The outermost ASGI callable: origin, session, tab binding, sizes and headers, before Reflex sees anything.

Everything is refused that it does not know to be allowed. What a refused client learns is one status code.
"""

import asyncio
import logging
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from collections.abc import Set as AbstractSet
from functools import cache
from urllib.parse import parse_qs, quote, urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import (
    HTMLResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nexus_portal.adapters import catalogue
from nexus_portal.domain.errors import PortalError
from nexus_portal.services import sessions
from nexus_portal.services.sessions import Binding, Visit
from nexus_portal.settings import Settings
from nexus_portal.web import headers
from nexus_portal.web.caller import PASSIVE, VISIT, set_session_cookie, sid_in
from nexus_portal.web.limits import Limiter
from nexus_portal.web.proxies import told_apart

log = logging.getLogger(__name__)

EVENTS = "/_event"
REFUSED_PATHS = ("/_upload", "/_all_routes", "/auth-codespace")
OPEN_PATHS = ("/ping", "/_health", "/assets/", "/fonts/")
STATIC = re.compile(r"/[\w-]+\.(js|css|svg|ico|png|webmanifest|txt)")
"""Files of the front end beside the pages: the same for everybody, so nobody is looked up for them."""
NO_ACCOUNT = frozenset({"/apply", "/apply/answer", "/my-card", "/verify", "/certificates/public-key"})
"""Where people arrive who have no account: applicants, card holders, whoever was handed a certificate."""
MAX_FRAME = 256 * 1024
MAX_SOCKETS = 40
TOKEN = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
"""What Reflex's front end makes: a UUIDv4 but for its variant bits, which are random too."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# A link from another site brings no strict cookie with it: one step inside our own site brings it back.
BOUNCE = (
    '<!doctype html><html lang="en"><title>Nexus Portal</title><meta http-equiv="refresh" content="0"></html>'
)

Wipe = Callable[[str], Awaitable[None]]


class Guard:
    """Stands before `app`. `public` holds the routes that need no sign-in; `wipe` empties a tab's state."""

    def __init__(self, app: ASGIApp, settings: Settings, *, public: AbstractSet[str], wipe: Wipe) -> None:
        self.app = app
        self.settings = settings
        self.public = public
        self.wipe = wipe
        self.origin = settings.base_url
        self.host = urlsplit(settings.base_url).netloc
        self.sockets: Counter[str] = Counter()
        self.newcomers = Limiter("120/minute")
        self.arrivals = Limiter("300/minute")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request or websocket through, or refuse it."""
        if scope["type"] != "lifespan":
            scope = told_apart(scope, self.settings.proxies)
        match scope["type"]:
            case "http":
                await self._http(
                    scope,
                    receive,
                    headers.adding(send, scope, secure=self.settings.secure),
                )
            case "websocket":
                await self._websocket(scope, receive, send)
            case _:
                await self.app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = HTTPConnection(scope)
        refusal = self._refusal(request, scope["method"])
        if refusal is None and not _is_open(request.url.path):
            refusal = await self._with_session(request, scope)
        newcomer: str | None = scope.get("nexus.newcomer")
        if newcomer is not None:
            send = _with_cookie(send, newcomer)
        await (refusal or self.app)(_as_built(scope), receive, send)

    def _refusal(self, request: HTTPConnection, method: str) -> Response | None:
        path = request.url.path
        if path.startswith((*REFUSED_PATHS, EVENTS)):
            return _no("There is nothing here.", 404)
        if request.headers.get("host", "") != self.host and not path.startswith(OPEN_PATHS):
            if method in SAFE:
                return RedirectResponse(self.origin + path, 307)
            return _no("This host name is not served here.", 421)
        if method not in SAFE and (
            request.headers.get("origin") != self.origin
            or request.headers.get("sec-fetch-site", "same-origin") != "same-origin"
        ):
            return _no("The request did not come from a page of this portal.", 403)
        return None

    async def _with_session(self, request: HTTPConnection, scope: Scope) -> Response | None:
        sid = sid_in(request)
        is_page = scope["method"] in SAFE and "text/html" in request.headers.get("accept", "")
        try:
            active = request.url.path not in PASSIVE
            visit = await asyncio.to_thread(sessions.resolve, sid, active=active) if sid else None
            if visit is None and is_page:
                if not sid and request.headers.get("sec-fetch-site") == "cross-site":
                    return HTMLResponse(BOUNCE)
                visit = await self._welcome(request, scope)
        except PortalError as error:
            return _no(str(error), 503)
        scope[VISIT] = visit
        if is_page and not self._may_open(request.url.path, visit):
            target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(f"/sign-in?next={quote(target, safe='')}", 303)
        return None

    def _may_open(self, path: str, visit: Visit | None) -> bool:
        if path in NO_ACCOUNT or (path.rstrip("/") or "/") in self.public:
            return True
        if path.startswith(("/auth/", "/activate", "/language/")):
            return True
        return visit is not None and visit.actor.signed_in

    async def _welcome(self, request: HTTPConnection, scope: Scope) -> Visit | None:
        address = request.client.host if request.client else ""
        if not self.newcomers.take(address):
            return None
        language = catalogue.chosen(
            request.cookies.get(catalogue.COOKIE), request.headers.get("accept-language")
        )
        agent = request.headers.get("user-agent", "")
        sid = await asyncio.to_thread(_open_session, language, address, agent)
        scope["nexus.newcomer"] = sid
        return await asyncio.to_thread(sessions.resolve, sid)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        visit = await self._admitted(scope)
        if visit is None:
            await _close(receive, send)
            return
        if self.sockets[visit.id_hash] >= MAX_SOCKETS:
            log.warning("a session opened too many sockets")
            await _close(receive, send)
            return
        self.sockets[visit.id_hash] += 1
        try:
            await self.app(scope, _bounded(receive), send)
        finally:
            self.sockets[visit.id_hash] -= 1
            if not self.sockets[visit.id_hash]:
                del self.sockets[visit.id_hash]

    async def _admitted(self, scope: Scope) -> Visit | None:
        connection = HTTPConnection(scope)
        token = _client_token(scope["query_string"])
        sid = sid_in(connection)
        if (
            not scope["path"].startswith(EVENTS)
            or connection.headers.get("origin") != self.origin
            or connection.headers.get("host", "") != self.host
            or token is None
            or not sid
        ):
            return None
        try:
            # A socket comes back by itself: only what is then sent over it shows that somebody is there.
            visit = await asyncio.to_thread(sessions.resolve, sid, active=False)
            # Every tab is a state in memory and a row: nobody makes them without end.
            if visit is None or not self.arrivals.take(_who(visit, connection)):
                return None
            binding = await asyncio.to_thread(sessions.bind_tab, token, visit.id_hash)
        except PortalError:
            return None
        if binding is Binding.REFUSED:
            log.warning("a tab token of another session was refused")
            return None
        if binding is Binding.TAKEN_OVER:
            await self.wipe(token)
        return visit


def _as_built(scope: Scope) -> Scope:
    """The scope with the path under which a page was built: the server would lead there by a redirect."""
    path: str = scope["path"]
    if scope["method"] in SAFE and path in _built_pages():
        return {**scope, "path": f"{path}/", "raw_path": f"{path}/".encode()}
    return scope


@cache
def _built_pages() -> frozenset[str]:
    return frozenset(
        f"/{page.parent.relative_to(headers.BUILT)}" for page in headers.BUILT.rglob("index.html")
    )


def _who(visit: Visit, connection: HTTPConnection) -> str:
    """Whom to count: somebody signed in by their session, strangers by where they come from."""
    if visit.actor.signed_in or connection.client is None:
        return visit.id_hash
    return connection.client.host


def _is_open(path: str) -> bool:
    return path.startswith(OPEN_PATHS) or STATIC.fullmatch(path) is not None


def _client_token(query: bytes) -> str | None:
    """The one client token of a websocket transport, or nothing."""
    fields = parse_qs(query.decode("latin-1"), keep_blank_values=True)
    tokens = fields.get("token", [])
    if len(tokens) != 1 or fields.get("transport") != ["websocket"]:
        return None
    return tokens[0] if TOKEN.fullmatch(tokens[0]) else None


def _open_session(language: str, address: str, agent: str) -> str:
    with sessions.system() as session:
        return sessions.start(session, language=language, address=address, agent=agent)


def _with_cookie(send: Send, sid: str) -> Send:
    carrier = Response()
    set_session_cookie(carrier, sid)
    cookies = [pair for pair in carrier.raw_headers if pair[0] == b"set-cookie"]

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), *cookies]
        await send(message)

    return sending


def _bounded(receive: Receive) -> Receive:
    """Turn a frame above the limit into a disconnect: nothing behind it is parsed."""

    async def receiving() -> Message:
        message = await receive()
        if message["type"] == "websocket.receive":
            size = len(message.get("text") or "") + len(message.get("bytes") or b"")
            if size > MAX_FRAME:
                log.warning("a websocket frame of %d characters was refused", size)
                return {"type": "websocket.disconnect", "code": 1009}
        return message

    return receiving


async def _close(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.close", "code": 4403})


def _no(text: str, status: int) -> Response:
    return PlainTextResponse(text, status)
