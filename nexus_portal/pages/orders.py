"""`/orders`: the order history."""

from collections.abc import Sequence

import reflex as rx

from nexus_portal.components import blocks, filters, header, table, times
from nexus_portal.components.actions import action
from nexus_portal.components.i18n import Text, plural, say, t
from nexus_portal.components.personal_data import personal_data_lifeline
from nexus_portal.components.progress import progress_bar
from nexus_portal.components.statuses import billing_text, fulfilment_badge
from nexus_portal.components.table import Column
from nexus_portal.domain import words
from nexus_portal.domain.lifecycles import Billing, Fulfilment, PersonalData
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.page import holds, portal_page
from nexus_portal.state.orders import OrderHistoryState as State


@portal_page("/orders", title=t("Orders"), needs=Permission.ORDERS_READ, on_load=State.load)
def order_history() -> rx.Component:
    """Filters in one row, then the orders."""
    return rx.fragment(
        _header(),
        _toolbar(),
        table.data_table(
            COLUMNS,
            State.rows,
            label=t("Orders"),
            key=lambda row: row.number,
            href=lambda row: "/orders/" + row.number,
            glow=lambda row: State.glow[row.number],
            loading=~State.loaded,
            empty=_empty(),
        ),
        filters.pager(
            showing=plural("{n} order on this page", "{n} orders on this page", State.rows.length()),
            has_newer=State.newer != "",
            has_older=State.older != "",
            on_newer=State.turn("newer"),
            on_older=State.turn("older"),
        ),
    )


def _header() -> rx.Component:
    buttons = rx.cond(
        holds(Permission.ORDERS_CREATE),
        rx.fragment(
            action(t("Import"), icon="upload", href="/orders/import", kind="secondary"),
            action(t("New order"), icon="plus", href="/orders/new", kind="primary"),
        ),
    )
    return header.page_header(t("Orders"), live=State.loaded, actions=[buttons])


def _toolbar() -> rx.Component:
    total = plural("{n} order", "{n} orders", State.total)
    return header.toolbar(
        filters.search_box(
            State.search,
            lambda value: State.narrow("search", value),
            label=t("Search orders"),
            placeholder=t("Number or reference"),
        ),
        _filter(t("Fulfilment"), "fulfilment", State.fulfilment, words.FULFILMENT, Fulfilment),
        _filter(t("Billing"), "billing", State.billing, words.BILLING, Billing),
        _filter(t("Personal data"), "personal_data", State.personal_data, words.PERSONAL_DATA, PersonalData),
        end=[rx.el.span(total, role="status", class_name="secondary")],
    )


def _filter(label: Text, name: str, value: rx.Var[str], names: dict, kind: type) -> rx.Component:
    options = [(member.value, say(names[member])) for member in kind]
    return filters.filter_select(label, value, lambda chosen: State.narrow(name, chosen), options)


def _lifeline(row: rx.Var) -> rx.Component:
    return personal_data_lifeline(
        state=row.personal_data,
        days_left=row.days_left,
        days_kept=row.days_kept,
        erased_at=row.erased_at,
        held=row.held,
        erasable=row.erasable,
    )


def _empty() -> rx.Component:
    narrowed = (
        (State.search != "") | (State.fulfilment != "") | (State.billing != "") | (State.personal_data != "")
    )
    return rx.cond(
        narrowed,
        blocks.empty_state(
            "search-x",
            t("No order matches"),
            t("Take a filter away, or search for the beginning of a number or a word of the reference."),
            action(t("Show all orders"), href="/orders", kind="secondary"),
        ),
        blocks.empty_state(
            "package",
            t("No orders yet"),
            t("Upload a spreadsheet of people, or order a single card."),
            rx.cond(
                holds(Permission.ORDERS_CREATE),
                action(t("Import a spreadsheet"), icon="upload", href="/orders/import", kind="primary"),
            ),
        ),
    )


COLUMNS: Sequence[Column] = (
    Column(t("Order"), lambda row: row.number, main=True, numeric=False),
    Column(t("Reference"), lambda row: row.reference),
    Column(t("Cards"), lambda row: plural("{n} card", "{n} cards", row.cards), quiet=True),
    Column(t("Fulfilment"), lambda row: fulfilment_badge(status=row.fulfilment)),
    Column(t("Produced"), lambda row: progress_bar(row.produced, row.cards, label=t("Produced"))),
    Column(t("Billing"), lambda row: billing_text(row.billing), quiet=True),
    Column(t("Personal data"), _lifeline),
    Column(t("Changed"), lambda row: times.when(row.changed_at), quiet=True),
)
