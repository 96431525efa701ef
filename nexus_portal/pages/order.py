"""`/orders/{number}`: one order."""

from functools import partial

import reflex as rx

from nexus_portal.components import blocks, dialogs, filters, header, table, times
from nexus_portal.components.actions import action, menu_item, more_menu
from nexus_portal.components.card_face import card_face
from nexus_portal.components.forms import event_form, field, text_area
from nexus_portal.components.i18n import number, plural, t
from nexus_portal.components.progress import timeline
from nexus_portal.components.statuses import billing_text, fulfilment_badge, stage_badge
from nexus_portal.components.table import Column
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.draft import draft_panel
from nexus_portal.pages.order_again import correct_menu
from nexus_portal.pages.order_data import erase_dialog, personal_data_panel
from nexus_portal.pages.page import holds, portal_page
from nexus_portal.state.draft import DraftState
from nexus_portal.state.order import OrderState as State
from nexus_portal.state.shell import ShellState

ORDER = State.order


@portal_page(
    "/orders/[number]",
    title=t("Order"),
    needs=Permission.ORDERS_READ,
    on_load=[State.load, DraftState.load],
)
def order() -> rx.Component:
    """A draft with its rows to mend, or an order with its way and its cards."""
    return rx.cond(
        ~State.loaded,
        blocks.skeleton_rows(),
        rx.cond(State.order, rx.cond(State.editable, draft_panel(), _order()), _absent()),
    )


def _absent() -> rx.Component:
    return blocks.empty_state(
        "search-x",
        t("No such order"),
        t("There is no order with this number in your account. It may have been thrown away as a draft."),
        action(t("All orders"), href="/orders", kind="primary"),
    )


def _order() -> rx.Component:
    return rx.fragment(
        header.page_header(
            rx.cond(ORDER.reference != "", ORDER.reference, ORDER.number),
            badges=[
                fulfilment_badge(status=ORDER.fulfilment),
                rx.badge(
                    billing_text(ORDER.billing), color_scheme="gray", variant="outline", class_name="badge"
                ),
            ],
            live=State.loaded,
            breadcrumbs=[(t("Orders"), "/orders")],
            actions=[_approval(), _actions()],
        ),
        rx.cond(
            ORDER.reason != "",
            blocks.callout(rx.el.p(ORDER.reason), tone="warning"),
        ),
        blocks.columns(
            [blocks.panel(t("Where it is"), timeline(State.steps)), _details(), _documents()],
            [_card(), personal_data_panel()],
        ),
        rx.el.h2(t("Cards of this order"), class_name="section-title"),
        _items(),
        erase_dialog(),
        _cancel_dialog(),
        _give_back_dialog(),
    )


def _actions() -> rx.Component:
    return rx.cond(
        ORDER.cancellable & holds(Permission.ORDERS_CREATE),
        more_menu(menu_item(t("Cancel the order"), icon="ban", danger=True, on_click=State.ask("cancel"))),
    )


def _approval() -> rx.Component:
    return rx.cond(
        (ORDER.fulfilment == "awaiting_approval") & holds(Permission.ORDERS_APPROVE),
        rx.fragment(
            action(t("Give back"), icon="undo-2", on_click=State.ask("give_back")),
            action(t("Approve"), icon="check", kind="primary", on_click=State.approve),
        ),
    )


def _give_back_dialog() -> rx.Component:
    control = text_area("give-back-reason", name="reason", required=True, max_length=400)
    return dialogs.confirm_dialog(
        field(
            t("Reason"),
            control,
            control_id="give-back-reason",
            hint=t("Written for the orderer. Name no persons."),
        ),
        title=t("Give the order back"),
        subject=t("Order {number}", number=ORDER.number),
        consequence=t("The orderer sees the reason, corrects this order and sends it again."),
        open=State.asking == "give_back",
        on_close=State.closed,
        form=partial(event_form, on_submit=State.give_back),
        ask_code=False,
        danger=False,
        icon="undo-2",
    )


def _details() -> rx.Component:
    return blocks.panel(
        t("Details"),
        blocks.definition_list(
            (t("Order"), ORDER.number),
            (t("Cards"), number(ORDER.cards)),
            (t("Article"), rx.foreach(ORDER.lines, _line)),
            (t("Price without VAT"), t("{kronor} SEK", kronor=number(ORDER.total // 100))),
            (t("Cost centre"), _or_dash(ORDER.cost_centre)),
            (t("Delivery"), _or_dash(ORDER.delivery_address)),
            (t("Ordered by"), ORDER.ordered_by),
            (t("Promised"), rx.cond(ORDER.promised != "", times.day(ORDER.promised), "—")),
        ),
    )


def _line(line: rx.Var) -> rx.Component:
    return rx.el.div(
        t(
            "{quantity} × {article}, {layout}",
            quantity=line.quantity,
            article=line.article,
            layout=line.layout,
        )
    )


def _or_dash(text: rx.Var) -> rx.Var:
    return rx.cond(text != "", text, "—")


def _documents() -> rx.Component:
    rows = rx.el.ul(rx.foreach(ORDER.documents, _document), class_name="documents")
    return rx.cond(ORDER.documents.length() > 0, blocks.panel(t("Documents"), rows))


def _document(document: rx.Var) -> rx.Component:
    kind = rx.match(document.kind, ("invoice", t("Invoice")), ("shipment", t("Delivery note")), document.kind)
    return rx.el.li(
        rx.el.span(kind, " ", document.number),
        rx.el.span(
            times.when(document.at),
            rx.cond(document.note != "", " · " + document.note, ""),
            class_name="secondary",
        ),
    )


def _card() -> rx.Component:
    first = State.items[0]
    person = State.persons[first.id]
    shown = State.persons.contains(first.id)
    return rx.cond(
        State.items.length() > 0,
        blocks.panel(
            t("Card"),
            card_face(
                account=ShellState.account,
                name=rx.cond(shown, person.name, ""),
                subtitle=rx.cond(shown, person.details, ""),
                number=first.code,
                photo=rx.cond(shown, person.photo, ""),
                masked=~shown,
            ),
            rx.cond(State.may_show, _show_button(first.id, shown), rx.fragment()),
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


def _items() -> rx.Component:
    return rx.fragment(
        table.data_table(
            [
                Column(t("Card"), lambda item: item.code, main=True),
                Column(t("Person"), _person),
                Column(t("Stage"), lambda item: stage_badge(stage=item.stage)),
                Column(t("Since"), lambda item: times.when(item.stage_at), quiet=True),
                Column(
                    t("Attempt"), lambda item: rx.cond(item.attempt > 1, number(item.attempt), ""), quiet=True
                ),
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


def _cancel_dialog() -> rx.Component:
    return dialogs.confirm_dialog(
        title=t("Cancel the order"),
        subject=t("Order {number}", number=ORDER.number),
        consequence=t("The bureau will not make these cards. You can order them again from a spreadsheet."),
        open=State.asking == "cancel",
        on_close=State.closed,
        form=partial(event_form, on_submit=State.cancel),
        ask_code=False,
        icon="ban",
    )
