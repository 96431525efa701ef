"""`/bureau/shipping/{number}`: one parcel."""

import reflex as rx

from nexus_portal.components import blocks, filters, header, table, times
from nexus_portal.components.actions import action, menu_item, more_menu
from nexus_portal.components.i18n import number, plural, t
from nexus_portal.components.statuses import stage_badge
from nexus_portal.components.table import Column
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.page import holds, portal_page
from nexus_portal.state.bureau_parcel import ParcelState as State

PARCEL = State.parcel


@portal_page(
    "/bureau/shipping/[number]", title=t("Parcel"), needs=Permission.SHIPPING_READ, on_load=State.load
)
def parcel() -> rx.Component:
    """Where it goes, then its cards; what did not arrive is marked card by card."""
    return rx.cond(
        ~State.loaded,
        blocks.skeleton_rows(),
        rx.cond(
            PARCEL,
            _parcel(),
            blocks.empty_state(
                "search-x",
                t("No such parcel"),
                t("There is no parcel with this number."),
                action(t("Shipping"), href="/bureau/shipping", kind="primary"),
            ),
        ),
    )


def _parcel() -> rx.Component:
    return rx.fragment(
        header.page_header(
            PARCEL.number,
            live=State.loaded,
            breadcrumbs=[(t("Shipping"), "/bureau/shipping")],
            lead=PARCEL.account + " · " + PARCEL.order_number,
            actions=[rx.cond(holds(Permission.SHIPPING_WORK), _onward())],
        ),
        blocks.panel(
            t("Details"),
            blocks.definition_list(
                (t("Delivery"), rx.cond(State.delivery_address != "", State.delivery_address, "—")),
                (t("Carrier"), rx.cond(PARCEL.carrier != "", PARCEL.carrier, "—")),
                (t("Tracking number"), rx.cond(PARCEL.tracking != "", PARCEL.tracking, "—")),
                (t("Cards"), number(PARCEL.cards)),
                (t("Accessories"), rx.cond(State.accessories.length() > 0, _accessories(), "—")),
                (t("Packed"), times.when(PARCEL.packed_at)),
                (t("Shipped"), rx.cond(PARCEL.shipped_at != "", times.when(PARCEL.shipped_at), "—")),
                (t("Delivered"), rx.cond(PARCEL.delivered_at != "", times.when(PARCEL.delivered_at), "—")),
            ),
        ),
        rx.cond(
            PARCEL.cards > 0,
            rx.fragment(rx.el.h2(t("Cards of this parcel"), class_name="section-title"), _items()),
        ),
    )


def _accessories() -> rx.Component:
    return rx.el.span(
        rx.foreach(
            State.accessories,
            lambda row: rx.el.div(t("{quantity} × {name}", quantity=row.quantity, name=row.name)),
        )
    )


def _onward() -> rx.Component:
    return rx.cond(
        PARCEL.shipped_at == "",
        action(t("Ship"), icon="truck", kind="primary", on_click=State.ship),
        rx.cond(
            PARCEL.delivered_at == "",
            action(t("Delivered"), icon="check-check", kind="primary", on_click=State.deliver),
        ),
    )


def _items() -> rx.Component:
    return rx.fragment(
        table.data_table(
            [
                Column(t("Card"), lambda item: item.code, main=True),
                Column(t("Stage"), lambda item: stage_badge(stage=item.stage)),
                Column(t("Since"), lambda item: times.when(item.stage_at), quiet=True),
                Column(t("Actions"), _marks, hidden_title=True),
            ],
            State.items,
            label=t("Cards of this parcel"),
            key=lambda item: item.code,
            glow=lambda item: State.glow[item.code],
        ),
        filters.pager(
            showing=plural("{n} card on this page", "{n} cards on this page", State.items.length()),
            has_newer=State.newer != "",
            has_older=State.older != "",
            on_newer=State.turn("newer"),
            on_older=State.turn("older"),
        ),
    )


def _marks(item: rx.Var) -> rx.Component:
    def mark(label: rx.Var, icon: str, to: str, *, danger: bool = False) -> rx.Component:
        return menu_item(label, icon=icon, danger=danger, on_click=State.mark(item.code, to))

    def menu(*items: rx.Component) -> rx.Component:
        return more_menu(*items, label=t("What became of card {code}", code=item.code))

    on_the_way = menu(
        mark(t("Delivered"), "check-check", "delivered"),
        mark(t("Not delivered"), "circle-alert", "not_delivered"),
    )
    come_back = menu(
        mark(t("Send again"), "repeat", "reshipped"),
        mark(t("Destroyed"), "flame", "destroyed", danger=True),
    )
    choices = rx.match(
        item.stage,
        ("shipped", on_the_way),
        ("reshipped", on_the_way),
        ("not_delivered", menu(mark(t("Returned"), "undo-2", "returned"))),
        ("returned", come_back),
        rx.fragment(),
    )
    return rx.cond(holds(Permission.SHIPPING_WORK), choices)
