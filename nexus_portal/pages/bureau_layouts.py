"""`/bureau/layouts`: what customers' cards look like and which fields they ask for."""

from functools import partial

import reflex as rx

from nexus_portal.components import blocks, dialogs, header, table, times
from nexus_portal.components.actions import action
from nexus_portal.components.forms import event_form, field, select_input, text_input
from nexus_portal.components.i18n import number, t
from nexus_portal.components.icons import glyph
from nexus_portal.components.table import Column
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.page import portal_page
from nexus_portal.state.bureau_layouts import LayoutsState as State

BLUE = "#3e63dd"


@portal_page("/bureau/layouts", title=t("Layouts"), needs=Permission.LAYOUTS_MANAGE, on_load=State.load)
def bureau_layouts() -> rx.Component:
    """Every version, by customer."""
    return rx.fragment(
        header.page_header(
            t("Layouts"),
            lead=t("What customers’ cards look like, and what is asked of each holder."),
            live=State.loaded,
            actions=[action(t("New layout"), icon="plus", kind="primary", on_click=State.ask)],
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
        _begin_dialog(),
    )


def _begin_dialog() -> rx.Component:
    bar = rx.el.input(type="color", id="colour", name="colour", default_value=BLUE, class_name="input colour")
    return dialogs.confirm_dialog(
        field(t("Customer"), select_input("account", State.accounts, required=True), control_id="account"),
        field(t("Article"), select_input("article", State.articles, required=True), control_id="article"),
        field(
            t("Name"),
            text_input("layout-name", name="name", required=True, max_length=120, auto_complete="off"),
            control_id="layout-name",
            hint=t("What the customer chooses it by, such as “Staff” or “Visitors”."),
        ),
        field(t("Colour"), bar, control_id="colour"),
        title=t("Begin the layout"),
        consequence=t("A draft without fields, in the plain design. Nobody can order in it yet."),
        open=State.asking,
        on_close=State.closed,
        form=partial(event_form, on_submit=State.begin),
        ask_code=False,
        danger=False,
        icon="layout-template",
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
