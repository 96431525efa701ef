"""`/bureau/billing`: orders to invoice, cancelled orders to settle, invoices."""

from functools import partial

import reflex as rx

from nexus_portal.components import blocks, dialogs, filters, header, table, times
from nexus_portal.components.actions import action, menu_item, more_menu
from nexus_portal.components.contents import contents
from nexus_portal.components.forms import event_form
from nexus_portal.components.i18n import number, plural, t
from nexus_portal.components.statuses import billing_text, fulfilment_badge
from nexus_portal.components.table import Column
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.page import holds, portal_page
from nexus_portal.state.bureau_billing import BillingState as State


@portal_page("/bureau/billing", title=t("Billing"), needs=Permission.BILLING_READ, on_load=State.load)
def billing() -> rx.Component:
    """What is produced and unbilled above, what became of the rest below."""
    return rx.fragment(
        header.page_header(t("Billing"), live=State.loaded),
        rx.el.h2(t("To invoice"), class_name="section-title"),
        _open(),
        rx.cond(State.cancelled.length() > 0, _cancelled()),
        rx.el.h2(t("Invoices"), class_name="section-title"),
        _invoices(),
        _invoice_dialog(),
        _credit_dialog(),
        _settle_dialog(),
    )


def money(total: rx.Var) -> rx.Var[str]:
    """An amount in öre as kronor without VAT."""
    rest = total % 100
    cents = number(rest // 10) + number(rest % 10)
    return t("{kronor}.{cents} SEK", kronor=number(total // 100), cents=cents)


def _open() -> rx.Component:
    return rx.fragment(
        table.data_table(
            [
                Column(t("Order"), lambda row: row.number, main=True),
                Column(t("Account"), lambda row: row.account),
                Column(t("Cost centre"), lambda row: row.cost_centre, quiet=True),
                Column(t("Fulfilment"), lambda row: fulfilment_badge(status=row.fulfilment)),
                Column(t("Contents"), lambda row: contents(row.cards, row.pieces)),
                Column(t("Price without VAT"), lambda row: money(row.total), numeric=True),
                Column(t("Actions"), _invoice, hidden_title=True),
            ],
            State.open,
            label=t("Orders to invoice"),
            key=lambda row: row.number,
            glow=lambda row: State.glow[row.number],
            loading=~State.loaded,
            empty=blocks.empty_state(
                "receipt",
                t("Nothing to invoice"),
                t("An order shows here once all its cards are produced, or its accessories leave."),
            ),
        ),
        rx.cond(
            (State.open_newer != "") | (State.open_older != ""),
            filters.pager(
                showing=plural("{n} order on this page", "{n} orders on this page", State.open.length()),
                has_newer=State.open_newer != "",
                has_older=State.open_older != "",
                on_newer=State.turn_open("newer"),
                on_older=State.turn_open("older"),
            ),
        ),
    )


def _invoice(row: rx.Var) -> rx.Component:
    return rx.cond(
        holds(Permission.BILLING_WORK),
        action(
            t("Create invoice"),
            icon="receipt",
            small=True,
            on_click=State.ask("invoice", row.number),
            aria_label=t("Create the invoice of order {number}", number=row.number),
        ),
    )


def _cancelled() -> rx.Component:
    return rx.fragment(
        rx.el.h2(t("Cancelled, to settle"), class_name="section-title"),
        table.data_table(
            [
                Column(t("Order"), lambda row: row.number, main=True),
                Column(t("Account"), lambda row: row.account),
                Column(t("Contents"), lambda row: contents(row.cards, row.pieces)),
                Column(t("Actions"), _settle, hidden_title=True),
            ],
            State.cancelled,
            label=t("Cancelled orders to settle"),
            key=lambda row: row.number,
        ),
    )


def _settle(row: rx.Var) -> rx.Component:
    return rx.cond(
        holds(Permission.BILLING_WORK),
        action(
            t("Not billable"),
            icon="circle-slash",
            small=True,
            on_click=State.ask("not_billable", row.number),
            aria_label=t("Order {number} is not billable", number=row.number),
        ),
    )


def _invoices() -> rx.Component:
    return rx.fragment(
        header.toolbar(
            filters.filter_select(
                t("Invoices"),
                State.show,
                State.narrow,
                [("paid", t("Paid")), ("credited", t("Credited"))],
                any_label=t("Unpaid"),
            )
        ),
        table.data_table(
            [
                Column(t("Invoice"), lambda row: row.invoice, main=True),
                Column(t("Order"), lambda row: row.number),
                Column(t("Account"), lambda row: row.account),
                Column(t("Billing"), _state),
                Column(t("Price without VAT"), lambda row: money(row.total), numeric=True),
                Column(t("Issued on"), lambda row: times.when(row.issued_at), quiet=True),
                Column(t("Actions"), _actions, hidden_title=True),
            ],
            State.invoices,
            label=t("Invoices"),
            key=lambda row: row.invoice,
            glow=lambda row: State.glow[row.number],
            loading=~State.loaded,
            empty=blocks.empty_state(
                "receipt", t("No invoices here"), t("Invoices that are issued show here until they are paid.")
            ),
        ),
        filters.pager(
            showing=plural("{n} invoice on this page", "{n} invoices on this page", State.invoices.length()),
            has_newer=State.newer != "",
            has_older=State.older != "",
            on_newer=State.turn("newer"),
            on_older=State.turn("older"),
        ),
    )


def _state(row: rx.Var) -> rx.Component:
    return rx.el.span(
        billing_text(row.billing),
        rx.cond(row.credit_note != "", rx.el.span(" · ", row.credit_note, class_name="secondary")),
    )


def _actions(row: rx.Var) -> rx.Component:
    paid = menu_item(t("Mark as paid"), icon="check", on_click=State.paid(row.number))
    credit = menu_item(t("Credit"), icon="undo-2", danger=True, on_click=State.ask("credit", row.number))
    menu = more_menu(
        rx.cond(row.billing == "invoiced", paid),
        credit,
        label=t("Actions for invoice {number}", number=row.invoice),
    )
    return rx.cond(holds(Permission.BILLING_WORK) & (row.billing != "credited"), menu)


def _invoice_dialog() -> rx.Component:
    return dialogs.confirm_dialog(
        title=t("Create the invoice"),
        subject=_subject(),
        consequence=t(
            "The invoice gets the next number. It names the order and its articles, and no person."
        ),
        open=State.asking == "invoice",
        on_close=State.closed,
        form=partial(event_form, on_submit=State.invoice),
        ask_code=False,
        danger=False,
        icon="receipt",
    )


def _credit_dialog() -> rx.Component:
    return dialogs.confirm_dialog(
        title=t("Credit the invoice"),
        subject=_subject(),
        consequence=t("A credit note takes the whole invoice back. This cannot be undone."),
        open=State.asking == "credit",
        on_close=State.closed,
        form=partial(event_form, on_submit=State.credit),
        ask_code=False,
        icon="undo-2",
    )


def _settle_dialog() -> rx.Component:
    return dialogs.confirm_dialog(
        title=t("Settle as not billable"),
        subject=_subject(),
        consequence=t("The order was cancelled before anything was made. It costs nothing."),
        open=State.asking == "not_billable",
        on_close=State.closed,
        form=partial(event_form, on_submit=State.not_billable),
        ask_code=False,
        danger=False,
        icon="circle-slash",
    )


def _subject() -> rx.Var[str]:
    return t("Order {number}", number=State.chosen)
