"""`/orders/new`: one card by form."""

import reflex as rx

from nexus_portal.components import blocks, header
from nexus_portal.components.actions import action
from nexus_portal.components.forms import (
    field,
    hidden,
    select_input,
)
from nexus_portal.components.i18n import plural, t
from nexus_portal.components.photo_tool import photo_tool
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.draft_cart import first_accessory_dialog, order_accessories
from nexus_portal.pages.draft_fields import changed_meanwhile, layout_fields, protected_identity, second_card
from nexus_portal.pages.draft_preview import preview_of_form
from nexus_portal.pages.holder_review import ask_holders, holder_dialogs
from nexus_portal.pages.page import portal_page
from nexus_portal.pages.upload_parts import sending_form, upload_script
from nexus_portal.state.draft_cart import DraftCartState as CartState
from nexus_portal.state.order_new import OrderNewState as State


@portal_page(
    "/orders/new",
    title=t("Order one card"),
    needs=Permission.ORDERS_CREATE,
    on_load=[State.load, CartState.load],
)
def order_new() -> rx.Component:
    """The layout's fields; what was sent with an error comes back with the error at its field."""
    return rx.el.div(
        header.page_header(
            t("Order one card"),
            breadcrumbs=[(t("Orders"), "/orders")],
            lead=t("For several cards a spreadsheet is quicker."),
            actions=[
                action(t("Order again"), icon="repeat", href="/orders/again"),
                order_accessories(),
                ask_holders(),
                action(t("Import a spreadsheet"), icon="upload", href="/orders/import"),
            ],
        ),
        rx.cond(
            State.loaded,
            rx.cond(State.layout != "", _with_preview(), _no_layout()),
            blocks.skeleton_rows(4),
        ),
        holder_dialogs(),
        first_accessory_dialog(),
        upload_script(),
        on_unmount=State.leave,
        class_name="ordering",
    )


def _with_preview() -> rx.Component:
    return rx.el.div(
        _form(), rx.el.div(preview_of_form(), class_name="preview-place"), class_name="with-preview"
    )


def _form() -> rx.Component:
    return rx.el.div(
        rx.cond(
            State.wrong > 0,
            blocks.callout(
                rx.el.p(
                    plural("{n} field is not right yet.", "{n} fields are not right yet.", State.wrong),
                    " ",
                    t("What you typed is kept in draft {number}.", number=State.draft),
                ),
                tone="warning",
            ),
        ),
        sending_form(
            hidden("key", State.key),
            rx.cond(State.item != "", rx.fragment(hidden("item", State.item), hidden("saw", State.saw))),
            rx.el.button(
                type="button", hidden=True, on_click=State.refused, custom_attrs={"data-refused": ""}
            ),
            changed_meanwhile(State.theirs, on_take=State.load),
            rx.cond(State.into != "", hidden("into", State.into)),
            _layout(),
            layout_fields(State.fields),
            rx.cond(State.with_photo, _photo()),
            protected_identity(State.protected),
            rx.cond(State.double, second_card()),
            rx.cond(State.into != "", _add(), _order()),
            action="/orders/cards",
            most=5,
            sent=t("Saving the card…"),
            class_name="fields",
            key=State.layout + State.item + State.drawn.to(str),
        ),
        class_name="single-form",
    )


def _order() -> rx.Component:
    return rx.el.div(
        action(t("Order card"), icon="send", kind="primary", type="submit", name="then", value="order"),
        action(t("Save as draft"), type="submit", name="then", value="draft"),
        class_name="form-buttons",
    )


def _add() -> rx.Component:
    return rx.el.div(
        action(
            t("Add to draft {number}", number=State.into),
            icon="plus",
            kind="primary",
            type="submit",
            name="then",
            value="draft",
        ),
        action(t("Back to the draft"), href="/orders/" + State.into),
        class_name="form-buttons",
    )


def _layout() -> rx.Component:
    choose = select_input("layout", State.layouts, default_value=State.layout, on_change=State.choose)
    return rx.cond(
        (State.layouts.length() > 1) & (State.item == ""),
        field(t("Card layout"), choose, control_id="layout"),
        hidden("layout", State.layout),
    )


def _photo() -> rx.Component:
    kept = rx.cond(
        State.photo != "",
        rx.el.img(src=State.photo, alt=t("Photo of the card holder"), class_name="mend-photo"),
    )
    label = rx.cond(State.photo_needed, t("Photo"), t("{label} (may be left empty)", label=t("Photo")))
    chooser = field(
        label,
        photo_tool(
            error=State.photo_error,
            original=rx.cond(State.photo != "", "/orders/items/" + State.item + "/photo/original", ""),
        ),
        control_id="photo",
        hint=t("JPEG or PNG, at least 300 × 410 pixels, at most 5 MB."),
        error=State.photo_error,
    )
    return rx.el.div(kept, chooser, class_name="mend-photo-row")


def _no_layout() -> rx.Component:
    return blocks.empty_state(
        "layout-template",
        t("No card layout yet"),
        t("The bureau sets up what your cards look like and which fields they have. Ask them for a layout."),
    )
