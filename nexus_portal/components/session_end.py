"""The end of the session: a warning before it, and what to do after it. `assets/session.js` opens it."""

import reflex as rx

from nexus_portal.components.actions import action
from nexus_portal.components.i18n import t
from nexus_portal.components.icons import glyph
from nexus_portal.components.native import native_link
from nexus_portal.components.vars import Text


def session_end() -> rx.Component:
    """A dialog that is closed until the script says which of its three parts is due."""
    aloud = {"data-aloud": t("{seconds} seconds left.", seconds="#")}
    return rx.el.dialog(
        _idle(),
        _absolute(),
        _ended(),
        rx.el.p(role="status", class_name="unseen", custom_attrs=aloud),
        id="session-end",
        role="alertdialog",
        class_name="session-end",
    )


def _idle() -> rx.Component:
    return _part(
        "idle",
        t("Are you still there?"),
        t("Nothing was done here for half an hour. In less than a minute you will be signed out."),
        _left(),
        button=action(t("Stay signed in"), kind="primary", custom_attrs={"data-stay": "", "data-first": ""}),
    )


def _absolute() -> rx.Component:
    return _part(
        "absolute",
        t("Your sign-in ends in a minute"),
        t(
            "A sign-in lasts for twelve hours at most. Finish what can be sent now; what you have typed "
            "stays on this page until you have signed in again."
        ),
        _left(),
        button=action(t("Understood"), custom_attrs={"data-understood": "", "data-first": ""}),
    )


def _ended() -> rx.Component:
    return _part(
        "ended",
        t("You have been signed out"),
        t(
            "What you have typed is still on this page, in this tab only. Sign in again in a new tab and "
            "come back here: the page goes on where it was."
        ),
        button=native_link(
            t("Sign in again in a new tab"),
            href="/sign-in",
            target="_blank",
            class_name="session-link",
            custom_attrs={"data-first": ""},
        ),
    )


def _left() -> rx.Component:
    seconds = {"data-seconds": t("You will be signed out in {seconds} s.", seconds="#")}
    return rx.el.p(class_name="session-left", aria_hidden="true", custom_attrs=seconds)


def _part(state: str, title: Text, text: Text, *more: rx.Component, button: rx.Component) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.span(glyph("timer", size=17), class_name="dialog-mark"),
            rx.el.h2(title, id=f"session-{state}-title", class_name="dialog-title"),
            class_name="dialog-heading",
        ),
        rx.el.p(text, id=f"session-{state}-text", class_name="dialog-consequence"),
        *more,
        rx.el.div(button, class_name="dialog-buttons"),
        hidden=True,
        custom_attrs={"data-when": state},
    )
