"""`/bureau/customers`: who wants to become a customer, and who is one."""

import reflex as rx

from nexus_portal.components import blocks, filters, header, table, times
from nexus_portal.components.actions import action
from nexus_portal.components.customers import account_badge, application_badge, volume_text
from nexus_portal.components.i18n import number, plural, say, t
from nexus_portal.components.native import page_link
from nexus_portal.components.table import Column
from nexus_portal.components.vars import Code, Flag, Text, as_flag, as_text
from nexus_portal.domain import account_status, applications
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.page import portal_page
from nexus_portal.state.bureau_customers import CUSTOMERS, PATH
from nexus_portal.state.bureau_customers import BureauCustomersState as State

SHOWS_CUSTOMERS = State.show == CUSTOMERS


@portal_page("/bureau/customers", title=t("Customers"), needs=Permission.CUSTOMERS_MANAGE, on_load=State.load)
def bureau_customers() -> rx.Component:
    """Applications first, for somebody waits behind each."""
    return rx.fragment(
        header.page_header(t("Customers"), live=State.loaded),
        _tabs(),
        rx.cond(SHOWS_CUSTOMERS, _customers(), _applications()),
        filters.pager(
            showing=rx.cond(
                SHOWS_CUSTOMERS,
                plural("{n} customer on this page", "{n} customers on this page", State.customers.length()),
                plural(
                    "{n} application on this page",
                    "{n} applications on this page",
                    State.applications.length(),
                ),
            ),
            has_newer=State.newer != "",
            has_older=State.older != "",
            on_newer=State.turn("newer"),
            on_older=State.turn("older"),
        ),
    )


def _tabs() -> rx.Component:
    return rx.el.nav(
        _tab(t("Applications"), PATH, ~SHOWS_CUSTOMERS),
        _tab(t("Customers"), f"{PATH}?show={CUSTOMERS}", SHOWS_CUSTOMERS),
        class_name="tabs",
        aria_label=t("Customers"),
    )


def _tab(label: Text, href: str, here: Flag) -> rx.Component:
    return page_link(label, to=href, class_name="tab", aria_current=rx.cond(as_flag(here), "page", "false"))


def _applications() -> rx.Component:
    return rx.fragment(
        header.toolbar(
            filters.search_box(
                State.search,
                State.find,
                label=t("Search applications"),
                placeholder=t("Reference or organisation number"),
            ),
            filters.filter_select(
                t("Status"),
                State.standing,
                State.narrow,
                [(state.value, say(word)) for state, word in applications.WORDS.items()],
                any_label=t("To decide"),
            ),
        ),
        table.data_table(
            [
                Column(t("Application"), lambda row: row.reference, main=True),
                Column(t("Organisation"), lambda row: row.organisation),
                Column(t("Expected volume"), lambda row: volume_text(row.volume), quiet=True),
                Column(t("Received"), lambda row: times.when(row.created_at), quiet=True),
                Column(t("Changed"), lambda row: times.when(row.changed_at), quiet=True),
                Column(t("Status"), lambda row: application_badge(row.state)),
            ],
            State.applications,
            label=t("Applications"),
            key=lambda row: row.reference,
            href=lambda row: "/bureau/applications/" + row.reference,
            loading=~State.loaded,
            empty=_no_application(),
        ),
    )


def _no_application() -> rx.Component:
    return rx.cond(
        (State.search == "") & (State.standing == ""),
        blocks.empty_state(
            "inbox",
            t("No application waits"),
            t("Organisations that want to become customers show here when they have applied."),
            action(t("See the application form"), href="/apply", download=True),
        ),
        blocks.empty_state("search-x", t("No such application"), t("Search or filter differently.")),
    )


def _customers() -> rx.Component:
    return rx.fragment(
        header.toolbar(
            filters.search_box(
                State.search, State.find, label=t("Search customers"), placeholder=t("Name or number")
            ),
            filters.filter_select(
                t("Status"),
                State.standing,
                State.narrow,
                [(status.value, say(word)) for status, word in account_status.WORDS.items()],
            ),
        ),
        table.data_table(
            [
                Column(t("Number"), lambda row: row.number, main=True),
                Column(t("Name"), lambda row: row.name),
                Column(t("People"), lambda row: number(row.people), numeric=True),
                Column(t("Last order"), lambda row: _or_dash(row.last_order_at), quiet=True),
                Column(t("Customer since"), lambda row: times.day(row.created_at), quiet=True),
                Column(t("Status"), lambda row: account_badge(row.status)),
            ],
            State.customers,
            label=t("Customers"),
            key=lambda row: row.number,
            href=lambda row: "/bureau/customers/" + row.number,
            loading=~State.loaded,
            empty=rx.cond(
                (State.search == "") & (State.standing == ""),
                blocks.empty_state(
                    "building-2", t("No customer yet"), t("An approved application becomes a customer.")
                ),
                blocks.empty_state("search-x", t("No such customer"), t("Search or filter differently.")),
            ),
        ),
    )


def _or_dash(at: Code) -> rx.Component:
    return rx.cond(as_text(at) != "", times.when(at), "—")
