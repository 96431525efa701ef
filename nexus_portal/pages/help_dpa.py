"""`/help/dpa`: the data processing agreement between a customer and the bureau."""

import reflex as rx

from nexus_portal.components import prose
from nexus_portal.components.public import public_shell
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.page import portal_page
from nexus_portal.state.shell import ShellState

TEXT = "dpa"


@portal_page("/help/dpa", title=prose.title(TEXT), needs=Permission.PUBLIC, framed=False)
def data_processing_agreement() -> rx.Component:
    """The agreement, to read and to print."""
    return public_shell(
        prose.document(TEXT), title=prose.title(TEXT), lead=prose.lead(TEXT), wide=True, csrf=ShellState.csrf
    )
