"""The card that follows the typing, in the form of one card and in the dialog that mends a row."""

import reflex as rx

from nexus_portal.components.card_preview import card_preview
from nexus_portal.state.card_preview import CardPreviewState as State
from nexus_portal.state.draft_mend import DraftMendState
from nexus_portal.state.order_new import OrderNewState


def preview_of_form() -> rx.Component:
    """Beside `/orders/new`; drawn anew when another layout is chosen."""
    return _preview(OrderNewState.layout, OrderNewState.item, OrderNewState.photo, row=False)


def preview_of_row() -> rx.Component:
    """In the dialog of a row."""
    return _preview(DraftMendState.layout, DraftMendState.item, DraftMendState.photo, row=True)


def _preview(layout: rx.Var[str], item: rx.Var[str], photo: rx.Var[str], *, row: bool) -> rx.Component:
    return rx.el.div(
        card_preview(front=State.front, back=State.back, photo=photo, photo_at=State.photo_at),
        on_mount=State.begin(layout, row),
        on_unmount=State.leave,
        key=layout + item,
    )
