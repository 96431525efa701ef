"""What components take: a value known when the page is compiled, or a var that the browser fills in.

To the type checker a var of a state is its plain type (`State.total` is an int), so every alias names both.
"""

from collections.abc import Iterable, Sequence
from typing import Any, cast

import reflex as rx
from reflex.vars import ArrayVar, BooleanVar, FunctionStringVar, NumberVar, StringVar

Text = str | rx.Var[str]
"""What people read: `t("…")`, or a var that the server filled in the reader's language."""
Code = str | rx.Var[str]
"""What only machines read: addresses, states, times as ISO text, tokens."""
Number = int | rx.Var[int]
# `~State.loaded` is an int to the type checker.
Flag = int | bool | rx.Var[bool]
Many = Sequence[Any] | rx.Var[Any]


def as_text(value: Code) -> StringVar[Any]:
    """The value as a var of text."""
    return rx.Var.create(value).to(str)


def as_number(value: Number) -> NumberVar[Any]:
    """The value as a var of a whole number."""
    return rx.Var.create(value).to(int)


def as_flag(value: Flag) -> BooleanVar:
    """The value as a var of yes or no."""
    return rx.Var.create(value).to(bool)


def as_many(value: Many) -> ArrayVar[Any]:
    """The value as a var of rows, which keep their type."""
    return cast("ArrayVar[Any]", rx.Var.create(value).guess_type())


def given(text: Text) -> bool:
    """True unless the text was left out; a var always counts, whatever it will hold."""
    return isinstance(text, rx.Var) or bool(text)


def browser(helper: str, *arguments: Text | Number) -> StringVar[Any]:
    """What a helper of `assets/portal.js` makes of the values, in the reader's language and zone."""
    return FunctionStringVar.create(f"globalThis.portal?.{helper}").call(*arguments).to(str)


def pick(value: Code, cases: Iterable[tuple[str, Text]], otherwise: Text) -> StringVar[Any]:
    """The text that belongs to a value."""
    return rx.Var.create(rx.match(as_text(value), *cases, otherwise)).to(str)


def pick_part(value: Code, cases: Iterable[tuple[str, rx.Component]]) -> rx.Component:
    """The component that belongs to a value; nothing for any other."""
    return rx.fragment(rx.match(as_text(value), *cases, rx.fragment()))
