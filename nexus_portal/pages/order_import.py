"""`/orders/import`: from a spreadsheet and a ZIP file of photos to a draft."""

from typing import Any

import reflex as rx

from nexus_portal.components import blocks, header
from nexus_portal.components.actions import action
from nexus_portal.components.forms import error_line, field, file_input, hidden, select_input
from nexus_portal.components.help_link import help_link
from nexus_portal.components.i18n import plural, t
from nexus_portal.components.icons import glyph
from nexus_portal.components.native import native_link
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.draft_files import ARCHIVES, SHEETS, how_far
from nexus_portal.pages.page import portal_page
from nexus_portal.pages.upload_parts import sending_form, upload_script
from nexus_portal.state.order_import import OrderImportState as State

MOST = 1500


@portal_page(
    "/orders/import",
    title=t("Import a spreadsheet"),
    needs=Permission.ORDERS_CREATE,
    on_load=State.load,
)
def order_import() -> rx.Component:
    """The files on one side, what they may hold on the other."""
    return rx.el.div(
        upload_script(),
        header.page_header(
            t("Import a spreadsheet"),
            breadcrumbs=[(t("Orders"), "/orders")],
            lead=t(
                "Rows become a draft that you look over before anything is ordered. "
                "Columns that the cards do not need are read past and never stored."
            ),
        ),
        rx.cond(
            State.loaded,
            rx.cond(State.layouts.length() > 0, _page(), _no_layout()),
            blocks.skeleton_rows(4),
        ),
        class_name="ordering",
    )


def _page() -> rx.Component:
    return rx.fragment(
        rx.cond(State.reading, _reading()),
        blocks.columns(
            [blocks.panel(t("Files"), _form())],
            [
                _what(),
                _advice(),
                help_link(t("What must the spreadsheet and the photos look like?"), answer="files"),
            ],
        ),
    )


def _no_layout() -> rx.Component:
    return blocks.empty_state(
        "layout-template",
        t("No card layout yet"),
        t("The bureau sets up what your cards look like and which fields they have. Ask them for a layout."),
    )


def _reading() -> rx.Component:
    now = State.reading
    going = how_far(now)
    stopped = rx.fragment(
        rx.el.p(t("Reading stopped after {done} of {total} rows.", done=now.done, total=now.total)),
        rx.el.p(
            t("Send the same files again: rows that are here are recognised and not doubled."),
            class_name="secondary",
        ),
    )
    look = action(t("Look at the draft"), href="/orders/" + now.order, small=True)
    return rx.cond(
        now.interrupted,
        blocks.callout(stopped, look, tone="warning"),
        rx.cond(now.reading, blocks.callout(going, look, icon="loader")),
    )


def _form() -> rx.Component:
    return sending_form(
        hidden("key", State.key),
        hidden("draft", State.draft),
        rx.cond(
            State.draft != "",
            rx.el.p(t("The rows join draft {number}.", number=State.draft), class_name="secondary"),
        ),
        rx.cond(State.layouts.length() > 1, _layout(), hidden("layout", State.layout)),
        _spreadsheet(),
        rx.cond(State.columns.length() > 0, _mapping()),
        rx.cond(State.with_photo, _photos()),
        rx.el.div(
            action(_said(), icon="file-input", kind="primary", type="submit", disabled=State.missing != "")
        ),
        action="/imports",
        most=MOST,
        sent=t("The files have arrived. Reading the rows…"),
        class_name="fields",
    )


def _said() -> rx.Var[str]:
    return rx.cond(
        State.counted > 0,
        plural("Read {n} row into a draft", "Read {n} rows into a draft", State.counted),
        t("Read into a draft"),
    )


def _layout() -> rx.Component:
    control = select_input(
        "layout",
        State.layouts,
        default_value=State.layout,
        on_change=State.choose,
        custom_attrs={"data-anew": ""},
    )
    return field(t("Card layout"), control, control_id="layout")


def _spreadsheet() -> rx.Component:
    control = file_input(
        "spreadsheet", accept=SHEETS, required=True, custom_attrs={"data-inspect": "/imports/inspect"}
    )
    return rx.el.div(
        field(
            t("Spreadsheet"),
            control,
            control_id="spreadsheet",
            hint=t("XLSX or CSV, at most 10,000 rows and 10 MB, names of the columns in the first row."),
        ),
        rx.el.p(
            role="status",
            class_name="secondary",
            custom_attrs={"data-inspecting": t("Looking at the columns…")},
        ),
        rx.el.p(role="alert", class_name="field-error", custom_attrs={"data-inspect-refusal": ""}),
        _told_by_script("data-chosen", State.forget),
        _told_by_script("data-inspected", State.inspected),
    )


def _told_by_script(name: str, event: Any) -> rx.Component:
    return rx.el.button(type="button", hidden=True, on_click=event, custom_attrs={name: ""})


def _photos() -> rx.Component:
    return rx.el.div(
        field(
            t("Photos (may be added later)"),
            file_input("photos", accept=ARCHIVES),
            control_id="photos",
            hint=t(
                "One ZIP file with a JPEG or PNG for each row, named as in the photo column "
                "or after the person’s number or name."
            ),
        ),
        error_line("photos", ""),
    )


def _mapping() -> rx.Component:
    """What each column holds, to be looked over: nothing is guessed behind one's back."""
    table = rx.el.table(
        rx.el.thead(
            rx.el.tr(
                rx.el.th(t("Column in your file"), scope="col"), rx.el.th(t("Field on the card"), scope="col")
            )
        ),
        rx.el.tbody(rx.foreach(State.columns, _column)),
        class_name="mapping",
    )
    return rx.el.fieldset(
        rx.el.legend(t("What each column holds"), class_name="field-label"),
        hidden("mapped", "1"),
        rx.cond(State.remembered, _remembered()),
        table,
        rx.foreach(State.notes, lambda note: rx.el.p(note, class_name="secondary")),
        rx.cond(
            State.missing != "",
            blocks.callout(
                rx.el.p(t("Say which column holds: {fields}.", fields=State.missing)), tone="warning"
            ),
        ),
        class_name="mapping-set",
    )


def _remembered() -> rx.Component:
    return blocks.callout(
        rx.el.div(
            rx.el.p(t("These columns are assigned as the last time your account sent such a file.")),
            action(t("Choose anew"), icon="rotate-ccw", small=True, on_click=State.choose_anew),
            class_name="remembered",
        ),
        icon="history",
    )


def _column(column: rx.Var) -> rx.Component:
    chooser = rx.el.select(
        rx.el.option(t("Leave out, do not store"), value=""),
        rx.foreach(State.fields, lambda choice: rx.el.option(choice.label, value=choice.value)),
        id=column.name,
        name=column.name,
        default_value=column.field,
        on_change=lambda chosen: State.assign(column.name, chosen),
        aria_label=t("What column {header} holds", header=column.header),
        class_name="input",
        key=column.name + column.header + State.looked.to_string(),
    )
    return rx.el.tr(
        rx.el.th(
            rx.cond(column.header != "", column.header, t("(no name)")),
            scope="row",
            class_name=rx.cond(column.field == "", "mapping-dropped", ""),
        ),
        rx.el.td(chooser),
    )


def _what() -> rx.Component:
    """What the chosen layout asks for, and an empty spreadsheet to begin with."""

    def line(layout: rx.Var) -> rx.Component:
        return rx.cond(
            layout.value == State.layout,
            rx.fragment(
                blocks.definition_list((t("Layout"), layout.label), (t("Fields"), layout.fields)),
                rx.el.div(
                    _template(layout.value, "xlsx", t("Template (XLSX)")),
                    _template(layout.value, "csv", t("Template (CSV)")),
                    class_name="panel-row",
                ),
            ),
        )

    return blocks.panel(t("What the cards need"), rx.foreach(State.layouts, line))


def _template(layout: rx.Var, kind: str, label: rx.Var) -> rx.Component:
    link = native_link(
        glyph("download"), rx.el.span(label), href="/layouts/" + layout + "/template." + kind, download=True
    )
    return rx.button(
        link,
        as_child=True,
        size="1",
        variant="soft",
        color_scheme="gray",
        class_name="action action-secondary",
    )


def _advice() -> rx.Component:
    return blocks.panel(
        t("Good to know"),
        blocks.fact(
            "list-checks",
            t("Every row is checked"),
            t("Wrong numbers, missing photos and people who are in it twice are shown, to be mended."),
            tone="quiet",
        ),
        blocks.fact(
            "shield-check",
            t("Only what is asked for is kept"),
            t("Other columns and photos that fit no row are dropped before anything is stored."),
            tone="quiet",
        ),
        blocks.fact(
            "rotate-ccw",
            t("Nothing is doubled"),
            t("If sending breaks off, send the same files again: what is there is recognised."),
            tone="quiet",
        ),
    )
