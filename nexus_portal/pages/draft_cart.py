"""The lines of a draft with their prices, and what can be added: accessories, cards of other layouts."""

from collections.abc import Sequence
from functools import partial

import reflex as rx

from nexus_portal.components import dialogs
from nexus_portal.components.actions import action, icon_action
from nexus_portal.components.forms import event_form, field, select_input, text_input
from nexus_portal.components.i18n import number, plural, t
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.page import holds
from nexus_portal.state.draft import DraftState
from nexus_portal.state.draft_cart import DraftCartState as State

DRAFT = DraftState.draft


def cart_panel() -> rx.Component:
    """Every line with its price, and the ways to add; colleagues who order may help with accessories."""
    orders = holds(Permission.ORDERS_CREATE)
    return rx.el.section(
        rx.el.h2(t("In this order"), class_name="section-title"),
        rx.el.ul(rx.foreach(DraftState.lines, lambda line: _line(line, orders)), class_name="cart"),
        rx.cond(orders, _ways()),
        _remove_dialog(),
        class_name="cart-panel",
        on_mount=State.load,
    )


def _line(line: rx.Var, orders: rx.Var) -> rx.Component:
    return rx.el.li(
        rx.el.span(
            rx.cond(line.fixed, line.layout, line.article),
            rx.cond(line.fixed, rx.el.span(line.article, class_name="secondary")),
            class_name="cart-name",
        ),
        rx.cond(~line.fixed & orders, _quantity(line), rx.el.span(_pieces(line), class_name="cart-count")),
        rx.el.span(t("{kronor} SEK", kronor=number(line.kronor)), class_name="cart-price"),
        rx.cond(orders, _out(line), rx.el.span()),
        key=line.id,
    )


def _pieces(line: rx.Var) -> rx.Component:
    return rx.fragment(
        rx.cond(
            line.fixed,
            plural("{n} card", "{n} cards", line.quantity),
            plural("{n} piece", "{n} pieces", line.quantity),
        ),
        " × ",
        number(line.each),
    )


def _quantity(line: rx.Var) -> rx.Component:
    return rx.el.span(
        rx.el.input(
            type="number",
            min=1,
            max=10000,
            default_value=line.quantity.to(str),
            key=line.quantity.to(str),
            on_blur=lambda text: State.count(line.id, text),
            aria_label=t("Pieces of {article}", article=line.article),
            class_name="input cart-input",
        ),
        " × ",
        number(line.each),
        class_name="cart-count",
    )


def _out(line: rx.Var) -> rx.Component:
    name = rx.cond(line.fixed, line.layout, line.article)
    label = t("Take out {name}", name=name)
    return rx.cond(
        line.fixed,
        rx.cond(
            (DRAFT.several | (DRAFT.pieces > 0)) & DRAFT.own,
            icon_action(label, "trash-2", on_click=State.ask(line.id, name, line.quantity)),
            rx.el.span(),
        ),
        icon_action(label, "trash-2", on_click=State.take_out(line.id)),
    )


def _ways() -> rx.Component:
    return rx.el.div(
        rx.cond(DRAFT.own, _more_cards(), rx.el.span()),
        rx.cond(State.offered.length() > 0, _accessory()),
        class_name="cart-ways",
    )


def _more_cards() -> rx.Component:
    return rx.fragment(
        rx.el.div(
            action(t("Add one card"), icon="plus", href="/orders/new?into=" + DRAFT.number, small=True),
            action(
                t("Add cards from a spreadsheet"),
                icon="upload",
                href="/orders/import?draft=" + DRAFT.number,
                small=True,
            ),
            class_name="cart-cards",
        ),
    )


def _accessory() -> rx.Component:
    return event_form(
        *_which(t("Sent along with the cards, or alone where there are none.")),
        action(t("Add"), icon="plus", type="submit"),
        on_submit=State.add,
        class_name="cart-add",
    )


def _which(hint: rx.Var) -> Sequence[rx.Component]:
    pieces = text_input("pieces", name="quantity", type="number", min=1, max=10000, default_value="1")
    choice = select_input("accessory", State.offered, name="article")
    return (
        field(t("Accessory"), choice, control_id="accessory", hint=hint),
        field(t("Pieces"), pieces, control_id="pieces"),
    )


def order_accessories() -> rx.Component:
    """A button for who wants no card, where the bureau has accessories on its shelf."""
    button = action(t("Accessories alone"), icon="shopping-bag", on_click=State.ask_first)
    return rx.cond(State.offered.length() > 0, button)


def first_accessory_dialog() -> rx.Component:
    """Which accessory a draft begins with that has no card."""
    return dialogs.confirm_dialog(
        *_which(t("More can be added to the draft.")),
        title=t("Begin the draft"),
        subject=t("Accessories alone"),
        consequence=t("The order holds no card and nobody’s data. You see its price before you order."),
        icon="shopping-bag",
        open=State.beginning,
        on_close=State.not_begun,
        form=partial(event_form, on_submit=State.begin),
        ask_code=False,
        danger=False,
    )


def _remove_dialog() -> rx.Component:
    return dialogs.confirm_dialog(
        title=t("Take the cards out"),
        subject=t("Cards of layout {name}", name=State.removing_name),
        consequence=plural(
            "Its card goes out of this draft, with everything that is known of the person. "
            "This cannot be undone.",
            "Its {n} cards go out of this draft, with everything that is known of their persons. "
            "This cannot be undone.",
            State.removing_cards,
        ),
        icon="trash-2",
        open=State.removing != "",
        on_close=State.kept,
        form=partial(event_form, on_submit=State.remove),
        ask_code=False,
    )
