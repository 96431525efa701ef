"""`/bureau/layouts`: what customers' cards look like and which fields they ask for."""

import reflex as rx

from nexus_portal.components import blocks, header, table, times
from nexus_portal.components.i18n import number, t
from nexus_portal.components.icons import glyph
from nexus_portal.components.table import Column
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.page import portal_page
from nexus_portal.state.bureau_layouts import LayoutsState as State


@portal_page("/bureau/layouts", title=t("Layouts"), needs=Permission.LAYOUTS_MANAGE, on_load=State.load)
def bureau_layouts() -> rx.Component:
    """Every version, by customer."""
    return rx.fragment(
        header.page_header(
            t("Layouts"),
            lead=t("What customers’ cards look like, and what is asked of each holder."),
            live=State.loaded,
        ),
        table.data_table(
            [
                Column(t("Layout"), lambda row: row.name, main=True),
                Column(t("Customer"), lambda row: row.account),
                Column(t("Version"), lambda row: number(row.version), numeric=True),
                Column(t("Status"), lambda row: layout_badge(row.state)),
                Column(t("Article"), lambda row: row.article, quiet=True),
                Column(t("Fields"), lambda row: number(row.fields), numeric=True),
                Column(t("Begun"), lambda row: times.when(row.created_at), quiet=True),
            ],
            State.rows,
            label=t("Layouts"),
            key=lambda row: row.id,
            href=lambda row: "/bureau/layouts/" + row.id.to(str),
            loading=~State.loaded,
            empty=blocks.empty_state(
                "layout-template", t("No layout yet"), t("Layouts of new customers show here.")
            ),
        ),
    )


def layout_badge(state: rx.Var) -> rx.Component:
    """Draft, offered or withdrawn."""
    return rx.match(
        state,
        ("offered", _badge("circle-check", t("Offered"), "green")),
        ("draft", _badge("pencil", t("Draft"), "indigo")),
        _badge("archive", t("Withdrawn"), "gray"),
    )


def _badge(icon: str, text: rx.Var, colour: str) -> rx.Component:
    return rx.badge(glyph(icon, size=12), text, color_scheme=colour, variant="soft", class_name="badge")
