"""The countdown of a card: what of its person went, what goes when, and by which rule."""

from typing import Any

import reflex as rx

from nexus_portal.components.i18n import plural, say, t
from nexus_portal.components.icons import glyph
from nexus_portal.components.personal_data import gone_mark, held_mark, running_line
from nexus_portal.components.times import day_text
from nexus_portal.components.vars import Code, Number, as_number, as_text, pick
from nexus_portal.domain.words import KIND

_KINDS = [(kind.value, say(word)) for kind, word in KIND.items()]


def countdown(
    goes: Any, *, erased_at: Code, deleted_on: Code = "", blocked_days: Number = -1
) -> rx.Component:
    """The lifeline of one card's person, and each part with its day and its rule.

    `goes` is a `Countdown`; `blocked_days` are left until a blocked card is deleted on `deleted_on` [R9].
    """
    line = rx.cond(
        goes.held,
        held_mark(reason=""),
        running_line(
            state=rx.cond(goes.minimised, "minimised", "full"),
            left=goes.days_left,
            kept=goes.days_kept,
            erasable=False,
            goes="",
        ),
    )
    parts = rx.cond(
        (goes.parts.length() > 1) | (goes.days_left >= 0),
        rx.foreach(goes.parts, lambda part: _part(part, goes.parts.length() == 1)),
    )
    nothing = rx.cond(as_text(erased_at) != "", gone_mark(at=erased_at), t("Nothing held"))
    return rx.el.div(
        rx.cond(goes.parts.length() > 0, rx.fragment(line, parts), nothing),
        _blocked(deleted_on, blocked_days),
        class_name="countdown",
    )


def _part(part: Any, alone: Any) -> rx.Component:
    """Its kinds, unless it is all there is; then its day and its rule."""
    kinds = rx.el.span(
        rx.foreach(part.kinds, lambda kind: rx.el.span(pick(kind, _KINDS, kind))), class_name="kinds"
    )
    goes = t("goes {day}", day=day_text(part.day)) + " · " + rule_text(part)
    named = rx.fragment(
        kinds,
        " ",
        rx.cond(
            part.gone,
            t("gone {day}", day=day_text(part.day)),
            rx.cond(part.day != "", goes, rule_text(part)),
        ),
    )
    mark = rx.cond(part.gone, glyph("shield-check", size=12, tone="green"))
    only = rx.fragment(day_text(part.day), " · ", rule_text(part))
    return rx.el.span(mark, rx.cond(alone & ~part.gone, only, named), class_name="secondary countdown-part")


def rule_text(part: Any) -> rx.Var[str]:
    """The rule of a part in words."""
    days = t("{n} d after delivery", n=part.days)
    rules = [
        ("immediate", t("at delivery")),
        ("warranty", t("at the end of the warranty")),
        ("days", days),
    ]
    return pick(part.policy, rules, days)


def _blocked(deleted_on: Code, days: Number) -> rx.Component:
    left = as_number(days)
    text = plural(
        "Blocked: {n} day left, deleted {day}",
        "Blocked: {n} days left, deleted {day}",
        left,
        day=day_text(deleted_on),
    )
    return rx.cond(
        left >= 0, rx.el.span(glyph("lock", size=12, tone="amber"), text, class_name="countdown-part")
    )


def kinds_of_data(rows: Any) -> rx.Component:
    """Each kind of data of an order's persons: of how many it went, when the others go, and by which rule."""
    return rx.cond(
        rows.length() > 0,
        rx.el.dl(rx.foreach(rows, _kind), class_name="definitions kinds-of-data"),
    )


def _kind(row: Any) -> rx.Component:
    gone = rx.cond(
        row.gone > 0,
        rx.el.span(
            glyph("shield-check", size=12, tone="green"),
            plural("gone of {n} person", "gone of {n} persons", row.gone),
            class_name="countdown-part",
        ),
    )
    days = rx.cond(
        row.first == row.last,
        t("goes {day}", day=day_text(row.last)),
        t("goes {first} to {last}", first=day_text(row.first), last=day_text(row.last)),
    )
    goes = rx.cond(row.last != "", days + " · " + rule_text(row), rule_text(row))
    return rx.el.div(
        rx.el.dt(pick(row.kind, _KINDS, row.kind)),
        rx.el.dd(
            gone, rx.cond(row.held > 0, rx.el.span(goes, class_name="countdown-part")), class_name="countdown"
        ),
    )
