"""Forms that carry files: posted by the browser itself; `assets/upload.js` adds progress where it runs."""

from typing import Any

import reflex as rx

from nexus_portal.components.actions import action
from nexus_portal.components.files import address
from nexus_portal.components.forms import error_line, hidden, upload_form
from nexus_portal.components.i18n import t
from nexus_portal.components.photo_tool import photo_scripts, photo_tool
from nexus_portal.components.vars import Code, Text
from nexus_portal.state.shell import ShellState

MEGABYTE = 1024 * 1024


def upload_script() -> rx.Component:
    """Loads the script with the page that needs it."""
    return rx.fragment(rx.el.script(src=address("upload.js"), async_=True), photo_scripts())


def sending_form(*children: rx.Component, action: Code, most: int, sent: Text, **props: Any) -> rx.Component:
    """A form whose files, `most` megabytes, the script sends; `sent` is said while the server works."""
    words = {
        "data-upload": "",
        "data-most": str(most * MEGABYTE),
        "data-too-large": t("The files are larger than {limit} MB together.", limit=most),
        "data-sending": t("Sending"),
        "data-arrived": sent,
        "data-lost": t("The connection was lost. Nothing was stored; send it again."),
    }
    return upload_form(
        *children,
        _progress(),
        action=action,
        csrf=ShellState.csrf,
        custom_attrs={**words, **props.pop("custom_attrs", {})},
        **props,
    )


def photo_form(*, action: Code, back: Code, error: Text, after: Any, original: Code = "") -> rx.Component:
    """Chooses a photo and sends it once it is cut; `after` is the event that shows what came of it."""
    return sending_form(
        hidden("next", back),
        rx.el.label(t("Photo"), html_for="photo", class_name="field-label"),
        photo_tool(error=error, at_once=True, original=original, required=True),
        rx.el.p(
            t("JPEG or PNG, at least 300 × 410 pixels, at most 5 MB."),
            id="photo-hint",
            class_name="field-hint",
        ),
        error_line("photo", error),
        _send_button(),
        rx.el.button(type="button", hidden=True, on_click=after, custom_attrs={"data-uploaded": ""}),
        action=action,
        most=5,
        sent=t("Checking the photo…"),
        class_name="photo-form",
    )


def _send_button() -> rx.Component:
    return action(t("Use this photo"), type="submit", small=True, custom_attrs={"data-unscripted": ""})


def _progress() -> rx.Component:
    return rx.el.div(
        rx.el.progress(
            max=100,
            aria_label=t("Sent"),
            class_name="progress upload-progress",
            custom_attrs={"data-bar": ""},
        ),
        rx.el.p(role="status", class_name="secondary", custom_attrs={"data-status": ""}),
        rx.el.p(role="alert", class_name="field-error", custom_attrs={"data-refusal": ""}),
        class_name="upload-state",
    )
