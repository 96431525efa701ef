"""`/bureau/outbox`: what became of every mail, and how it is read where there is no mail server."""

from functools import partial

import reflex as rx

from nexus_portal.components import blocks, filters, header, table, times
from nexus_portal.components.actions import action, menu_item, more_menu
from nexus_portal.components.dialogs import confirm_dialog
from nexus_portal.components.forms import post_form
from nexus_portal.components.i18n import plural, t
from nexus_portal.components.icons import glyph
from nexus_portal.components.secrets import copy_button
from nexus_portal.components.table import Column
from nexus_portal.components.vars import as_text
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.page import portal_page
from nexus_portal.state.bureau_outbox import OutboxState as State
from nexus_portal.state.shell import ShellState


@portal_page("/bureau/outbox", title=t("Outbox"), needs=Permission.MAIL_READ, on_load=State.load)
def outbox() -> rx.Component:
    """All mails, the newest first."""
    return rx.fragment(
        header.page_header(
            t("Outbox"),
            lead=t("Mails leave by the mail server; without one they are files, and can be read here."),
        ),
        _mails(),
        filters.pager(
            showing=plural("{n} mail on this page", "{n} mails on this page", State.rows.length()),
            has_newer=State.newer != "",
            has_older=State.older != "",
            on_newer=State.turn("newer"),
            on_older=State.turn("older"),
        ),
        _ask(),
        _words(),
    )


def _mails() -> rx.Component:
    return table.data_table(
        [
            Column(t("To"), lambda row: row.recipient, main=True),
            Column(t("Subject"), lambda row: row.subject),
            Column(t("Written"), lambda row: times.when(row.created_at), quiet=True),
            Column(t("Status"), _state),
            Column(t("Actions"), _actions, hidden_title=True),
        ],
        State.rows,
        label=t("Mails"),
        key=lambda row: row.id,
        loading=~State.loaded,
        empty=blocks.empty_state(
            "mail", t("No mail yet"), t("Invitations, links to new passwords and notices show here.")
        ),
    )


def _state(row: rx.Var) -> rx.Component:
    refused = _said(row, _badge("triangle-alert", t("Refused, tried again"), "amber"))
    return rx.match(
        row.state,
        ("sent", _badge("check-check", t("Sent"), "green")),
        ("written", _badge("file-text", t("Written to a file"), "indigo")),
        ("refused", refused),
        ("given_up", _said(row, _badge("x", t("Given up"), "red"))),
        ("closed", _badge("ban", t("No longer needed"), "gray")),
        _badge("clock", t("Waiting"), "gray"),
    )


def _badge(icon: str, text: rx.Var, colour: str) -> rx.Component:
    return rx.badge(glyph(icon, size=12), text, color_scheme=colour, variant="soft", class_name="badge")


def _said(row: rx.Var, badge: rx.Component) -> rx.Component:
    onward = rx.cond(
        row.next_at != "",
        rx.el.span(" ", t("Next attempt:"), " ", times.moment(row.next_at)),
    )
    words = rx.el.span(row.refusal, onward, class_name="secondary", style={"overflow_wrap": "anywhere"})
    return rx.el.span(badge, " ", words)


def _actions(row: rx.Var) -> rx.Component:
    read = menu_item(t("Read the mail"), icon="mail-open", on_click=State.ask(row.id))
    again = menu_item(t("Try again"), icon="repeat", on_click=State.try_again(row.id))
    menu = more_menu(
        rx.cond(row.readable, read),
        rx.cond(row.again, again),
        label=t("Actions for the mail to {recipient}", recipient=row.recipient),
    )
    return rx.cond(row.readable | row.again, menu)


def _ask() -> rx.Component:
    return confirm_dialog(
        title=t("Read the mail"),
        subject=as_text(State.subject) + " · " + as_text(State.recipient),
        consequence=t(
            "A link in it acts for the person it was written to. The audit log keeps that you read it."
        ),
        open=State.asked != "",
        on_close=State.close,
        form=partial(
            post_form, action="/bureau/outbox/" + as_text(State.asked) + "/read", csrf=ShellState.csrf
        ),
        error=State.code_error,
        danger=False,
        icon="mail-open",
    )


def _words() -> rx.Component:
    heading = rx.el.div(
        rx.el.span(glyph("mail-open", size=17), class_name="dialog-mark"),
        rx.el.div(
            rx.dialog.title(State.subject, as_="h2", class_name="dialog-title"),
            rx.dialog.description(State.recipient, class_name="secondary"),
        ),
        class_name="dialog-heading",
    )
    words = rx.el.p(
        State.text, id="mail-text", style={"white_space": "pre-wrap", "overflow_wrap": "anywhere"}
    )
    buttons = rx.el.div(
        copy_button("mail-text"),
        rx.dialog.close(action(t("Done"), kind="primary")),
        class_name="dialog-buttons",
        style={"margin_top": "14px", "align_items": "center"},
    )
    return rx.dialog.root(
        rx.dialog.content(
            heading, rx.el.div(words, class_name="dialog-effects"), buttons, class_name="dialog"
        ),
        open=State.text != "",
        on_open_change=State.close,
    )
