"""Choosing a password, showing a new authenticator's key and new recovery codes, asking for proof of them.

Enrolling, resetting and renewing look the same.
"""

import reflex as rx

from nexus_portal.components import secrets
from nexus_portal.components.actions import action
from nexus_portal.components.codes import code_input
from nexus_portal.components.forms import field, post_form, text_input
from nexus_portal.components.i18n import t
from nexus_portal.components.vars import Code, Many, Text
from nexus_portal.domain.passwords import LONGEST, SHORTEST
from nexus_portal.pages import said
from nexus_portal.state.shell import ShellState


def choose_password(email: Text, *, post: str) -> rx.Component:
    """A field for the first password of this address, or a new one; it goes to `post`."""
    wrong = said.at("password")
    password = text_input(
        "password",
        type="password",
        auto_complete="new-password",
        min_length=SHORTEST,
        max_length=LONGEST,
        required=True,
        auto_focus=True,
        error=wrong,
    )
    # The password manager keeps the address with the password.
    address = rx.el.input(
        type="email", name="email", value=email, read_only=True, auto_complete="username", hidden=True
    )
    return post_form(
        address,
        field(
            t("Choose a password for {email}", email=email),
            password,
            control_id="password",
            hint=t("At least 12 characters. Three or four words that do not belong together work well."),
            error=wrong,
        ),
        action(t("Set the password"), type="submit", kind="primary"),
        action=post,
        csrf=ShellState.csrf,
    )


def show_authenticator(qr: Code, secret: Text, *, post: str) -> rx.Component:
    """The key as a picture and as text; a first code from it goes to `post`."""
    return rx.el.div(
        rx.el.p(t("Scan this code with an authenticator app on your phone. It is your second factor.")),
        secrets.qr_figure(qr, secret),
        post_form(
            code_input(error=said.at("code")),
            action(t("Confirm the code"), type="submit", kind="primary"),
            action=post,
            csrf=ShellState.csrf,
        ),
        class_name="fields",
    )


def show_codes(codes: Many, *, file: str, post: str) -> rx.Component:
    """The ten codes, a `file` of them, and one to be typed back, which goes to `post`."""
    wrong = said.at("recovery")
    typed = text_input(
        "recovery",
        name="code",
        auto_complete="off",
        spell_check=False,
        required=True,
        max_length=40,
        error=wrong,
    )
    return rx.el.div(
        rx.el.p(t("Each of these replaces a lost phone once. Keep them safe: they are not shown again.")),
        secrets.recovery_codes_list(codes),
        action(t("Download as a file"), icon="download", href=file, download=True, small=True),
        post_form(
            field(
                t("Type one of them, to show that you have kept them"),
                typed,
                control_id="recovery",
                error=wrong,
            ),
            action(t("Finish"), type="submit", kind="primary"),
            action=post,
            csrf=ShellState.csrf,
        ),
        class_name="fields",
    )
