"""`/files`: the file drop of an account."""

import reflex as rx

from nexus_portal.components import header
from nexus_portal.components.i18n import t
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.files_list import files_section
from nexus_portal.pages.files_rules import rules_panel
from nexus_portal.pages.page import portal_page
from nexus_portal.state.file_list import PATH
from nexus_portal.state.file_list import FileListState as State


@portal_page(PATH, title=t("Files"), needs=Permission.FILES_READ, on_load=State.load)
def files() -> rx.Component:
    """What lies there, and the rules for it."""
    return rx.fragment(
        header.page_header(
            t("Files"),
            live=State.loaded,
            lead=t("Lists and photos for orders, and the answers to them. Everything is stored encrypted."),
        ),
        files_section(),
        rules_panel(),
    )
