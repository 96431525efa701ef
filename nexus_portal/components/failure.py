"""What a person sees when the page itself breaks: what happened, what was kept, what to do."""

import reflex as rx
from reflex_components_core.base.error_boundary import error_boundary

from nexus_portal.components.i18n import t
from nexus_portal.components.native import native_link


def failure_boundary() -> rx.Component:
    """Wraps every page; React's error goes to the server's log, never onto the screen."""
    return error_boundary(fallback_render=rx.Var.create(_failure()))


def _failure() -> rx.Component:
    return rx.el.main(
        rx.el.h1(t("This page could not be shown"), class_name="title"),
        rx.el.p(
            t("The error has been reported. Nothing that was saved is lost. Load the page again to go on.")
        ),
        rx.el.p(native_link(t("Go to the overview"), href="/")),
        class_name="failure",
    )
