"""What the two pages of records of processing share: the record, its versions, and what has changed."""

from typing import Any

import reflex as rx

from nexus_portal.components import blocks, table, times
from nexus_portal.components.actions import action
from nexus_portal.components.i18n import plural, t
from nexus_portal.components.native import native_link
from nexus_portal.components.table import Column
from nexus_portal.components.vars import Code, as_text
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.page import holds
from nexus_portal.state.records import RecordsState as State


def record_actions(path: str, manages: Permission) -> list[rx.Component]:
    """The record as files, and keeping it."""
    return [
        action(t("PDF"), icon="file-down", href=f"{path}/now.pdf", download=True),
        action(t("JSON"), icon="file-json", href=f"{path}/now.json", download=True),
        rx.cond(
            holds(manages) & State.loaded,
            action(t("Keep this version"), icon="archive", kind="primary", on_click=State.keep),
        ),
    ]


def record_body(path: str) -> rx.Component:
    """What has changed, the record section by section, and the versions."""
    return rx.cond(
        State.loaded,
        rx.el.div(
            rx.el.p(State.generated, class_name="secondary"),
            _changes(),
            rx.foreach(State.sections, _section),
            _versions(path),
            class_name="column",
        ),
        blocks.skeleton_rows(),
    )


def _section(section: Any) -> rx.Component:
    return blocks.panel(
        section.title,
        rx.el.dl(
            rx.foreach(
                section.lines,
                lambda line: rx.el.div(rx.el.dt(line.name), rx.el.dd(line.text)),
            ),
            class_name="definitions record-lines",
        ),
    )


def _changes() -> rx.Component:
    none = blocks.callout(
        rx.el.p(t("Nothing has changed since version {version} was kept.", version=_newest())), tone="success"
    )
    some = blocks.callout(
        rx.el.p(
            plural(
                "{n} line has changed since version {version} was kept:",
                "{n} lines have changed since version {version} was kept:",
                State.changes.length(),
                version=_newest(),
            )
        ),
        rx.el.ul(rx.foreach(State.changes, _change), class_name="record-changes"),
        tone="warning",
    )
    never = blocks.callout(
        rx.el.p(
            t("No version has been kept yet. Keep one, and from then on this page says what has changed.")
        )
    )
    changed = rx.cond(State.changes.length() > 0, some, none)
    return rx.cond(State.versions.length() > 0, changed, never)


def _newest() -> Any:
    return State.versions[0].version


def _change(change: Any) -> rx.Component:
    return rx.el.li(
        rx.el.b(change.name),
        ": ",
        rx.cond(
            change.before == "",
            t("new: {text}", text=change.after),
            rx.cond(
                change.after == "",
                t("gone; it was: {text}", text=change.before),
                t("{before} → {after}", before=change.before, after=change.after),
            ),
        ),
    )


def _versions(path: str) -> rx.Component:
    return blocks.panel(
        t("Versions that were kept"),
        table.data_table(
            [
                Column(t("Version"), lambda row: row.version, main=True),
                Column(t("Kept"), lambda row: times.moment(row.kept_at)),
                Column(t("By"), lambda row: rx.cond(row.kept_by != "", row.kept_by, "—")),
                Column(t("Digest"), lambda row: rx.el.code(row.digest[:16]), quiet=True),
                Column(t("Download"), lambda row: _files(path, row.version)),
            ],
            State.versions,
            label=t("Versions that were kept"),
            key=lambda row: row.version,
            empty=blocks.empty_state(
                "archive", t("No version yet"), t("What you keep stays here as it was, with its day.")
            ),
        ),
    )


def _files(path: str, version: Code) -> rx.Component:
    def link(form: str) -> rx.Component:
        return native_link(
            form,
            href=f"{path}/" + as_text(version) + "." + form.lower(),
            class_name="text-link",
            aria_label=t("Version {version} as {form}", version=as_text(version), form=form),
        )

    return rx.el.span(link("PDF"), " · ", link("JSON"))
