"""`/cards/{number}`: one issued card."""

import reflex as rx

from nexus_portal.components import blocks, header, times
from nexus_portal.components.actions import action
from nexus_portal.components.countdown import countdown
from nexus_portal.components.i18n import plural, say, t
from nexus_portal.components.native import page_link
from nexus_portal.components.progress import timeline
from nexus_portal.components.statuses import block_reason_text, card_status_badge
from nexus_portal.domain.cards import CLOSES_NO_DOOR
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.card_dialogs import card_dialogs
from nexus_portal.pages.order_again import order_again_action
from nexus_portal.pages.order_data import hold_fact
from nexus_portal.pages.page import holds, portal_page
from nexus_portal.pages.privacy_parts import seen_by_link
from nexus_portal.state.card import CardState as State

CARD = State.card


@portal_page("/cards/[number]", title=t("Card"), needs=Permission.CARDS_READ, on_load=State.load)
def card() -> rx.Component:
    """Its status, what may be done, its whole way, and what it replaces."""
    return rx.cond(~State.loaded, blocks.skeleton_rows(), rx.cond(State.card, _card(), _absent()))


def _absent() -> rx.Component:
    return blocks.empty_state(
        "search-x",
        t("No such card"),
        t("There is no card with this number in your account’s register."),
        action(t("All cards"), href="/cards?view=register", kind="primary"),
    )


def _card() -> rx.Component:
    return rx.fragment(
        header.page_header(
            CARD.number,
            badges=[card_status_badge(status=CARD.status)],
            live=State.loaded,
            breadcrumbs=[(t("Cards"), "/cards?view=register")],
            actions=[order_again_action(CARD), _actions()],
        ),
        rx.cond(CARD.status == "blocked", _countdown()),
        blocks.columns(
            [_details(), _personal_data()],
            [blocks.panel(t("Its way"), timeline(State.way)), _holds()],
        ),
        card_dialogs(State, t("Card {number}", number=State.chosen)),
    )


def _personal_data() -> rx.Component:
    """What of its person went, what goes when and by which rule."""
    return blocks.panel(
        t("Personal data"),
        countdown(
            CARD.countdown,
            erased_at=CARD.erased_at,
            deleted_on=CARD.deleted_on,
            blocked_days=CARD.days_left,
        ),
        seen_by_link(CARD.code),
    )


def _holds() -> rx.Component:
    """What stops the erasing of its person, and for who may, the way to stop it."""
    place = rx.cond(
        holds(Permission.PRIVACY_MANAGE),
        rx.el.div(
            action(t("Place a hold"), icon="lock", small=True, href="/privacy/holds?place=" + CARD.code),
            class_name="panel-buttons",
        ),
    )
    return rx.cond(
        (State.holds.length() > 0) | holds(Permission.PRIVACY_MANAGE),
        blocks.panel(t("Holds"), rx.foreach(State.holds, hold_fact), place),
    )


def _countdown() -> rx.Component:
    """How long it stays blocked before it is deleted, and what blocking does not do."""
    return blocks.callout(
        rx.el.p(
            t("Blocked: {reason}.", reason=block_reason_text(CARD.block_reason)),
            " ",
            plural(
                "In {n} day, on {day}, the card and its person are deleted unless its status changes.",
                "In {n} days, on {day}, the card and its person are deleted unless its status changes.",
                CARD.days_left,
                day=times.day_text(CARD.deleted_on),
            ),
        ),
        rx.el.p(say(CLOSES_NO_DOOR)),
        tone="warning",
        icon="lock",
    )


def _actions() -> rx.Component:
    usable = (CARD.status == "active") | (CARD.status == "issued")
    blocked = CARD.status == "blocked"
    return rx.cond(
        holds(Permission.CARDS_BLOCK),
        rx.fragment(
            rx.cond(usable, action(t("Block"), icon="lock", on_click=State.ask("block", ""))),
            rx.cond(blocked, action(t("Unblock"), icon="lock-open", on_click=State.ask("unblock", ""))),
            rx.cond(
                usable | blocked, action(t("Terminate"), icon="ban", on_click=State.ask("terminate", ""))
            ),
        ),
    )


def _details() -> rx.Component:
    return blocks.panel(
        t("Details"),
        blocks.definition_list(
            (t("Card"), CARD.number),
            (t("Layout"), CARD.layout),
            (
                t("Order"),
                page_link(CARD.code, to="/orders/" + CARD.order_number, class_name="text-link"),
            ),
            (t("Status since"), times.moment(CARD.status_changed_at)),
            (t("Valid until"), rx.cond(CARD.valid_until != "", times.day(CARD.valid_until), "—")),
            (t("Takes the place of"), _linked(State.replaces)),
            (t("Its place is taken by"), _successor()),
        ),
    )


def _linked(number: rx.Var) -> rx.Component:
    return rx.cond(number != "", page_link(number, to="/cards/" + number, class_name="text-link"), "—")


def _successor() -> rx.Component:
    return rx.cond(
        State.replaced_in != "",
        page_link(State.replaced_by, to="/orders/" + State.replaced_in, class_name="text-link"),
        _linked(State.replaced_by),
    )
