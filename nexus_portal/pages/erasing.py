"""The dialogs that remove the data of several orders, or of a person from every order."""

from functools import partial
from typing import Any

import reflex as rx

from nexus_portal.components import dialogs, table
from nexus_portal.components.actions import action
from nexus_portal.components.forms import check_input, hidden, post_form
from nexus_portal.components.help_link import help_link
from nexus_portal.components.i18n import plural, t
from nexus_portal.components.icons import glyph
from nexus_portal.components.native import page_link
from nexus_portal.components.table import Column
from nexus_portal.state.erasing import DONE, ERASE
from nexus_portal.state.erasing import ErasingState as State
from nexus_portal.state.shell import ShellState


def erasing_dialogs(post: str) -> rx.Component:
    """What would become of each order, with the second factor; and afterwards how far each is."""
    return rx.fragment(_before(post), _after())


def _before(post: str) -> rx.Component:
    box = check_input(
        "appoint-many",
        t("Remove the rest as soon as nothing stands in the way. It can be called off until then."),
        name="appoint",
        value="yes",
        required=State.ready == 0,
        default_checked=State.appoint,
    )
    return dialogs.confirm_dialog(
        hidden("numbers", State.chosen.join(" ")),
        hidden("items", State.items.join(" ")),
        _list(),
        rx.cond(State.left > 0, box),
        help_link(t("Why can some not go yet?"), answer="not-yet"),
        title=t("Remove personal data"),
        subject=rx.cond(
            State.items.length() > 0,
            plural(
                "The chosen persons, in {n} order", "The chosen persons, in {n} orders", State.rows.length()
            ),
            plural("{n} order chosen", "{n} orders chosen", State.rows.length()),
        ),
        consequence=rx.cond(
            State.ready > 0,
            plural(
                "The data of {n} person is destroyed, in every copy we hold. This cannot be undone.",
                "The data of {n} persons is destroyed, in every copy we hold. This cannot be undone.",
                State.ready,
            ),
            t("Nothing can go now. What waits can be destroyed as soon as nothing stands in the way."),
        ),
        stays=t("order number, article, count, dates, invoice"),
        gets=t("a signed certificate for each order"),
        open=State.asking == ERASE,
        on_close=State.closed,
        form=partial(post_form, action=post, csrf=ShellState.csrf),
        error=State.error,
    )


def _after() -> rx.Component:
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(t("Removing personal data"), as_="h2", class_name="dialog-title"),
            rx.dialog.description(State.said, class_name="secondary"),
            rx.el.p(
                t("{n} of {total} orders hold nobody any more.", n=State.finished, total=State.rows.length()),
                role="status",
            ),
            rx.el.progress(
                value=State.finished,
                max=State.rows.length(),
                aria_label=t("Orders that hold nobody any more"),
                class_name="lifeline-line",
            ),
            _list(),
            rx.el.div(rx.dialog.close(action(t("Close"))), class_name="dialog-buttons"),
            class_name="dialog",
        ),
        open=State.asking == DONE,
        on_open_change=State.closed,
    )


def _list() -> rx.Component:
    return rx.el.div(
        table.data_table(
            [
                Column(
                    t("Order"),
                    lambda row: page_link(row.number, to="/orders/" + row.number, class_name="text-link"),
                    main=True,
                ),
                Column(t("What becomes of it"), _becomes),
            ],
            State.rows,
            label=t("Orders"),
            key=lambda row: row.number,
        ),
        class_name="dialog-list",
    )


def _becomes(row: Any) -> rx.Component:
    state = rx.match(
        row.state,
        ("now", plural("{n} person can go now", "{n} persons can go now", row.persons)),
        ("partly", t("{n} of {total} persons can go now", n=row.ready, total=row.persons)),
        ("later", t("Not yet")),
        ("gone", t("Nobody is left, or being removed")),
        t("Not by you, or not here"),
    )
    icon = rx.match(
        row.state,
        ("now", glyph("shield-x", size=13)),
        ("partly", glyph("shield-x", size=13)),
        ("gone", glyph("shield-check", size=13, tone="green")),
        glyph("ban", size=13, tone="amber"),
    )
    return rx.el.div(
        rx.el.span(icon, state, class_name="lifeline"),
        rx.el.span(row.why, class_name="secondary"),
        class_name="status-cell",
    )
