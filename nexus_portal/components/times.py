"""Dates and times in the reader's own zone and language, with the exact moment on hover.

Vars hold ISO 8601 text: a time with its zone, or a plain date. Empty text shows nothing.
"""

import reflex as rx

from nexus_portal.components.vars import Code, browser


def when(iso: Code) -> rx.Component:
    """Short, for lists: "Today 09:14", "Yesterday", "20 Nov", "20 Nov 2025"."""
    return _time(iso, when_text(iso))


def moment(iso: Code) -> rx.Component:
    """With the time of day, for histories: "20 Nov 10:12"."""
    return _time(iso, moment_text(iso))


def day(iso: Code) -> rx.Component:
    """The day alone: "20 Nov", with its year when that is another."""
    return _time(iso, day_text(iso))


def when_text(iso: Code) -> rx.Var[str]:
    """What `when` shows, to put into a sentence."""
    return browser("when", iso)


def moment_text(iso: Code) -> rx.Var[str]:
    """What `moment` shows, to put into a sentence."""
    return browser("moment", iso)


def day_text(iso: Code) -> rx.Var[str]:
    """What `day` shows, to put into a sentence."""
    return browser("day", iso)


def _time(iso: Code, text: rx.Var[str]) -> rx.Component:
    return rx.el.time(text, date_time=iso, title=browser("exact", iso))
