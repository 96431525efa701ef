"""`/activate`: from an invitation to a person who signs in with two factors."""

import reflex as rx

from nexus_portal.components import blocks, secrets
from nexus_portal.components.actions import action
from nexus_portal.components.codes import code_input
from nexus_portal.components.forms import field, post_form, text_input
from nexus_portal.components.i18n import t
from nexus_portal.components.public import public_shell
from nexus_portal.components.stages import stages
from nexus_portal.components.statuses import role_text
from nexus_portal.components.vars import pick
from nexus_portal.domain.passwords import LONGEST, SHORTEST
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages import said
from nexus_portal.pages.page import portal_page
from nexus_portal.state.activate import ActivateState as State
from nexus_portal.state.shell import ShellState


@portal_page(
    "/activate", title=t("Activate your access"), needs=Permission.PUBLIC, on_load=State.load, framed=False
)
def activate() -> rx.Component:
    """The stage that the enrolment has come to."""
    return public_shell(
        rx.cond(
            said.ARRIVED & (State.stage != ""),
            rx.match(
                State.stage,
                ("password", _stage(1, _password())),
                ("authenticator", _stage(2, _authenticator())),
                ("codes", _stage(3, _codes())),
                _over(),
            ),
            blocks.skeleton_rows(4),
        ),
        title=t("Activate your access"),
        lead=pick(State.stage, [("over", t("This invitation has ended."))], _welcome()),
        csrf=ShellState.csrf,
    )


def _welcome() -> rx.Var[str]:
    return rx.cond(
        State.name != "",
        t(
            "Welcome, {name}. {account} gives you the role: {role}.",
            name=State.name,
            account=State.account,
            role=role_text(State.role),
        ),
        "",
    )


def _stage(number: int, content: rx.Component) -> rx.Component:
    titles = [t("Invitation"), t("Password"), t("Authenticator"), t("Recovery codes")]
    return rx.el.div(
        stages(titles, number), said.beside("password", "code", "recovery"), content, class_name="fields"
    )


def _password() -> rx.Component:
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
        type="email", name="email", value=State.email, read_only=True, auto_complete="username", hidden=True
    )
    return post_form(
        address,
        field(
            t("Choose a password for {email}", email=State.email),
            password,
            control_id="password",
            hint=t("At least 12 characters. Three or four words that do not belong together work well."),
            error=wrong,
        ),
        action(t("Set the password"), type="submit", kind="primary"),
        action="/activate/password",
        csrf=ShellState.csrf,
    )


def _authenticator() -> rx.Component:
    return rx.el.div(
        rx.el.p(t("Scan this code with an authenticator app on your phone. It is your second factor.")),
        secrets.qr_figure(State.qr, State.secret),
        post_form(
            code_input(error=said.at("code")),
            action(t("Confirm the code"), type="submit", kind="primary"),
            action="/activate/totp",
            csrf=ShellState.csrf,
        ),
        class_name="fields",
    )


def _codes() -> rx.Component:
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
        secrets.recovery_codes_list(State.codes),
        action(
            t("Download as a file"),
            icon="download",
            href="/activate/recovery-codes.txt",
            download=True,
            small=True,
        ),
        post_form(
            field(
                t("Type one of them, to show that you have kept them"),
                typed,
                control_id="recovery",
                error=wrong,
            ),
            action(t("Finish"), type="submit", kind="primary"),
            action="/activate/done",
            csrf=ShellState.csrf,
        ),
        class_name="fields",
    )


def _over() -> rx.Component:
    return blocks.empty_state(
        "mail-x",
        t("The invitation does not work any more"),
        t("It was withdrawn, or is older than 72 hours. Ask the person who invited you for a new one."),
        action(t("Sign in"), href="/sign-in"),
    )
