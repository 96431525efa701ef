"""Dense tables with hairlines; on a narrow screen every row becomes a small stack of named values."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from nexus_portal.components.i18n import Text, t
from nexus_portal.components.icons import glyph
from nexus_portal.components.native import page_link

Row = rx.Var[Any]
"""One row: a var of a view row, whose attributes are vars."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Options:
    """What a column may be beside its title and its cell."""

    main: bool = False
    numeric: bool = False
    quiet: bool = False
    hidden_title: bool = False
    sort: str = ""


class Column:
    """One column: its title, and what stands in the cell of a row.

    `main` names the row and carries its link; `numeric` aligns right; `quiet` is secondary text; `sort` is the
    key that the header sends when it is pressed.
    """

    def __init__(self, title: Text, cell: Callable[[Any], Any], **options: Any) -> None:
        self.title = title
        self.cell = cell
        self.options = _Options(**options)

    @property
    def classes(self) -> str:
        """CSS classes of the column's cells."""
        names = ("main", "numeric", "quiet")
        return " ".join(f"cell-{name}" for name in names if getattr(self.options, name))


def row_glow(counter: rx.Var[int]) -> dict[str, Any]:
    """Props of a row that glows for two seconds each time the counter grows; 0 is still."""
    beat = rx.cond(counter == 0, "", rx.cond(counter % 2 == 0, "even", "odd"))
    return {"custom_attrs": {"data-glow": beat}}


def data_table(
    columns: Sequence[Column],
    rows: rx.Var[list[Any]],
    *,
    label: Text,
    key: Callable[[Any], rx.Var[str]],
    href: Callable[[Any], rx.Var[str] | str] | None = None,
    glow: Callable[[Any], rx.Var[int]] | None = None,
    loading: rx.Var[bool] | bool = False,
    empty: rx.Component | None = None,
    sorted_by: rx.Var[str] | str = "",
    on_sort: Any = None,
) -> rx.Component:
    """A table of view rows named `label`; shows its shape while `loading`, and `empty` when there is nothing."""

    def line(row: Row) -> rx.Component:
        cells = (_cell(column, row, href) for column in columns)
        return rx.el.tr(*cells, key=key(row), role="row", **(row_glow(glow(row)) if glow else {}))

    heads = (_head(column, rx.Var.create(sorted_by).to(str), on_sort) for column in columns)
    waiting = rx.fragment(*(_skeleton(columns) for _ in range(8)))
    body = rx.el.tbody(rx.cond(loading, waiting, rx.foreach(rows, line)), role="rowgroup")
    table = rx.el.table(
        rx.el.thead(rx.el.tr(*heads, role="row"), role="rowgroup"),
        body,
        role="table",
        aria_label=label,
        aria_busy=loading,
        class_name="table table-wide" if len(columns) > 5 else "table",
    )
    shown = rx.cond(rx.Var.create(loading).to(bool) | (rows.length() > 0), table, empty or rx.fragment())
    return rx.el.div(shown, class_name="table-frame")


def _head(column: Column, sorted_by: rx.Var[str], on_sort: Any) -> rx.Component:
    options = column.options
    if not (options.sort and on_sort):
        title = rx.el.span(column.title, class_name="unseen" if options.hidden_title else "")
        return rx.el.th(title, scope="col", role="columnheader", class_name=column.classes)
    rising, falling = sorted_by == options.sort, sorted_by == f"-{options.sort}"
    arrow = rx.cond(rising, glyph("arrow-up", size=12), rx.cond(falling, glyph("arrow-down", size=12), rx.fragment()))
    button = rx.el.button(column.title, arrow, type="button", on_click=on_sort(options.sort), class_name="sort")
    direction = rx.cond(rising, "ascending", rx.cond(falling, "descending", "none"))
    return rx.el.th(
        button, scope="col", role="columnheader", class_name=column.classes, custom_attrs={"aria-sort": direction}
    )


def _cell(column: Column, row: Row, href: Callable[[Any], rx.Var[str] | str] | None) -> rx.Component:
    content = column.cell(row)
    attributes = {"class_name": column.classes, "custom_attrs": {"data-label": column.title}}
    if not column.options.main:
        return rx.el.td(content, role="cell", **attributes)
    named = page_link(content, to=href(row), class_name="row-link") if href else content
    return rx.el.th(named, scope="row", role="rowheader", **attributes)


def _skeleton(columns: Sequence[Column]) -> rx.Component:
    bar = rx.el.span(class_name="skeleton")
    return rx.el.tr(*(rx.el.td(bar, role="cell") for _ in columns), role="row", aria_label=t("Loading"))
