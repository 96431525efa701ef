"""A page's rows in the answer that opens it: they are read before the page itself has begun to run.

The built page is empty until its scripts have run, connected and been answered. What is drawn ahead lies over
it until then: plain HTML in the page's own classes, with links that can be clicked. It is for the eye alone,
while keyboard and screen reader meet the page itself; `assets/ahead.js` takes it away as soon as that shows
the same.
"""

import asyncio
import gzip
import re
from collections.abc import Callable
from functools import cache
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from nexus_portal.adapters import catalogue
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import PortalError
from nexus_portal.domain.permissions import Permission
from nexus_portal.services import history
from nexus_portal.services.history import OrderPage, Wanted
from nexus_portal.services.history_wanted import FILTERS
from nexus_portal.services.use_case import perform
from nexus_portal.web import headers
from nexus_portal.web.caller import actor_of

Drawing = Callable[[OrderPage, Actor, str], str]
"""From a page of orders, its reader and their language to HTML."""
ORDERS = "/orders/"
_ASKED = frozenset({*FILTERS, "search", "sort", "page"})
"""What an address may ask for; with anything else, such as other columns, the page draws itself."""
_LEVEL = 3
"""Of compression: half a millisecond; more would take longer than it saves."""
_THEME = re.compile(r'<div data-is-root-theme="true"([^>]*)>')
_STARTS, _WAITS = '<script type="module" async="">', '<script type="text/plain" id="page-itself">'
_HTML = '<html lang="en">'
_DEFERRED, _DEFERRED_TOO = '<script defer="" src=', '<script type="text/plain" data-src='
_COMPILES, _WAITS_TOO = 'rel="modulepreload"', "data-fetch"
_drawings: dict[str, Drawing] = {}


def draw_with(path: str, drawing: Drawing) -> None:
    """Draw the page at `path` ahead by this function: the app's, which knows the pages."""
    _drawings[path] = drawing


async def orders(request: Request) -> Response:
    """`/orders` with the rows that its address asks for, for whoever may see them."""
    drawn = await _drawn(request)
    path = request.url.path
    before, after = _waiting(path, _language(request)) if drawn else _built(path)
    return _packed(request, before + drawn + after)


async def _drawn(request: Request) -> str:
    actor, drawing = actor_of(request), _drawings.get(request.url.path)
    asked = dict(parse_qsl(request.url.query))
    if drawing is None or not actor.may(Permission.ORDERS_READ) or not _ASKED.issuperset(asked):
        return ""
    cursor = asked.pop("page", "")
    try:
        page = await asyncio.to_thread(
            perform, history.orders, actor, wanted=Wanted(**asked), cursor=cursor, counting=False
        )
    except PortalError:
        # The page says what is wrong, as it does without this.
        return ""
    if not page.rows:
        return ""
    theme, rows = _theme(request.url.path), drawing(page, actor, _language(request))
    return f'<section id="drawn" aria-hidden="true"><div{theme}>{rows}</div></section>'


def _language(request: Request) -> str:
    """The one that `portal.js` will choose."""
    return catalogue.chosen(request.cookies.get(catalogue.COOKIE), request.headers.get("accept-language"))


@cache
def _built(path: str) -> tuple[str, str]:
    """The page as it was built, before and after the beginning of its body."""
    html = (headers.BUILT / path.strip("/") / "index.html").read_text(encoding="utf-8")
    before, body, after = html.partition("<body>")
    return before + body, after


@cache
def _waiting(path: str, language: str) -> tuple[str, str]:
    """The same, where rows are painted first: left alone, the page's own scripts run before the first frame.

    `ahead.js` starts them after it. Until then `portal.js` has those fetched that the browser's cache lacks;
    they are neither read nor compiled. It is told the language, too.
    """
    before, after = _built(path)
    before = before.replace(_HTML, f'<html lang="{language}" data-language="{language}">', 1)
    before = before.replace(_DEFERRED, _DEFERRED_TOO)
    return before.replace(_COMPILES, _WAITS_TOO), after.replace(_STARTS, _WAITS, 1)


@cache
def _theme(path: str) -> str:
    """The attributes of the page's theme, whose colours and sizes are those of its outermost element."""
    found = _THEME.search(_built(path)[1])
    return found[1] if found else ""


def _packed(request: Request, html: str) -> Response:
    # Nothing that somebody else chose stands beside a secret here, so its size gives nothing away.
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return HTMLResponse(html)
    packed = gzip.compress(html.encode(), _LEVEL)
    return HTMLResponse(packed, headers={"Content-Encoding": "gzip", "Vary": "Accept-Encoding"})


routes = [Route(ORDERS, orders)]
