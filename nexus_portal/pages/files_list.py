"""The files of the file drop on `/files`: sending, what became of each, deleting several at once."""

from functools import partial
from typing import Any

import reflex as rx

from nexus_portal.components import blocks, dialogs, filters, header, table, times
from nexus_portal.components.actions import action, icon_action
from nexus_portal.components.files import address
from nexus_portal.components.forms import file_input, hidden, post_form, upload_form
from nexus_portal.components.i18n import number, plural, say, t
from nexus_portal.components.icons import glyph
from nexus_portal.components.native import page_link
from nexus_portal.components.statuses import Look, badges
from nexus_portal.components.table import Column
from nexus_portal.components.vars import pick
from nexus_portal.domain.file_drops import FileState
from nexus_portal.domain.file_words import FOLDERS, STATES
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.page import holds
from nexus_portal.state.file_list import REMOVE, REMOVED
from nexus_portal.state.file_list import FileListState as State
from nexus_portal.state.shell import ShellState

LOOKS: dict[FileState, Look] = {
    FileState.RECEIVING: ("loader", "gray"),
    FileState.RECEIVED: ("inbox", "indigo"),
    FileState.IMPORTED: ("file-input", "cyan"),
    FileState.PROCESSED: ("circle-check", "green"),
    FileState.REFUSED: ("x", "red"),
    FileState.DELETED: ("shield-check", "gray"),
    FileState.EXPIRED: ("shield-check", "gray"),
}
USES = holds(Permission.FILES_USE)


def files_section() -> rx.Component:
    """What lies in the file drop, and what can be done with it."""
    return rx.fragment(
        rx.el.script(src=address("dropping.js"), async_=True),
        rx.cond(USES, _sending()),
        _toolbar(),
        _files(),
        filters.pager(
            showing=plural("{n} file on this page", "{n} files on this page", State.rows.length()),
            has_newer=State.newer != "",
            has_older=State.older != "",
            on_newer=State.turn("newer"),
            on_older=State.turn("older"),
        ),
        rx.cond(USES, rx.fragment(_remove_dialog(), _removed_dialog())),
    )


def _sending() -> rx.Component:
    words = {
        "data-dropping": "",
        "data-sending": t("Sending"),
        "data-arrived": t("All files have arrived."),
        "data-lost": t("The connection was lost. Send the file again."),
    }
    return upload_form(
        rx.el.label(t("Send files to the inbox"), html_for="dropped", class_name="unseen"),
        file_input("dropped", multiple=True, accept=".xlsx,.csv,.zip,.jpg,.jpeg,.png"),
        rx.el.p(
            t("A spreadsheet with its photos, or one ZIP file with both. It becomes an order by itself."),
            id="dropped-hint",
            class_name="field-hint",
        ),
        rx.el.div(
            rx.el.progress(
                max=100,
                aria_label=t("Sent"),
                class_name="progress upload-progress",
                custom_attrs={"data-bar": ""},
            ),
            rx.el.p(role="status", class_name="secondary", custom_attrs={"data-status": ""}),
            rx.el.p(
                role="alert",
                id="dropped-error",
                class_name="field-error",
                custom_attrs={"data-refusal": ""},
            ),
            class_name="upload-state",
        ),
        action="/files/send",
        csrf=ShellState.csrf,
        class_name="dropping",
        custom_attrs=words,
    )


def _toolbar() -> rx.Component:
    return rx.fragment(
        header.toolbar(
            filters.filter_select(
                t("Folder"),
                State.wanted_folder,
                lambda chosen: State.narrow("folder", chosen),
                [(folder.value, say(word)) for folder, word in FOLDERS.items()],
            ),
            filters.filter_select(
                t("State"),
                State.wanted_state,
                lambda chosen: State.narrow("state", chosen),
                [(state.value, say(word)) for state, word in STATES.items()],
                any_label=t("All that are there"),
            ),
            end=[
                rx.el.span(
                    plural("{n} file", "{n} files", State.files), ", ", State.size, class_name="secondary"
                )
            ],
        ),
        rx.cond(USES & (State.files > 0), _chosen()),
    )


def _chosen() -> rx.Component:
    """How many files are chosen, and what can be done with them."""
    count = State.chosen.length()
    return rx.el.div(
        action(t("Choose what is processed"), small=True, kind="quiet", on_click=State.choose_used),
        rx.cond(
            count > 0,
            rx.fragment(
                rx.el.span(
                    plural("{n} file chosen", "{n} files chosen", count),
                    role="status",
                    class_name="secondary",
                ),
                action(t("Choose none"), small=True, kind="quiet", on_click=State.choose_none),
                action(t("Delete…"), icon="trash-2", small=True, kind="danger", on_click=State.ask(REMOVE)),
            ),
        ),
        class_name="toolbar",
    )


def _files() -> rx.Component:
    return table.data_table(
        [
            Column(t("Choose"), _choose, hidden_title=True, shown=USES),
            Column(t("File"), _named, main=True),
            Column(t("State"), _state),
            Column(t("Order"), _order),
            Column(t("Received"), _received, quiet=True),
            Column(t("Size"), _size, numeric=True, quiet=True),
            Column(t("Goes by itself"), _goes, quiet=True),
            Column(t("Download"), _download, hidden_title=True, shown=USES),
        ],
        State.rows,
        label=t("Files"),
        key=lambda row: row.id,
        glow=lambda row: State.glow[row.id],
        loading=~State.loaded,
        empty=rx.cond(
            (State.wanted_folder != "") | (State.wanted_state != ""),
            blocks.empty_state("filter", t("No file fits"), t("Choose another folder or state.")),
            blocks.empty_state(
                "folder-open",
                t("No files yet"),
                t("What is sent to the inbox, here or by file transfer, shows up by itself."),
            ),
        ),
    )


def _choose(row: Any) -> rx.Component:
    return rx.cond(
        (row.state == FileState.DELETED.value) | (row.state == FileState.EXPIRED.value),
        "",
        rx.el.input(
            type="checkbox",
            checked=State.chosen.contains(row.id),
            on_change=lambda _: State.choose(row.id),
            aria_label=t("Choose file {code}", code=row.code),
            class_name="check",
        ),
    )


def _named(row: Any) -> rx.Component:
    return rx.el.div(
        rx.el.span(row.label, class_name="file-name"),
        rx.el.span(
            pick(row.folder, [(folder.value, say(word)) for folder, word in FOLDERS.items()], row.folder),
            rx.cond(row.label != row.code, rx.fragment(" · ", row.code)),
            class_name="secondary",
        ),
        class_name="status-cell",
    )


def _state(row: Any) -> rx.Component:
    reading = t("{n} of {total} rows", n=number(row.read), total=number(row.rows))
    return rx.el.div(
        rx.el.span(badges(row.state, LOOKS, STATES)),
        rx.cond(
            row.said != "",
            rx.el.span(row.said, class_name="secondary file-said"),
            rx.cond(
                row.state == FileState.IMPORTED.value,
                rx.el.span(reading, class_name="secondary"),
                rx.cond(
                    (row.state == FileState.PROCESSED.value) & (row.folder != "results"),
                    rx.el.span(t("Safe to delete"), class_name="secondary"),
                ),
            ),
        ),
        class_name="status-cell",
    )


def _order(row: Any) -> rx.Component:
    link = page_link(row.order, to="/orders/" + row.order, class_name="text-link")
    rows = rx.el.span(plural("{n} row", "{n} rows", row.rows), class_name="secondary")
    return rx.cond(
        row.order != "", rx.el.div(link, rx.cond(row.rows > 0, rows), class_name="status-cell"), "—"
    )


def _received(row: Any) -> rx.Component:
    return rx.el.div(
        times.when(row.received_at),
        rx.el.span(rx.cond(row.by != "", row.by, t("The portal")), class_name="secondary"),
        class_name="status-cell",
    )


def _size(row: Any) -> rx.Component:
    digest = rx.el.code(
        row.checksum[:8], title=t("SHA-256: {digest}", digest=row.checksum), class_name="digest"
    )
    return rx.el.div(
        rx.el.span(row.size), rx.cond(row.checksum != "", digest), class_name="status-cell file-size"
    )


def _goes(row: Any) -> rx.Component:
    return rx.cond(row.goes_on != "", times.day(row.goes_on), "—")


def _download(row: Any) -> rx.Component:
    return rx.cond(
        row.takeable,
        icon_action(
            t("Download file {code}", code=row.code),
            "download",
            href="/files/" + row.id + "/content",
            download=True,
        ),
        rx.fragment(),
    )


def _remove_dialog() -> rx.Component:
    return dialogs.confirm_dialog(
        hidden("files", State.chosen.join(" ")),
        rx.cond(State.error != "", rx.el.div(blocks.callout(State.error, tone="danger"), role="alert")),
        title=t("Delete files"),
        subject=plural("{n} file chosen", "{n} files chosen", State.chosen.length()),
        consequence=plural(
            "{n} file is destroyed with everybody in it, in every copy we hold. This cannot be undone.",
            "{n} files are destroyed with everybody in them, in every copy we hold. This cannot be undone.",
            State.chosen.length(),
        ),
        goes=t("name, content and checksum of the file"),
        stays=t("the order that was made of it, with its persons"),
        gets=t("a signed certificate"),
        icon="trash-2",
        open=State.dialog == REMOVE,
        on_close=State.closed,
        form=partial(post_form, action="/files/remove", csrf=ShellState.csrf),
        error=State.code_error,
    )


def _removed_dialog() -> rx.Component:
    def link(form: str) -> rx.Component:
        href = "/certificates/" + State.erasure + "." + form.lower()
        return action(
            t("Certificate as {form}", form=form), href=href, icon="file-check", download=True, small=True
        )

    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(t("Files were deleted"), as_="h2", class_name="dialog-title"),
            rx.dialog.description(State.said, class_name="secondary"),
            rx.el.p(
                glyph("shield-check", size=15, tone="green"),
                t("Their keys are destroyed: no copy of them can be read any more."),
                class_name="lifeline",
            ),
            rx.el.div(link("PDF"), link("JSON"), class_name="panel-buttons"),
            rx.el.div(rx.dialog.close(action(t("Close"))), class_name="dialog-buttons"),
            class_name="dialog",
        ),
        open=State.dialog == REMOVED,
        on_open_change=State.closed,
    )
