"""`/bureau/orders/{number}`: one order as the bureau works on it."""

from functools import partial

import reflex as rx

from nexus_portal.components import blocks, dialogs, header, table, times
from nexus_portal.components.actions import action
from nexus_portal.components.contents import contents
from nexus_portal.components.forms import event_form, field, text_area, text_input
from nexus_portal.components.i18n import plural, t
from nexus_portal.components.native import page_link
from nexus_portal.components.statuses import (
    batch_badge,
    billing_text,
    fulfilment_badge,
    role_text,
    stage_badge,
)
from nexus_portal.components.table import Column
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.bureau_photos import photos_panel
from nexus_portal.pages.page import holds, portal_page
from nexus_portal.state.bureau_order import BureauOrderState as State
from nexus_portal.state.bureau_photos import BureauPhotosState as PhotosState

ORDER = State.order


@portal_page(
    "/bureau/orders/[number]",
    title=t("Order"),
    needs=Permission.DESK_READ,
    on_load=[State.load, PhotosState.load],
)
def bureau_order() -> rx.Component:
    """The decision on top; then what was ordered, where the cards are, and what happened."""
    return rx.cond(
        ~State.loaded,
        blocks.skeleton_rows(),
        rx.cond(
            ORDER,
            _order(),
            blocks.empty_state(
                "search-x",
                t("No such order"),
                t("There is no order with this number."),
                action(t("Order desk"), href="/bureau/orders", kind="primary"),
            ),
        ),
    )


def _order() -> rx.Component:
    return rx.fragment(
        header.page_header(
            ORDER.number,
            badges=[
                fulfilment_badge(status=ORDER.fulfilment),
                rx.badge(
                    billing_text(ORDER.billing), color_scheme="gray", variant="outline", class_name="badge"
                ),
            ],
            live=State.loaded,
            breadcrumbs=[(t("Order desk"), "/bureau/orders")],
            lead=ORDER.account,
            actions=[rx.cond(holds(Permission.DESK_DECIDE), _decisions())],
        ),
        rx.cond(ORDER.reason != "", blocks.callout(rx.el.p(ORDER.reason), tone="warning")),
        blocks.columns(
            [_details(), _stages()], [photos_panel(), rx.cond(ORDER.cards > 0, _batches()), _parcels()]
        ),
        rx.el.h2(t("What happened"), class_name="section-title"),
        _history(),
        _accept_dialog(),
        _reason_dialog(
            "reject",
            title=t("Give the order back"),
            consequence=t("The customer sees the reason, corrects this order and sends it again."),
            icon="undo-2",
            on_submit=State.reject,
        ),
        _reason_dialog(
            "hold",
            title=t("Put the order on hold"),
            consequence=t("The customer sees the reason. Nothing is made until the order is released."),
            icon="pause",
            on_submit=State.hold,
        ),
    )


def _decisions() -> rx.Component:
    return rx.fragment(
        rx.cond(ORDER.on_hold, action(t("Release"), icon="play", on_click=State.release)),
        rx.cond(ORDER.undecided, action(t("Hold"), icon="pause", on_click=State.ask("hold"))),
        rx.cond(
            ORDER.undecided | ORDER.on_hold,
            action(t("Reject"), icon="undo-2", on_click=State.ask("reject")),
        ),
        rx.cond(
            ORDER.undecided,
            action(t("Accept"), icon="check", kind="primary", on_click=State.ask("accept")),
        ),
    )


def _details() -> rx.Component:
    return blocks.panel(
        t("Details"),
        blocks.definition_list(
            (t("Account"), ORDER.account),
            (t("Reference"), _or_dash(ORDER.reference)),
            (t("Contents"), contents(ORDER.cards, ORDER.pieces)),
            (t("Article"), rx.foreach(ORDER.lines, _line)),
            (t("Cost centre"), _or_dash(ORDER.cost_centre)),
            (t("Delivery"), _or_dash(ORDER.delivery_address)),
            (t("Sent"), rx.cond(ORDER.submitted_at != "", times.when(ORDER.submitted_at), "—")),
            (t("Promised"), rx.cond(ORDER.promised != "", times.day(ORDER.promised), "—")),
        ),
    )


def _line(line: rx.Var) -> rx.Component:
    cards = t(
        "{quantity} × {article}, {layout}", quantity=line.quantity, article=line.article, layout=line.layout
    )
    accessory = t("{quantity} × {name}", quantity=line.quantity, name=line.article)
    return rx.el.div(rx.cond(line.layout != "", cards, accessory))


def _or_dash(text: rx.Var) -> rx.Var:
    return rx.cond(text != "", text, "—")


def _stages() -> rx.Component:
    rows = rx.el.ul(
        rx.foreach(
            ORDER.stages,
            lambda stage: rx.el.li(
                stage_badge(stage=stage.stage), plural("{n} card", "{n} cards", stage.count)
            ),
        ),
        class_name="documents",
    )
    packed = t("{packed} of {total} accessories are packed", packed=ORDER.pieces_packed, total=ORDER.pieces)
    return rx.fragment(
        rx.cond(ORDER.cards > 0, blocks.panel(t("Where the cards are"), rows)),
        rx.cond(ORDER.pieces > 0, blocks.panel(t("Accessories"), rx.el.p(packed, class_name="secondary"))),
    )


def _batches() -> rx.Component:
    def line(batch: rx.Var) -> rx.Component:
        return rx.el.li(
            page_link(batch.number, to="/bureau/production/" + batch.number, class_name="text-button"),
            rx.el.span(
                batch_badge(state=batch.state),
                " ",
                plural("{n} card", "{n} cards", batch.count),
                class_name="secondary",
            ),
        )

    return blocks.panel(
        t("Batches"),
        rx.cond(
            ORDER.batches.length() > 0,
            rx.el.ul(rx.foreach(ORDER.batches, line), class_name="documents"),
            rx.el.p(t("No card of this order is in a batch yet."), class_name="secondary"),
        ),
        actions=[
            rx.cond(
                holds(Permission.PRODUCTION_READ),
                action(t("Production"), icon="printer", href="/bureau/production", small=True),
            )
        ],
    )


def _parcels() -> rx.Component:
    def line(parcel: rx.Var) -> rx.Component:
        named = rx.cond(
            holds(Permission.SHIPPING_READ),
            page_link(parcel.number, to="/bureau/shipping/" + parcel.number, class_name="text-button"),
            rx.el.span(parcel.number),
        )
        return rx.el.li(
            named,
            rx.el.span(
                contents(parcel.cards, parcel.pieces),
                rx.cond(parcel.carrier != "", " · " + parcel.carrier, ""),
                rx.cond(parcel.tracking != "", " · " + parcel.tracking, ""),
                class_name="secondary",
            ),
            rx.el.span(
                rx.cond(
                    parcel.delivered_at != "",
                    t("Delivered {day}", day=times.when_text(parcel.delivered_at)),
                    rx.cond(
                        parcel.shipped_at != "",
                        t("Left {day}", day=times.when_text(parcel.shipped_at)),
                        t("Packed"),
                    ),
                ),
                class_name="secondary",
            ),
        )

    return blocks.panel(
        t("Parcels"),
        rx.cond(
            ORDER.shipments.length() > 0,
            rx.el.ul(rx.foreach(ORDER.shipments, line), class_name="documents"),
            rx.el.p(t("Nothing of this order is packed yet."), class_name="secondary"),
        ),
    )


def _history() -> rx.Component:
    return table.data_table(
        [
            Column(t("What happened"), _happened, main=True),
            Column(t("By"), lambda step: rx.cond(step.role != "", role_text(step.role), "—"), quiet=True),
            Column(t("Reason"), lambda step: step.reason, quiet=True),
            Column(t("When"), lambda step: times.moment(step.at), quiet=True),
        ],
        ORDER.history,
        label=t("What happened"),
        key=lambda step: step.axis + step.end + step.at,
    )


def _happened(step: rx.Var) -> rx.Component:
    return rx.fragment(
        rx.match(
            step.axis,
            ("fulfilment", fulfilment_badge(status=step.end)),
            ("billing", rx.el.span(billing_text(step.end))),
            rx.el.span(t("Personal data removed")),
        )
    )


def _accept_dialog() -> rx.Component:
    return dialogs.confirm_dialog(
        field(
            t("Promised day"),
            text_input("promised", type="date"),
            control_id="promised",
            hint=t("When the customer may expect the order. May be left empty."),
        ),
        title=t("Accept the order"),
        subject=_subject(),
        consequence=rx.cond(
            ORDER.cards > 0,
            t("Its cards join the queue, and the customer can no longer change or cancel it."),
            t("It can be packed, and the customer can no longer change or cancel it."),
        ),
        open=State.asking == "accept",
        on_close=State.closed,
        form=partial(event_form, on_submit=State.accept),
        ask_code=False,
        danger=False,
        icon="check",
    )


def _reason_dialog(
    question: str, *, title: rx.Var[str], consequence: rx.Var[str], icon: str, on_submit: rx.event.EventType
) -> rx.Component:
    control = f"{question}-reason"
    return dialogs.confirm_dialog(
        field(
            t("Reason"),
            text_area(control, name="reason", required=True, max_length=400),
            control_id=control,
            hint=t("Written for the customer. Name no persons."),
        ),
        title=title,
        subject=_subject(),
        consequence=consequence,
        open=State.asking == question,
        on_close=State.closed,
        form=partial(event_form, on_submit=on_submit),
        ask_code=False,
        danger=question == "reject",
        icon=icon,
    )


def _subject() -> rx.Var[str]:
    return t("Order {number}", number=ORDER.number) + " · " + contents(ORDER.cards, ORDER.pieces)
