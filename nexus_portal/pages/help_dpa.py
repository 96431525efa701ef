"""`/help/dpa`: the data processing agreement between a customer and the bureau."""

import reflex as rx

from nexus_portal.components import prose
from nexus_portal.components.public import public_shell
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.page import portal_page
from nexus_portal.pages.sub_processors import sub_processors
from nexus_portal.state.shell import ShellState
from nexus_portal.state.sub_processors import SubProcessorsState as Companies

TEXT = "dpa"


@portal_page(
    "/help/dpa", title=prose.title(TEXT), needs=Permission.PUBLIC, framed=False, on_load=Companies.load
)
def data_processing_agreement() -> rx.Component:
    """The agreement, to read and to print, and who processes for the bureau today."""
    return public_shell(
        prose.document(TEXT),
        sub_processors(),
        title=prose.title(TEXT),
        lead=prose.lead(TEXT),
        wide=True,
        csrf=ShellState.csrf,
    )
