"""The personal-data panel of an order, and the dialog that removes the data."""

from functools import partial

import reflex as rx

from nexus_portal.components import blocks, dialogs, times
from nexus_portal.components.actions import action
from nexus_portal.components.forms import post_form
from nexus_portal.components.i18n import number, plural, t
from nexus_portal.components.personal_data import personal_data_lifeline
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.page import holds
from nexus_portal.state.order import OrderState as State
from nexus_portal.state.shell import ShellState
from nexus_portal.state.taking import PERSONS, TakingState

DATA = State.data


def personal_data_panel() -> rx.Component:
    """What is held, until when, and what stands in the way of removing it; or the proof that it is gone."""
    return blocks.panel(
        t("Personal data"),
        personal_data_lifeline(
            state=DATA.state,
            days_left=DATA.days_left,
            days_kept=DATA.days_kept,
            erased_at=DATA.erased_at,
            held=DATA.held,
            erasable=DATA.can_erase,
        ),
        rx.cond(DATA.erased_at != "", _erased(), rx.cond(DATA.under_way, _under_way(), _kept())),
    )


def _erased() -> rx.Component:
    when = times.when_text(DATA.erased_at)
    return rx.fragment(
        blocks.fact(
            "shield-check",
            t("Removed"),
            rx.cond(
                DATA.erased_by != "",
                t("{when}, decided by: {role}", when=when, role=DATA.erased_by),
                t("{when}, by the account’s retention policy", when=when),
            ),
            tone="success",
        ),
        rx.cond(
            DATA.certificate != "",
            rx.el.div(
                action(
                    t("Certificate (PDF)"),
                    icon="file-check",
                    small=True,
                    href="/certificates/" + DATA.certificate + ".pdf",
                    download=True,
                ),
                action(
                    t("Certificate (JSON)"),
                    icon="file-json",
                    small=True,
                    href="/certificates/" + DATA.certificate + ".json",
                    download=True,
                ),
                class_name="panel-buttons",
            ),
        ),
    )


def _under_way() -> rx.Component:
    return blocks.fact(
        "loader",
        t("Being removed"),
        t("The decision is made and kept; what is left to destroy follows by itself, also after a fault."),
    )


def _kept() -> rx.Component:
    return rx.fragment(
        rx.cond(DATA.fields.length() > 0, _held()),
        blocks.fact(
            "clock",
            rx.cond(
                DATA.kept_until != "", t("Kept until {day}", day=times.day_text(DATA.kept_until)), DATA.policy
            ),
            t("Your account’s retention policy"),
        ),
        rx.cond(
            DATA.obstacles.length() > 0,
            blocks.fact("ban", t("Cannot be removed yet"), _obstacles(), tone="warning"),
            blocks.fact(
                "shield-check",
                t("Can be removed now"),
                t("Produced and invoiced, and nothing holds it."),
                tone="success",
            ),
        ),
        rx.cond(
            holds(Permission.ORDERS_ERASE) | holds(Permission.PERSONS_EXPORT),
            rx.el.div(_take_away(), _remove(), class_name="panel-buttons"),
        ),
    )


def _take_away() -> rx.Component:
    return rx.cond(
        holds(Permission.PERSONS_EXPORT),
        action(t("Export persons"), icon="file-down", small=True, on_click=TakingState.ask(PERSONS)),
    )


def _remove() -> rx.Component:
    return rx.cond(
        holds(Permission.ORDERS_ERASE),
        action(
            t("Remove personal data"),
            icon="shield-x",
            small=True,
            kind="danger",
            disabled=~DATA.can_erase,
            on_click=State.ask("erase"),
        ),
    )


def _held() -> rx.Component:
    """Kinds of fields and of how many persons, never what they say."""
    return blocks.fact(
        "id-card",
        plural("Held of {n} person", "Held of {n} persons", DATA.persons),
        rx.el.span(
            rx.foreach(
                DATA.fields,
                lambda field: rx.el.span(field.label, " ", number(field.count), class_name="held-field"),
            )
        ),
    )


def _obstacles() -> rx.Component:
    return rx.el.span(
        rx.foreach(
            DATA.obstacles,
            lambda each: rx.el.span(
                each.text, rx.cond(each.expected != "", " " + each.expected, ""), class_name="obstacle"
            ),
        )
    )


def erase_dialog() -> rx.Component:
    """Names the order and the consequence, and asks for the second factor."""
    return dialogs.confirm_dialog(
        title=t("Remove personal data"),
        subject=t("Order {number}", number=State.order.number),
        consequence=plural(
            "Name, personal number and photo of {n} person are destroyed, in every copy we hold. "
            "This cannot be undone.",
            "Names, personal numbers and photos of {n} persons are destroyed, in every copy we hold. "
            "This cannot be undone.",
            DATA.persons,
        ),
        goes=t("name, personal number, photo, search tokens"),
        stays=t("order number, article, count, dates, invoice"),
        gets=t("a signed certificate"),
        open=State.asking == "erase",
        on_close=State.closed,
        form=partial(post_form, action="/orders/" + State.order.number + "/erase", csrf=ShellState.csrf),
    )
