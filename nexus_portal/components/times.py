"""Dates and times in the reader's own zone and language, with the exact moment on hover.

Vars hold ISO 8601 text: a time with its zone, or a plain date. Empty text shows nothing.
"""

import reflex as rx
from reflex.vars import FunctionStringVar


def when(iso: rx.Var[str]) -> rx.Component:
    """Short, for lists: "Today 09:14", "Yesterday", "20 Nov", "20 Nov 2025"."""
    return _time(iso, when_text(iso))


def moment(iso: rx.Var[str]) -> rx.Component:
    """With the time of day, for histories: "20 Nov 10:12"."""
    return _time(iso, moment_text(iso))


def day(iso: rx.Var[str]) -> rx.Component:
    """The day alone: "20 Nov", with its year when that is another."""
    return _time(iso, day_text(iso))


def when_text(iso: rx.Var[str]) -> rx.Var[str]:
    """What `when` shows, to put into a sentence."""
    return _portal("when", iso)


def moment_text(iso: rx.Var[str]) -> rx.Var[str]:
    """What `moment` shows, to put into a sentence."""
    return _portal("moment", iso)


def day_text(iso: rx.Var[str]) -> rx.Var[str]:
    """What `day` shows, to put into a sentence."""
    return _portal("day", iso)


def _time(iso: rx.Var[str], text: rx.Var[str]) -> rx.Component:
    return rx.el.time(text, date_time=iso, title=_portal("exact", iso))


def _portal(helper: str, iso: rx.Var[str]) -> rx.Var[str]:
    return FunctionStringVar.create(f"globalThis.portal?.{helper}").call(iso).to(str)
