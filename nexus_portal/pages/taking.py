"""Dialogs before persons are taken away as a file: they say what is in it, and ask for the second factor."""

from functools import partial

import reflex as rx

from nexus_portal.components import dialogs
from nexus_portal.components.files import address
from nexus_portal.components.forms import field, hidden, post_form, select_input
from nexus_portal.components.i18n import Text, say, t
from nexus_portal.components.vars import Code
from nexus_portal.domain.purposes import PURPOSES
from nexus_portal.state.shell import ShellState
from nexus_portal.state.taking import PERSONS
from nexus_portal.state.taking import TakingState as State


def persons_dialog(*, subject: Text, action: Code, wanted: Code = "") -> rx.Component:
    """Asks what for and in which form; `wanted` is what narrows the order history, as in its address."""
    purposes = [(purpose, say(words)) for purpose, words in PURPOSES.items()]
    return _dialog(
        hidden("wanted", wanted),
        field(
            t("What for"),
            select_input("taking-purpose", purposes, name="purpose", default_value=State.purpose),
            control_id="taking-purpose",
        ),
        field(
            t("Format"),
            select_input(
                "taking-kind",
                [("csv", "CSV"), ("xlsx", "Excel (XLSX)")],
                name="kind",
                default_value=State.kind,
            ),
            control_id="taking-kind",
        ),
        title=t("Export persons"),
        subject=subject,
        consequence=t(
            "A row for each card, with all that was typed of its person and without photos. "
            "That you took it, of how many persons and what for stands in your account’s log."
        ),
        opened=State.asking == PERSONS,
        action=action,
    )


def table_dialog(*, subject: Text, action: Code) -> rx.Component:
    """Before a table of many rows of a draft; `action` is the address of the order."""
    return _dialog(
        title=t("Download the rows"),
        subject=subject,
        consequence=t(
            "The file has the data of more than 50 persons. That you took it stands in your account’s log."
        ),
        opened=(State.asking != "") & (State.asking != PERSONS),
        action=action + "/" + State.asking,
    )


def _dialog(
    *extra: rx.Component, title: Text, subject: Text, consequence: Text, opened: rx.Var, action: Code
) -> rx.Component:
    mark = {"data-take": ""}
    said = {
        "data-taking": t("The file is being made. Leave this page open until it is here."),
        "data-broken": t("The file broke off before its end and was not kept. Load the page and try again."),
    }
    return rx.fragment(
        dialogs.confirm_dialog(
            *extra,
            rx.el.p(role="status", class_name="field-hint", custom_attrs=said),
            title=title,
            subject=subject,
            consequence=consequence,
            open=opened,
            on_close=State.closed,
            form=partial(post_form, action=action, csrf=ShellState.csrf, custom_attrs=mark),
            error=State.error,
            danger=False,
            icon="file-down",
        ),
        rx.el.script(src=address("take.js"), async_=True),
    )
