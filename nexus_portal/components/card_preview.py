"""Both sides of a card, as they will be printed."""

import reflex as rx

from nexus_portal.components.i18n import t
from nexus_portal.components.vars import Code, as_text


def card_preview(
    *,
    front: Code,
    back: Code,
    photo: Code = "",
    photo_at: rx.Var | None = None,
    over: tuple[rx.Component, rx.Component] | None = None,
) -> rx.Component:
    """Front large, back beside it. A chosen photo lies over its place before it is stored anywhere.

    `over` lies over front and back, such as what moves their elements.
    """
    over_front, over_back = over or (rx.fragment(), rx.fragment())
    lies = _photo(photo, photo_at) if photo_at is not None else rx.fragment()
    return rx.el.div(
        _side(front, t("Front of the card"), rx.fragment(lies, over_front)),
        _side(back, t("Back of the card"), over_back),
        class_name="card-preview",
    )


def _side(address: Code, name: rx.Var, above: rx.Component) -> rx.Component:
    picture = rx.cond(
        as_text(address) != "",
        rx.el.img(src=address, alt=name, class_name="card-side-drawing"),
        rx.el.span(class_name="card-side-drawing"),
    )
    return rx.el.figure(
        rx.el.div(picture, above, class_name="card-side"),
        rx.el.figcaption(name, class_name="secondary"),
        class_name="card-figure",
    )


def _photo(address: Code, place: rx.Var) -> rx.Component:
    # `photo.js` puts the picture that was just chosen here; the drawing under it says that it is a photo.
    return rx.el.img(
        src=rx.cond(as_text(address) != "", address, EMPTY),
        alt="",
        style=place,
        class_name="card-side-photo",
        custom_attrs={"data-card-photo": ""},
    )


EMPTY = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
"""A picture of nothing."""
