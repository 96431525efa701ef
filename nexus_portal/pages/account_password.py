"""The panel of `/account` that changes the password."""

import reflex as rx

from nexus_portal.components import blocks
from nexus_portal.components.actions import action
from nexus_portal.components.codes import code_input
from nexus_portal.components.forms import field, post_form, text_input
from nexus_portal.components.i18n import t
from nexus_portal.components.vars import Flag, Text, as_flag
from nexus_portal.domain.passwords import LONGEST, SHORTEST
from nexus_portal.pages import said
from nexus_portal.state.shell import ShellState


def password_panel(email: Text, *, fresh: Flag) -> rx.Component:
    """Folded until it is wanted or was refused; a code is asked for unless a second factor was just given."""
    present_wrong, new_wrong, code_wrong = said.at("present"), said.at("new"), said.at("password-code")
    # The password manager keeps the address with the password.
    address = rx.el.input(
        type="email", name="email", value=email, read_only=True, auto_complete="username", hidden=True
    )
    present = text_input(
        "present",
        type="password",
        auto_complete="current-password",
        required=True,
        max_length=LONGEST,
        error=present_wrong,
    )
    new = text_input(
        "new",
        type="password",
        auto_complete="new-password",
        min_length=SHORTEST,
        max_length=LONGEST,
        required=True,
        error=new_wrong,
    )
    form = post_form(
        address,
        field(t("Present password"), present, control_id="present", error=present_wrong),
        field(
            t("New password"),
            new,
            control_id="new",
            hint=t("At least 12 characters. Three or four words that do not belong together work well."),
            error=new_wrong,
        ),
        rx.cond(as_flag(fresh), rx.fragment(), code_input("password-code", error=code_wrong)),
        action(t("Change the password"), type="submit", kind="primary"),
        action="/account/password",
        csrf=ShellState.csrf,
        class_name="account-form",
    )
    folded = rx.el.details(
        rx.el.summary(t("Change the password"), class_name="text-button"),
        rx.el.div(form, style={"padding_top": "10px"}),
        open=(present_wrong != "") | (new_wrong != "") | (code_wrong != ""),
    )
    return blocks.panel(
        t("Password"),
        rx.el.p(t("Changing it signs you out everywhere else."), class_name="secondary"),
        folded,
    )
