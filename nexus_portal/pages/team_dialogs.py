"""The dialogs of the team page. What they send asks for a code, so it goes by form posts."""

from functools import partial
from typing import Any

import reflex as rx

from nexus_portal.components import blocks
from nexus_portal.components.actions import action
from nexus_portal.components.dialogs import confirm_dialog
from nexus_portal.components.forms import field, post_form, text_area, text_input
from nexus_portal.components.i18n import t
from nexus_portal.components.icons import glyph
from nexus_portal.components.secrets import copy_button
from nexus_portal.components.statuses import permission_text, role_text
from nexus_portal.components.vars import Code, Text, as_many, as_text
from nexus_portal.state.shell import ShellState
from nexus_portal.state.team import TeamState as State


def dialogs() -> rx.Component:
    """All of them; each opens by its name."""
    return rx.fragment(
        _invite(), _many(), _role(), _deactivate(), _reactivate(), _reset(), _resend(), _link()
    )


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
        _role_field("new-role", on_change=State.weigh),
        rx.el.div(
            _effect(t("Gains"), State.gains),
            _effect(t("Loses"), State.loses),
            class_name="dialog-effects",
            role="status",
        ),
        title=t("Change the role"),
        subject=_person(),
        consequence=t("The new role counts at once: pages that they have open change or close with it."),
        post="/team/" + as_text(State.member) + "/role",
        danger=False,
        icon="user-cog",
    )


def _effect(title: Text, permissions: list[str]) -> rx.Component:
    names = rx.foreach(permissions, lambda permission: rx.el.li(permission_text(permission)))
    some = as_many(permissions).length() > 0
    listed = rx.cond(some, rx.el.ul(names), rx.el.span(t("Nothing"), class_name="secondary"))
    return blocks.definition_list((title, listed))


def _many() -> rx.Component:
    box = text_area(
        "invite-people",
        name="people",
        default_value=State.people,
        required=True,
        rows=6,
        max_length=20000,
        auto_complete="off",
    )
    hint = t("Name <name@organisation.se> or the address alone: one a line, or with commas or semicolons.")
    wrong = blocks.callout(
        rx.el.p(t("These were not invited and are still in the box:")),
        rx.el.ul(rx.foreach(State.problems, rx.el.li)),
        tone="warning",
    )
    done = blocks.callout(rx.el.p(t("Invited:")), rx.el.ul(rx.foreach(State.good, rx.el.li)), tone="success")
    return _dialog(
        "many",
        rx.cond(State.good.length() > 0, done),
        rx.cond(State.problems.length() > 0, rx.el.div(wrong, role="alert")),
        field(t("People"), box, control_id="invite-people", hint=hint),
        _role_field("many-role"),
        title=t("Invite several"),
        consequence=t("Up to 50 people, all in one role. Each gets a link that works once and for 72 hours."),
        post="/team/invite-many",
        danger=False,
        icon="users",
    )


def _reset() -> rx.Component:
    reason = text_input(
        "reset-reason",
        name="reason",
        default_value=State.reason,
        required=True,
        max_length=300,
        auto_complete="off",
    )
    return _dialog(
        "reset",
        field(t("Reason"), reason, control_id="reset-reason"),
        title=t("Reset the second factor"),
        subject=_person(),
        consequence=t("Make sure that it is they who ask. They are told by mail, and set up a new one."),
        goes=t("authenticator, recovery codes, passkeys and all their open sessions"),
        stays=t("their password and their role"),
        post="/team/" + as_text(State.member) + "/reset-factor",
        icon="smartphone",
    )


def _resend() -> rx.Component:
    return _dialog(
        "resend",
        title=t("Send a new link"),
        subject=_person(),
        consequence=t("The old link ends now; the new one works once and for 72 hours."),
        post="/team/" + as_text(State.member) + "/resend",
        danger=False,
        icon="refresh-cw",
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


def _role_field(control_id: str, **events: Any) -> rx.Component:
    options = rx.foreach(State.roles, lambda role: rx.el.option(role_text(role.shown), value=role.value))
    # Made anew for another default, which a choice takes once: a tab that loads again after a refusal shows
    # its old dialog first, and must not send the old role.
    control = rx.el.select(
        options,
        id=control_id,
        name="role",
        default_value=State.role,
        class_name="input",
        key=State.role,
        **events,
    )
    return field(t("Role"), control, control_id=control_id)
