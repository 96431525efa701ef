"""Dense tables with hairlines; on a narrow screen every row becomes a small stack of named values."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

import reflex as rx

from nexus_portal.components.i18n import t
from nexus_portal.components.icons import glyph
from nexus_portal.components.native import native_link
from nexus_portal.components.row_links import row_links
from nexus_portal.components.vars import Code, Flag, Many, Number, Text, as_flag, as_many, as_number, as_text

Cell = Callable[[Any], Any]
"""From a row, whose attributes are vars, to a component or a var."""

_MANY_COLUMNS = 6
_WAITING_ROWS = 8


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its title, and what stands in the cell of a row.

    `main` names the row and carries its link; `numeric` aligns right; `quiet` is secondary text; `sort` is
    the key that the header sends when it is pressed; `hidden_title` is read aloud only.
    """

    title: Text
    cell: Cell
    main: bool = False
    numeric: bool = False
    quiet: bool = False
    hidden_title: bool = False
    sort: str = ""
    shown: Flag = True
    """False, or a var that says so, leaves the column out."""

    @property
    def classes(self) -> str:
        """CSS classes of the column's cells."""
        return " ".join(f"cell-{name}" for name in ("main", "numeric", "quiet") if getattr(self, name))


class TableOptions(TypedDict, total=False):
    """What a table may have beside its rows."""

    href: Callable[[Any], Code] | None
    """Where a row leads; the whole row is the link."""
    ahead: Any
    """The event that reads what a row leads to, sent before the click on its link is complete: takes what the
    link ends with."""
    glow: Callable[[Any], Number] | None
    """A counter that makes the row glow for two seconds each time it grows."""
    places: Any
    """Place of each row on screen by its key; rows without one stand in their turn. See `lists.places`."""
    loading: Flag
    empty: rx.Component | None
    """Stands in place of the table when there are no rows."""
    sorted_by: Code
    """Key of the column that sorts, with "-" before it when falling."""
    on_sort: Any
    """Event that takes the key of a column."""


def data_table(
    columns: Sequence[Column],
    rows: Many,
    *,
    label: Text,
    key: Callable[[Any], Code | Number],
    **more: Unpack[TableOptions],
) -> rx.Component:
    """A table of view rows named `label`; shows its shape while loading."""
    href, glow, places = more.get("href"), more.get("glow"), more.get("places")
    loading = as_flag(more.get("loading", False))
    lines = as_many(rows)

    def line(row: Any, turn: Any) -> rx.Component:
        cells = (_chosen(column, _cell(column, row, href)) for column in columns)
        known = key(row) if places is None else rx.cond(places.length() > 0, places[key(row)], turn)
        return rx.el.tr(*cells, key=known, role="row", **(row_glow(glow(row)) if glow else {}))

    heads = (
        _chosen(column, _head(column, more.get("sorted_by", ""), more.get("on_sort"))) for column in columns
    )
    waiting = rx.fragment(*(_skeleton(columns) for _ in range(_WAITING_ROWS)))
    table = rx.el.table(
        rx.el.thead(rx.el.tr(*heads, role="row"), role="rowgroup"),
        rx.el.tbody(rx.cond(loading, waiting, rx.foreach(lines, line)), role="rowgroup"),
        role="table",
        aria_label=label,
        aria_busy=loading,
        class_name="table table-wide" if len(columns) >= _MANY_COLUMNS else "table",
    )
    shown = rx.cond(loading | (lines.length() > 0), table, more.get("empty") or rx.fragment())
    if not href:
        return rx.el.div(shown, class_name="table-frame")
    opening = {"on_ahead": more["ahead"]} if "ahead" in more else {}
    return row_links(shown, class_name="table-frame", **opening)


def row_glow(counter: Number) -> dict[str, Any]:
    """Props of a row that glows for two seconds each time the counter grows; 0, or none, is still."""
    count = as_number(counter)
    return {"custom_attrs": {"data-glow": rx.cond(count > 0, rx.cond(count % 2 == 0, "even", "odd"), "")}}


def _chosen(column: Column, part: rx.Component) -> rx.Component:
    return part if column.shown is True else rx.cond(as_flag(column.shown), part)


def _head(column: Column, sorted_by: Code, on_sort: Any) -> rx.Component:
    attributes: dict[str, Any] = {"scope": "col", "role": "columnheader", "class_name": column.classes}
    if not (column.sort and on_sort):
        return rx.el.th(
            rx.el.span(column.title, class_name="unseen" if column.hidden_title else ""), **attributes
        )
    rising = as_text(sorted_by) == column.sort
    falling = as_text(sorted_by) == f"-{column.sort}"
    arrow = rx.cond(
        rising, glyph("arrow-up", size=12), rx.cond(falling, glyph("arrow-down", size=12), rx.fragment())
    )
    direction = rx.cond(rising, "ascending", rx.cond(falling, "descending", "none"))
    return rx.el.th(
        rx.el.button(column.title, arrow, type="button", on_click=on_sort(column.sort), class_name="sort"),
        custom_attrs={"aria-sort": direction},
        **attributes,
    )


def _cell(column: Column, row: Any, href: Callable[[Any], Code] | None) -> rx.Component:
    content = column.cell(row)
    attributes: dict[str, Any] = {"class_name": column.classes, "custom_attrs": {"data-label": column.title}}
    if not column.main:
        return rx.el.td(content, role="cell", **attributes)
    if not href:
        return rx.el.th(content, scope="row", role="rowheader", **attributes)
    named = native_link(content, href=href(row), class_name="row-link")
    return rx.el.th(named, scope="row", role="rowheader", **attributes)


def _skeleton(columns: Sequence[Column]) -> rx.Component:
    bar = rx.el.span(class_name="skeleton")
    cells = (_chosen(column, rx.el.td(bar, role="cell")) for column in columns)
    return rx.el.tr(*cells, role="row", aria_label=t("Loading"))
