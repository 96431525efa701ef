"""`/files`: the file drop, who may reach it from outside, and how."""

import reflex as rx

from nexus_portal.components import header
from nexus_portal.components.help_link import help_link
from nexus_portal.components.i18n import t
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.file_credentials import credential_dialogs, credentials_section
from nexus_portal.pages.files_list import files_section
from nexus_portal.pages.files_rules import rules_panel
from nexus_portal.pages.page import portal_page
from nexus_portal.state.file_credentials import FileCredentialsState as Credentials
from nexus_portal.state.file_list import PATH
from nexus_portal.state.file_list import FileListState as State


@portal_page(PATH, title=t("Files"), needs=Permission.FILES_READ, on_load=[Credentials.load, State.load])
def files() -> rx.Component:
    """Files and the rules for them, then the machines that may reach them."""
    return rx.fragment(
        header.page_header(
            t("Files"),
            live=State.loaded,
            lead=t("Your systems send spreadsheets and photos to inbox, and fetch the answers from results."),
        ),
        rx.el.div(
            help_link(t("Who takes care of our files, and how do they go?"), answer="transfer-deletion"),
            help_link(t("Can we send files by SFTP instead of the web page?"), answer="transfer"),
            class_name="help-links",
        ),
        files_section(),
        rules_panel(),
        credentials_section(),
        credential_dialogs(),
    )
