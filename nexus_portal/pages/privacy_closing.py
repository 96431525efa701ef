"""`/privacy/closing`: the end of the account, where its privacy officer chooses and confirms."""

import reflex as rx

from nexus_portal.components import blocks, header, times
from nexus_portal.components.actions import action
from nexus_portal.components.files import address
from nexus_portal.components.forms import field, select_input
from nexus_portal.components.i18n import say, t
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.purposes import PURPOSES
from nexus_portal.pages.closing_parts import CLOSING, dialog, dry_run, in_the_way
from nexus_portal.pages.page import portal_page
from nexus_portal.pages.privacy_parts import privacy_tabs
from nexus_portal.state.closing import ClosingState as State
from nexus_portal.state.shell import ShellState

PATH = "/privacy/closing"


@portal_page(PATH, title=t("Closing the account"), needs=Permission.PRIVACY_MANAGE, on_load=State.load_own)
def privacy_closing() -> rx.Component:
    """Nothing, until the bureau was asked; then the dry run and the choice."""
    quiet = blocks.empty_state(
        "door-closed",
        t("The account is not being closed"),
        t(
            "If you want to end it, ask the card bureau. Then you choose here whether all data is handed "
            "over to you or deleted."
        ),
    )
    return rx.fragment(
        header.page_header(t("Closing the account"), live=State.loaded),
        privacy_tabs(PATH),
        rx.cond(
            State.loaded,
            rx.cond(CLOSING.state == "asked", _asked(), quiet),
            blocks.skeleton_rows(),
        ),
    )


def _asked() -> rx.Component:
    return rx.fragment(
        blocks.callout(
            rx.el.p(t("The card bureau was asked to close this account."), class_name="fact-title"),
            rx.el.p(CLOSING.reason),
            rx.el.p(t("Asked"), " ", times.moment(CLOSING.asked_at), class_name="secondary"),
            tone="accent",
        ),
        in_the_way(),
        blocks.columns([dry_run()], [_choice()]),
        _package_dialog(),
        _confirm_dialog(),
        rx.el.script(src=address("take.js"), async_=True),
    )


def _choice() -> rx.Component:
    taken = rx.cond(
        CLOSING.package_at != "",
        rx.el.span(t("Taken away"), " ", times.moment(CLOSING.package_at)),
        t("Not taken away yet."),
    )
    return blocks.panel(
        t("You choose"),
        blocks.fact(
            "package-open",
            t("Have all data handed over"),
            t("One archive: orders, cards, persons, photos and dropped files. Then the account is closed."),
        ),
        rx.el.p(taken, class_name="secondary"),
        blocks.fact("shield-x", t("Delete all data"), t("Nothing is handed over.")),
        rx.el.div(
            action(t("Take the package away"), icon="file-down", on_click=State.ask("package")),
            action(
                t("Close the account"),
                icon="door-closed",
                kind="danger",
                on_click=State.ask("confirm"),
                disabled=State.obstacles.length() > 0,
            ),
            class_name="form-buttons",
        ),
    )


def _package_dialog() -> rx.Component:
    purposes = [(purpose, say(words)) for purpose, words in PURPOSES.items()]
    said = {
        "data-taking": t("The file is being made. Leave this page open until it is here."),
        "data-broken": t("The file broke off before its end and was not kept. Load the page and try again."),
    }
    return dialog(
        "package",
        field(
            t("What for"),
            select_input("package-purpose", purposes, name="purpose", default_value="other"),
            control_id="package-purpose",
        ),
        rx.el.p(role="status", class_name="field-hint", custom_attrs=said),
        post="/privacy/closing/package",
        attributes={"data-take": ""},
        title=t("Take the package away"),
        subject=ShellState.account,
        consequence=t(
            "It holds every person, photo and dropped file of the account. That you took it, and what for, "
            "stands in your account’s log."
        ),
        danger=False,
        icon="file-down",
    )


def _confirm_dialog() -> rx.Component:
    choices = [
        ("hand_over", t("All data is handed over: I have taken the package away")),
        ("delete", t("All data is deleted, nothing is handed over")),
    ]
    return dialog(
        "confirm",
        field(
            t("What becomes of the data"),
            select_input("closing-choice", choices, name="choice", default_value=State.choice),
            control_id="closing-choice",
        ),
        post="/privacy/closing/confirm",
        title=t("Close the account"),
        subject=ShellState.account,
        consequence=t(
            "Everybody is signed out at once, and all personal data erased. This cannot be undone."
        ),
        goes=t("persons, photos, cards, files, people who sign in, sessions"),
        stays=t("orders without persons, invoices, certificates"),
        gets=t("a signed certificate over the closing, from the card bureau"),
        icon="door-closed",
    )
