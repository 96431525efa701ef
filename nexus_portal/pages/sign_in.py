"""`/sign-in`: one page, two steps."""

import reflex as rx

from nexus_portal.components import blocks
from nexus_portal.components.actions import action
from nexus_portal.components.codes import code_input
from nexus_portal.components.forms import field, hidden, post_form, text_input
from nexus_portal.components.i18n import t
from nexus_portal.components.native import native_link
from nexus_portal.components.passkeys import passkey_use
from nexus_portal.components.public import public_shell
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages import said
from nexus_portal.pages.page import portal_page
from nexus_portal.state.shell import ShellState
from nexus_portal.state.sign_in import SignInState as State


@portal_page("/sign-in", title=t("Sign in"), needs=Permission.PUBLIC, on_load=State.load, framed=False)
def sign_in() -> rx.Component:
    """The step that the session has come to."""
    ready = said.ARRIVED & (State.step != "")
    steps = rx.cond(State.step == "code", _second(), rx.el.div(_first(), _passkey(), class_name="fields"))
    return public_shell(
        said.beside("password", "code", "recovery"),
        rx.cond(ready, steps, blocks.skeleton_rows(3)),
        title=t("Sign in"),
        lead=rx.cond(
            State.step == "code",
            rx.cond(
                ShellState.has_passkey,
                t("Now the second factor: a code from your authenticator, or a passkey."),
                t("Now the second factor: a code from your authenticator."),
            ),
            t("Order cards, follow their production, decide over the personal data."),
        ),
        csrf=ShellState.csrf,
    )


def _first() -> rx.Component:
    wrong = said.at("password")
    email = text_input(
        "email",
        type="email",
        auto_complete="username",
        default_value=said.kept("email"),
        required=True,
        auto_focus=said.kept("email") == "",
        max_length=254,
    )
    password = text_input(
        "password",
        type="password",
        auto_complete="current-password",
        required=True,
        auto_focus=said.kept("email") != "",
        error=wrong,
    )
    return post_form(
        hidden("next", State.next),
        field(t("Mail address"), email, control_id="email"),
        field(t("Password"), password, control_id="password", error=wrong),
        action(t("Continue"), type="submit", kind="primary"),
        # A full load: a form sent before the page has arrived would be answered to nobody.
        rx.el.p(native_link(t("Forgotten password?"), href="/forgot"), class_name="secondary"),
        action="/auth/sign-in",
        csrf=ShellState.csrf,
        # Made anew when a refusal arrives, so that the address is there and the keyboard where it belongs.
        key=said.at("password"),
    )


def _second() -> rx.Component:
    return rx.el.div(
        post_form(
            hidden("next", State.next),
            code_input(error=said.at("code"), auto_focus=True),
            action(t("Sign in"), type="submit", kind="primary"),
            action="/auth/second-factor",
            csrf=ShellState.csrf,
        ),
        _passkey(known=True),
        _recovery(),
        post_form(
            action(t("Start again with another address"), type="submit", kind="quiet", small=True),
            action="/sign-out",
            csrf=ShellState.csrf,
        ),
        class_name="fields",
    )


def _passkey(*, known: bool = False) -> rx.Component:
    label = t("Use a passkey") if known else t("Sign in with a passkey")
    return post_form(
        hidden("next", State.next),
        passkey_use(label, known=known),
        action="/auth/passkey",
        csrf=ShellState.csrf,
    )


def _recovery() -> rx.Component:
    wrong = said.at("recovery")
    code = text_input(
        "recovery",
        name="code",
        auto_complete="off",
        spell_check=False,
        required=True,
        max_length=40,
        error=wrong,
    )
    form = post_form(
        hidden("next", State.next),
        hidden("kind", "recovery"),
        field(
            t("Recovery code"),
            code,
            control_id="recovery",
            hint=t("One of the ten you kept when you enrolled. Each is good once."),
            error=wrong,
        ),
        action(t("Sign in with the recovery code"), type="submit"),
        action="/auth/second-factor",
        csrf=ShellState.csrf,
    )
    return rx.el.details(
        rx.el.summary(t("No authenticator at hand?"), class_name="text-button"),
        rx.el.div(form, style={"padding_top": "10px"}),
        open=wrong != "",
    )
