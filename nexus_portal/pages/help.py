"""`/help`: questions and answers, for everybody."""

import reflex as rx

from nexus_portal.components import prose
from nexus_portal.components.public import public_shell
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.page import portal_page
from nexus_portal.state.shell import ShellState

TEXT = "faq"


@portal_page("/help", title=prose.title(TEXT), needs=Permission.PUBLIC, framed=False)
def questions_and_answers() -> rx.Component:
    """Questions that unfold; `/help#retention` opens with that answer."""
    return public_shell(
        prose.questions(TEXT), title=prose.title(TEXT), lead=prose.lead(TEXT), wide=True, csrf=ShellState.csrf
    )
