"""The top of every page: where one is, what it is called, whether it is live, the one thing to do."""

from collections.abc import Sequence

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors

from nexus_portal.components.i18n import t
from nexus_portal.components.icons import glyph
from nexus_portal.components.native import page_link
from nexus_portal.components.vars import Flag, Text, as_flag, given


def page_header(
    title: Text,
    *,
    badges: Sequence[rx.Component] = (),
    live: Flag | None = None,
    actions: Sequence[rx.Component] = (),
    breadcrumbs: Sequence[tuple[Text, str]] = (),
    lead: Text = "",
) -> rx.Component:
    """Title as `<h1>`, badges beside it, a live dot while the page hears news, actions at the end."""
    marks = [*badges, *([live_mark(live)] if live is not None else [])]
    return rx.el.header(
        _breadcrumbs(breadcrumbs, title) if breadcrumbs else rx.fragment(),
        rx.el.div(
            rx.el.h1(title, class_name="title"),
            *marks,
            rx.el.div(*actions, class_name="page-actions") if actions else rx.fragment(),
            class_name="page-title",
        ),
        rx.el.p(lead, class_name="lead") if given(lead) else rx.fragment(),
        class_name="page-header",
    )


def live_mark(live: Flag) -> rx.Component:
    """A green dot and the word, while connected and what is shown changes by itself."""
    mark = rx.badge(
        rx.el.span(class_name="live-dot"), t("Live"), color_scheme="green", variant="soft", class_name="badge"
    )
    return rx.cond(as_flag(live) & ~has_connection_errors, mark)


def toolbar(*filters: rx.Component, end: Sequence[rx.Component] = ()) -> rx.Component:
    """One row of search and filters, with counts and exports at its end."""
    return rx.el.div(*filters, rx.el.div(*end, class_name="toolbar-end"), class_name="toolbar")


def _breadcrumbs(crumbs: Sequence[tuple[Text, str]], here: Text) -> rx.Component:
    links = (rx.el.li(page_link(label, to=href), glyph("chevron-right", size=12)) for label, href in crumbs)
    return rx.el.nav(
        rx.el.ol(*links, rx.el.li(here, aria_current="page")),
        aria_label=t("Breadcrumbs"),
        class_name="breadcrumbs",
    )
