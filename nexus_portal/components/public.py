"""The frame of pages that need no session: signing in, activation, help, application."""

import reflex as rx

from nexus_portal.components.files import address
from nexus_portal.components.i18n import t
from nexus_portal.components.native import native_link, page_link
from nexus_portal.components.preferences import colour_switch, language_switch
from nexus_portal.components.shell import skip_link
from nexus_portal.components.vars import Code, Text, given

PRODUCT = "Nexus Portal"


def public_shell(
    *content: rx.Component,
    title: Text,
    lead: Text = "",
    wide: bool = False,
    csrf: Code = "",
    notices: rx.Component | None = None,
) -> rx.Component:
    """One calm card in the middle of the page; `wide` is for texts to read and long forms."""
    return rx.el.div(
        skip_link(),
        rx.el.header(
            page_link(
                rx.el.img(src=address("logo.svg"), alt="", class_name="logo"),
                rx.el.span(PRODUCT),
                to="/",
                class_name="brand",
            ),
            rx.el.div(language_switch(csrf), colour_switch(), class_name="public-preferences"),
            class_name="public-header",
        ),
        rx.el.main(
            rx.el.h1(title, class_name="title"),
            rx.el.p(lead, class_name="lead") if given(lead) else rx.fragment(),
            *content,
            id="content",
            tab_index=-1,
            class_name="public-card public-wide" if wide else "public-card",
        ),
        _footer(),
        notices or rx.fragment(),
        class_name="public",
    )


def _footer() -> rx.Component:
    return rx.el.footer(
        page_link(t("Questions and answers"), to="/help"),
        native_link(t("Become a customer"), href="/apply"),
        page_link(t("GDPR statement"), to="/help/gdpr"),
        page_link(t("Data processing agreement"), to="/help/dpa"),
        class_name="public-footer",
    )
