"""Language and colours: the two choices that stand on every page."""

import reflex as rx

from nexus_portal.components.forms import csrf_field
from nexus_portal.components.i18n import IS_SWEDISH, t
from nexus_portal.components.icons import glyph
from nexus_portal.components.native import native_form
from nexus_portal.components.vars import Code, as_text, given

# Each language is offered in itself, whatever the page speaks.
TO_SWEDISH = ("sv", "SV", "Byt till svenska")
TO_ENGLISH = ("en", "EN", "Switch to English")


def language_switch(csrf: Code = "") -> rx.Component:
    """A form post to `/language/{code}`, coming back to the same address."""
    return rx.cond(IS_SWEDISH, _language(TO_ENGLISH, csrf), _language(TO_SWEDISH, csrf))


def colour_switch() -> rx.Component:
    """Between light and dark; until it is pressed, the system's own choice counts."""
    dark = rx.color_mode_cond(t("Use dark colours"), t("Use light colours"))
    return rx.el.button(
        rx.color_mode_cond(glyph("moon"), glyph("sun")),
        type="button",
        on_click=rx.toggle_color_mode,
        aria_label=dark,
        title=dark,
        class_name="preference",
    )


def _language(offer: tuple[str, str, str], csrf: Code) -> rx.Component:
    code, short, invitation = offer
    return native_form(
        csrf_field(csrf),
        rx.el.input(type="hidden", name="next", default_value="/", custom_attrs={"data-here": ""}),
        rx.el.button(
            short,
            type="submit",
            # Pressed before the page knows its session, the form would be refused.
            disabled=(as_text(csrf) == "") if given(csrf) else False,
            aria_label=f"{short}: {invitation}",
            title=invitation,
            lang=code,
            class_name="preference",
        ),
        action=f"/language/{code}",
        method="post",
    )
