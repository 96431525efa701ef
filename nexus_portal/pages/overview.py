"""`/`: what waits for somebody in this role, and what moved."""

import reflex as rx

from nexus_portal.components import blocks, header, statuses, table, times
from nexus_portal.components.actions import action
from nexus_portal.components.contents import contents
from nexus_portal.components.i18n import Text, number, t
from nexus_portal.components.table import Column
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.agreement_parts import reminder
from nexus_portal.pages.page import holds, portal_page
from nexus_portal.state.agreement_reminder import AgreementReminderState
from nexus_portal.state.overview import OverviewState
from nexus_portal.state.shell import ShellState

TILES: tuple[tuple[str, Text, str], ...] = (
    ("to_approve", t("Orders to approve"), "/orders?fulfilment=awaiting_approval"),
    ("drafts", t("Drafts to finish"), "/orders?fulfilment=draft"),
    ("rejected", t("Orders to correct"), "/orders?fulfilment=rejected"),
    ("underway", t("Orders being made"), "/orders?fulfilment=in_production"),
    ("on_its_way", t("Orders on their way"), "/orders?fulfilment=shipped"),
    ("erased_soon", t("Orders erased within a week"), "/orders?fulfilment=delivered"),
    ("to_decide", t("Orders to decide"), "/bureau/orders"),
    ("on_hold", t("Orders on hold"), "/bureau/orders"),
    ("queued", t("Cards in the queue"), "/bureau/production"),
    ("making", t("Cards being made"), "/bureau/production"),
    ("to_pack", t("Cards to pack"), "/bureau/shipping"),
    ("pieces_to_pack", t("Accessories to pack"), "/bureau/shipping"),
    ("to_ship", t("Parcels to ship"), "/bureau/shipping"),
    ("to_vet", t("Applications to decide"), "/bureau/customers"),
    ("to_invoice", t("Orders to invoice"), "/bureau/billing"),
)


@portal_page(
    "/",
    title=t("Overview"),
    needs=Permission.SIGNED_IN,
    on_load=[AgreementReminderState.load, OverviewState.load],
)
def overview() -> rx.Component:
    """Tiles of what waits, then the latest moves."""
    return rx.fragment(
        header.page_header(
            t("Good to see you, {name}", name=ShellState.person),
            live=OverviewState.loaded,
            actions=[
                rx.cond(
                    holds(Permission.ORDERS_CREATE),
                    rx.fragment(
                        action(t("Import"), icon="upload", href="/orders/import", kind="secondary"),
                        action(t("New order"), icon="plus", href="/orders/new", kind="primary"),
                    ),
                )
            ],
        ),
        reminder(),
        rx.cond(OverviewState.loaded, _content(), blocks.skeleton_rows()),
    )


def _content() -> rx.Component:
    return rx.fragment(
        rx.cond(
            OverviewState.tiles,
            rx.el.div(rx.foreach(OverviewState.tiles, _tile), class_name="stats"),
            _calm(),
        ),
        rx.cond(
            OverviewState.moves,
            rx.fragment(rx.el.h2(t("What moved last"), class_name="section-title"), _moves()),
        ),
    )


def _tile(tile: rx.Var) -> rx.Component:
    return rx.match(
        tile.kind,
        *((kind, blocks.stat(label, number(tile.count), href=href)) for kind, label, href in TILES),
        rx.fragment(),
    )


def _calm() -> rx.Component:
    return blocks.empty_state(
        "coffee",
        t("Nothing waits for you"),
        t("Your role works on the places to the left; what needs you will show here."),
    )


def _moves() -> rx.Component:
    return table.data_table(
        [
            Column(t("Order"), lambda move: move.number, main=True),
            Column(t("What happened"), _happened),
            Column(t("Contents"), lambda move: contents(move.cards, move.pieces), quiet=True),
            Column(t("When"), lambda move: times.when(move.at), quiet=True),
        ],
        OverviewState.moves,
        label=t("What moved last"),
        key=lambda move: move.number + move.axis + move.end + move.at,
    )


def _happened(move: rx.Var) -> rx.Component:
    return rx.match(
        move.axis,
        ("fulfilment", statuses.fulfilment_badge(status=move.end)),
        ("billing", rx.el.span(statuses.billing_text(move.end))),
        ("personal_data", rx.el.span(t("Personal data removed"))),
        rx.fragment(),
    )
