"""Showing what is shown only once: the authenticator's secret, the recovery codes."""

import reflex as rx

from nexus_portal.components.actions import action
from nexus_portal.components.i18n import t
from nexus_portal.components.icons import glyph
from nexus_portal.components.vars import Code, Many, Text, as_many


def qr_figure(data_uri: Code, secret: Text) -> rx.Component:
    """The QR code to scan, and the same secret as text for those who cannot; `data_uri` is an SVG or PNG."""
    return rx.el.figure(
        rx.el.img(src=data_uri, alt=t("QR code for your authenticator")),
        rx.el.figcaption(
            rx.el.p(t("No camera? Type this key into the authenticator:"), class_name="secondary"),
            rx.el.code(secret, id="authenticator-key"),
            copy_button("authenticator-key"),
        ),
        class_name="qr",
    )


def recovery_codes_list(codes: Many) -> rx.Component:
    """Ten codes, each good for one sign-in without the authenticator."""
    return rx.el.div(
        rx.el.ol(
            rx.foreach(as_many(codes), lambda code: rx.el.li(rx.el.code(code))),
            id="recovery-codes",
            class_name="codes",
        ),
        rx.el.div(
            copy_button("recovery-codes"),
            action(t("Print"), icon="printer", small=True, custom_attrs={"data-print": ""}),
            class_name="codes-actions",
        ),
    )


def copy_button(source_id: str) -> rx.Component:
    """Copies the text of an element; says so for two seconds."""
    return rx.el.button(
        glyph("copy", size=13, class_name="copy-before"),
        glyph("check", size=13, class_name="copy-after"),
        rx.el.span(t("Copy"), class_name="copy-before"),
        rx.el.span(t("Copied"), class_name="copy-after", role="status"),
        type="button",
        class_name="text-button copy",
        custom_attrs={"data-copy": source_id},
    )
