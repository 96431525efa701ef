"""What the pages of the privacy officer share: the way from one to the next."""

from collections.abc import Mapping

import reflex as rx

from nexus_portal.components.i18n import Text, t
from nexus_portal.components.native import page_link
from nexus_portal.components.vars import Code, as_text
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.page import holds

TABS: Mapping[str, Text] = {
    "/privacy": t("Retention"),
    "/privacy/certificates": t("Certificates"),
    "/privacy/access": t("Access log"),
    "/privacy/holds": t("Holds"),
    "/privacy/requests": t("Requests"),
    "/privacy/protected": t("Protected identity"),
    "/privacy/records": t("Processing"),
    "/privacy/breaches": t("Breaches"),
    "/privacy/closing": t("Closing"),
}
"""Address and name of each page, in the order in which they stand."""
NEEDS: Mapping[str, Permission] = {
    "/privacy/breaches": Permission.BREACHES_MANAGE,
    "/privacy/closing": Permission.PRIVACY_MANAGE,
}
"""What a page of them asks for beside reading."""


def privacy_tabs(current: str) -> rx.Component:
    """Links to all of them that the reader may open; the one at `current` is marked."""
    links = (
        rx.cond(
            holds(NEEDS.get(href, Permission.PRIVACY_READ)),
            page_link(name, to=href, class_name="tab", aria_current="page" if href == current else "false"),
        )
        for href, name in TABS.items()
    )
    return rx.el.nav(*links, aria_label=t("Privacy"), class_name="tabs")


def seen_by_link(code: Code) -> rx.Component:
    """The way to everybody who has seen the person on a card, for those who may know.

    Over all cards of the person for those who may search, else of this card alone.
    """
    whole = rx.cond(holds(Permission.PERSONS_SEARCH), "&person=all", "")
    return rx.cond(
        holds(Permission.PRIVACY_READ),
        page_link(
            t("Who has seen this person"),
            rx.el.span(" ", code, class_name="unseen"),
            to="/privacy/access?number=" + as_text(code) + whole,
            class_name="text-link",
        ),
    )
