"""A lost connection says so, and goes away by itself when it is back."""

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors

from nexus_portal.components.i18n import t
from nexus_portal.components.icons import glyph


def connection_banner() -> rx.Component:
    """A quiet bar over every page while the server cannot be reached; the live region exists all the time."""
    return rx.el.div(
        rx.cond(
            has_connection_errors,
            rx.el.p(
                glyph("wifi-off"),
                rx.el.span(
                    t("Not connected. What you see may be old; it updates by itself as soon as it can.")
                ),
                class_name="connection",
            ),
        ),
        role="status",
        aria_live="polite",
        class_name="connection-region",
    )
