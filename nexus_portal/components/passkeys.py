"""Buttons that use or make a passkey. `assets/passkeys.js` does it, and shows them where the browser can."""

import reflex as rx

from nexus_portal.components.actions import Kind, action
from nexus_portal.components.forms import hidden_answer
from nexus_portal.components.i18n import t
from nexus_portal.components.vars import Code, Text

USE = "/auth/passkey/options"
MAKE = "/account/passkeys/options"


def passkeys_known() -> rx.Component:
    """Marks the page of somebody who has a passkey: the style sheet shows the buttons that need one."""
    return rx.el.span(hidden=True, custom_attrs={"data-has-passkey": ""})


def passkey_use(label: Text | None = None, *, known: bool = False) -> rx.Component:
    """A button that sends its native form with a passkey's answer; `known`: only for those who have one."""
    return _button(
        t("Use a passkey") if label is None else label,
        USE,
        needs_one=known,
        failed=t("The passkey could not be used. Try again, or use another way."),
    )


def passkey_make(label: Text) -> rx.Component:
    """A button in a native form that sends it with a new passkey."""
    return _button(
        label,
        MAKE,
        kind="primary",
        failed=t("The passkey could not be made. Try again, or with another device."),
    )


def _button(
    label: Text,
    options: Code,
    *,
    failed: Text,
    kind: Kind = "secondary",
    needs_one: bool = False,
) -> rx.Component:
    words = {
        "data-passkey-said": "",
        "data-waiting": t("Follow what your browser or device asks."),
        "data-cancelled": t("Nothing happened: the passkey was not used. What you typed is still here."),
        "data-known": t("This device has a passkey for you already."),
        "data-failed": failed,
    }
    return rx.el.div(
        hidden_answer("passkey"),
        action(
            label,
            icon="fingerprint",
            kind=kind,
            custom_attrs={"data-passkey": options},
        ),
        rx.el.p(role="status", class_name="field-hint", custom_attrs=words),
        class_name="passkey passkey-known" if needs_one else "passkey",
    )
