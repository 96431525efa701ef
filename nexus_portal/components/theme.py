"""The look as a whole: style sheet, head, what is drawn around every page. The theme stands in rxconfig."""

from typing import Any

import reflex as rx

from nexus_portal.components.connection import connection_banner
from nexus_portal.components.failure import failure_boundary
from nexus_portal.components.files import address
from nexus_portal.components.mount import after_mount

STYLES = [
    "portal.css",
    "vendor/cropper.min.css",
    "account.css",
    "ahead.css",
    "cards.css",
    "cart.css",
    "dropped.css",
    "files.css",
    "history.css",
    "holders.css",
    "imports.css",
    "order.css",
    "ordering.css",
    "privacy.css",
    "team.css",
    "texts.css",
    "tracking.css",
]
"""The tokens and what all pages share come first."""


def app_appearance(frame: rx.Component) -> dict[str, Any]:
    """Keyword arguments of `rx.App` that make up the look: head, connection banner, error page, no toasts.

    `frame` stands around every page that has one.
    """
    return {
        "head_components": _head(),
        "stylesheets": STYLES,
        "toaster": None,
        "html_lang": "en",
        "app_wraps": {
            (55, "ErrorBoundary"): lambda _stateful: failure_boundary(),
            (5, "Overlay"): lambda stateful: rx.fragment(connection_banner()) if stateful else None,
            (2, "AfterMount"): lambda _stateful: after_mount(),
            (1, "Frame"): lambda _stateful: frame,
        },
    }


def _head() -> list[rx.Component]:
    """`portal.js` comes first and blocks: the language is known before anything is drawn."""
    return [
        rx.el.script(src=address("portal.js")),
        rx.el.script(src=address("passkeys.js"), defer=True),
        rx.el.script(src=address("session.js"), defer=True),
        rx.el.link(
            rel="preload",
            href="/fonts/inter-latin-wght-normal.woff2",
            custom_attrs={"as": "font", "type": "font/woff2", "crossOrigin": "anonymous"},
        ),
        rx.el.link(rel="icon", href=address("logo.svg"), type="image/svg+xml"),
        rx.el.meta(name="color-scheme", content="light dark"),
    ]
