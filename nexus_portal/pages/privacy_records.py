"""`/privacy/records`: the account's record of processing, generated from its own settings (GDPR 30.1)."""

import reflex as rx

from nexus_portal.components import header
from nexus_portal.components.i18n import t
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.page import portal_page
from nexus_portal.pages.privacy_parts import privacy_tabs
from nexus_portal.pages.records_parts import record_actions, record_body
from nexus_portal.state.records import PATH
from nexus_portal.state.records import RecordsState as State


@portal_page(PATH, title=t("Record of processing"), needs=Permission.PRIVACY_READ, on_load=State.load)
def privacy_records() -> rx.Component:
    """What the account processes, for what, how long, and who sees it."""
    return rx.fragment(
        header.page_header(
            t("Record of processing"),
            live=State.loaded,
            actions=record_actions(PATH, Permission.PRIVACY_MANAGE),
            lead=t("Generated from your layouts, rules and roles as they are now. It names no persons."),
        ),
        privacy_tabs(PATH),
        record_body(PATH),
    )
