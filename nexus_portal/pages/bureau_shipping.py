"""`/bureau/shipping`: what waits to be packed, and the parcels."""

from functools import partial

import reflex as rx

from nexus_portal.components import blocks, dialogs, filters, header, table, times
from nexus_portal.components.actions import action
from nexus_portal.components.contents import contents
from nexus_portal.components.forms import event_form, field, text_input
from nexus_portal.components.i18n import plural, t
from nexus_portal.components.table import Column
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.page import holds, portal_page
from nexus_portal.state.bureau_shipping import ShippingState as State


@portal_page("/bureau/shipping", title=t("Shipping"), needs=Permission.SHIPPING_READ, on_load=State.load)
def shipping() -> rx.Component:
    """Pack above, send and follow below."""
    return rx.fragment(
        header.page_header(t("Shipping"), live=State.loaded),
        rx.el.h2(t("To pack"), class_name="section-title"),
        _waiting(),
        rx.el.h2(t("Parcels"), class_name="section-title"),
        _parcels(),
        _pack_dialog(),
    )


def _waiting() -> rx.Component:
    return rx.fragment(
        table.data_table(
            [
                Column(t("Order"), lambda row: row.number, main=True),
                Column(t("Account"), lambda row: row.account),
                Column(t("Delivery"), lambda row: row.delivery_address, quiet=True),
                Column(
                    t("Promised"),
                    lambda row: rx.cond(row.promised != "", times.day(row.promised), "—"),
                    quiet=True,
                ),
                Column(t("Waits"), _waits),
                Column(t("Actions"), _pack, hidden_title=True),
            ],
            State.waiting,
            label=t("Orders to pack"),
            key=lambda row: row.number,
            glow=lambda row: State.glow[row.number],
            loading=~State.loaded,
            empty=blocks.empty_state(
                "package-check",
                t("Nothing to pack"),
                t("Orders show here once their first cards are produced, or their accessories can go."),
            ),
        ),
        rx.cond(
            (State.waiting_newer != "") | (State.waiting_older != ""),
            filters.pager(
                showing=plural("{n} order on this page", "{n} orders on this page", State.waiting.length()),
                has_newer=State.waiting_newer != "",
                has_older=State.waiting_older != "",
                on_newer=State.turn_waiting("newer"),
                on_older=State.turn_waiting("older"),
            ),
        ),
    )


def _waits(row: rx.Var) -> rx.Component:
    return rx.fragment(
        rx.cond(
            row.waiting > 0,
            rx.el.div(t("{waiting} of {cards} cards", waiting=row.waiting, cards=row.cards)),
        ),
        rx.foreach(
            row.accessories,
            lambda each: rx.el.div(
                t("{quantity} × {name}", quantity=each.quantity, name=each.name), class_name="secondary"
            ),
        ),
    )


def _pack(row: rx.Var) -> rx.Component:
    return rx.cond(
        holds(Permission.SHIPPING_WORK),
        action(
            t("Pack"),
            icon="package",
            small=True,
            on_click=State.choose(row.number),
            aria_label=t("Pack order {number}", number=row.number),
        ),
    )


def _parcels() -> rx.Component:
    return rx.fragment(
        header.toolbar(
            filters.filter_select(
                t("Parcels"),
                State.show,
                State.narrow,
                [("on_the_way", t("On the way")), ("delivered", t("Delivered"))],
                any_label=t("Packed"),
            )
        ),
        table.data_table(
            [
                Column(t("Parcel"), lambda row: row.number, main=True),
                Column(t("Order"), lambda row: row.order_number),
                Column(t("Account"), lambda row: row.account),
                Column(t("Carrier"), _carrier, quiet=True),
                Column(t("Contents"), lambda row: contents(row.cards, row.pieces)),
                Column(t("Since"), lambda row: times.when(_since(row)), quiet=True),
                Column(t("Actions"), _onward, hidden_title=True),
            ],
            State.parcels,
            label=t("Parcels"),
            key=lambda row: row.number,
            href=lambda row: "/bureau/shipping/" + row.number,
            glow=lambda row: State.glow[row.number],
            loading=~State.loaded,
            empty=blocks.empty_state(
                "truck", t("No parcels here"), t("Pack what is produced; the parcel waits here to be sent.")
            ),
        ),
        filters.pager(
            showing=plural("{n} parcel on this page", "{n} parcels on this page", State.parcels.length()),
            has_newer=State.newer != "",
            has_older=State.older != "",
            on_newer=State.turn("newer"),
            on_older=State.turn("older"),
        ),
    )


def _carrier(row: rx.Var) -> rx.Component:
    return rx.el.span(
        rx.cond(row.carrier != "", row.carrier, "—"),
        rx.cond(row.tracking != "", " · " + row.tracking, ""),
    )


def _since(row: rx.Var) -> rx.Var:
    left = rx.cond(row.shipped_at != "", row.shipped_at, row.packed_at)
    return rx.cond(row.delivered_at != "", row.delivered_at, left)


def _onward(row: rx.Var) -> rx.Component:
    ship = action(
        t("Ship"),
        icon="truck",
        small=True,
        on_click=State.ship(row.number),
        aria_label=t("Ship parcel {number}", number=row.number),
    )
    deliver = action(
        t("Delivered"),
        icon="check-check",
        small=True,
        on_click=State.deliver(row.number),
        aria_label=t("Parcel {number} is delivered", number=row.number),
    )
    onward = rx.cond(row.shipped_at == "", ship, rx.cond(row.delivered_at == "", deliver))
    return rx.cond(holds(Permission.SHIPPING_WORK), onward)


def _pack_dialog() -> rx.Component:
    return dialogs.confirm_dialog(
        field(
            t("Carrier"),
            text_input("carrier", max_length=60, auto_complete="off"),
            control_id="carrier",
        ),
        field(
            t("Tracking number"),
            text_input("tracking", max_length=60, auto_complete="off"),
            control_id="tracking",
            hint=t("The customer sees it with this parcel."),
        ),
        rx.foreach(State.chosen_accessories, _quantity),
        title=t("Pack the parcel"),
        subject=t("Order {number}", number=State.chosen)
        + rx.cond(State.chosen_cards > 0, " · " + contents(State.chosen_cards, 0), ""),
        consequence=rx.cond(
            State.chosen_address != "",
            t("Goes to: {address}", address=State.chosen_address),
            t("The customer has given no delivery address."),
        ),
        open=State.chosen != "",
        on_close=State.closed,
        form=partial(event_form, on_submit=State.pack),
        ask_code=False,
        danger=False,
        icon="package",
    )


def _quantity(each: rx.Var) -> rx.Component:
    """How many of an accessory lie in the parcel; what is left of it follows in another."""
    control = "pieces-" + each.line
    return field(
        t("{name}, pieces", name=each.name),
        text_input(
            control,
            type="number",
            min=0,
            max=each.quantity,
            default_value=each.quantity.to(str),
            required=True,
        ),
        control_id=control,
        hint=t("{n} wait on the shelf.", n=each.quantity),
    )
