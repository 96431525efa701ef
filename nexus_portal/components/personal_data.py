"""The product's signature: how long the personal data of an order or card still lives, at a glance.

A lifeline runs down to the day the data goes; a lock means that something holds it; a shield that it is gone.
"""

import reflex as rx

from nexus_portal.components.i18n import t
from nexus_portal.components.icons import glyph
from nexus_portal.components.times import day_text

NOT_BEGUN = -1
"""`days_left` while the clock has not begun: nothing is delivered yet."""


def personal_data_lifeline(
    *,
    state: rx.Var[str] | str,
    days_left: rx.Var[int] | int,
    days_kept: rx.Var[int] | int,
    erased_at: rx.Var[str] | str = "",
    held: rx.Var[bool] | bool = False,
    hold_reason: rx.Var[str] | str = "",
    erasable: rx.Var[bool] | bool = False,
) -> rx.Component:
    """Icon or line, and words: erased, held, days left, or days after delivery.

    `state` is full, minimised or erased; `days_left` counts down from `days_kept` (0: gone at delivery) and is
    -1 while the clock has not begun; `erased_at` is ISO text; `erasable` tells that the customer may erase now.
    """
    return lifeline(
        state=state,
        days_left=days_left,
        days_kept=days_kept,
        erased_at=erased_at,
        held=held,
        hold_reason=hold_reason,
        erasable=erasable,
    )


@rx.memo
def lifeline(
    state: rx.Var[str],
    days_left: rx.Var[int],
    days_kept: rx.Var[int],
    erased_at: rx.Var[str],
    held: rx.Var[bool],
    hold_reason: rx.Var[str],
    erasable: rx.Var[bool],
) -> rx.Component:
    """The body of `personal_data_lifeline`, compiled once."""
    return rx.cond(
        state == "erased",
        _erased(erased_at),
        rx.cond(held, _held(hold_reason), _running(state, days_left, days_kept, erasable)),
    )


def _erased(erased_at: rx.Var[str]) -> rx.Component:
    text = rx.cond(erased_at != "", t("Erased {day}", day=day_text(erased_at)), t("Erased"))
    return rx.el.span(glyph("shield-check", size=13, tone="green"), rx.el.span(text), class_name="lifeline")


def _held(reason: rx.Var[str]) -> rx.Component:
    text = rx.cond(reason != "", t("Held: {reason}", reason=reason), t("Held"))
    return rx.el.span(glyph("lock", size=13, tone="amber"), rx.el.span(text), class_name="lifeline")


def _running(state: rx.Var[str], left: rx.Var[int], kept: rx.Var[int], erasable: rx.Var[bool]) -> rx.Component:
    begun = left > NOT_BEGUN
    now = erasable & ~begun
    return rx.el.span(
        rx.el.progress(
            max=rx.cond(kept > 0, kept, 1),
            value=rx.cond(begun, left, rx.cond(now, 0, rx.cond(kept > 0, kept, 1))),
            aria_hidden="true",
            class_name="lifeline-line",
        ),
        rx.el.span(rx.cond(begun, _left(left), rx.cond(now, t("Can be erased now"), _after_delivery(kept)))),
        rx.cond(state == "minimised", rx.el.span(t("minimised"), class_name="lifeline-note")),
        class_name="lifeline",
        custom_attrs={
            "data-tone": rx.cond(now, "now", rx.cond(begun & (left <= 7), "soon", "calm")),
            "data-state": state,
        },
    )


def _left(left: rx.Var[int]) -> rx.Var[str]:
    return rx.cond(left == 0, t("Goes today"), t("{n} d left", n=left)).to(str)


def _after_delivery(kept: rx.Var[int]) -> rx.Var[str]:
    return rx.cond(kept == 0, t("Goes at delivery"), t("{n} d after delivery", n=kept)).to(str)
