"""Where a mail's link goes on: a page that posts the secret behind its `#`, which no log of a server sees."""

from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from nexus_portal.adapters import catalogue
from nexus_portal.domain.text import Message
from nexus_portal.services import csrf
from nexus_portal.web import caller

INCOMPLETE = Message("This link is not complete. Open it from the mail once more, or copy all of it.")
SCRIPTS = Message("Nexus Portal needs JavaScript.")
# Not a page of Reflex, whose front end would report the address to the server, the secret in it included.
_PAGE = """<!doctype html>
<html lang="{language}">
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Nexus Portal</title>
<link rel="icon" href="/logo.svg">
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:26rem;margin:18vh auto;padding:0 1rem}}</style>
<main>
<h1>Nexus Portal</h1>
<p id="incomplete" hidden>{incomplete}</p>
<noscript><p>{scripts}</p></noscript>
<form data-secret method="post" action="{action}">
<input type="hidden" name="csrf" value="{csrf}"><input type="hidden" name="token">
<button>{begin}</button>
</form>
</main>
<script src="/link.js"></script>
</html>
"""


def answer(request: Request, *, action: str, begin: Message) -> Response:
    """The page, in the reader's language: its form posts the secret to `action`."""
    language = catalogue.chosen(
        request.cookies.get(catalogue.COOKIE), request.headers.get("accept-language", "")
    )
    texts = {"incomplete": INCOMPLETE, "scripts": SCRIPTS, "begin": begin}
    said = {name: escape(catalogue.render(text, language)) for name, text in texts.items()}
    token = csrf.token(caller.visit_of(request).id_hash)
    return HTMLResponse(_PAGE.format(language=language, action=action, csrf=token, **said))
