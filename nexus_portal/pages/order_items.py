"""The card items of an order: the table, the card with its person, and the whole way of one."""

import reflex as rx

from nexus_portal.components import blocks, filters, table, times
from nexus_portal.components.actions import action
from nexus_portal.components.card_preview import card_preview
from nexus_portal.components.countdown import countdown
from nexus_portal.components.i18n import number, plural, t
from nexus_portal.components.native import page_link
from nexus_portal.components.progress import timeline
from nexus_portal.components.statuses import stage_badge
from nexus_portal.components.table import Column
from nexus_portal.pages.order_again import correct_menu
from nexus_portal.pages.privacy_parts import seen_by_link
from nexus_portal.state.order import OrderState as State

ORDER, DATA = State.order, State.data


def card_panel() -> rx.Component:
    """The first card on the page, as it will be printed; its fields stand there until its person is shown."""
    card = State.card
    return rx.cond(
        card,
        blocks.panel(
            t("Card"),
            card_preview(front=card.front, back=card.back, photo=card.photo, photo_at=card.photo_at),
            rx.cond(State.may_show, _show_button(card.item, card.shown), rx.fragment()),
        ),
    )


def _show_button(item: rx.Var, shown: rx.Var) -> rx.Component:
    return rx.el.div(
        rx.cond(
            shown,
            action(t("Hide person"), icon="eye-off", small=True, on_click=State.hide(item)),
            action(t("Show person"), icon="eye", small=True, on_click=State.show(item)),
        ),
        rx.el.span(t("Showing is logged"), class_name="secondary"),
        class_name="reveal",
    )


def items_table() -> rx.Component:
    """Every card item: where it is and since when, its parcel, when it is expected."""
    return rx.fragment(
        table.data_table(
            [
                Column(t("Card"), _code, main=True),
                Column(t("Person"), _person),
                Column(t("Stage"), _stage),
                Column(t("Since"), lambda item: times.when(item.stage_at), quiet=True),
                Column(t("Parcel"), _parcel, quiet=True),
                Column(t("Expected"), _expected, quiet=True),
                Column(t("Personal data"), _goes),
                Column(t("In the register"), _registered, quiet=True),
                Column(t("Actions"), correct_menu, hidden_title=True),
            ],
            State.items,
            label=t("Cards of this order"),
            key=lambda item: item.id,
            glow=lambda item: State.glow[item.id],
        ),
        rx.cond(
            (State.newer != "") | (State.older != ""),
            filters.pager(
                showing=plural("{n} card in this order", "{n} cards in this order", ORDER.cards),
                has_newer=State.newer != "",
                has_older=State.older != "",
                on_newer=State.turn("newer"),
                on_older=State.turn("older"),
            ),
        ),
    )


def way_dialog() -> rx.Component:
    """Every move of one card item, with when and by which role."""
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(
                t("The way of card {code}", code=State.way_code), as_="h2", class_name="dialog-title"
            ),
            rx.dialog.description(
                t("Every move, the first at the top. Times are in your own zone."), class_name="secondary"
            ),
            rx.cond(
                State.way.length() > 0,
                rx.el.div(timeline(State.way), class_name="way"),
                rx.el.p(t("It has not moved yet."), class_name="way secondary"),
            ),
            seen_by_link(State.way_code),
            rx.el.div(rx.dialog.close(action(t("Close"))), class_name="dialog-buttons"),
            class_name="dialog",
        ),
        open=State.asking == "way",
        on_open_change=State.closed,
    )


def _code(item: rx.Var) -> rx.Component:
    return rx.el.button(
        item.code,
        rx.el.span(" ", t("Show its way"), class_name="unseen"),
        type="button",
        on_click=State.follow(item.id, item.code),
        class_name="text-button item-code",
    )


def _stage(item: rx.Var) -> rx.Component:
    return rx.el.div(
        stage_badge(stage=item.stage),
        rx.cond(
            item.attempt > 1,
            rx.el.span(
                t("Attempt {attempt}", attempt=number(item.attempt)),
                rx.cond(item.failure != "", ": " + item.failure, ""),
                class_name="secondary",
            ),
        ),
        class_name="status-cell",
    )


def _parcel(item: rx.Var) -> rx.Component:
    return rx.cond(
        (item.carrier != "") | (item.tracking != ""),
        rx.el.span(item.carrier, " ", rx.el.span(item.tracking, class_name="tracking-number")),
        "—",
    )


def _expected(item: rx.Var) -> rx.Component:
    return rx.cond(item.expected != "", times.day(item.expected), "—")


def _goes(item: rx.Var) -> rx.Component:
    return countdown(item.countdown, erased_at=rx.cond(DATA.erased_at != "", DATA.erased_at, ""))


def _registered(item: rx.Var) -> rx.Component:
    return rx.cond(
        item.card != "", page_link(item.card, to="/cards/" + item.card, class_name="text-link"), "—"
    )


def _person(item: rx.Var) -> rx.Component:
    shown = State.persons.contains(item.id)
    return rx.cond(
        State.may_show,
        rx.cond(
            shown,
            rx.el.button(
                State.persons[item.id].name,
                type="button",
                on_click=State.hide(item.id),
                class_name="text-button",
            ),
            rx.el.button(
                t("Show"),
                rx.el.span(" ", item.code, class_name="unseen"),
                type="button",
                on_click=State.show(item.id),
                class_name="text-button",
            ),
        ),
        rx.el.span(
            rx.cond(ORDER.personal_data == "erased", t("Erased"), t("Masked")), class_name="secondary"
        ),
    )
