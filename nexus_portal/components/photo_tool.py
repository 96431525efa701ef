"""Choosing, dropping, pasting or taking a photo, and cutting it to the card. `assets/photo.js` moves it."""

import reflex as rx

from nexus_portal.components.actions import action
from nexus_portal.components.files import address
from nexus_portal.components.forms import file_input, hidden_answer
from nexus_portal.components.i18n import t
from nexus_portal.components.icons import glyph
from nexus_portal.components.vars import Code, Text, as_text

PHOTOS = "image/jpeg,image/png"


def photo_scripts() -> rx.Component:
    """Loads the scripts with the page that needs them; without them a photo is chosen and sent whole."""
    return rx.fragment(
        rx.el.script(src=address("vendor/cropper.min.js"), async_=True),
        rx.el.script(src=address("photo.js"), async_=True),
    )


def photo_tool(
    *, error: Text = "", at_once: bool = False, original: Code = "", required: bool = False
) -> rx.Component:
    """A file input named `photo`, with the cut beside it as `cut`.

    With `at_once` the form goes as soon as the photo is cut. `original` is the address of a photo that is
    there already and may be cut anew.
    """
    again = action(
        t("Crop again"), icon="crop", small=True, custom_attrs={"data-photo-again": as_text(original)}
    )
    return rx.el.div(
        file_input("photo", accept=PHOTOS, error=error, required=required),
        hidden_answer("cut"),
        rx.el.div(
            action(t("Take a photo"), icon="camera", small=True, custom_attrs={"data-photo-camera": ""}),
            rx.cond(as_text(original) != "", again),
            class_name="photo-ways",
        ),
        rx.el.div(role="status", class_name="photo-advice", custom_attrs={"data-photo-advice": ""}),
        _dialog(),
        class_name="photo-tool",
        custom_attrs={
            "data-photo-tool": "once" if at_once else "kept",
            "data-no-camera": t("No camera was found here. Choose a file, or drop or paste a photo."),
            "data-camera-refused": t(
                "The browser may not use the camera. Allow it beside the page’s address and try again, "
                "or choose a file."
            ),
            "data-camera-busy": t("Another program uses the camera. Close it there, or choose a file."),
            "data-looking": t("Looking at the photo…"),
            "data-good": t("The photo looks good."),
        },
    )


def _dialog() -> rx.Component:
    return rx.el.dialog(
        rx.el.h2(t("Crop the photo"), class_name="dialog-title", id="photo-dialog-title"),
        rx.el.p(
            t("The head fills the oval. Drag the photo, or use the arrow keys, + and −."),
            class_name="secondary",
            id="photo-dialog-hint",
        ),
        _stage(),
        _tools(),
        rx.el.div(
            action(t("Cancel"), custom_attrs={"data-photo-cancel": ""}),
            action(
                t("Take the picture"), icon="camera", kind="primary", custom_attrs={"data-photo-take": ""}
            ),
            action(t("Use this photo"), icon="check", kind="primary", custom_attrs={"data-photo-use": ""}),
            class_name="dialog-buttons",
        ),
        aria_labelledby="photo-dialog-title",
        class_name="photo-dialog",
        custom_attrs={"data-photo-dialog": ""},
    )


def _stage() -> rx.Component:
    return rx.el.div(
        rx.el.img(alt="", src=None, custom_attrs={"data-photo-picture": ""}),
        rx.el.video(muted=True, plays_inline=True, custom_attrs={"data-photo-video": ""}),
        rx.el.div(rx.el.span(), class_name="photo-guide", custom_attrs={"data-photo-guide": ""}),
        tab_index=0,
        role="group",
        aria_label=t("The photo, moved by the arrow keys"),
        aria_describedby="photo-dialog-hint",
        class_name="photo-stage",
        custom_attrs={"data-photo-stage": ""},
    )


def _tools() -> rx.Component:
    slider = rx.el.input(
        type="range",
        min=-20,
        max=20,
        step=1,
        default_value="0",
        id="photo-tilt",
        custom_attrs={"data-photo-tilt": ""},
    )
    return rx.el.div(
        _tool("rotate-ccw", t("Turn to the left"), "left"),
        _tool("rotate-cw", t("Turn to the right"), "right"),
        _tool("zoom-out", t("Smaller"), "out"),
        _tool("zoom-in", t("Larger"), "in"),
        rx.el.label(rx.el.span(t("Tilt")), slider, html_for="photo-tilt", class_name="photo-tilt"),
        class_name="photo-tools",
    )


def _button(text: rx.Var, icon: str, does: str) -> rx.Component:
    return action(text, icon=icon, kind="primary", custom_attrs={f"data-photo-{does}": ""})


def _tool(icon: str, name: rx.Var, does: str) -> rx.Component:
    return rx.el.button(
        glyph(icon, size=17),
        type="button",
        aria_label=name,
        title=name,
        class_name="icon-button",
        custom_attrs={"data-photo-do": does},
    )
