"""The files of a draft: how far reading is and what came of it; rows to mend out and back in; late photos."""

import reflex as rx

from nexus_portal.components import blocks
from nexus_portal.components.actions import action
from nexus_portal.components.forms import field, file_input, hidden
from nexus_portal.components.i18n import t
from nexus_portal.components.icons import glyph
from nexus_portal.components.native import native_link
from nexus_portal.components.progress import progress_bar
from nexus_portal.components.vars import Text
from nexus_portal.pages.taking import table_dialog
from nexus_portal.pages.upload_parts import sending_form
from nexus_portal.state.draft import DraftState as State
from nexus_portal.state.taking import MANY, TakingState

SHEETS = ".xlsx,.csv,.txt,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ARCHIVES = ".zip,application/zip"
MOST_SHEET, MOST_PHOTOS = 10, 1500
DRAFT = State.draft


def reading_told() -> rx.Component:
    """How far reading is, or that it stopped; then what became of the files."""
    reading = State.reading
    return rx.fragment(
        rx.cond(reading.reading, blocks.callout(how_far(reading), icon="loader")),
        rx.cond(
            reading.interrupted,
            blocks.callout(
                rx.el.p(
                    t("Reading stopped after {done} of {total} rows.", done=reading.done, total=reading.total)
                ),
                rx.el.p(
                    t("Send the same files again: rows that are here are recognised and not doubled."),
                    class_name="secondary",
                ),
                action(t("Send them again"), icon="upload", href="/orders/import", small=True),
                tone="warning",
            ),
        ),
        rx.cond(reading.outcome != "", blocks.callout(rx.el.p(reading.outcome), icon="circle-check")),
        rx.cond((reading.notes.length() > 0) | (reading.dropped != ""), _notes()),
    )


def how_far(reading: rx.Var) -> rx.Component:
    """The rows that are in the draft by now, of all; and the photos, where some come."""
    rows = t("Reading row {done} of {total}", done=reading.done, total=reading.total)
    waiting = t("The files have arrived. Reading begins in a moment: you may close this page.")
    photos = t("Photos: {done} of {total}", done=reading.photos_done, total=reading.photos)
    return rx.el.div(
        rx.el.p(
            rx.cond(reading.waiting, waiting, rows),
            rx.cond(reading.photos > 0, rx.el.span(" · ", photos, class_name="secondary")),
            role="status",
        ),
        progress_bar(reading.done, reading.total, label=t("Rows read")),
        class_name="reading-now",
    )


def files_panel() -> rx.Component:
    """Rows to mend out and back in, and photos for rows without one."""
    return rx.el.details(
        rx.el.summary(glyph("chevron-right", size=14), t("Mend in a spreadsheet, or send photos")),
        rx.el.div(
            _out(),
            _back(),
            rx.cond(DRAFT.with_photo, _photos()),
            class_name="draft-files",
        ),
        class_name="file-notes",
    )


def _out() -> rx.Component:
    some = rx.fragment(
        _table("rows-to-mend.xlsx", t("Rows to mend (XLSX)"), DRAFT.to_mend),
        _table("rows-to-mend.csv", t("Rows to mend (CSV)"), DRAFT.to_mend),
    )
    return rx.el.section(
        rx.el.h3(t("1. Download")),
        rx.el.p(
            t("Each row says what is wrong with it. Leave the last column as it is."), class_name="secondary"
        ),
        rx.el.div(
            rx.cond(DRAFT.to_mend > 0, some),
            _table("all-rows.xlsx", t("All rows (XLSX)"), DRAFT.total),
            class_name="draft-files-links",
        ),
        table_dialog(subject=t("Draft {number}", number=DRAFT.number), action="/orders/" + DRAFT.number),
    )


def _table(name: str, label: Text, rows: rx.Var) -> rx.Component:
    """Of many persons only with a second factor."""
    asked = action(label, icon="download", small=True, on_click=TakingState.ask(name))
    return rx.cond(rows > MANY, asked, _link(name, label))


def _link(name: str, label: Text) -> rx.Component:
    href = "/orders/" + DRAFT.number + "/" + name
    return rx.button(
        native_link(glyph("download"), rx.el.span(label), href=href, download=True),
        as_child=True,
        size="1",
        variant="soft",
        color_scheme="gray",
        class_name="action action-secondary",
    )


def _back() -> rx.Component:
    return rx.el.section(
        rx.el.h3(t("2. Send back")),
        sending_form(
            hidden("draft", DRAFT.number),
            field(
                t("Mended file"),
                file_input("mended", accept=SHEETS, name="spreadsheet", required=True),
                control_id="mended",
                hint=t(
                    "Rows are recognised by the last column. Nothing is doubled, however often you send it."
                ),
            ),
            action(t("Take the mended rows in"), icon="file-input", type="submit", small=True),
            action="/imports/mended",
            most=MOST_SHEET,
            sent=t("The file has arrived. Looking at its rows…"),
            class_name="fields",
        ),
    )


def _photos() -> rx.Component:
    return rx.el.section(
        rx.el.h3(t("Photos for rows without one")),
        sending_form(
            hidden("draft", DRAFT.number),
            field(
                t("ZIP file of photos"),
                file_input("late-photos", accept=ARCHIVES, name="photos", required=True),
                control_id="late-photos",
                hint=t("Each named after the person’s number or name. Rows that have a photo keep it."),
            ),
            action(t("Send the photos"), icon="images", type="submit", small=True),
            action="/imports/photos",
            most=MOST_PHOTOS,
            sent=t("The photos have arrived. Looking for their rows…"),
            class_name="fields",
        ),
    )


def _notes() -> rx.Component:
    dropped = rx.cond(
        State.reading.dropped != "",
        rx.el.li(
            t(
                "Columns that the cards do not need, read past and not stored: {names}",
                names=State.reading.dropped,
            )
        ),
    )
    return rx.el.details(
        rx.el.summary(glyph("chevron-right", size=14), t("About the files")),
        rx.el.ul(dropped, rx.foreach(State.reading.notes, rx.el.li)),
        class_name="file-notes",
    )
