"""`/bureau/customers/{number}`: one customer, and its setup while it is not open yet."""

from functools import partial
from typing import Any

import reflex as rx

from nexus_portal.components import blocks, dialogs, header, times
from nexus_portal.components.actions import action, menu_item, more_menu
from nexus_portal.components.customers import account_badge
from nexus_portal.components.forms import field, post_form, text_area
from nexus_portal.components.i18n import number, plural, t
from nexus_portal.components.native import page_link
from nexus_portal.components.vars import Code, as_text, pick
from nexus_portal.domain.agreements import Standing
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.agreement_parts import accepted_versions, standing_badge
from nexus_portal.pages.bureau_closing import closing_dialogs, closing_panels
from nexus_portal.pages.bureau_setup import account_panel, offer_panel, setup_panels
from nexus_portal.pages.page import portal_page
from nexus_portal.state.bureau_customer import BureauCustomerState as State
from nexus_portal.state.closing import ClosingState
from nexus_portal.state.shell import ShellState

SHEET = State.sheet
BACK = "/bureau/customers"
STATUS = SHEET.row.status
AGREEMENT = State.agreement


@portal_page(
    "/bureau/customers/[number]",
    title=t("Customer"),
    needs=Permission.CUSTOMERS_MANAGE,
    on_load=[State.load, ClosingState.load_customer],
)
def bureau_customer() -> rx.Component:
    """How it stands, then what is agreed with it."""
    missing = blocks.empty_state(
        "search-x",
        t("No such customer"),
        t("There is no customer with this number."),
        action(t("Customers"), href=f"{BACK}?show=customers", kind="primary"),
    )
    return rx.cond(~State.loaded, blocks.skeleton_rows(), rx.cond(SHEET, _sheet(), missing))


def _sheet() -> rx.Component:
    return rx.fragment(
        header.page_header(
            SHEET.row.name,
            badges=[account_badge(STATUS)],
            live=State.loaded,
            breadcrumbs=[(t("Customers"), f"{BACK}?show=customers")],
            actions=[_actions()],
            lead=SHEET.row.number,
        ),
        rx.cond(SHEET.reason != "", blocks.callout(rx.el.p(SHEET.reason), tone="warning")),
        rx.cond(STATUS == "setup", _setup(), _open()),
        _dialogs(),
        closing_dialogs(State.number, SHEET.row.name),
    )


def _setup() -> rx.Component:
    left = rx.foreach(State.missing, rx.el.li)
    told = rx.cond(
        State.missing.length() > 0,
        blocks.callout(
            rx.el.p(t("Before the account can be opened:"), class_name="fact-title"),
            rx.el.ul(left),
            tone="accent",
        ),
        blocks.callout(
            rx.el.p(t("Everything is there. Opening the account invites its first people.")), tone="success"
        ),
    )
    return rx.fragment(told, setup_panels())


def _open() -> rx.Component:
    return blocks.columns(
        [_facts(), _agreement(), account_panel()],
        [closing_panels(State.number), rx.cond(STATUS != "closed", offer_panel())],
    )


def _facts() -> rx.Component:
    invited = rx.cond(SHEET.invited > 0, plural(" · {n} invited", " · {n} invited", SHEET.invited), "")
    layouts = rx.el.ul(rx.foreach(SHEET.layouts, rx.el.li), class_name="plain-list")
    began = page_link(
        SHEET.application, to="/bureau/applications/" + as_text(SHEET.application), class_name="text-link"
    )
    return blocks.panel(
        t("At a glance"),
        blocks.definition_list(
            (t("People"), rx.el.span(number(SHEET.row.people), invited)),
            (t("Layouts"), rx.cond(SHEET.layouts.length() > 0, layouts, "—")),
            (
                t("Last order"),
                rx.cond(SHEET.row.last_order_at != "", times.when(SHEET.row.last_order_at), "—"),
            ),
            (t("Customer since"), times.day(SHEET.row.created_at)),
            (t("Application"), rx.cond(SHEET.application != "", began, "—")),
        ),
    )


def _agreement() -> rx.Component:
    """Whether a version waits, and each that was accepted."""
    version = as_text(AGREEMENT.current)
    asked = t(
        "Version {version} waits to be accepted by {day}.",
        version=version,
        day=times.day_text(as_text(AGREEMENT.due)),
    )
    stopped = t("Version {version} has to be accepted before anything can be ordered.", version=version)
    waits = pick(
        AGREEMENT.standing,
        [
            (Standing.ACCEPTED, t("Version {version} is accepted.", version=version)),
            (Standing.ASKED, asked),
            (Standing.STOPPED, stopped),
        ],
        t("No version is offered yet."),
    )
    return blocks.panel(
        t("Agreement"),
        rx.el.p(standing_badge(AGREEMENT.standing), " ", waits),
        rx.cond(State.accepted.length() > 0, accepted_versions(State.accepted)),
    )


def _actions() -> rx.Component:
    opens = action(t("Open the account"), icon="door-open", kind="primary", on_click=State.ask("open"))
    resumes = action(t("Resume ordering"), icon="play", kind="primary", on_click=State.ask("resume"))
    closes = menu_item(
        t("Ask for the closing"), icon="door-closed", danger=True, on_click=ClosingState.ask("close")
    )
    pauses = more_menu(
        menu_item(t("Pause ordering"), icon="pause", on_click=State.ask("pause")),
        closes,
        label=t("More actions"),
    )
    return rx.fragment(
        rx.match(
            STATUS,
            ("setup", opens),
            ("paused", rx.fragment(resumes, more_menu(closes, label=t("More actions")))),
            ("active", pauses),
            rx.fragment(),
        )
    )


def _dialogs() -> rx.Component:
    reason = text_area(
        "pause-reason", name="reason", required=True, max_length=400, default_value=State.reason, rows="3"
    )
    return rx.fragment(
        _dialog(
            "open",
            title=t("Open the account"),
            consequence=t("The first people are invited by mail, each in the role that stands beside them."),
            danger=False,
            icon="door-open",
        ),
        _dialog(
            "pause",
            field(t("Reason"), reason, control_id="pause-reason", hint=t("The customer reads it.")),
            title=t("Pause ordering"),
            consequence=t("Nothing new can be ordered. What is ordered goes on."),
            stays=t("signing in, following cards, removing personal data"),
            icon="pause",
        ),
        _dialog(
            "resume",
            title=t("Resume ordering"),
            consequence=t("The account can order again at once. Its admins are told by mail."),
            danger=False,
            icon="play",
        ),
    )


def _dialog(name: str, *extra: rx.Component, **words: Any) -> rx.Component:
    path: Code = f"{BACK}/" + as_text(State.number) + f"/{name}"
    return dialogs.confirm_dialog(
        rx.cond(State.error != "", rx.el.div(blocks.callout(State.error, tone="danger"), role="alert")),
        *extra,
        subject=as_text(SHEET.row.name) + " · " + as_text(SHEET.row.number),
        open=State.dialog == name,
        on_close=State.close,
        form=partial(post_form, action=path, csrf=ShellState.csrf),
        error=State.code_error,
        **words,
    )
