"""`/cards`: every card item, where it is and since when; and the register of issued cards."""

from functools import partial

import reflex as rx

from nexus_portal.components import blocks, dialogs, filters, header, table, times
from nexus_portal.components.actions import menu_item, more_menu
from nexus_portal.components.forms import event_form, field, select_input
from nexus_portal.components.i18n import plural, say, t
from nexus_portal.components.statuses import block_reason_text, card_status_badge, stage_badge
from nexus_portal.components.table import Column
from nexus_portal.domain import words
from nexus_portal.domain.cards import CLOSES_NO_DOOR
from nexus_portal.domain.lifecycles import BlockReason, CardStatus, Stage
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.order_again import order_again_item
from nexus_portal.pages.page import holds, portal_page
from nexus_portal.state.cards import CardsState as State


@portal_page("/cards", title=t("Cards"), needs=Permission.CARDS_READ, on_load=State.load)
def cards() -> rx.Component:
    """Two lists under one title: on their way, and in the register."""
    return rx.fragment(
        header.page_header(t("Cards"), live=State.loaded),
        header.toolbar(
            filters.filter_select(
                t("List"),
                State.view,
                lambda value: State.narrow("view", value),
                [("register", t("Register of issued cards"))],
                any_label=t("Being made and sent"),
            ),
            rx.cond(State.view == "register", _status_filter(), _stage_filter()),
        ),
        rx.cond(State.view == "register", _register(), _moving()),
        filters.pager(
            showing=plural(
                "{n} card on this page",
                "{n} cards on this page",
                State.moving.length() + State.register.length(),
            ),
            has_newer=State.newer != "",
            has_older=State.older != "",
            on_newer=State.turn("newer"),
            on_older=State.turn("older"),
        ),
        _block_dialog(),
        _unblock_dialog(),
        _terminate_dialog(),
    )


def _stage_filter() -> rx.Component:
    options = [(stage.value, say(words.STAGE[stage])) for stage in Stage]
    return filters.filter_select(t("Stage"), State.stage, lambda value: State.narrow("stage", value), options)


def _status_filter() -> rx.Component:
    options = [(status.value, say(words.CARD_STATUS[status])) for status in CardStatus]
    return filters.filter_select(
        t("Status"), State.status, lambda value: State.narrow("status", value), options
    )


def _moving() -> rx.Component:
    return table.data_table(
        [
            Column(t("Card"), lambda row: row.code, main=True),
            Column(t("Reference"), lambda row: row.reference),
            Column(t("Stage"), lambda row: stage_badge(stage=row.stage)),
            Column(t("Since"), lambda row: times.when(row.stage_at), quiet=True),
            Column(t("Parcel"), lambda row: rx.cond(row.tracking != "", row.tracking, "—"), quiet=True),
        ],
        State.moving,
        label=t("Cards being made and sent"),
        key=lambda row: row.id,
        href=lambda row: "/orders/" + row.order_number,
        glow=lambda row: State.glow[row.id],
        loading=~State.loaded,
        empty=blocks.empty_state(
            "id-card",
            t("No cards here"),
            t("Cards show here from the moment they are ordered, each with its stage and since when."),
        ),
    )


def _register() -> rx.Component:
    return table.data_table(
        [
            Column(t("Card"), lambda row: row.number, main=True),
            Column(t("Layout"), lambda row: row.layout),
            Column(t("Status"), _status),
            Column(t("Since"), lambda row: times.when(row.status_changed_at), quiet=True),
            Column(
                t("Valid until"),
                lambda row: rx.cond(row.valid_until != "", times.day(row.valid_until), "—"),
                quiet=True,
            ),
            Column(t("Actions"), _actions, hidden_title=True),
        ],
        State.register,
        label=t("Register of issued cards"),
        key=lambda row: row.number,
        loading=~State.loaded,
        empty=blocks.empty_state(
            "id-card", t("No cards in the register"), t("A card is entered here when it has been produced.")
        ),
    )


def _status(row: rx.Var) -> rx.Component:
    return rx.el.div(
        card_status_badge(status=row.status),
        rx.cond(
            row.block_reason != "",
            rx.el.span(
                block_reason_text(row.block_reason),
                rx.cond(
                    row.deleted_on != "", t(" · deleted on {day}", day=times.day_text(row.deleted_on)), ""
                ),
                class_name="secondary",
            ),
        ),
        class_name="status-cell",
    )


def _actions(row: rx.Var) -> rx.Component:
    usable = (row.status == "active") | (row.status == "issued")
    return rx.cond(
        holds(Permission.CARDS_BLOCK) & (usable | (row.status == "blocked")),
        more_menu(
            rx.cond(
                row.status == "blocked",
                menu_item(t("Unblock"), icon="lock-open", on_click=State.ask("unblock", row.number)),
                menu_item(t("Block"), icon="lock", on_click=State.ask("block", row.number)),
            ),
            rx.cond(holds(Permission.ORDERS_CREATE), order_again_item(row.number)),
            menu_item(t("Terminate"), icon="ban", danger=True, on_click=State.ask("terminate", row.number)),
            label=t("Actions for card {number}", number=row.number),
        ),
    )


def _block_dialog() -> rx.Component:
    reasons = [(reason.value, say(words.BLOCK_REASON[reason])) for reason in BlockReason]
    return dialogs.confirm_dialog(
        blocks.callout(rx.el.p(say(CLOSES_NO_DOOR)), tone="warning"),
        field(t("Reason"), select_input("reason", reasons), control_id="reason"),
        title=t("Block the card"),
        subject=t("Card {number}", number=State.chosen),
        consequence=t("If it stays blocked for 90 days, the card and its person are deleted."),
        open=State.asking == "block",
        on_close=State.closed,
        form=partial(event_form, on_submit=State.block),
        ask_code=False,
        icon="lock",
    )


def _unblock_dialog() -> rx.Component:
    return dialogs.confirm_dialog(
        title=t("Unblock the card"),
        subject=t("Card {number}", number=State.chosen),
        consequence=t("The register shows it as in use again. Open the doors in your own systems."),
        open=State.asking == "unblock",
        on_close=State.closed,
        form=partial(event_form, on_submit=State.unblock),
        ask_code=False,
        danger=False,
        icon="lock-open",
    )


def _terminate_dialog() -> rx.Component:
    return dialogs.confirm_dialog(
        blocks.callout(rx.el.p(say(CLOSES_NO_DOOR)), tone="warning"),
        title=t("Terminate the card"),
        subject=t("Card {number}", number=State.chosen),
        consequence=t("The card is ended for good. This cannot be undone."),
        open=State.asking == "terminate",
        on_close=State.closed,
        form=partial(event_form, on_submit=State.terminate),
        ask_code=False,
        icon="ban",
    )
