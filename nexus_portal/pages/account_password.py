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
    wrong = [said.at(place) != "" for place in ("present", "new", "password-code")]
    form = post_form(
        # The password manager keeps the address with the password.
        rx.el.input(
            type="email", name="email", value=email, read_only=True, auto_complete="username", hidden=True
        ),
        _present(),
        _new(),
        rx.cond(as_flag(fresh), rx.fragment(), code_input("password-code", error=said.at("password-code"))),
        action(t("Change the password"), type="submit", kind="primary"),
        action="/account/password",
        csrf=ShellState.csrf,
        class_name="account-form",
    )
    folded = rx.el.details(
        rx.el.summary(t("Change the password"), class_name="text-button"),
        rx.el.div(form, style={"padding_top": "10px"}),
        open=wrong[0] | wrong[1] | wrong[2],
    )
    return blocks.panel(
        t("Password"),
        rx.el.p(t("Changing it signs you out everywhere else."), class_name="secondary"),
        folded,
    )


def _present() -> rx.Component:
    wrong = said.at("present")
    control = text_input(
        "present",
        type="password",
        auto_complete="current-password",
        required=True,
        max_length=LONGEST,
        error=wrong,
    )
    return field(t("Present password"), control, control_id="present", error=wrong)


def _new() -> rx.Component:
    wrong = said.at("new")
    control = text_input(
        "new",
        type="password",
        auto_complete="new-password",
        min_length=SHORTEST,
        max_length=LONGEST,
        required=True,
        error=wrong,
    )
    hint = t("At least 12 characters. Three or four words that do not belong together work well.")
    return field(t("New password"), control, control_id="new", hint=hint, error=wrong)
