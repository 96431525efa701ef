"""The look as a whole: style sheet, head, what is drawn around every page. The theme stands in rxconfig."""

from typing import Any

import reflex as rx

from nexus_portal.components.connection import connection_banner
from nexus_portal.components.failure import failure_boundary
from nexus_portal.components.mount import after_mount


def app_appearance() -> dict[str, Any]:
    """Keyword arguments of `rx.App` that make up the look: head, connection banner, error page, no toasts."""
    return {
        "head_components": _head(),
        "stylesheets": ["portal.css", "order.css", "ordering.css", "account.css", "team.css", "history.css"],
        "toaster": None,
        "html_lang": "en",
        "app_wraps": {
            (55, "ErrorBoundary"): lambda _stateful: failure_boundary(),
            (5, "Overlay"): lambda stateful: rx.fragment(connection_banner()) if stateful else None,
            (2, "AfterMount"): lambda _stateful: after_mount(),
        },
    }


def _head() -> list[rx.Component]:
    """`portal.js` comes first and blocks: the language is known before anything is drawn."""
    return [
        rx.el.script(src="/portal.js"),
        rx.el.script(src="/passkeys.js", defer=True),
        rx.el.script(src="/session.js", defer=True),
        rx.el.link(
            rel="preload",
            href="/fonts/inter-latin-wght-normal.woff2",
            custom_attrs={"as": "font", "type": "font/woff2", "crossOrigin": "anonymous"},
        ),
        rx.el.link(rel="icon", href="/logo.svg", type="image/svg+xml"),
        rx.el.meta(name="color-scheme", content="light dark"),
    ]
