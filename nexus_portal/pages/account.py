"""`/account`: who one is here, how one signs in, and where one is signed in."""

import reflex as rx

from nexus_portal.components import blocks, header, preferences, table, times
from nexus_portal.components.actions import action
from nexus_portal.components.forms import hidden, post_form
from nexus_portal.components.i18n import plural, t
from nexus_portal.components.statuses import role_text
from nexus_portal.components.table import Column
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.recovery_codes import FEW
from nexus_portal.pages.account_attempts import attempts_list
from nexus_portal.pages.account_passkeys import passkeys_panel
from nexus_portal.pages.account_password import password_panel
from nexus_portal.pages.page import portal_page
from nexus_portal.state.account import AccountState as State
from nexus_portal.state.passkeys import PasskeysState
from nexus_portal.state.shell import ShellState


@portal_page(
    "/account", title=t("Your account"), needs=Permission.SIGNED_IN, on_load=[State.load, PasskeysState.load]
)
def account() -> rx.Component:
    """Profile and second factor, then the open sessions."""
    content = rx.fragment(
        blocks.columns(
            [_profile(), password_panel(State.email, fresh=State.fresh)],
            [_second_factor(), passkeys_panel(), _places()],
        ),
        rx.el.h2(t("Where you are signed in"), class_name="section-title"),
        _sessions(),
        _ways_out(),
        attempts_list(State.attempts),
    )
    return rx.fragment(
        header.page_header(t("Your account")),
        rx.cond(State.loaded, content, blocks.skeleton_rows()),
    )


def _profile() -> rx.Component:
    return blocks.panel(
        t("Profile"),
        blocks.definition_list(
            (t("Name"), State.name),
            (t("Mail address"), State.email),
            (t("Role"), role_text(State.role)),
            (t("Account"), rx.fragment(State.account, " · ", State.account_number)),
            (
                t("Language"),
                rx.el.div(
                    t("English"),
                    preferences.language_switch(ShellState.csrf),
                    class_name="panel-row",
                    style={"margin": "0"},
                ),
            ),
        ),
    )


def _second_factor() -> rx.Component:
    left = plural("{n} recovery code left", "{n} recovery codes left", State.codes_left)
    return blocks.panel(
        t("Second factor"),
        blocks.fact(
            "smartphone",
            t("Authenticator app"),
            t("Asked for at every sign-in, and before what cannot be taken back."),
            tone="success",
        ),
        rx.cond(
            State.codes_left > FEW,
            blocks.fact("key-round", left, t("Each replaces a lost phone once."), tone="success"),
            blocks.fact(
                "key-round",
                left,
                t("Each replaces a lost phone once. When none is left, only your account admin can help."),
                tone="warning",
            ),
        ),
        rx.el.div(
            action(t("Set up a new authenticator"), href="/account/authenticator", small=True),
            action(t("Make new recovery codes"), href="/account/recovery-codes", small=True),
            class_name="panel-buttons",
        ),
    )


def _places() -> rx.Component:
    return rx.cond(
        State.places.length() > 1,
        blocks.panel(t("Your accounts"), rx.el.ul(rx.foreach(State.places, _place), class_name="fields")),
    )


def _place(place: rx.Var) -> rx.Component:
    change = post_form(
        hidden("place", place.id),
        action(
            t("Go on here"),
            type="submit",
            small=True,
            aria_label=t("Go on in {account}", account=place.account),
        ),
        action="/auth/account",
        csrf=ShellState.csrf,
    )
    return rx.el.li(
        rx.el.span(
            rx.el.span(place.account, class_name="fact-title"),
            rx.el.span(" ", role_text(place.role), class_name="secondary"),
            style={"flex": "1"},
        ),
        rx.cond(place.is_current, rx.el.span(t("You are here"), class_name="secondary"), change),
        class_name="panel-row",
        style={"margin": "0"},
    )


def _sessions() -> rx.Component:
    return table.data_table(
        [
            Column(t("Device"), _device, main=True),
            Column(t("Network address"), lambda row: row.address, quiet=True),
            Column(t("Signed in"), lambda row: times.moment(row.since), quiet=True),
            Column(t("Last seen"), lambda row: times.moment(row.seen_at), quiet=True),
            Column(t("Ends"), _end_of, quiet=True),
            Column(t("Actions"), _end, hidden_title=True),
        ],
        State.sessions,
        label=t("Where you are signed in"),
        key=lambda row: row.reference,
    )


def _device(row: rx.Var) -> rx.Component:
    this = rx.badge(t("This session"), color_scheme="green", variant="soft", class_name="badge")
    return rx.el.span(
        rx.cond(row.device != "", row.device, t("Unknown device")),
        rx.cond(row.is_this, rx.fragment(" ", this)),
    )


def _end_of(row: rx.Var) -> rx.Component:
    return rx.el.span(
        times.moment(row.ends_at),
        rx.cond(row.idle_at != row.ends_at, rx.fragment(", ", t("unused"), " ", times.moment(row.idle_at))),
    )


def _end(row: rx.Var) -> rx.Component:
    name = t("End the session on {device}", device=row.device)
    return rx.cond(
        row.is_this,
        rx.fragment(),
        action(t("End"), small=True, aria_label=name, on_click=State.end(row.reference)),
    )


def _ways_out() -> rx.Component:
    everywhere = post_form(
        action(t("Sign out everywhere"), icon="log-out", type="submit"),
        action="/auth/sign-out-everywhere",
        csrf=ShellState.csrf,
    )
    others = action(t("End all other sessions"), on_click=State.end_others)
    return rx.el.div(rx.cond(State.sessions.length() > 1, others), everywhere, class_name="panel-row")
