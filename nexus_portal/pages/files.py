"""`/files`: the file drop, who may reach it from outside, and how."""

import reflex as rx

from nexus_portal.components import header
from nexus_portal.components.i18n import t
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.file_credentials import credential_dialogs, credentials_section
from nexus_portal.pages.page import portal_page
from nexus_portal.state.file_credentials import FileCredentialsState as State


@portal_page("/files", title=t("Files"), needs=Permission.FILES_READ, on_load=State.load)
def files() -> rx.Component:
    """Files, then the machines that may reach them."""
    return rx.fragment(
        header.page_header(
            t("Files"),
            live=State.loaded,
            lead=t("Your systems send spreadsheets and photos to inbox, and fetch the answers from results."),
        ),
        credentials_section(),
        credential_dialogs(),
    )
