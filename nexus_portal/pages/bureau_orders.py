"""`/bureau/orders`: what has come in, for the order desk."""

import reflex as rx

from nexus_portal.components import blocks, filters, header, table, times
from nexus_portal.components.contents import contents
from nexus_portal.components.i18n import plural, t
from nexus_portal.components.progress import made_bar
from nexus_portal.components.statuses import fulfilment_badge
from nexus_portal.components.table import Column
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.page import portal_page
from nexus_portal.state.bureau_orders import DeskState as State


@portal_page("/bureau/orders", title=t("Order desk"), needs=Permission.DESK_READ, on_load=State.load)
def order_desk() -> rx.Component:
    """The oldest first: who waits longest is decided first."""
    return rx.fragment(
        header.page_header(t("Order desk"), live=State.loaded),
        header.toolbar(
            filters.filter_select(
                t("Orders"),
                State.show,
                State.narrow,
                [
                    ("on_hold", t("On hold")),
                    ("rejected", t("Rejected")),
                    ("underway", t("Accepted and under way")),
                ],
                any_label=t("To decide"),
            )
        ),
        table.data_table(
            COLUMNS,
            State.rows,
            label=t("Orders that have come in"),
            key=lambda row: row.number,
            href=lambda row: "/bureau/orders/" + row.number,
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


def _waited(row: rx.Var) -> rx.Component:
    return rx.el.span(
        times.when(row.submitted_at),
        rx.cond(row.days > 0, plural(" · {n} day", " · {n} days", row.days), ""),
    )


def _empty() -> rx.Component:
    return rx.cond(
        State.show == "",
        blocks.empty_state(
            "inbox",
            t("Nothing to decide"),
            t("Orders show here, the oldest first, when customers have sent them."),
        ),
        blocks.empty_state("inbox", t("No such orders"), t("Choose “To decide” to see what waits for you.")),
    )


COLUMNS = (
    Column(t("Order"), lambda row: row.number, main=True),
    Column(t("Account"), lambda row: row.account),
    Column(t("Reference"), lambda row: row.reference, quiet=True),
    Column(t("Fulfilment"), lambda row: fulfilment_badge(status=row.fulfilment)),
    Column(t("Contents"), lambda row: contents(row.cards, row.pieces)),
    Column(t("Produced"), lambda row: made_bar(row.produced, row.cards)),
    Column(t("Promised"), lambda row: rx.cond(row.promised != "", times.day(row.promised), "—"), quiet=True),
    Column(t("Waiting since"), _waited, quiet=True),
)
