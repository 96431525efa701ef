"""How far something is: a bar for counts, a timeline for an order's way."""

from typing import Any

import reflex as rx

from nexus_portal.components.i18n import Text, t
from nexus_portal.components.icons import glyph
from nexus_portal.components.times import moment


def progress_bar(done: rx.Var[int], total: rx.Var[int], *, label: Text) -> rx.Component:
    """`done` of `total` as a thin bar, green when complete; the numbers are on hover and read aloud."""
    text = t("{label}: {done} of {total}", label=label, done=done, total=total)
    return rx.el.progress(
        value=done,
        max=rx.cond(total > 0, total, 1),
        aria_label=text,
        title=text,
        class_name="progress",
        custom_attrs={"data-complete": rx.cond((done >= total) & (total > 0), "true", "false")},
    )


def timeline(steps: rx.Var[list[Any]]) -> rx.Component:
    """The way of an order or card, oldest first, with who and when.

    Each step has `title`, `note` (who, counts), `at` (ISO text or "") and `state`: done, current, waiting or stopped.
    """
    return rx.el.ol(rx.foreach(steps, _step), class_name="timeline")


def _step(step: rx.Var[Any]) -> rx.Component:
    mark, said = _mark(step.state)
    separator = rx.cond((step.at != "") & (step.note != ""), " · ", "")
    nothing = rx.cond((step.at == "") & (step.note == ""), "—", "")
    return rx.el.li(
        rx.el.span(mark, class_name="timeline-mark"),
        rx.el.div(
            rx.el.p(step.title, rx.el.span(" (", said, ")", class_name="unseen"), class_name="timeline-title"),
            rx.el.p(rx.cond(step.at != "", moment(step.at)), separator, step.note, nothing, class_name="secondary"),
        ),
        aria_current=rx.cond(step.state == "current", "step", "false"),
        custom_attrs={"data-state": step.state},
    )


def _mark(state: rx.Var[str]) -> tuple[rx.Component, rx.Var[str]]:
    icon = rx.match(state, ("done", glyph("check", size=10)), ("stopped", glyph("x", size=10)), rx.fragment())
    said = rx.match(
        state,
        ("done", t("done")),
        ("current", t("under way")),
        ("stopped", t("stopped")),
        t("not yet"),
    )
    return icon, said.to(str)
