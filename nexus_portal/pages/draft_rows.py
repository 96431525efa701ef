"""The rows of a draft as a table: a column for each field of the layout, and what is wrong with each row."""

import reflex as rx

from nexus_portal.components import blocks, times
from nexus_portal.components.actions import icon_action
from nexus_portal.components.i18n import plural, t
from nexus_portal.components.icons import glyph
from nexus_portal.components.vars import Text
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.page import holds
from nexus_portal.state.draft import DraftState as State
from nexus_portal.state.draft_mend import DraftMendState as Mend

DRAFT = State.draft


def rows_table() -> rx.Component:
    """The page of rows; without any, what to do about it."""
    heads = rx.el.tr(
        _head(t("Row")),
        rx.cond(DRAFT.several, _head(t("Card layout"))),
        rx.foreach(State.labels, _head),
        rx.cond(DRAFT.with_photo, _head(t("Photo"))),
        _head(t("State")),
        _head(t("Actions"), hidden=True),
        role="row",
    )
    table = rx.el.table(
        rx.el.thead(heads, role="rowgroup"),
        rx.el.tbody(rx.foreach(State.rows, _row), role="rowgroup"),
        role="table",
        aria_label=t("Rows of this draft"),
        class_name="table table-wide",
    )
    return rx.el.div(rx.cond(State.rows.length() > 0, table, _nothing()), class_name="table-frame")


def _head(title: Text, *, hidden: bool = False) -> rx.Component:
    text = rx.el.span(title, class_name="unseen") if hidden else title
    return rx.el.th(text, scope="col", role="columnheader")


def _row(row: rx.Var) -> rx.Component:
    return rx.el.tr(
        rx.el.th(
            row.row,
            rx.cond(DRAFT.files.length() > 0, _file(row)),
            scope="row",
            role="rowheader",
            class_name="cell-main",
            custom_attrs={"data-label": t("Row")},
        ),
        rx.cond(DRAFT.several, _labelled(t("Card layout"), row.layout)),
        rx.foreach(row.cells, _cell),
        rx.cond(DRAFT.with_photo, _labelled(t("Photo"), rx.cond(row.asks_photo, _photo(row.has_photo), "—"))),
        _labelled(t("State"), rx.cond(row.ready, _ready(), _problems(row.problems))),
        _labelled(t("Actions"), rx.cond(DRAFT.own & holds(Permission.ORDERS_CREATE), _actions(row))),
        key=row.id,
        role="row",
    )


def _file(row: rx.Var) -> rx.Component:
    """Rows of two files share their numbers."""
    text = rx.cond(row.file > 0, t("file {file}", file=row.file), t("added here"))
    return rx.el.span(" ", text, class_name="row-file")


def files_told() -> rx.Component:
    """The files by number, where row numbers alone do not tell their rows apart."""
    return rx.cond(
        DRAFT.files.length() > 0,
        rx.el.ul(
            rx.foreach(DRAFT.files, _told),
            aria_label=t("Files of this draft"),
            class_name="secondary files-told",
        ),
    )


def _told(file: rx.Var) -> rx.Component:
    return rx.el.li(
        t("File {file}", file=file.number),
        rx.cond(file.at != "", rx.fragment(" · ", times.when(file.at))),
        " · ",
        plural("{n} row", "{n} rows", file.rows),
    )


def _cell(cell: rx.Var) -> rx.Component:
    text = rx.cond(DRAFT.shown, rx.cond(cell.text != "", cell.text, "—"), t("Masked"))
    text = rx.cond(cell.asked, text, "—")
    wrong = rx.cond(cell.wrong & DRAFT.shown, "cell-wrong", "")
    return rx.el.td(text, role="cell", class_name=wrong, custom_attrs={"data-label": cell.label})


def _labelled(label: Text, content: rx.Component | rx.Var) -> rx.Component:
    return rx.el.td(content, role="cell", custom_attrs={"data-label": label})


def _photo(there: rx.Var) -> rx.Component:
    return rx.cond(there, _mark("image", t("Yes"), "gray"), _mark("image-off", t("No"), "gray"))


def _ready() -> rx.Component:
    return _mark("circle-check", t("Ready"), "green")


def _problems(problems: rx.Var) -> rx.Component:
    return rx.el.ul(
        rx.foreach(problems, lambda text: rx.el.li(glyph("circle-alert", size=13, tone="amber"), text)),
        class_name="row-problems",
    )


def _mark(icon: str, text: Text, tone: str) -> rx.Component:
    return rx.el.span(glyph(icon, size=14, tone=tone), text, class_name="row-mark")


def _actions(row: rx.Var) -> rx.Component:
    return rx.el.div(
        icon_action(t("Change {row}", row=row.name), "pencil", on_click=Mend.open(row.id)),
        icon_action(t("Remove {row}", row=row.name), "trash-2", on_click=Mend.ask(row.id, row.place)),
        class_name="row-actions",
    )


def _nothing() -> rx.Component:
    return rx.cond(
        State.show != "",
        blocks.empty_state("circle-check", t("Nothing left to mend"), t("Every row is ready.")),
        blocks.empty_state(
            "id-card", t("No rows yet"), t("The rows of the spreadsheet appear here while it is read.")
        ),
    )
