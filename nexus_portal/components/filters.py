"""Searching, narrowing and paging a list; all of it lives in the page's address, kept there by the state."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from nexus_portal.components.actions import action
from nexus_portal.components.i18n import t
from nexus_portal.components.icons import glyph
from nexus_portal.components.vars import Code, Flag, Many, Text, as_flag, as_many, as_text, given


def search_box(
    value: Code, on_change: Any, *, label: Text, placeholder: Text = "", name: str = "search"
) -> rx.Component:
    """Answers each key; `/` jumps here.

    While it has the keyboard the box belongs to whoever types: an answer that comes late never takes a letter
    back. Else it shows what the state holds (`portal.js`).
    """
    box = rx.el.input(
        default_value=value,
        on_change=on_change,
        type="search",
        name=name,
        placeholder=placeholder if given(placeholder) else label,
        aria_label=label,
        auto_complete="off",
        class_name="input search-input",
        custom_attrs={
            "data-hotkey": "/",
            "data-holds": value,
            "aria-keyshortcuts": "/",
            "spellCheck": "false",
        },
    )
    return rx.el.div(
        glyph("search"), box, rx.el.kbd("/", aria_hidden="true"), class_name="search", role="search"
    )


def filter_select(
    label: Text,
    value: Code,
    on_change: Any,
    options: Sequence[tuple[str, Text]],
    *,
    any_label: Text | None = None,
) -> rx.Component:
    """A quiet choice that narrows the list; the first one, "", does not."""
    choices = [("", t("Any") if any_label is None else any_label), *options]
    return rx.el.label(
        rx.el.span(label),
        rx.el.select(
            *(rx.el.option(text, value=choice) for choice, text in choices), value=value, on_change=on_change
        ),
        glyph("chevron-down", size=12),
        class_name="filter",
        custom_attrs={"data-active": rx.cond(as_text(value) != "", "true", "false")},
    )


def filter_choice(label: Text, value: Code, on_change: Any, options: Many) -> rx.Component:
    """The same with options that the server found: rows with `value` and `label`."""
    return rx.el.label(
        rx.el.span(label),
        rx.el.select(
            rx.el.option(t("Any"), value=""),
            rx.foreach(as_many(options), lambda each: rx.el.option(each.label, value=each.value)),
            value=value,
            on_change=on_change,
        ),
        glyph("chevron-down", size=12),
        class_name="filter",
        custom_attrs={"data-active": rx.cond(as_text(value) != "", "true", "false")},
    )


def filter_day(label: Text, value: Code, on_change: Any) -> rx.Component:
    """A day that begins or ends what is shown."""
    return rx.el.label(
        rx.el.span(label),
        rx.el.input(type="date", value=value, on_change=on_change, class_name="filter-day"),
        class_name="filter",
        custom_attrs={"data-active": rx.cond(as_text(value) != "", "true", "false")},
    )


def pager(*, showing: Text, has_newer: Flag, has_older: Flag, on_newer: Any, on_older: Any) -> rx.Component:
    """Two steps through a list that may be endless; what is shown stands to the left."""
    return rx.el.nav(
        rx.el.p(showing, class_name="secondary", role="status"),
        action(t("Newer"), small=True, on_click=on_newer, disabled=~as_flag(has_newer)),
        action(t("Older"), small=True, on_click=on_older, disabled=~as_flag(has_older)),
        aria_label=t("Pages"),
        class_name="pager",
    )
