"""How far something is: a bar for counts, a timeline for an order's way."""

from typing import Any

import reflex as rx

from nexus_portal.components.i18n import t
from nexus_portal.components.icons import glyph
from nexus_portal.components.times import moment
from nexus_portal.components.vars import Code, Many, Number, Text, as_many, as_number, pick, pick_part


def progress_bar(done: Number, total: Number, *, label: Text) -> rx.Component:
    """`done` of `total` as a thin bar, green when complete; the numbers are on hover and read aloud."""
    so_far, all_of_it = as_number(done), as_number(total)
    text = t("{label}: {done} of {total}", label=label, done=done, total=total)
    most = rx.cond(all_of_it > 0, all_of_it, 1)
    return bar(
        so_far / as_number(most),
        kind="progress",
        role="progressbar",
        aria_label=text,
        title=text,
        custom_attrs={
            "aria-valuenow": so_far,
            "aria-valuemin": 0,
            "aria-valuemax": most,
            "data-complete": rx.cond((so_far >= all_of_it) & (all_of_it > 0), "true", "false"),
        },
    )


def bar(
    part: rx.Var[Any], *, kind: str, custom_attrs: dict[str, Any] | None = None, **more: Any
) -> rx.Component:
    """A thin bar that is filled to `part`, from 0 to 1.

    One element, which is painted anew when `part` changes. A `<progress>` is four to the browser, and laid
    out anew: felt in a list that has two in each row.
    """
    attributes = {"style": rx.Var.create({"--part": part}), **(custom_attrs or {})}
    return rx.el.span(class_name=f"bar {kind}", custom_attrs=attributes, **more)


def made_bar(produced: Number, cards: Number) -> rx.Component:
    """How many cards of an order are produced; a dash where it has none."""
    return rx.cond(as_number(cards) > 0, progress_bar(produced, cards, label=t("Produced")), "—")


def timeline(steps: Many) -> rx.Component:
    """The way of an order or card, oldest first, with who and when.

    Each step has `title`, `note` (who, counts), `at` (ISO text or "") and `state`: done, current, waiting or
    stopped.
    """
    return rx.el.ol(rx.foreach(as_many(steps), _step), class_name="timeline")


def _step(step: Any) -> rx.Component:
    both = (step.at != "") & (step.note != "")
    neither = (step.at == "") & (step.note == "")
    return rx.el.li(
        rx.el.span(_mark(step.state), class_name="timeline-mark"),
        rx.el.div(
            rx.el.p(
                step.title,
                rx.el.span(" (", _said(step.state), ")", class_name="unseen"),
                class_name="timeline-title",
            ),
            rx.el.p(
                rx.cond(step.at != "", moment(step.at)),
                rx.cond(both, " · ", ""),
                step.note,
                rx.cond(neither, "—", ""),
                class_name="secondary",
            ),
        ),
        aria_current=rx.cond(step.state == "current", "step", "false"),
        custom_attrs={"data-state": step.state},
    )


def _mark(state: Code) -> rx.Component:
    return pick_part(state, [("done", glyph("check", size=10)), ("stopped", glyph("x", size=10))])


def _said(state: Code) -> rx.Var[str]:
    cases = [("done", t("done")), ("current", t("under way")), ("stopped", t("stopped"))]
    return pick(state, cases, t("not yet"))
