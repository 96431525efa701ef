"""`/reset`: choosing a new password, after the link of a mail was opened."""

import reflex as rx

from nexus_portal.components import blocks
from nexus_portal.components.actions import action
from nexus_portal.components.i18n import t
from nexus_portal.components.public import public_shell
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages import said
from nexus_portal.pages.factor_parts import choose_password
from nexus_portal.pages.page import portal_page
from nexus_portal.state.reset import ResetState as State
from nexus_portal.state.shell import ShellState


@portal_page("/reset", title=t("New password"), needs=Permission.PUBLIC, on_load=State.load, framed=False)
def reset() -> rx.Component:
    """The form while the link works, else the way to a new one."""
    form = choose_password(State.email, post="/auth/reset/password")
    ready = said.ARRIVED & (State.stage != "")
    return public_shell(
        said.beside("password"),
        rx.cond(
            ready,
            rx.cond(State.stage == "password", form, _over()),
            blocks.skeleton_rows(2),
        ),
        title=t("New password"),
        lead=t("It ends all your sessions. Then sign in with it and your second factor."),
        csrf=ShellState.csrf,
    )


def _over() -> rx.Component:
    return blocks.empty_state(
        "mail-x",
        t("The link does not work any more"),
        t("A link works once and for 30 minutes, and a newer one ends it."),
        action(t("Ask for a new link"), href="/forgot", kind="primary"),
    )
