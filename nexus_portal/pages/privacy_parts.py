"""What the pages of the privacy officer share: the way from one to the next."""

from collections.abc import Mapping

import reflex as rx

from nexus_portal.components.i18n import Text, t
from nexus_portal.components.native import page_link

TABS: Mapping[str, Text] = {
    "/privacy": t("Retention"),
    "/privacy/holds": t("Holds"),
}
"""Address and name of each page, in the order in which they stand."""


def privacy_tabs(current: str) -> rx.Component:
    """Links to all of them; the one at `current` is marked."""
    links = (
        page_link(name, to=href, class_name="tab", aria_current="page" if href == current else "false")
        for href, name in TABS.items()
    )
    return rx.el.nav(*links, aria_label=t("Privacy"), class_name="tabs")
