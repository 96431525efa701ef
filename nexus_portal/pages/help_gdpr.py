"""`/help/gdpr`: how personal data is treated, for those on the cards and those who order them."""

import reflex as rx

from nexus_portal.components import prose
from nexus_portal.components.public import public_shell
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.page import portal_page
from nexus_portal.state.shell import ShellState

TEXT = "gdpr"


@portal_page("/help/gdpr", title=prose.title(TEXT), needs=Permission.PUBLIC, framed=False)
def gdpr_statement() -> rx.Component:
    """The statement, to read and to print."""
    return public_shell(
        prose.document(TEXT), title=prose.title(TEXT), lead=prose.lead(TEXT), wide=True, csrf=ShellState.csrf
    )
