"""The product's signature: how long the personal data of an order or card still lives, at a glance.

A lifeline runs down to the day the data goes; a lock means that something holds it; a shield that it is gone.
"""

import reflex as rx

from nexus_portal.components.i18n import t
from nexus_portal.components.icons import glyph
from nexus_portal.components.progress import bar
from nexus_portal.components.times import day_text
from nexus_portal.components.vars import Code, Flag, Number, Text, as_flag, as_number, as_text

NOT_BEGUN = -1
"""`days_left` while the clock has not begun: nothing is delivered yet."""
SOON = 7
"""From so many days on, the line warns."""


def personal_data_lifeline(
    *,
    state: Code,
    days_left: Number,
    days_kept: Number,
    erased_at: Code = "",
    held: Flag = False,
    hold_reason: Text = "",
    erasable: Flag = False,
    goes_on: Code = "",
) -> rx.Component:
    """Icon or line, and words: nothing held, erased, held, days left, or days after delivery.

    `state` is none, full, minimised or erased; `days_left` counts down from `days_kept` (0: gone at
    delivery) and is -1 while the clock has not begun; `erased_at` is ISO text; `erasable`: the customer may
    erase now.
    `goes_on` is the day on which the last of it goes, told with its rule on hover.
    """
    living = running_line(
        state=state, left=days_left, kept=days_kept, erasable=erasable, goes=rx.Var.create(goes_on)
    )
    return rx.el.span(
        rx.cond(
            as_text(state) == "erased",
            gone_mark(at=erased_at),
            rx.cond(
                as_text(state) == "none",
                nobody_mark(),
                rx.cond(as_flag(held), held_mark(reason=hold_reason), living),
            ),
        ),
        class_name="lifeline-cell",
    )


@rx.memo
def gone_mark(at: rx.Var[str]) -> rx.Component:
    """The shield: nothing is left."""
    text = rx.cond(at != "", t("Erased {day}", day=day_text(at)), t("Erased"))
    return rx.el.span(glyph("shield-check", size=13, tone="green"), rx.el.span(text), class_name="lifeline")


@rx.memo
def nobody_mark() -> rx.Component:
    """Nothing was ever held: an order without cards."""
    return rx.el.span(glyph("minus", size=13), rx.el.span(t("Nothing held")), class_name="lifeline")


@rx.memo
def held_mark(reason: rx.Var[str]) -> rx.Component:
    """The lock: something stops the erasing."""
    text = rx.cond(reason != "", t("Held: {reason}", reason=reason), t("Held"))
    return rx.el.span(glyph("lock", size=13, tone="amber"), rx.el.span(text), class_name="lifeline")


@rx.memo
def running_line(
    state: rx.Var[str], left: rx.Var[int], kept: rx.Var[int], erasable: rx.Var[bool], goes: rx.Var[str]
) -> rx.Component:
    """The line, as long as the days that are left of the days that the data is kept."""
    rule = t("The last of it goes {day}, by your account’s retention policy", day=day_text(goes))
    days, whole = as_number(left), as_number(kept)
    full = rx.cond(whole > 0, whole, 1)
    begun = days > NOT_BEGUN
    now = as_flag(erasable) & ~begun
    return rx.el.span(
        bar(
            rx.cond(begun, days / as_number(full), rx.cond(now, 0, 1)),
            kind="lifeline-line",
            aria_hidden="true",
        ),
        rx.el.span(rx.cond(begun, _left(days), rx.cond(now, t("Can be erased now"), _after_delivery(whole)))),
        rx.cond(state == "minimised", rx.el.span(t("minimised"), class_name="lifeline-note")),
        class_name="lifeline",
        title=rx.cond(goes != "", rule, ""),
        custom_attrs={
            "data-tone": rx.cond(now, "now", rx.cond(begun & (days <= SOON), "soon", "calm")),
            "data-state": state,
        },
    )


def _left(days: Number) -> rx.Var[str]:
    return rx.cond(as_number(days) == 0, t("Goes today"), t("{n} d left", n=days))


def _after_delivery(days: Number) -> rx.Var[str]:
    return rx.cond(as_number(days) == 0, t("Goes at delivery"), t("{n} d after delivery", n=days))
