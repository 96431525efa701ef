"""`/forgot`: asking for a link to a new password."""

import reflex as rx

from nexus_portal.components import blocks
from nexus_portal.components.actions import action
from nexus_portal.components.forms import field, post_form, text_input
from nexus_portal.components.i18n import t
from nexus_portal.components.native import native_link
from nexus_portal.components.public import public_shell
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages import said
from nexus_portal.pages.page import portal_page
from nexus_portal.state.shell import ShellState


@portal_page("/forgot", title=t("Forgotten password"), needs=Permission.PUBLIC, framed=False)
def forgot() -> rx.Component:
    """One field; the answer is the same for every address."""
    return public_shell(
        said.beside("email"),
        rx.cond(said.ARRIVED, _form(), blocks.skeleton_rows(2)),
        rx.el.p(native_link(t("Back to signing in"), href="/sign-in"), class_name="secondary"),
        title=t("Forgotten password"),
        lead=t("We mail you a link to a new one. You need your second factor afterwards, as always."),
        csrf=ShellState.csrf,
    )


def _form() -> rx.Component:
    wrong = said.at("email")
    email = text_input(
        "email",
        type="email",
        auto_complete="username",
        default_value=said.kept("email"),
        required=True,
        auto_focus=True,
        max_length=254,
        error=wrong,
    )
    return post_form(
        field(t("Mail address"), email, control_id="email", error=wrong),
        action(t("Send me a link"), type="submit", kind="primary"),
        action="/auth/forgot",
        csrf=ShellState.csrf,
        key=wrong,
    )
