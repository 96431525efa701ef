"""`/orders`: the order history."""

from collections.abc import Mapping, Sequence
from typing import Any

import reflex as rx

from nexus_portal.components import blocks, filters, header, table, times
from nexus_portal.components.actions import action
from nexus_portal.components.contents import contents
from nexus_portal.components.i18n import Text, plural, say, t
from nexus_portal.components.icons import glyph
from nexus_portal.components.native import native_link
from nexus_portal.components.personal_data import personal_data_lifeline
from nexus_portal.components.progress import made_bar
from nexus_portal.components.statuses import billing_text, fulfilment_badge
from nexus_portal.components.table import Cell, Column
from nexus_portal.components.vars import Code
from nexus_portal.domain import words
from nexus_portal.domain.lifecycles import Billing, Fulfilment, PersonalData
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.erasing import erasing_dialogs
from nexus_portal.pages.order_views import views
from nexus_portal.pages.page import holds, portal_page
from nexus_portal.pages.taking import persons_dialog
from nexus_portal.state.erasing import ErasingState as Erasing
from nexus_portal.state.order import OrderState
from nexus_portal.state.order_choices import OrderChoicesState as Choices
from nexus_portal.state.order_names import OrderNamesState as Names
from nexus_portal.state.orders import MOST_COUNTED, USUAL
from nexus_portal.state.orders import OrderHistoryState as State
from nexus_portal.state.saved_views import SavedViewsState
from nexus_portal.state.taking import PERSONS, TakingState

PAUSE = 300
"""So many milliseconds nobody types on before names are looked for: each time is logged."""


@portal_page(
    "/orders",
    title=t("Orders"),
    needs=Permission.ORDERS_READ,
    on_load=[State.load, SavedViewsState.load, TakingState.load, Erasing.load],
)
def order_history() -> rx.Component:
    """Search and filters, then the orders."""
    return rx.fragment(
        _header(),
        _toolbar(),
        rx.cond(holds(Permission.ORDERS_ERASE), _chosen()),
        table.data_table(
            COLUMNS,
            State.rows,
            label=t("Orders"),
            key=lambda row: row.number,
            places=State.places,
            href=lambda row: "/orders/" + row.number,
            ahead=OrderState.ahead,
            glow=lambda row: State.glow[row.number],
            loading=~State.loaded,
            empty=_empty(),
            sorted_by=State.sorting,
            on_sort=State.sort,
        ),
        rx.cond(
            State.sorting == "goes",
            rx.el.p(
                t("Only orders whose personal data goes on a day that is set are shown."),
                class_name="secondary",
            ),
        ),
        filters.pager(
            showing=plural("{n} order on this page", "{n} orders on this page", State.rows.length()),
            has_newer=State.newer != "",
            has_older=State.older != "",
            on_newer=State.turn("newer"),
            on_older=State.turn("older"),
        ),
        rx.cond(holds(Permission.PERSONS_EXPORT), _taking_persons()),
        rx.cond(holds(Permission.ORDERS_ERASE), erasing_dialogs("/orders/erase")),
        rx.el.span(hidden=True, custom_attrs={"data-address": State.query, "data-address-of": "/orders"}),
        rx.el.script(src="/orders.js", async_=True),
    )


def _chosen() -> rx.Component:
    """How many orders are chosen, and what can be done with them."""
    count = Erasing.chosen.length()
    return rx.el.div(
        action(t("Choose all on this page"), small=True, kind="quiet", on_click=Erasing.choose_page),
        rx.cond(
            count > 0,
            rx.fragment(
                rx.el.span(
                    plural("{n} order chosen", "{n} orders chosen", count),
                    role="status",
                    class_name="secondary",
                ),
                action(t("Choose none"), small=True, kind="quiet", on_click=Erasing.choose_none),
                action(
                    t("Remove personal data…"),
                    icon="shield-x",
                    small=True,
                    kind="danger",
                    on_click=Erasing.ask_orders,
                ),
            ),
        ),
        class_name="toolbar",
    )


def _taking_persons() -> rx.Component:
    return persons_dialog(
        subject=rx.cond(State.narrowed, t("The orders that the list shows"), t("All orders")),
        action="/orders/persons",
        wanted=State.query,
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
    asked = State.asked
    return header.toolbar(
        rx.cond(Names.on, _search(Names.text, pause=PAUSE), _search(asked["search"], pause=0)),
        rx.cond(holds(Permission.PERSONS_SEARCH), _names()),
        _filter(t("Fulfilment"), "fulfilment", words.FULFILMENT, Fulfilment),
        _filter(t("Billing"), "billing", words.BILLING, Billing),
        _filter(t("Personal data"), "personal_data", words.PERSONAL_DATA, PersonalData),
        _choice(t("Orderer"), "orderer", Choices.orderers),
        _choice(t("Cost centre"), "cost_centre", Choices.cost_centres),
        _choice(t("Article"), "article", Choices.articles),
        filters.filter_day(t("From"), asked["since"], lambda day: State.narrow("since", day)),
        filters.filter_day(t("To"), asked["until"], lambda day: State.narrow("until", day)),
        rx.cond(State.narrowed, action(t("Clear"), small=True, kind="quiet", on_click=State.clear)),
        end=[_total(), views(), _columns(), _exports()],
    )


def _search(text: Code, *, pause: int) -> rx.Component:
    def look(value: rx.Var[str]) -> Any:
        event = State.narrow("search", value)
        return event.debounce(pause) if pause else event

    return filters.search_box(
        text, look, label=t("Search orders"), placeholder=t("Number, reference or cost centre")
    )


def _names() -> rx.Component:
    return rx.el.label(
        rx.el.input(type="checkbox", checked=Names.on, on_change=State.also_names),
        rx.el.span(t("Also names of holders")),
        class_name="also-names",
    )


def _total() -> rx.Component:
    more = State.total > MOST_COUNTED
    return rx.fragment(
        rx.el.span(
            rx.cond(
                State.total == MOST_COUNTED + 1,
                t("More than {n} orders", n=MOST_COUNTED),
                plural("{n} order", "{n} orders", State.total),
            ),
            role="status",
            class_name="secondary",
        ),
        rx.cond(
            more & (State.total == MOST_COUNTED + 1),
            action(t("Count all"), small=True, kind="quiet", on_click=State.count),
        ),
    )


def _columns() -> rx.Component:
    boxes = (
        rx.el.label(
            rx.el.input(
                type="checkbox",
                checked=State.shown[name],
                on_change=lambda _, name=name: State.show_column(name),
            ),
            rx.el.span(title),
        )
        for name, title in TITLES.items()
    )
    return rx.el.details(
        rx.el.summary(glyph("columns-3", size=14), rx.el.span(t("Columns")), class_name="filter"),
        rx.el.fieldset(
            rx.el.legend(t("Columns that are shown"), class_name="unseen"), *boxes, class_name="fold-panel"
        ),
        class_name="fold",
        custom_attrs={"name": "fold"},
    )


def _exports() -> rx.Component:
    links = (
        native_link(name, href="/orders/export." + form + "?" + State.query, download=True)
        for form, name in (("csv", "CSV"), ("xlsx", "Excel (XLSX)"))
    )
    return rx.el.details(
        rx.el.summary(glyph("download", size=14), rx.el.span(t("Export")), class_name="filter"),
        rx.el.div(
            rx.cond(
                Names.on & (Names.text != ""),
                rx.el.p(t("What is found by names is not taken away from here. Leave the names out first.")),
                rx.fragment(*links, rx.cond(holds(Permission.PERSONS_EXPORT), _persons())),
            ),
            class_name="fold-panel",
        ),
        class_name="fold",
        custom_attrs={"name": "fold"},
    )


def _persons() -> rx.Component:
    return rx.el.button(
        t("Persons on the cards…"),
        type="button",
        on_click=TakingState.ask(PERSONS),
        class_name="text-button",
    )


def _filter(label: Text, name: str, names: dict, kind: type) -> rx.Component:
    options = [(member.value, say(names[member])) for member in kind]
    return filters.filter_select(label, State.asked[name], lambda chosen: State.narrow(name, chosen), options)


def _choice(label: Text, name: str, options: rx.Var) -> rx.Component:
    """Nothing to choose from, nothing to show."""
    choice = filters.filter_choice(
        label, State.asked[name], lambda chosen: State.narrow(name, chosen), options
    )
    return rx.cond((options.length() > 1) | (State.asked[name] != ""), choice)


def _lifeline(row: rx.Var) -> rx.Component:
    return personal_data_lifeline(
        state=row.personal_data,
        days_left=row.days_left,
        days_kept=row.days_kept,
        erased_at=row.erased_at,
        held=row.held,
        erasable=row.erasable,
        goes_on=row.goes_on,
    )


def _empty() -> rx.Component:
    return rx.cond(
        State.narrowed | (State.sorting == "goes"),
        blocks.empty_state(
            "search-x",
            t("No order matches"),
            t("Take a filter away, or search for the beginning of a number or a word of the reference."),
            action(t("Show all orders"), kind="secondary", on_click=State.clear),
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


TITLES: Mapping[str, Text] = {
    "reference": t("Reference"),
    "cost_centre": t("Cost centre"),
    "orderer": t("Orderer"),
    "cards": t("Contents"),
    "fulfilment": t("Fulfilment"),
    "produced": t("Produced"),
    "billing": t("Billing"),
    "personal_data": t("Personal data"),
    "created": t("Ordered"),
    "changed": t("Changed"),
}


def _column(name: str, cell: Cell, *, quiet: bool = False, sort: str = "") -> Column:
    # While the page loads, its shape is the usual one.
    shown = State.shown[name] | ~State.loaded if name in USUAL else State.shown[name]
    return Column(TITLES[name], cell, quiet=quiet, sort=sort, shown=shown)


def _choose(row: rx.Var) -> rx.Component:
    return rx.el.input(
        type="checkbox",
        checked=Erasing.chosen.contains(row.number),
        on_change=lambda _: Erasing.choose(row.number),
        aria_label=t("Choose order {number}", number=row.number),
        class_name="check",
    )


COLUMNS: Sequence[Column] = (
    Column(t("Choose"), _choose, hidden_title=True, shown=holds(Permission.ORDERS_ERASE)),
    Column(t("Order"), lambda row: row.number, main=True, numeric=False, sort="number"),
    _column("reference", lambda row: row.reference),
    _column("cost_centre", lambda row: row.cost_centre, quiet=True),
    _column("orderer", lambda row: Choices.people[row.orderer], quiet=True),
    _column("cards", lambda row: contents(row.cards, row.pieces), quiet=True),
    _column("fulfilment", lambda row: fulfilment_badge(status=row.fulfilment)),
    _column("produced", lambda row: made_bar(row.produced, row.cards)),
    _column("billing", lambda row: billing_text(row.billing), quiet=True),
    _column("personal_data", _lifeline, sort="goes"),
    _column("created", lambda row: times.when(row.created_at), quiet=True),
    _column("changed", lambda row: times.when(row.changed_at), quiet=True, sort="changed"),
)
