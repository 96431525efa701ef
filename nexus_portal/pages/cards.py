"""`/cards`: every card item, where it is and since when; and the register of issued cards."""

import reflex as rx

from nexus_portal.components import blocks, filters, header, table, times
from nexus_portal.components.actions import action, menu_item, more_menu
from nexus_portal.components.countdown import countdown
from nexus_portal.components.i18n import plural, say, t
from nexus_portal.components.native import page_link
from nexus_portal.components.statuses import block_reason_text, card_status_badge, stage_badge
from nexus_portal.components.table import Column
from nexus_portal.domain import words
from nexus_portal.domain.lifecycles import CardStatus, Stage
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.card_dialogs import card_dialogs
from nexus_portal.pages.order_again import order_again_item
from nexus_portal.pages.page import holds, portal_page
from nexus_portal.state.cards import CardsState as State

SUBJECT = rx.cond(
    State.chosen != "",
    t("Card {number}", number=State.chosen),
    plural("{n} card", "{n} cards", State.selected.length()),
)


@portal_page("/cards", title=t("Cards"), needs=Permission.CARDS_READ, on_load=State.load)
def cards() -> rx.Component:
    """Two lists under one title: on their way, and in the register."""
    return rx.fragment(
        header.page_header(t("Cards"), live=State.loaded),
        header.toolbar(
            filters.search_box(State.search, State.seek, label=t("Number of an order or a card")),
            filters.filter_select(
                t("List"),
                State.view,
                lambda value: State.narrow("view", value),
                [("register", t("Register of issued cards"))],
                any_label=t("Being made and sent"),
            ),
            rx.cond(
                State.view == "register", _status_filter(), rx.fragment(_stage_filter(), _period_filter())
            ),
        ),
        rx.cond(State.selected.length() > 0, _ticked()),
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
        card_dialogs(State, SUBJECT),
    )


def _ticked() -> rx.Component:
    return rx.el.div(
        rx.el.p(plural("{n} card chosen", "{n} cards chosen", State.selected.length()), role="status"),
        action(t("Block"), icon="lock", small=True, on_click=State.ask("block", "")),
        action(t("Terminate"), icon="ban", small=True, on_click=State.ask("terminate", "")),
        action(t("Choose none"), small=True, kind="quiet", on_click=State.untick),
        class_name="ticked",
    )


def _stage_filter() -> rx.Component:
    options = [(stage.value, say(words.STAGE[stage])) for stage in Stage]
    return filters.filter_select(t("Stage"), State.stage, lambda value: State.narrow("stage", value), options)


def _period_filter() -> rx.Component:
    options = [
        ("1", t("The last 24 hours")),
        ("7", t("The last 7 days")),
        ("30", t("The last 30 days")),
        ("90", t("The last 90 days")),
    ]
    return filters.filter_select(
        t("Moved"), State.period, lambda value: State.narrow("period", value), options
    )


def _status_filter() -> rx.Component:
    options = [(status.value, say(words.CARD_STATUS[status])) for status in CardStatus]
    return filters.filter_select(
        t("Status"), State.status, lambda value: State.narrow("status", value), options
    )


def _moving() -> rx.Component:
    return table.data_table(
        [
            Column(t("Card"), lambda row: rx.el.span(row.code, class_name="item-code"), main=True),
            Column(t("Reference"), lambda row: row.reference),
            Column(t("Stage"), lambda row: stage_badge(stage=row.stage)),
            Column(t("Since"), lambda row: times.when(row.stage_at), quiet=True),
            Column(t("Parcel"), lambda row: rx.cond(row.tracking != "", row.tracking, "—"), quiet=True),
            Column(
                t("Expected"),
                lambda row: rx.cond(row.expected != "", times.day(row.expected), "—"),
                quiet=True,
            ),
            Column(t("Personal data"), lambda row: countdown(row.countdown, erased_at=row.erased_at)),
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
            Column(t("Choose"), _tick, hidden_title=True),
            Column(
                t("Card"),
                lambda row: page_link(row.number, to="/cards/" + row.number, class_name="text-link"),
                main=True,
            ),
            Column(
                t("Order"),
                lambda row: page_link(row.code, to="/orders/" + row.order_number, class_name="text-link"),
                quiet=True,
            ),
            Column(t("Layout"), lambda row: row.layout),
            Column(t("Status"), _status),
            Column(t("Since"), lambda row: times.when(row.status_changed_at), quiet=True),
            Column(t("Personal data"), _goes),
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
        glow=lambda row: State.glow[row.number],
        loading=~State.loaded,
        empty=blocks.empty_state(
            "id-card", t("No cards in the register"), t("A card is entered here when it has been produced.")
        ),
    )


def _tick(row: rx.Var) -> rx.Component:
    endable = (row.status == "active") | (row.status == "issued") | (row.status == "blocked")
    return rx.cond(
        holds(Permission.CARDS_BLOCK) & endable,
        rx.el.input(
            type="checkbox",
            checked=State.selected.contains(row.number),
            on_change=State.tick(row.number),
            aria_label=t("Choose card {number}", number=row.number),
            class_name="check",
        ),
    )


def _status(row: rx.Var) -> rx.Component:
    return rx.el.div(
        card_status_badge(status=row.status),
        rx.cond(
            row.block_reason != "",
            rx.el.span(block_reason_text(row.block_reason), class_name="secondary"),
        ),
        class_name="status-cell",
    )


def _goes(row: rx.Var) -> rx.Component:
    return countdown(
        row.countdown,
        erased_at=row.erased_at,
        deleted_on=row.deleted_on,
        blocked_days=row.days_left,
    )


def _actions(row: rx.Var) -> rx.Component:
    blocked = row.status == "blocked"
    usable = (row.status == "active") | (row.status == "issued")
    blocks_cards = holds(Permission.CARDS_BLOCK)
    return rx.cond(
        (blocks_cards | holds(Permission.ORDERS_CREATE)) & (usable | blocked),
        more_menu(
            rx.cond(
                blocks_cards,
                rx.cond(
                    blocked,
                    menu_item(t("Unblock"), icon="lock-open", on_click=State.ask("unblock", row.number)),
                    menu_item(t("Block"), icon="lock", on_click=State.ask("block", row.number)),
                ),
            ),
            order_again_item(row),
            rx.cond(
                blocks_cards,
                menu_item(
                    t("Terminate"), icon="ban", danger=True, on_click=State.ask("terminate", row.number)
                ),
            ),
            label=t("Actions for card {number}", number=row.number),
        ),
    )
