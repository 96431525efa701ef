"""What pages are built of: panels, definitions, facts, empty states, folded questions."""

from collections.abc import Sequence
from typing import Any, Literal

import reflex as rx

from nexus_portal.components.i18n import t
from nexus_portal.components.icons import glyph
from nexus_portal.components.native import page_link
from nexus_portal.components.vars import Text

Tone = Literal["accent", "warning", "success", "danger", "quiet"]
Content = rx.Component | rx.Var[Any] | str

_COLOURS: dict[str, str] = {
    "accent": "indigo",
    "warning": "amber",
    "success": "green",
    "danger": "red",
    "quiet": "gray",
}
_ICONS: dict[str, str] = {
    "accent": "info",
    "warning": "triangle-alert",
    "success": "circle-check",
    "danger": "circle-alert",
    "quiet": "info",
}


def panel(title: Text, *children: Content, actions: Sequence[rx.Component] = ()) -> rx.Component:
    """A bordered part of a page under a small heading."""
    head = rx.el.div(
        rx.el.h2(title, class_name="panel-title"),
        rx.el.div(*actions, class_name="panel-actions") if actions else rx.fragment(),
        class_name="panel-head",
    )
    return rx.el.section(head, *children, class_name="panel")


def columns(left: Sequence[rx.Component], right: Sequence[rx.Component]) -> rx.Component:
    """Two stacks of panels side by side, one below the other on a narrow screen."""
    return rx.el.div(
        rx.el.div(*left, class_name="column"), rx.el.div(*right, class_name="column"), class_name="columns"
    )


def definition_list(*pairs: tuple[Text, Content]) -> rx.Component:
    """Names and values."""
    rows = (rx.el.div(rx.el.dt(name), rx.el.dd(value)) for name, value in pairs)
    return rx.el.dl(*rows, class_name="definitions")


def fact(icon: str, title: Content, text: Content = "", *, tone: Tone = "accent") -> rx.Component:
    """One thing that holds, and why: an icon, a line, an explanation."""
    return rx.el.div(
        glyph(icon, size=16, tone=_COLOURS[tone]),
        rx.el.div(rx.el.p(title, class_name="fact-title"), rx.el.p(text, class_name="secondary")),
        class_name="fact",
    )


def callout(*children: Content, tone: Tone = "accent", icon: str = "") -> rx.Component:
    """Something to know before going on."""
    colour = _COLOURS[tone]
    return rx.el.div(
        glyph(icon or _ICONS[tone], size=16, tone=colour),
        rx.el.div(*children),
        class_name="callout",
        custom_attrs={"data-accent-color": colour},
    )


def stat(label: Text, value: Content, *, note: Content = "", href: str = "") -> rx.Component:
    """One number of the overview; with `href` the way to what it counts."""
    body = (
        rx.el.span(label, class_name="stat-label"),
        rx.el.span(value, class_name="stat-value"),
        rx.el.span(note, class_name="secondary"),
    )
    return (
        page_link(*body, to=href, class_name="stat stat-link")
        if href
        else rx.el.div(*body, class_name="stat")
    )


def empty_state(icon: str, title: Text, text: Text, action: rx.Component | None = None) -> rx.Component:
    """Nothing here: why, and what would change that."""
    return rx.el.div(
        rx.el.span(glyph(icon, size=20), class_name="empty-mark"),
        rx.el.p(title, class_name="empty-title"),
        rx.el.p(text, class_name="secondary"),
        action or rx.fragment(),
        class_name="empty",
    )


def skeleton_rows(count: int = 8) -> rx.Component:
    """The shape of a list that is on its way."""
    rows = (rx.el.div(rx.el.span(class_name="skeleton"), class_name="skeleton-row") for _ in range(count))
    return rx.el.div(*rows, rx.el.span(t("Loading"), class_name="unseen"), aria_busy="true")


def disclosures(group_id: str, *questions: tuple[Text, Content]) -> rx.Component:
    """Questions that fold their answers, and two buttons for all of them at once."""
    items = (
        rx.el.details(
            rx.el.summary(glyph("chevron-right", size=14), rx.el.span(question)),
            rx.el.div(answer, class_name="answer"),
        )
        for question, answer in questions
    )
    return rx.el.div(
        rx.el.div(
            _unfold(group_id, t("Expand all"), opens=True),
            _unfold(group_id, t("Collapse all"), opens=False),
            class_name="unfold",
        ),
        *items,
        id=group_id,
        class_name="disclosures",
    )


def _unfold(group_id: str, label: Text, *, opens: bool) -> rx.Component:
    attributes = {"data-unfold": group_id, "data-open": "true" if opens else "false"}
    return rx.el.button(label, type="button", class_name="text-button", custom_attrs=attributes)
