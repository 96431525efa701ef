"""What both sides see of the end of an account: what goes, what stays, and what stands in the way."""

from functools import partial
from typing import Any

import reflex as rx

from nexus_portal.components import blocks, dialogs
from nexus_portal.components.forms import post_form
from nexus_portal.components.i18n import number, t
from nexus_portal.components.vars import Code
from nexus_portal.state.closing import ClosingState as State
from nexus_portal.state.shell import ShellState

CLOSING = State.closing


def dry_run() -> rx.Component:
    """Counts of what would go; once it is confirmed, of what went."""
    went = CLOSING.confirmed_at != ""
    return blocks.panel(
        rx.cond(went, t("What went"), t("What would go")),
        blocks.definition_list(
            (t("Personal data of"), rx.el.span(number(CLOSING.persons), " ", t("persons"))),
            (t("Photos"), number(CLOSING.photos)),
            (t("Cards in the register"), number(CLOSING.cards)),
            (t("Files"), number(CLOSING.files)),
            (t("People who sign in"), number(CLOSING.people)),
            (t("Open sessions"), number(CLOSING.sessions)),
            (t("Open invitations"), number(CLOSING.invitations)),
            (t("Credentials of the file server"), number(CLOSING.credentials)),
        ),
        rx.el.p(
            t(
                "Orders, without a person in them: {n}. They stay with invoices and certificates.",
                n=CLOSING.orders,
            ),
            class_name="secondary",
        ),
    )


def in_the_way() -> rx.Component:
    """What has to be settled before."""
    return rx.cond(
        State.obstacles.length() > 0,
        blocks.callout(
            rx.el.p(t("This stands in the way:"), class_name="fact-title"),
            rx.el.ul(rx.foreach(State.obstacles, rx.el.li)),
            tone="warning",
        ),
    )


def dialog(name: str, *extra: rx.Component, post: Code, attributes: Any = None, **words: Any) -> rx.Component:
    """A dialog whose form goes to `post`."""
    more = {"custom_attrs": attributes} if attributes else {}
    return dialogs.confirm_dialog(
        rx.cond(State.error != "", rx.el.div(blocks.callout(State.error, tone="danger"), role="alert")),
        *extra,
        open=State.dialog == name,
        on_close=State.close,
        form=partial(post_form, action=post, csrf=ShellState.csrf, **more),
        error=State.code_error,
        **words,
    )
