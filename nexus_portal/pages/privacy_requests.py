"""`/privacy/requests`: what persons asked for, by when they are answered, and when they were."""

from functools import partial
from typing import Any

import reflex as rx

from nexus_portal.components import blocks, header, table, times
from nexus_portal.components.actions import action
from nexus_portal.components.dialogs import confirm_dialog
from nexus_portal.components.forms import event_form, field, select_input, text_input
from nexus_portal.components.i18n import Text, plural, say, t
from nexus_portal.components.icons import glyph
from nexus_portal.components.native import page_link
from nexus_portal.components.table import Column
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.person_requests import KINDS, OUTCOMES
from nexus_portal.pages.page import holds, portal_page
from nexus_portal.pages.privacy_parts import privacy_tabs
from nexus_portal.state.person_requests import ANSWERED, OPEN, PAGE
from nexus_portal.state.person_requests import PersonRequestsState as State

MANAGES = holds(Permission.PRIVACY_MANAGE)
SOON = 7
"""So many days before it is due a request stands out."""


@portal_page(PAGE, title=t("Requests of persons"), needs=Permission.PRIVACY_READ, on_load=State.load)
def privacy_requests() -> rx.Component:
    """The open ones, the most urgent first, or the answered ones."""
    new = action(t("Write a request down"), icon="plus", kind="primary", on_click=State.ask("new", ""))
    return rx.fragment(
        header.page_header(
            t("Requests of persons"),
            live=State.loaded,
            actions=[rx.cond(MANAGES, new)],
            lead=t(
                "Whoever is on your cards may ask what you keep, have it corrected or removed. They are "
                "answered within a month. No names stand here."
            ),
        ),
        privacy_tabs(PAGE),
        overdue_callout(State.late),
        _filter(),
        rx.cond(State.showing == ANSWERED, _answered(), _open()),
        rx.cond(MANAGES, _dialogs()),
    )


def overdue_callout(late: rx.Var[int], *, link: bool = False) -> rx.Component:
    """Tells that requests should have been answered; with the way there, on other pages."""
    way = page_link(t("Requests of persons"), to=PAGE, class_name="text-link") if link else rx.fragment()
    words = plural("{n} request of a person is overdue.", "{n} requests of persons are overdue.", late)
    return rx.cond(
        late > 0, rx.el.div(blocks.callout(rx.el.p(words, " ", way), tone="danger"), role="status")
    )


def _filter() -> rx.Component:
    def choice(value: str, label: Text) -> rx.Component:
        return action(
            label,
            small=True,
            kind="quiet",
            on_click=State.show(value),
            aria_pressed=rx.cond(State.showing == value, "true", "false"),
        )

    return rx.el.div(
        choice(OPEN, t("Open")),
        choice(ANSWERED, t("Answered")),
        role="group",
        aria_label=t("Which requests"),
        class_name="toolbar",
    )


def _open() -> rx.Component:
    return _list(
        Column(t("Answer by"), _due),
        Column(t("Actions"), _acts, hidden_title=True),
        empty=blocks.empty_state(
            "inbox",
            t("No open requests"),
            t("When a person asks you for their data, write it down here: the month is counted for you."),
        ),
    )


def _answered() -> rx.Component:
    return _list(
        Column(t("Answered"), lambda row: times.day(row.answered_on)),
        Column(t("Answer"), lambda row: row.outcome),
        Column(t("By"), lambda row: row.answered_by, quiet=True),
        empty=blocks.empty_state(
            "inbox", t("Nothing answered yet"), t("Answered requests stay here, with their days.")
        ),
    )


def _list(*more: Column, empty: rx.Component) -> rx.Component:
    return table.data_table(
        [
            Column(t("Request"), lambda row: row.number, main=True),
            Column(t("What is asked for"), lambda row: row.kind),
            Column(
                t("Your case"), lambda row: rx.cond(row.case_number != "", row.case_number, "—"), quiet=True
            ),
            Column(t("Received"), lambda row: times.day(row.received_on), quiet=True),
            *more,
        ],
        State.rows,
        label=t("Requests of persons"),
        key=lambda row: row.id,
        loading=~State.loaded,
        empty=empty,
    )


def _due(row: Any) -> rx.Component:
    left = rx.cond(
        row.left < 0,
        rx.el.span(glyph("triangle-alert", size=13, tone="red"), t("Overdue"), class_name="lifeline"),
        rx.cond(
            row.left <= SOON,
            rx.el.span(
                glyph("clock", size=13, tone="amber"),
                plural("{n} day left", "{n} days left", row.left),
                class_name="lifeline",
            ),
            rx.el.span(plural("{n} day left", "{n} days left", row.left), class_name="secondary"),
        ),
    )
    longer = rx.cond(row.extended, rx.el.span(t("With two months more"), class_name="secondary"))
    return rx.el.div(times.day(row.due_on), left, longer, class_name="status-cell")


def _acts(row: Any) -> rx.Component:
    longer = rx.cond(
        ~row.extended & (row.left >= 0),
        action(t("Take longer…"), small=True, on_click=State.ask("extend", row.id)),
    )
    return rx.cond(
        MANAGES,
        rx.el.div(
            action(t("Answered…"), small=True, on_click=State.ask("answer", row.id)),
            longer,
            class_name="panel-buttons",
        ),
    )


def _dialogs() -> rx.Component:
    return rx.fragment(_new(), _answer(), _extend())


def _new() -> rx.Component:
    kinds = [(kind.value, say(words)) for kind, words in KINDS.items()]
    return _dialog(
        field(
            t("What is asked for"),
            select_input("request-kind", kinds, name="kind"),
            control_id="request-kind",
        ),
        field(
            t("Received"),
            text_input(
                "request-day", name="received_on", type="date", required=True, default_value=State.today
            ),
            control_id="request-day",
            hint=t("From this day on a month counts."),
        ),
        field(
            t("Your case"),
            text_input("request-case", name="case_number", max_length=40, auto_complete="off"),
            control_id="request-case",
            hint=t("The number in your own files, such as DNR-2026/118: no name, no personal number."),
        ),
        name="new",
        title=t("Write a request down"),
        subject=t("A person asks for one of their rights"),
        consequence=t("Who it is stays in your own files: the portal keeps the kind and the days."),
        on_submit=State.write_down,
        icon="inbox",
    )


def _answer() -> rx.Component:
    outcomes = [(outcome.value, say(words)) for outcome, words in OUTCOMES.items()]
    return _dialog(
        field(
            t("Answer"),
            select_input("request-outcome", outcomes, name="outcome"),
            control_id="request-outcome",
        ),
        name="answer",
        title=t("The request is answered"),
        subject=State.about,
        consequence=t("Today’s day and your name are written down with it. That cannot be changed."),
        on_submit=State.answer,
        icon="check",
    )


def _extend() -> rx.Component:
    return _dialog(
        name="extend",
        title=t("Take two months more"),
        subject=State.about,
        consequence=t(
            "Only where a request is complex or there are many of them, and only if you have told the "
            "person within the first month, and why."
        ),
        on_submit=State.extend,
        icon="clock",
    )


def _dialog(*extra: rx.Component, name: str, on_submit: Any, **words: Any) -> rx.Component:
    return confirm_dialog(
        rx.cond(State.error != "", rx.el.div(blocks.callout(State.error, tone="danger"), role="alert")),
        *extra,
        open=State.dialog == name,
        on_close=State.closed,
        form=partial(event_form, on_submit=on_submit),
        ask_code=False,
        danger=False,
        **words,
    )
