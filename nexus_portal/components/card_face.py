"""A picture of a card in its true proportions (ID-1), with the person masked until shown."""

import reflex as rx

from nexus_portal.components.i18n import t
from nexus_portal.components.icons import glyph
from nexus_portal.components.vars import Code, Flag, Text, as_flag, as_text


def card_face(
    *,
    account: Text,
    name: Text,
    subtitle: Text = "",
    number: Text = "",
    photo: Code = "",
    masked: Flag = True,
) -> rx.Component:
    """The front of a card; `photo` is the address of the holder's photo or empty."""
    source, hidden = as_text(photo), as_flag(masked)
    portrait = rx.cond(
        hidden | (source == ""),
        rx.el.span(glyph("user-round", size=40), class_name="card-photo"),
        rx.el.img(src=source, alt=t("Photo of the card holder"), class_name="card-photo"),
    )
    return rx.el.div(
        rx.el.div(
            rx.el.span(account, class_name="card-account"), glyph("nfc", size=17), class_name="card-top"
        ),
        rx.el.div(
            portrait,
            rx.el.div(
                rx.el.p(rx.cond(hidden, t("Masked"), name), class_name="card-name"),
                rx.el.p(subtitle, class_name="card-line"),
                rx.el.p(
                    rx.cond(as_text(number) != "", t("No {number}", number=number), ""),
                    class_name="card-number",
                ),
            ),
            class_name="card-body",
        ),
        class_name="card-face",
    )
