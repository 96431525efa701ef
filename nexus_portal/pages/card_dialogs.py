"""The dialogs about issued cards, with the plain notice of what blocking does not do."""

from functools import partial
from typing import Any

import reflex as rx

from nexus_portal.components import blocks, dialogs
from nexus_portal.components.actions import action
from nexus_portal.components.forms import event_form
from nexus_portal.components.help_link import help_link
from nexus_portal.components.i18n import say, t
from nexus_portal.domain import words
from nexus_portal.domain.cards import CLOSES_NO_DOOR
from nexus_portal.domain.lifecycles import BlockReason


def card_dialogs(state: Any, subject: rx.Var[str]) -> rx.Component:
    """The three of them, for a state with `asking`, `closed`, `block`, `unblock` and `terminate`."""
    return rx.fragment(
        _block_dialog(state, subject), _unblock_dialog(state, subject), _terminate_dialog(state, subject)
    )


def _block_dialog(state: Any, subject: rx.Var[str]) -> rx.Component:
    """Each reason is a button: choosing it blocks. Unblocking takes it back."""
    reasons = (
        action(say(words.BLOCK_REASON[reason]), icon="lock", on_click=state.block(reason.value))
        for reason in BlockReason
    )
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(t("Block: choose why"), as_="h2", class_name="dialog-title"),
            rx.dialog.description(subject, class_name="secondary"),
            rx.el.p(
                t("If it stays blocked for 90 days, the card and its person are deleted."),
                class_name="dialog-consequence",
            ),
            blocks.callout(rx.el.p(say(CLOSES_NO_DOOR)), tone="warning"),
            help_link(t("What does blocking do, and what not?"), answer="block"),
            rx.el.div(*reasons, class_name="reasons", role="group", aria_label=t("Reason")),
            rx.el.div(rx.dialog.close(action(t("Cancel"))), class_name="dialog-buttons"),
            class_name="dialog",
        ),
        open=state.asking == "block",
        on_open_change=state.closed,
    )


def _unblock_dialog(state: Any, subject: rx.Var[str]) -> rx.Component:
    return dialogs.confirm_dialog(
        title=t("Unblock the card"),
        subject=subject,
        consequence=t("The register shows it as in use again. Open the doors in your own systems."),
        open=state.asking == "unblock",
        on_close=state.closed,
        form=partial(event_form, on_submit=state.unblock),
        ask_code=False,
        danger=False,
        icon="lock-open",
    )


def _terminate_dialog(state: Any, subject: rx.Var[str]) -> rx.Component:
    return dialogs.confirm_dialog(
        blocks.callout(rx.el.p(say(CLOSES_NO_DOOR)), tone="warning"),
        title=t("Terminate"),
        subject=subject,
        consequence=t("It is ended for good and cannot be used or unblocked. This cannot be undone."),
        open=state.asking == "terminate",
        on_close=state.closed,
        form=partial(event_form, on_submit=state.terminate),
        ask_code=False,
        icon="ban",
    )
