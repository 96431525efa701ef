"""From where a question arises to its answer, in a tab of its own: what is being done stays as it is."""

import reflex as rx

from nexus_portal.components.icons import glyph
from nexus_portal.components.native import native_link
from nexus_portal.components.vars import Text


def help_link(question: Text, *, answer: str) -> rx.Component:
    """The question as a link; `answer` is the anchor of a question on `/help`."""
    return native_link(
        glyph("circle-help", size=13),
        rx.el.span(question),
        href=f"/help#{answer}",
        target="_blank",
        rel="noopener",
        class_name="text-button help-link",
    )
