"""`/orders/again`: a lost card, or many that expire soon, once more; `/orders/correct`: before it is made."""

import reflex as rx

from nexus_portal.components import blocks, header, times
from nexus_portal.components.actions import action, menu_item, more_menu
from nexus_portal.components.forms import check_input, event_form, field, hidden, select_input
from nexus_portal.components.i18n import t
from nexus_portal.components.icons import glyph
from nexus_portal.components.statuses import card_status_badge
from nexus_portal.components.vars import Code, as_text
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.draft_fields import layout_fields, second_card
from nexus_portal.pages.page import holds, portal_page
from nexus_portal.state.order_again import CARD
from nexus_portal.state.order_again import OrderAgainState as State
from nexus_portal.state.order_correct import OrderCorrectState as Correct

WHY = (
    ("lost", t("Lost")),
    ("stolen", t("Stolen")),
    ("damaged", t("Damaged")),
    ("renewal", t("It expires")),
)
AHEAD = (("30", t("30 days")), ("90", t("90 days")), ("180", t("180 days")), ("365", t("365 days")))


def may_order_again(status: rx.Var) -> rx.Var[bool]:
    """Whether ordering a card again is offered: to whoever orders, while the card is in use or blocked."""
    return holds(Permission.ORDERS_CREATE) & (
        (status == "active") | (status == "issued") | (status == "blocked")
    )


def order_again_item(card: rx.Var) -> rx.Component:
    """A line of a card's menu that leads to ordering it again, where that is offered."""
    again = menu_item(t("Order again"), icon="repeat", href=_again(card.number))
    return rx.cond(may_order_again(card.status), again)


def order_again_action(card: rx.Var) -> rx.Component:
    """The same as a button of the card's own page."""
    return rx.cond(
        may_order_again(card.status), action(t("Order again"), icon="repeat", href=_again(card.number))
    )


def _again(number: Code) -> rx.Var[str]:
    return "/orders/again?card=" + as_text(number)


def correct_item(item: Code) -> rx.Component:
    """A line of a card item's menu that leads to correcting its person."""
    return menu_item(t("Correct a misspelling"), icon="pencil", href="/orders/correct?item=" + item)


def correct_menu(item: rx.Var) -> rx.Component:
    """The menu of a card item that the bureau has not begun; nothing once it has."""
    begun = (item.stage != "ready") & (item.stage != "queued")
    menu = more_menu(correct_item(item.id), label=t("Actions for card {number}", number=item.code))
    return rx.cond(begun | ~holds(Permission.ORDERS_CREATE), rx.fragment(), menu)


@portal_page("/orders/again", title=t("Order again"), needs=Permission.ORDERS_CREATE, on_load=State.load)
def order_again() -> rx.Component:
    """The cards, why they are made again, and the draft that they join."""
    return rx.el.div(
        header.page_header(
            t("Order again"),
            breadcrumbs=[(t("Orders"), "/orders")],
            lead=t("The persons are copied as they are. You look the draft over before you order it."),
        ),
        rx.cond(State.loaded, _content(), blocks.skeleton_rows(4)),
        class_name="ordering",
    )


def _content() -> rx.Component:
    return rx.fragment(
        rx.cond(~State.single, _ahead()),
        rx.cond(State.rows.length() > 0, _form(), _nothing()),
    )


def _ahead() -> rx.Component:
    control = select_input("days", AHEAD, value=State.days, on_change=State.look)
    return rx.el.div(
        field(t("Cards that expire within"), control, control_id="days"), class_name="again-days"
    )


def _form() -> rx.Component:
    return event_form(
        rx.el.ul(rx.foreach(State.rows, _row), class_name="cart again-rows", aria_label=t("Cards")),
        rx.cond(State.able > 0, _how()),
        on_submit=State.order,
        key=State.days,
        class_name="again-form",
    )


def _row(row: rx.Var) -> rx.Component:
    name = rx.el.span(
        rx.el.strong(row.number), rx.el.span(row.code, " · ", row.layout, class_name="secondary")
    )
    able = rx.cond(
        State.single,
        rx.fragment(hidden(CARD + row.number.to(str), "on"), name),
        check_input(CARD + row.number.to(str), name, default_checked=True),
    )
    hindered = rx.el.span(
        name,
        rx.el.span(
            glyph("circle-alert", size=13, tone="amber"), row.hindrance, class_name="row-mark again-why"
        ),
    )
    return rx.el.li(
        rx.cond(row.hindrance == "", able, hindered),
        card_status_badge(status=row.status),
        rx.cond(
            row.valid_until != "", rx.el.span(t("Valid until"), " ", times.day(row.valid_until)), rx.el.span()
        ),
        key=row.number,
    )


def _how() -> rx.Component:
    told = t("A lost, stolen or damaged card ends here when the order is sent. This closes no door.")
    into = rx.el.select(
        rx.el.option(t("A new draft"), value=""),
        rx.foreach(State.drafts, lambda choice: rx.el.option(choice.label, value=choice.value)),
        id="into",
        name="into",
        class_name="input",
    )
    return rx.el.div(
        rx.cond(
            State.single,
            field(t("Why it is made again"), select_input("why", WHY), control_id="why", hint=told),
        ),
        field(t("Put into"), into, control_id="into"),
        action(
            rx.cond(
                State.single,
                t("Put the card into the draft"),
                t("Renew the chosen cards"),
            ),
            icon="repeat",
            kind="primary",
            type="submit",
        ),
        class_name="fields again-how",
    )


def _nothing() -> rx.Component:
    return blocks.empty_state(
        "calendar-check", t("No card expires soon"), t("Look further ahead, or order a single card again.")
    )


@portal_page(
    "/orders/correct", title=t("Correct a card"), needs=Permission.ORDERS_CREATE, on_load=Correct.load
)
def order_correct() -> rx.Component:
    """The person's fields; nothing else of the order changes."""
    return rx.el.div(
        header.page_header(
            t("Correct a card"),
            breadcrumbs=[(t("Orders"), "/orders")],
            lead=t("Possible until the bureau begins to make the card. It costs nothing."),
        ),
        rx.cond(
            Correct.loaded,
            rx.cond(Correct.item != "", _correct_form(), _too_late()),
            blocks.skeleton_rows(4),
        ),
        on_unmount=Correct.leave,
        class_name="ordering",
    )


def _correct_form() -> rx.Component:
    return event_form(
        layout_fields(Correct.fields),
        rx.cond(Correct.double, second_card()),
        rx.el.div(
            action(t("Save the correction"), icon="check", kind="primary", type="submit"),
            action(t("Back to the order"), href="/orders/" + Correct.number),
            class_name="form-buttons",
        ),
        on_submit=Correct.save,
        key=Correct.item,
        class_name="fields single-form",
    )


def _too_late() -> rx.Component:
    return blocks.empty_state(
        "pencil-off",
        t("This card cannot be corrected"),
        t("It is made already, or is not yours to see. A card that has arrived can be ordered again."),
        action(t("Orders"), href="/orders", kind="primary"),
    )
