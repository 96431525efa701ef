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
    return rx.el.div(
        _button(t("Use a passkey") if label is None else label, USE, kind="secondary"),
        _said(t("The passkey could not be used. Try again, or use another way.")),
        hidden_answer("passkey"),
        class_name="passkey passkey-known" if known else "passkey",
    )


def passkey_make(label: Text, *beside: rx.Component) -> rx.Component:
    """A button that sends its native form with a new passkey, after the buttons `beside` it.

    It is the form's only way to go: Enter in a field presses it.
    """
    return rx.el.div(
        _said(t("The passkey could not be made. Try again, or with another device.")),
        rx.el.div(*beside, _button(label, MAKE, kind="primary"), class_name="dialog-buttons"),
        hidden_answer("passkey"),
    )


def passkey_add(*children: rx.Component) -> rx.Component:
    """The way to a new passkey, or why there is none."""
    return rx.fragment(
        rx.el.div(*children, class_name="passkey"),
        rx.el.p(t("This browser cannot make passkeys."), class_name="passkey-not field-hint"),
    )


def _button(label: Text, options: Code, *, kind: Kind) -> rx.Component:
    return action(label, icon="fingerprint", kind=kind, custom_attrs={"data-passkey": options})


def _said(failed: Text) -> rx.Component:
    words = {
        "data-passkey-said": "",
        "data-waiting": t("Follow what your browser or device asks."),
        "data-cancelled": t("Nothing happened: the passkey was not used. What you typed is still here."),
        "data-known": t("This device has a passkey for you already."),
        "data-failed": failed,
    }
    return rx.el.p(role="status", class_name="field-hint", custom_attrs=words)
