"""A draft on the page of its order: its rows, what is wrong with each, and ordering it."""

from functools import partial

import reflex as rx

from nexus_portal.components import blocks, dialogs, filters, header
from nexus_portal.components.actions import action, menu_item, more_menu
from nexus_portal.components.contents import contents
from nexus_portal.components.forms import event_form
from nexus_portal.components.i18n import number, plural, t
from nexus_portal.components.statuses import fulfilment_badge
from nexus_portal.components.vars import Text
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.agreement_parts import reminder
from nexus_portal.pages.draft_cart import cart_panel
from nexus_portal.pages.draft_files import files_panel, reading_told
from nexus_portal.pages.draft_mend import mend_dialog, remove_dialog
from nexus_portal.pages.draft_purpose import FORM, purpose_form
from nexus_portal.pages.draft_rows import files_told, rows_table
from nexus_portal.pages.holder_review import ask_holders, holder_panel
from nexus_portal.pages.page import holds
from nexus_portal.pages.upload_parts import upload_script
from nexus_portal.state.draft import DraftState as State

DRAFT = State.draft
WITH_CARDS = DRAFT.layout != ""


def draft_panel() -> rx.Component:
    """A draft or rejected order: on top what it is for, then its rows, at the foot the way on."""
    return rx.el.div(
        upload_script(),
        rx.cond(DRAFT, _draft(), blocks.skeleton_rows()),
        on_mount=State.appear,
        on_unmount=State.leave,
        class_name="ordering",
    )


def _draft() -> rx.Component:
    return rx.fragment(
        header.page_header(
            rx.cond(DRAFT.reference != "", DRAFT.reference, DRAFT.number),
            badges=[fulfilment_badge(status=DRAFT.fulfilment)],
            breadcrumbs=[(t("Orders"), "/orders")],
            lead=rx.cond(DRAFT.reference != "", DRAFT.number + " · " + _kind(), _kind()),
            actions=[
                rx.cond(DRAFT.own & WITH_CARDS & holds(Permission.ORDERS_CREATE), ask_holders()),
                _more(),
            ],
        ),
        _told(),
        rx.cond(holds(Permission.ORDERS_CREATE), purpose_form()),
        rx.cond(WITH_CARDS, _cards()),
        cart_panel(),
        rx.cond(DRAFT.own & holds(Permission.ORDERS_CREATE), _footer()),
        mend_dialog(),
        remove_dialog(),
        _discard_dialog(),
    )


def _cards() -> rx.Component:
    return rx.fragment(
        rx.cond(DRAFT.own & DRAFT.shown & holds(Permission.ORDERS_CREATE), files_panel()),
        _narrowing(),
        holder_panel(),
        files_told(),
        rows_table(),
        _pager(),
    )


def _kind() -> Text:
    return rx.cond(WITH_CARDS, DRAFT.layout, t("Accessories alone"))


def _more() -> rx.Component:
    return rx.cond(
        DRAFT.own & (DRAFT.fulfilment == "draft") & holds(Permission.ORDERS_CREATE),
        more_menu(menu_item(t("Throw the draft away"), icon="trash-2", danger=True, on_click=State.ask)),
    )


def _told() -> rx.Component:
    """What there is to know before going on: why it came back, how far reading is, what was left out."""
    return rx.fragment(
        rx.cond(
            DRAFT.reason != "",
            blocks.callout(rx.el.p(_returned()), tone="warning"),
        ),
        reminder(),
        rx.cond(~DRAFT.shown, blocks.callout(rx.el.p(_masked()), icon="eye-off")),
        rx.cond(State.reading, reading_told()),
    )


def _returned() -> Text:
    """The bureau is told of by name only for what it did; an approver is somebody of the same house."""
    inside = rx.cond(
        DRAFT.returned_by != "",
        t("{who} gave this order back: {reason}", who=DRAFT.returned_by, reason=DRAFT.reason),
        t("An approver gave this order back: {reason}", reason=DRAFT.reason),
    )
    bureau = t("The bureau returned this order: {reason}", reason=DRAFT.reason)
    return rx.cond(DRAFT.by_bureau, bureau, inside)


def _masked() -> Text:
    return t("Only the person who began this order sees its persons. You see how far it is.")


def _narrowing() -> rx.Component:
    return header.toolbar(
        _chip(t("All rows"), "", DRAFT.total),
        rx.cond(DRAFT.to_mend > 0, _chip(t("To mend"), "problems", DRAFT.to_mend)),
        end=[rx.el.span(_counts(), role="status")],
    )


def _counts() -> rx.Component:
    """What is not ready is told by who has to act; what nobody has to do is left out."""
    return rx.fragment(
        rx.el.span(t("{ready} ready", ready=DRAFT.ready)),
        _counted(DRAFT.to_mend, t("{bad} to mend", bad=DRAFT.to_mend)),
        _counted(
            DRAFT.waiting,
            plural("{n} waits for its card holder", "{n} wait for their card holders", DRAFT.waiting),
        ),
        _counted(
            DRAFT.answered,
            plural("{n} answer to look over", "{n} answers to look over", DRAFT.answered),
        ),
    )


def _counted(count: rx.Var, text: Text) -> rx.Component:
    return rx.cond(count > 0, rx.fragment(" · ", rx.el.span(text)))


def _chip(label: Text, show: str, count: rx.Var) -> rx.Component:
    chosen = State.show == show
    return rx.el.button(
        label,
        rx.el.span(number(count), class_name="chip-count"),
        type="button",
        on_click=State.narrow(show),
        aria_pressed=rx.cond(chosen, "true", "false"),
        class_name="chip",
    )


def _pager() -> rx.Component:
    return rx.cond(
        (State.newer != "") | (State.older != ""),
        filters.pager(
            showing=plural("{n} row on this page", "{n} rows on this page", State.rows.length()),
            has_newer=State.newer != "",
            has_older=State.older != "",
            on_newer=State.turn("newer"),
            on_older=State.turn("older"),
        ),
    )


def _footer() -> rx.Component:
    """The price and the one thing to do next; the button sends the form on top, with all that was typed."""
    return rx.el.div(
        rx.el.p(
            contents(DRAFT.total, DRAFT.pieces),
            rx.el.span(t("{kronor} SEK without VAT", kronor=number(DRAFT.kronor)), class_name="secondary"),
            class_name="order-sum",
        ),
        rx.cond(
            DRAFT.reading,
            action(t("Reading the rows…"), icon="loader", disabled=True),
            rx.cond(
                (DRAFT.total == 0) & (DRAFT.pieces == 0),
                action(t("Add something first"), icon="id-card", disabled=True),
                rx.cond(DRAFT.rest > 0, _unready(), _ready()),
            ),
        ),
        class_name="order-footer",
    )


def _ready() -> rx.Component:
    return action(
        rx.cond(
            DRAFT.total > 0,
            plural("Order {n} card", "Order {n} cards", DRAFT.ready),
            plural("Order {n} accessory", "Order {n} accessories", DRAFT.pieces),
        ),
        icon="send",
        kind="primary",
        type="submit",
        form=FORM,
    )


def _unready() -> rx.Component:
    """What holds the rest up: rows to mend lead to them, holders are waited for or looked over above."""
    return rx.fragment(
        rx.cond(
            DRAFT.ready > 0,
            action(
                t("Order the {ready} ready, keep {bad} as draft", ready=DRAFT.ready, bad=DRAFT.rest),
                type="submit",
                form=FORM,
            ),
        ),
        rx.cond(
            DRAFT.to_mend > 0,
            action(
                plural("Mend {n} row first", "Mend {n} rows first", DRAFT.to_mend),
                icon="pencil",
                kind="primary",
                on_click=State.narrow("problems"),
            ),
            action(_held_up(), icon="clock", disabled=True),
        ),
    )


def _held_up() -> Text:
    return rx.cond(
        DRAFT.answered > 0,
        plural("Look {n} answer over first", "Look {n} answers over first", DRAFT.answered),
        plural("Waiting for {n} card holder", "Waiting for {n} card holders", DRAFT.waiting),
    )


def _discard_dialog() -> rx.Component:
    return dialogs.confirm_dialog(
        title=t("Throw the draft away"),
        subject=t("Draft {number}", number=DRAFT.number),
        consequence=rx.cond(
            DRAFT.total > 0,
            plural(
                "Its row goes, with everything that is known of the person. This cannot be undone.",
                "Its {n} rows go, with everything that is known of their persons. This cannot be undone.",
                DRAFT.total,
            ),
            t("There is nobody in it. This cannot be undone."),
        ),
        icon="trash-2",
        open=State.asking,
        on_close=State.closed,
        form=partial(event_form, on_submit=State.discard),
        ask_code=False,
    )
