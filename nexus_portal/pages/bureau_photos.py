"""The photos of an order under review: what a check says of each, beside the photo once it is shown."""

import reflex as rx

from nexus_portal.components import blocks, filters
from nexus_portal.components.actions import action
from nexus_portal.components.i18n import plural, t
from nexus_portal.components.icons import glyph
from nexus_portal.state.bureau_order import BureauOrderState
from nexus_portal.state.bureau_photos import BureauPhotosState as State

ORDER = BureauOrderState.order


def photos_panel() -> rx.Component:
    """Every photo of the order, 50 at a time; nothing where the order has none or is decided."""
    return rx.cond(
        (State.total > 0) & (ORDER.undecided | ORDER.on_hold),
        blocks.panel(
            t("Photos"),
            rx.cond(State.wanting > 0, _advice()),
            rx.el.ul(rx.foreach(State.rows, _photo), class_name="review-photos", aria_label=t("Photos")),
            rx.cond((State.newer != "") | (State.older != ""), _pager()),
            actions=[rx.cond(State.wanting > 0, _narrow())],
        ),
    )


def _advice() -> rx.Component:
    return rx.el.p(
        plural(
            "Something is said of {n} photo. It is advice: you decide.",
            "Something is said of {n} photos. It is advice: you decide.",
            State.wanting,
        ),
        class_name="secondary",
    )


def _narrow() -> rx.Component:
    return rx.cond(
        State.only_wanting,
        action(t("All photos"), small=True, on_click=State.narrow(False)),  # noqa: FBT003 - an event
        action(t("Only with advice"), icon="funnel", small=True, on_click=State.narrow(True)),  # noqa: FBT003 - an event takes no names
    )


def _pager() -> rx.Component:
    return filters.pager(
        showing=plural("{n} photo in this order", "{n} photos in this order", State.total),
        has_newer=State.newer != "",
        has_older=State.older != "",
        on_newer=State.turn("newer"),
        on_older=State.turn("older"),
    )


def _photo(row: rx.Var) -> rx.Component:
    picture = rx.cond(
        row.photo != "",
        rx.el.img(src=row.photo, alt=t("Photo on card {code}", code=row.code), class_name="review-photo"),
        rx.el.span(glyph("user-round", size=26), class_name="review-photo"),
    )
    return rx.el.li(
        picture,
        rx.el.div(
            rx.el.p(row.code, class_name="review-code"),
            rx.cond(
                row.advice.length() > 0,
                rx.el.ul(
                    rx.foreach(
                        row.advice,
                        lambda line: rx.el.li(glyph("circle-alert", size=13, tone="amber"), rx.el.span(line)),
                    ),
                    class_name="review-advice",
                ),
                rx.el.p(t("The check found nothing wanting."), class_name="secondary"),
            ),
            rx.cond(State.may_show, _show(row)),
        ),
        key=row.item,
    )


def _show(row: rx.Var) -> rx.Component:
    named = rx.el.span(" ", row.code, class_name="unseen")
    return rx.cond(
        row.photo != "",
        rx.el.button(
            t("Hide photo"), named, type="button", on_click=State.hide(row.item), class_name="text-button"
        ),
        rx.el.span(
            rx.el.button(
                t("Show photo"), named, type="button", on_click=State.show(row.item), class_name="text-button"
            ),
            rx.el.span(" · ", t("Showing is logged"), class_name="secondary"),
        ),
    )
