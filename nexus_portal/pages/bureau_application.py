"""`/bureau/applications/{reference}`: one application, read and decided."""

from functools import partial
from typing import Any

import reflex as rx

from nexus_portal.components import blocks, dialogs, header, times
from nexus_portal.components.actions import action
from nexus_portal.components.customers import application_badge, volume_text
from nexus_portal.components.forms import event_form, field, hidden, post_form, text_area
from nexus_portal.components.i18n import plural, t
from nexus_portal.components.native import page_link
from nexus_portal.components.vars import as_text
from nexus_portal.domain.applications import LONGEST_TEXT
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.page import portal_page
from nexus_portal.state.bureau_application import BureauApplicationState as State
from nexus_portal.state.shell import ShellState

SHEET = State.sheet
BACK = "/bureau/customers"


@portal_page(
    "/bureau/applications/[reference]",
    title=t("Application"),
    needs=Permission.CUSTOMERS_MANAGE,
    on_load=State.load,
)
def bureau_application() -> rx.Component:
    """Who applies, what is known of them, and the decision."""
    missing = blocks.empty_state(
        "search-x",
        t("No such application"),
        t("There is none with this reference, or it was erased."),
        action(t("Applications"), href=BACK, kind="primary"),
    )
    return rx.cond(~State.loaded, blocks.skeleton_rows(), rx.cond(SHEET, _sheet(), missing))


def _sheet() -> rx.Component:
    decide = rx.el.div(
        action(t("Ask back"), icon="reply", on_click=State.ask("ask")),
        action(t("Refuse"), icon="x", on_click=State.ask("refuse")),
        action(t("Approve"), icon="check", kind="primary", on_click=State.ask("approve")),
        class_name="page-actions",
    )
    onward = action(
        t("Open the account’s page"), href=f"{BACK}/" + as_text(SHEET.account_number), kind="primary"
    )
    return rx.fragment(
        header.page_header(
            SHEET.row.organisation,
            badges=[application_badge(SHEET.row.state)],
            live=State.loaded,
            breadcrumbs=[(t("Applications"), BACK)],
            actions=[rx.cond(SHEET.decidable, decide, rx.cond(SHEET.account_number != "", onward))],
        ),
        _warnings(),
        blocks.columns([_applicant(), _wish()], [_talk()]),
        _text_dialog(
            "ask",
            State.ask_back,
            title=t("Ask the applicant"),
            label=t("Your question"),
            consequence=t("They get a mail with a link, by which they answer once and without an account."),
            icon="reply",
            danger=False,
        ),
        _text_dialog(
            "refuse",
            State.refuse,
            title=t("Refuse the application"),
            label=t("Reason"),
            consequence=t("The applicant reads the reason by mail. What they wrote is erased in 30 days."),
            icon="x",
        ),
        _approve_dialog(),
    )


def _warnings() -> rx.Component:
    same = rx.foreach(
        SHEET.customers,
        lambda number: page_link(number, to=f"{BACK}/" + as_text(number), class_name="text-link"),
    )
    return rx.fragment(
        rx.cond(
            SHEET.customers.length() > 0,
            blocks.callout(rx.el.p(t("This organisation is a customer already:"), " ", same), tone="warning"),
        ),
        rx.cond(
            SHEET.others > 0,
            blocks.callout(
                rx.el.p(
                    plural(
                        "{n} other application of this organisation waits.",
                        "{n} other applications of this organisation wait.",
                        SHEET.others,
                    )
                ),
                tone="warning",
            ),
        ),
        rx.cond(
            SHEET.sole_trader,
            blocks.callout(
                rx.el.p(
                    t("A sole trader: the organisation number is a personal number, and stands nowhere else.")
                ),
                tone="accent",
            ),
        ),
    )


def _applicant() -> rx.Component:
    return blocks.panel(
        t("Applicant"),
        blocks.definition_list(
            (t("Organisation"), SHEET.row.organisation),
            (t("Organisation number"), SHEET.number),
            (t("Contact person"), SHEET.contact),
            (t("Mail address"), SHEET.email),
            (t("Telephone"), rx.cond(SHEET.phone != "", SHEET.phone, "—")),
            (t("Reference"), SHEET.row.reference),
            (t("Received"), times.moment(SHEET.row.created_at)),
        ),
    )


def _wish() -> rx.Component:
    articles = rx.el.ul(rx.foreach(SHEET.articles, rx.el.li), class_name="plain-list")
    return blocks.panel(
        t("Wishes"),
        blocks.definition_list(
            (t("Expected volume"), volume_text(SHEET.row.volume)),
            (t("Articles"), rx.cond(SHEET.articles.length() > 0, articles, "—")),
            (t("Message"), rx.cond(SHEET.message != "", rx.el.p(SHEET.message, class_name="address"), "—")),
        ),
    )


def _talk() -> rx.Component:
    empty = rx.el.p(t("Nothing has been asked."), class_name="secondary")
    return blocks.panel(
        t("Questions and answers"),
        rx.cond(
            SHEET.talk.length() > 0, rx.el.ol(rx.foreach(SHEET.talk, _remark), class_name="remarks"), empty
        ),
    )


def _remark(remark: Any) -> rx.Component:
    return rx.el.li(
        rx.el.p(
            rx.cond(remark.by_bureau, t("The card bureau"), t("The applicant")),
            " · ",
            times.moment(remark.at),
            class_name="secondary",
        ),
        rx.el.p(remark.text, class_name="address"),
    )


def _text_dialog(name: str, on_submit: Any, *, label: rx.Var[str], **words: Any) -> rx.Component:
    control = text_area(
        f"{name}-text", name="text", required=True, max_length=LONGEST_TEXT, rows="5", auto_focus=True
    )
    return dialogs.confirm_dialog(
        field(label, control, control_id=f"{name}-text"),
        open=State.dialog == name,
        on_close=State.close,
        form=partial(event_form, on_submit=on_submit),
        ask_code=False,
        **words,
    )


def _approve_dialog() -> rx.Component:
    return dialogs.confirm_dialog(
        hidden("seen", as_text(SHEET.seen)),
        title=t("Approve the application"),
        subject=SHEET.row.organisation,
        consequence=t(
            "An account is made, and waits to be set up. Nobody signs in to it before you open it."
        ),
        gets=t("a page to set up articles, prices, layouts, addresses, retention and the first people"),
        open=State.dialog == "approve",
        on_close=State.close,
        form=partial(
            post_form,
            action="/bureau/applications/" + as_text(State.reference) + "/approve",
            csrf=ShellState.csrf,
        ),
        error=State.code_error,
        danger=False,
        icon="check",
    )
