"""The part of `/account` that lists who tried to sign in and failed."""

from typing import Any

import reflex as rx

from nexus_portal.components import blocks, table, times
from nexus_portal.components.i18n import t
from nexus_portal.components.table import Column
from nexus_portal.components.vars import Many


def attempts_list(attempts: Many) -> rx.Component:
    """The newest attempts that failed, of the last 30 days."""
    return rx.fragment(
        rx.el.h2(t("Failed attempts to sign in as you"), class_name="section-title"),
        table.data_table(
            [
                Column(t("When"), lambda row: times.moment(row.at), main=True),
                Column(t("What was wrong"), _factor),
                Column(t("Network"), lambda row: _or_forgotten(row.network), quiet=True),
                Column(t("Device"), lambda row: _or_forgotten(row.device), quiet=True),
            ],
            attempts,
            label=t("Failed attempts to sign in as you"),
            key=lambda row: row.key,
            empty=blocks.empty_state(
                "shield-check",
                t("No failed attempts in the last 30 days"),
                t("Wrong passwords and codes that were typed in your name would be listed here."),
            ),
        ),
    )


def _factor(row: Any) -> rx.Component:
    return rx.cond(
        row.factor == "password",
        rx.el.span(t("Wrong password")),
        rx.el.span(t("Right password, wrong second factor")),
    )


def _or_forgotten(text: Any) -> rx.Var[str]:
    return rx.cond(text != "", text, "–")
