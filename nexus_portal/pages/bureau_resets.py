"""`/bureau/resets`: second factors that two people of the bureau take away together."""

from functools import partial
from typing import Any

import reflex as rx

from nexus_portal.components import blocks, header, table, times
from nexus_portal.components.actions import action
from nexus_portal.components.dialogs import confirm_dialog
from nexus_portal.components.forms import field, post_form, text_input
from nexus_portal.components.i18n import t
from nexus_portal.components.table import Column
from nexus_portal.components.vars import Code, Text, as_text
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.page import portal_page
from nexus_portal.state.bureau_resets import BureauResetsState as State
from nexus_portal.state.shell import ShellState


@portal_page(
    "/bureau/resets", title=t("Second factors"), needs=Permission.CUSTOMERS_MANAGE, on_load=State.load
)
def bureau_resets() -> rx.Component:
    """What waits for a second person."""
    ask = action(t("Ask for a reset"), icon="plus", kind="primary", on_click=State.ask("ask", ""))
    return rx.fragment(
        header.page_header(
            t("Second factors"),
            live=State.loaded,
            actions=[ask],
            lead=t(
                "For an account's last admin, and for people in several accounts: one of you asks, another "
                "confirms within 24 hours. All others are helped by their own account admin."
            ),
        ),
        _waiting(),
        _dialogs(),
    )


def _waiting() -> rx.Component:
    return table.data_table(
        [
            Column(t("Name"), lambda row: row.name, main=True),
            Column(t("Mail address"), lambda row: row.email, quiet=True),
            Column(t("Account"), lambda row: row.account),
            Column(t("Reason"), lambda row: row.reason, quiet=True),
            Column(t("Asked by"), lambda row: row.asked_by, quiet=True),
            Column(t("Works until"), lambda row: times.moment(row.expires_at), quiet=True),
            Column(t("Actions"), _actions, hidden_title=True),
        ],
        State.rows,
        label=t("Requests that wait for a second person"),
        key=lambda row: row.id,
        loading=~State.loaded,
        empty=blocks.empty_state("smartphone", t("Nothing waits"), t("Nobody has asked for a reset.")),
    )


def _actions(row: Any) -> rx.Component:
    return rx.el.div(
        rx.cond(
            row.is_own,
            rx.fragment(),
            action(t("Confirm"), small=True, on_click=State.ask("confirm", row.id)),
        ),
        action(t("Withdraw"), small=True, on_click=State.ask("withdraw", row.id)),
    )


def _dialogs() -> rx.Component:
    path = "/bureau/resets/" + as_text(State.request)
    return rx.fragment(
        _dialog(
            "ask",
            _field("account_number", t("Account number"), State.account_number, 40),
            _field("email", t("Mail address"), State.email, 254),
            _field("reason", t("Reason"), State.reason, 300),
            title=t("Ask for a reset"),
            consequence=t("Make sure that it is they who ask. They are told by mail that it is asked for."),
            post="/bureau/resets/ask",
            icon="smartphone",
        ),
        _dialog(
            "confirm",
            title=t("Confirm the reset"),
            subject=State.about,
            consequence=t("Make sure that it is they who ask. They are told by mail, and set up a new one."),
            goes=t("authenticator, recovery codes, passkeys and all their open sessions"),
            stays=t("their password and their role"),
            post=path + "/confirm",
            icon="smartphone",
        ),
        _dialog(
            "withdraw",
            title=t("Withdraw the request"),
            subject=State.about,
            consequence=t("Nothing happens to the person."),
            post=path + "/withdraw",
            danger=False,
            icon="undo-2",
        ),
    )


def _field(name: str, label: Text, value: Code, longest: int) -> rx.Component:
    control = text_input(
        f"reset-{name}",
        name=name,
        default_value=value,
        required=True,
        max_length=longest,
        auto_complete="off",
    )
    return field(label, control, control_id=f"reset-{name}")


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
