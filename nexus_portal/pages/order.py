"""`/orders/{number}`: one order."""

from functools import partial

import reflex as rx

from nexus_portal.components import blocks, dialogs, header, times
from nexus_portal.components.actions import action, menu_item, more_menu
from nexus_portal.components.contents import contents
from nexus_portal.components.forms import event_form, field, text_area
from nexus_portal.components.i18n import number, t
from nexus_portal.components.icons import glyph
from nexus_portal.components.native import native_link
from nexus_portal.components.progress import timeline
from nexus_portal.components.statuses import billing_text, fulfilment_badge
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.draft import draft_panel
from nexus_portal.pages.order_data import erase_dialog, personal_data_panel
from nexus_portal.pages.order_items import card_panel, items_table, way_dialog
from nexus_portal.pages.page import holds, portal_page
from nexus_portal.pages.taking import persons_dialog
from nexus_portal.state.agreement_reminder import AgreementReminderState
from nexus_portal.state.draft import DraftState
from nexus_portal.state.order import OrderState as State
from nexus_portal.state.taking import TakingState

ORDER = State.order


@portal_page(
    "/orders/[number]",
    title=t("Order"),
    needs=Permission.ORDERS_READ,
    on_load=[State.load, DraftState.load, TakingState.load, AgreementReminderState.load],
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
            [card_panel(), personal_data_panel(), _story()],
        ),
        rx.cond(
            ORDER.cards > 0,
            rx.fragment(rx.el.h2(t("Cards of this order"), class_name="section-title"), items_table()),
        ),
        way_dialog(),
        erase_dialog(),
        rx.cond(
            holds(Permission.PERSONS_EXPORT),
            persons_dialog(
                subject=t("Order {number}", number=ORDER.number),
                action="/orders/" + ORDER.number + "/persons",
            ),
        ),
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
            rx.cond(
                ORDER.own,
                rx.el.p(t("Somebody else approves what you ordered."), class_name="secondary"),
                action(t("Approve"), icon="check", kind="primary", on_click=State.approve),
            ),
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
            (t("Contents"), contents(ORDER.cards, ORDER.pieces.ordered)),
            (t("Article"), rx.foreach(ORDER.lines, _line)),
            (t("Price without VAT"), t("{kronor} SEK", kronor=number(ORDER.total // 100))),
            (t("Cost centre"), _or_dash(ORDER.cost_centre)),
            (t("Delivery"), _or_dash(ORDER.delivery_address)),
            (t("Ordered by"), ORDER.ordered_by),
            (t("Promised"), rx.cond(ORDER.promised != "", times.day(ORDER.promised), "—")),
        ),
    )


def _line(line: rx.Var) -> rx.Component:
    """An accessory has no layout."""
    return rx.el.div(
        rx.cond(
            line.layout != "",
            t(
                "{quantity} × {article}, {layout}",
                quantity=line.quantity,
                article=line.article,
                layout=line.layout,
            ),
            t("{quantity} × {article}", quantity=line.quantity, article=line.article),
        )
    )


def _or_dash(text: rx.Var) -> rx.Var:
    return rx.cond(text != "", text, "—")


def _story() -> rx.Component:
    return rx.cond(
        State.story.length() > 0,
        blocks.panel(t("What happened"), rx.el.ol(rx.foreach(State.story, _chapter), class_name="story")),
    )


def _chapter(chapter: rx.Var) -> rx.Component:
    return rx.el.li(
        rx.el.span(times.moment(chapter.at), class_name="secondary"),
        rx.el.span(
            chapter.text,
            rx.cond(chapter.reason != "", rx.el.q(chapter.reason, class_name="story-reason")),
        ),
    )


def _documents() -> rx.Component:
    rows = rx.el.ul(rx.foreach(ORDER.documents, _document), class_name="documents")
    return rx.cond(ORDER.documents.length() > 0, blocks.panel(t("Documents"), rows))


def _document(document: rx.Var) -> rx.Component:
    kind = rx.match(
        document.kind,
        ("confirmation", t("Order confirmation")),
        ("invoice", t("Invoice")),
        ("credit", t("Credit note")),
        ("shipment", t("Delivery note")),
        document.kind,
    )
    return rx.el.li(
        native_link(
            glyph("file-text", size=14),
            rx.el.span(kind, " ", rx.cond(document.kind == "confirmation", "", document.number)),
            href=document.href,
            download=True,
            class_name="document-link",
        ),
        rx.el.span(
            times.when(document.at),
            rx.cond(document.note != "", " · " + document.note, ""),
            class_name="secondary",
        ),
    )


def _cancel_dialog() -> rx.Component:
    return dialogs.confirm_dialog(
        title=t("Cancel the order"),
        subject=t("Order {number}", number=ORDER.number),
        consequence=rx.cond(
            ORDER.cards > 0,
            t("The bureau will not make these cards. You can order them again from a spreadsheet."),
            t("The bureau will not send these accessories. You can order them again at any time."),
        ),
        open=State.asking == "cancel",
        on_close=State.closed,
        form=partial(event_form, on_submit=State.cancel),
        ask_code=False,
        icon="ban",
    )
