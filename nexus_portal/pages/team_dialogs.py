"""The dialogs of the team page. What they send asks for a code, so it goes by form posts."""

from functools import partial
from typing import Any

import reflex as rx

from nexus_portal.components import blocks
from nexus_portal.components.actions import action
from nexus_portal.components.dialogs import confirm_dialog
from nexus_portal.components.forms import field, post_form, text_input
from nexus_portal.components.i18n import t
from nexus_portal.components.icons import glyph
from nexus_portal.components.secrets import copy_button
from nexus_portal.components.statuses import role_text
from nexus_portal.components.vars import Code, as_text
from nexus_portal.state.shell import ShellState
from nexus_portal.state.team import TeamState as State


def dialogs() -> rx.Component:
    """All of them; each opens by its name."""
    return rx.fragment(_invite(), _role(), _deactivate(), _reactivate(), _link())


def _invite() -> rx.Component:
    name = text_input(
        "invite-name",
        name="name",
        default_value=State.name,
        required=True,
        max_length=120,
        auto_complete="off",
    )
    email = text_input(
        "invite-email",
        name="email",
        type="email",
        default_value=State.email,
        required=True,
        max_length=254,
        auto_complete="off",
    )
    return _dialog(
        "invite",
        field(t("Name"), name, control_id="invite-name"),
        field(t("Mail address"), email, control_id="invite-email"),
        _role_field("invite-role"),
        title=t("Invite a person"),
        consequence=t(
            "They get a link that works once and for 72 hours, and set up two factors of their own."
        ),
        post="/team/invite",
        danger=False,
        icon="user-plus",
    )


def _role() -> rx.Component:
    return _dialog(
        "role",
        _role_field("new-role"),
        title=t("Change the role"),
        subject=_person(),
        consequence=t("The new role counts at once: pages that they have open change or close with it."),
        post="/team/" + as_text(State.member) + "/role",
        danger=False,
        icon="user-cog",
    )


def _deactivate() -> rx.Component:
    return _dialog(
        "deactivate",
        title=t("Deactivate"),
        subject=_person(),
        consequence=t(
            "They are signed out of this account at once and cannot come back until you reactivate them."
        ),
        goes=t("their access and their open sessions here"),
        stays=t("their orders, and their name in the log"),
        post="/team/" + as_text(State.member) + "/deactivate",
        icon="ban",
    )


def _reactivate() -> rx.Component:
    return _dialog(
        "reactivate",
        title=t("Reactivate"),
        subject=_person(),
        consequence=t("They can sign in again, in the role that they had."),
        post="/team/" + as_text(State.member) + "/reactivate",
        danger=False,
        icon="undo-2",
    )


def _link() -> rx.Component:
    words = t(
        "For {email}. It works once and for 72 hours, and is shown only now: copy it.", email=State.email
    )
    heading = rx.el.div(
        rx.el.span(glyph("link", size=17), class_name="dialog-mark"),
        rx.el.div(
            rx.dialog.title(t("Pass the link on"), as_="h2", class_name="dialog-title"),
            rx.dialog.description(words, class_name="secondary"),
        ),
        class_name="dialog-heading",
    )
    link = rx.el.code(State.link, id="invitation-link", style={"overflow_wrap": "anywhere"})
    buttons = rx.el.div(
        copy_button("invitation-link"),
        rx.dialog.close(action(t("Done"), kind="primary")),
        class_name="dialog-buttons",
        style={"margin_top": "14px", "align_items": "center"},
    )
    return rx.dialog.root(
        rx.dialog.content(
            heading, rx.el.div(link, class_name="dialog-effects"), buttons, class_name="dialog"
        ),
        open=State.link != "",
        on_open_change=State.close,
    )


def _dialog(name: str, *extra: rx.Component, post: Code, **words: Any) -> rx.Component:
    return confirm_dialog(
        rx.cond(State.error != "", rx.el.div(blocks.callout(State.error, tone="danger"), role="alert")),
        *extra,
        open=State.dialog == name,
        on_close=State.close,
        form=partial(post_form, action=post, csrf=ShellState.csrf),
        error=State.code_error,
        **words,
    )


def _person() -> rx.Var[str]:
    return as_text(State.name) + " · " + as_text(State.email)


def _role_field(control_id: str) -> rx.Component:
    options = rx.foreach(State.roles, lambda role: rx.el.option(role_text(role), value=role))
    control = rx.el.select(options, id=control_id, name="role", default_value=State.role, class_name="input")
    return field(t("Role"), control, control_id=control_id)
