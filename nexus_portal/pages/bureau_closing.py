"""The end of a customer's account on its page: asked for, called off, confirmed after notice, certified."""

import reflex as rx

from nexus_portal.components import blocks, times
from nexus_portal.components.actions import action
from nexus_portal.components.forms import field, text_area
from nexus_portal.components.i18n import t
from nexus_portal.components.vars import Code, as_text
from nexus_portal.pages.closing_parts import CLOSING, dialog, dry_run, in_the_way
from nexus_portal.state.closing import ClosingState as State


def closing_panels(number: Code) -> rx.Component:
    """What is known of the closing, and what the bureau can do about it."""
    return rx.cond(
        CLOSING & (CLOSING.state != ""),
        rx.fragment(rx.cond(CLOSING.state == "asked", in_the_way()), _standing(number), dry_run()),
    )


def closing_dialogs(number: Code, name: Code) -> rx.Component:
    """What is asked for with a second factor."""
    path = "/bureau/customers/" + as_text(number)
    subject = as_text(name) + " · " + as_text(number)
    reason = text_area(
        "close-reason", name="reason", required=True, max_length=400, default_value=State.reason, rows="3"
    )
    return rx.fragment(
        dialog(
            "close",
            field(t("Reason"), reason, control_id="close-reason", hint=t("The customer reads it.")),
            post=path + "/close",
            title=t("Ask for the closing"),
            subject=subject,
            consequence=t(
                "Ordering stops at once. The customer’s privacy officer chooses what becomes of the data, "
                "and confirms. Until then nothing is gone, and you can call it off."
            ),
            icon="door-closed",
        ),
        dialog(
            "withdraw",
            post=path + "/withdraw",
            title=t("Call the closing off"),
            subject=subject,
            consequence=t("The account goes on as it stood before."),
            danger=False,
            icon="undo-2",
        ),
        dialog(
            "after-notice",
            post=path + "/after-notice",
            title=t("Close after notice"),
            subject=subject,
            consequence=t(
                "The customer has not answered. Everybody is signed out at once, and all personal data "
                "erased. This cannot be undone."
            ),
            icon="door-closed",
        ),
    )


def _standing(number: Code) -> rx.Component:
    path = "/bureau/customers/" + as_text(number) + "/certificate."
    asked = rx.el.div(
        action(t("Call the closing off"), icon="undo-2", on_click=State.ask("withdraw")),
        action(
            t("Close after notice"), icon="door-closed", kind="danger", on_click=State.ask("after-notice")
        ),
        class_name="form-buttons",
    )
    certificate = rx.el.div(
        action(t("Certificate as PDF"), icon="file-down", href=path + "pdf", download=True),
        action(t("Certificate as JSON"), icon="file-down", href=path + "json", download=True),
        class_name="form-buttons",
    )
    chosen = rx.match(
        CLOSING.choice,
        ("hand_over", t("All data is handed over")),
        ("delete", t("All data is deleted")),
        t("Not yet"),
    )
    return blocks.panel(
        t("Closing"),
        blocks.definition_list(
            (t("Reason"), CLOSING.reason),
            (t("Asked"), times.moment(CLOSING.asked_at)),
            (t("The customer’s choice"), chosen),
            (t("Confirmed"), _moment(CLOSING.confirmed_at)),
            (t("Closed"), _moment(CLOSING.closed_at)),
            (t("Without an answer, from"), times.day(CLOSING.by_bureau_from)),
        ),
        rx.cond(CLOSING.state == "asked", asked),
        rx.cond(CLOSING.certified, certificate),
    )


def _moment(at: Code) -> rx.Component:
    return rx.cond(as_text(at) != "", times.moment(at), "—")
