"""`/account/authenticator`, `/account/recovery-codes`: new ones; the old work until these are confirmed."""

import reflex as rx

from nexus_portal.components import blocks, header
from nexus_portal.components.actions import action
from nexus_portal.components.codes import code_input
from nexus_portal.components.forms import field, hidden, post_form, text_input
from nexus_portal.components.i18n import plural, t
from nexus_portal.components.vars import Text
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages import said
from nexus_portal.pages.factor_parts import show_authenticator, show_codes
from nexus_portal.pages.page import portal_page
from nexus_portal.state.renewal import RenewalState as State
from nexus_portal.state.shell import ShellState


@portal_page(
    "/account/authenticator",
    title=t("New authenticator"),
    needs=Permission.SIGNED_IN,
    on_load=State.load_authenticator,
)
def new_authenticator() -> rx.Component:
    """Begin, then scan and confirm; the recovery codes follow on their own page."""
    start = rx.el.div(
        rx.cond(State.next != "", _lost_phone()),
        rx.el.p(
            t("You get a new key to scan. Your present authenticator works until you have confirmed a code."),
            class_name="secondary",
        ),
        _start(t("Set up a new authenticator"), "/account/authenticator/start"),
        rx.cond(State.next != "", action(t("Not now, go on"), href=State.next)),
        class_name="narrow",
    )
    shown = rx.el.div(
        show_authenticator(State.qr, State.secret, post="/account/authenticator/confirm"), class_name="narrow"
    )
    return _page(t("New authenticator"), rx.cond(State.stage == "authenticator", shown, start))


@portal_page(
    "/account/recovery-codes",
    title=t("New recovery codes"),
    needs=Permission.SIGNED_IN,
    on_load=State.load_codes,
)
def new_recovery_codes() -> rx.Component:
    """Begin, then keep them and type one back."""
    start = rx.el.div(
        rx.el.p(
            t("You get ten new codes. The earlier ones work until you have typed back one of the new."),
            class_name="secondary",
        ),
        _start(t("Make new recovery codes"), "/account/recovery-codes/start"),
        class_name="narrow",
    )
    shown = rx.el.div(
        show_codes(State.codes, file="/account/recovery-codes.txt", post="/account/recovery-codes/confirm"),
        class_name="narrow",
    )
    return _page(t("New recovery codes"), rx.cond(State.stage == "codes", shown, start))


def _page(title: Text, content: rx.Component) -> rx.Component:
    return rx.fragment(
        header.page_header(title, breadcrumbs=[(t("Your account"), "/account")]),
        rx.cond(State.stage != "", content, blocks.skeleton_rows(3)),
    )


def _lost_phone() -> rx.Component:
    left = plural("{n} recovery code left", "{n} recovery codes left", State.codes_left)
    return blocks.callout(
        rx.el.p(t("You signed in with a recovery code. Is your phone lost? Set up a new authenticator now.")),
        rx.el.p(left, class_name="secondary"),
        tone="warning",
    )


def _start(label: Text, post: str) -> rx.Component:
    """The button, with a second factor before it unless one was just given."""
    button = action(label, type="submit", kind="primary")
    bare = post_form(hidden("next", State.next), button, action=post, csrf=ShellState.csrf)
    coded = post_form(
        hidden("next", State.next),
        code_input(error=said.at("code")),
        button,
        action=post,
        csrf=ShellState.csrf,
    )
    return rx.cond(State.fresh, bare, rx.el.div(coded, _with_recovery_code(post), class_name="narrow"))


def _with_recovery_code(post: str) -> rx.Component:
    code = text_input(
        "recovery", name="code", auto_complete="off", spell_check=False, required=True, max_length=40
    )
    form = post_form(
        hidden("next", State.next),
        field(
            t("Recovery code"),
            code,
            control_id="recovery",
            hint=t("One of the ten you kept when you enrolled. Each is good once."),
        ),
        action(t("Go on with the recovery code"), type="submit"),
        action=post,
        csrf=ShellState.csrf,
    )
    return rx.el.details(
        rx.el.summary(t("No authenticator at hand?"), class_name="text-button"),
        rx.el.div(form, style={"padding_top": "10px"}),
    )
