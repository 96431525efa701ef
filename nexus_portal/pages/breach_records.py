"""The breaches that are handled: their clock, what is written down, and the dialogs of both."""

from functools import partial
from typing import Any

import reflex as rx

from nexus_portal.components import blocks, dialogs, table, times
from nexus_portal.components.actions import menu_item, more_menu
from nexus_portal.components.forms import (
    event_form,
    field,
    hidden,
    post_form,
    select_input,
    text_area,
    text_input,
)
from nexus_portal.components.i18n import plural, say, t
from nexus_portal.components.icons import glyph
from nexus_portal.components.table import Column
from nexus_portal.domain.purposes import PURPOSES
from nexus_portal.state.breaches import ASKED
from nexus_portal.state.breaches import BreachesState as State
from nexus_portal.state.shell import ShellState


def breach_list() -> rx.Component:
    """Every breach of the account, the open ones first."""
    return blocks.panel(
        t("Breaches that are handled"),
        table.data_table(
            [
                Column(t("Breach"), _what, main=True),
                Column(t("Discovered"), lambda row: times.moment(row.discovered_at)),
                Column(t("72 hours"), _clock),
                Column(t("State"), _state, quiet=True),
                Column(t("Actions"), _acts, hidden_title=True),
            ],
            State.rows,
            label=t("Breaches that are handled"),
            key=lambda row: row.id,
            loading=~State.loaded,
            empty=blocks.empty_state(
                "shield-check",
                t("No breaches"),
                t("Open one as soon as you know of a breach: from its discovery the 72 hours count."),
            ),
        ),
    )


def _what(row: Any) -> rx.Component:
    return rx.el.div(
        rx.el.span(t("{number}. {title}", number=row.number, title=row.title)),
        rx.cond(row.notes != "", rx.el.span(row.notes, class_name="secondary breach-notes")),
        class_name="countdown",
    )


def _clock(row: Any) -> rx.Component:
    """What is left of the time to tell the authority, or how it was kept."""
    left = rx.el.span(
        glyph("hourglass", size=13, tone="amber"),
        plural("{n} hour left", "{n} hours left", row.hours_left),
        ", ",
        t("until {moment}", moment=times.moment_text(row.due_at)),
        class_name="countdown-part",
    )
    over = rx.el.span(
        glyph("triangle-alert", size=13, tone="red"),
        t("Over since {moment}", moment=times.moment_text(row.due_at)),
        class_name="countdown-part",
    )
    told = rx.el.span(
        rx.cond(
            row.hours_left >= 0,
            glyph("circle-check", size=13, tone="green"),
            glyph("triangle-alert", size=13, tone="amber"),
        ),
        rx.cond(row.hours_left >= 0, t("Told in time"), t("Told late")),
        class_name="countdown-part",
    )
    ended = rx.el.span(t("Not told"), class_name="countdown-part")
    running = rx.cond(row.hours_left >= 0, left, over)
    return rx.cond(row.reported_at != "", told, rx.cond(row.closed_at != "", ended, running))


def _state(row: Any) -> rx.Component:
    return rx.el.div(
        rx.cond(
            row.reported_at != "",
            rx.el.span(t("{authority} told", authority=row.reported_to), " ", times.moment(row.reported_at)),
        ),
        rx.cond(
            row.closed_at != "",
            rx.el.span(t("Closed"), " ", times.moment(row.closed_at)),
            rx.el.span(t("Open since"), " ", times.moment(row.opened_at)),
        ),
        class_name="countdown",
    )


def _acts(row: Any) -> rx.Component:
    return more_menu(
        menu_item(t("What could be touched"), icon="search", on_click=State.look_again(row.id)),
        rx.cond(
            row.closed_at == "",
            rx.fragment(
                menu_item(t("Describe…"), icon="pencil", on_click=State.ask("describe", row.id)),
                rx.cond(
                    row.reported_at == "",
                    menu_item(t("Told the authority…"), icon="send", on_click=State.ask("report", row.id)),
                ),
                menu_item(t("Close…"), icon="archive", on_click=State.ask("close", row.id)),
            ),
        ),
        label=t("Actions for breach {number}", number=row.number),
    )


def breach_dialogs() -> rx.Component:
    """Opening, describing, telling, closing; and taking the answer away."""
    return rx.fragment(_open(), _describe(), _report(), _close(), _export())


def _dialog(name: str, *extra: rx.Component, **words: Any) -> rx.Component:
    return dialogs.confirm_dialog(
        *extra,
        open=State.dialog == name,
        on_close=State.closed,
        form=partial(event_form, on_submit=State.send),
        ask_code=False,
        danger=False,
        error=State.error,
        **words,
    )


def _title(control_id: str) -> rx.Component:
    control = text_input(control_id, name="title", default_value=State.title, required=True, max_length=120)
    return field(
        t("What happened"), control, control_id=control_id, hint=t("In a line that names no persons.")
    )


def _open() -> rx.Component:
    return _dialog(
        "open",
        _title("breach-title"),
        field(
            t("Discovered at"),
            text_input("breach-discovered", name="discovered", type="datetime-local", required=True),
            control_id="breach-discovered",
            hint=t("The authority is to be told within 72 hours of this moment."),
        ),
        title=t("Open a breach"),
        subject=t("What is asked below is kept with it"),
        consequence=t("It is written down that you opened it. It can be closed, and is never removed."),
        icon="siren",
    )


def _describe() -> rx.Component:
    return _dialog(
        "describe",
        _title("breach-title-2"),
        field(
            t("Notes"),
            text_area("breach-notes", name="notes", default_value=State.notes, rows=8, max_length=4000),
            control_id="breach-notes",
            hint=t("Nature, likely consequences, what was done. Name no persons: write numbers of cards."),
        ),
        title=t("Describe the breach"),
        subject=State.title,
        consequence=t("The text is kept with the breach; that it was changed stands in the log."),
        icon="pencil",
    )


def _report() -> rx.Component:
    return _dialog(
        "report",
        field(
            t("Authority"),
            text_input("breach-to", name="to", required=True, max_length=120, placeholder=t("Such as IMY")),
            control_id="breach-to",
        ),
        field(
            t("Told at"),
            text_input("breach-at", name="at", type="datetime-local", required=True),
            control_id="breach-at",
        ),
        title=t("Told the authority"),
        subject=State.title,
        consequence=t("The portal tells nobody by itself: write down when you did."),
        icon="send",
    )


def _close() -> rx.Component:
    return _dialog(
        "close",
        title=t("Close the breach"),
        subject=State.title,
        consequence=t("It stays as it is from then on."),
        icon="archive",
    )


def _export() -> rx.Component:
    purposes = [(purpose, say(words)) for purpose, words in PURPOSES.items()]
    return dialogs.confirm_dialog(
        *(hidden(name, State.asked[name]) for name in ASKED),
        field(
            t("What for"),
            select_input("breach-purpose", purposes, name="purpose", default_value="security incident"),
            control_id="breach-purpose",
        ),
        field(
            t("Format"),
            select_input("breach-kind", [("csv", "CSV"), ("json", "JSON")], name="kind"),
            control_id="breach-kind",
        ),
        title=t("Export what could be touched"),
        subject=t("Numbers of orders and cards, no persons"),
        consequence=t("That you took it, and what for, stands in the log."),
        open=State.dialog == "export",
        on_close=State.closed,
        form=partial(post_form, action="/breaches/export", csrf=ShellState.csrf),
        error=State.code_error,
        danger=False,
        icon="file-down",
    )
