"""`/team/roles`: which role may do what, at a glance; roles of one's own are put together here."""

from functools import partial
from typing import Any

import reflex as rx

from nexus_portal.components import blocks, header
from nexus_portal.components.actions import action, menu_item, more_menu
from nexus_portal.components.dialogs import confirm_dialog
from nexus_portal.components.forms import check_input, field, post_form, text_input
from nexus_portal.components.i18n import say, t
from nexus_portal.components.icons import glyph
from nexus_portal.components.statuses import permission_text, role_text
from nexus_portal.components.vars import Code, as_many, as_text, pick
from nexus_portal.domain.permissions import GRANTABLE, Permission
from nexus_portal.domain.words import PERMISSION
from nexus_portal.pages.page import holds, portal_page
from nexus_portal.state.shell import ShellState
from nexus_portal.state.team_roles import TeamRolesState as State

MANAGES = holds(Permission.TEAM_MANAGE)
GROUPS = (
    ("orders", t("Orders")),
    ("cards", t("Cards")),
    ("persons", t("Persons")),
    ("team", t("Team")),
    ("ordering", t("Ordering")),
    ("privacy", t("Privacy")),
    ("breaches", t("Breaches")),
    ("audit", t("Log")),
    ("agreements", t("Agreement")),
    ("files", t("Files")),
)
BUREAU_GROUPS = (
    ("desk", t("Order desk")),
    ("production", t("Production")),
    ("shipping", t("Shipping")),
    ("billing", t("Billing")),
    ("layouts", t("Articles and layouts")),
    ("customers", t("Customers")),
    ("staff", t("Bureau staff")),
    ("mail", t("Outbox")),
)
WORDS = (*GROUPS, *BUREAU_GROUPS)


@portal_page("/team/roles", title=t("Roles"), needs=Permission.TEAM_READ, on_load=State.load)
def team_roles() -> rx.Component:
    """The matrix, and the dialogs that change it."""
    create = action(t("Make a role"), icon="plus", kind="primary", on_click=State.ask("create", ""))
    return rx.fragment(
        header.page_header(
            t("Roles"),
            live=State.loaded,
            actions=[rx.cond(MANAGES & State.can_make, create)],
            breadcrumbs=[(t("Team"), "/team")],
            lead=t("What each role allows. A change of a role counts at once for everybody who has it."),
        ),
        rx.cond(State.loaded, _matrix(), blocks.skeleton_rows()),
        _dialogs(),
    )


def _matrix() -> rx.Component:
    heads = rx.foreach(State.roles, _head)
    table = rx.el.table(
        rx.el.thead(rx.el.tr(rx.el.th(t("May do"), scope="col"), heads)),
        rx.foreach(State.groups, _group),
        class_name="matrix",
        aria_label=t("Roles and what they allow"),
    )
    return rx.el.div(
        table,
        class_name="matrix-frame",
        role="region",
        tab_index=0,
        aria_label=t("Roles and what they allow"),
    )


def _head(role: Any) -> rx.Component:
    menu = more_menu(
        menu_item(t("Copy"), icon="copy", on_click=State.ask("create", role.id)),
        rx.cond(
            role.own,
            rx.fragment(
                menu_item(t("Change"), icon="pencil", on_click=State.ask("change", role.id)),
                menu_item(t("Remove"), icon="trash-2", danger=True, on_click=State.ask("remove", role.id)),
            ),
        ),
        label=t("Actions for {name}", name=role_text(role.shown)),
    )
    return rx.el.th(
        rx.el.div(
            rx.el.span(role_text(role.shown), class_name="matrix-name"),
            rx.el.span(t("People: {count}", count=role.people), class_name="secondary"),
            rx.cond(MANAGES & State.can_make, menu),
            class_name="matrix-head",
        ),
        scope="col",
        key=role.id,
    )


def _group(group: Any) -> rx.Component:
    # The empty cell, not a wide heading: the name then stays in sight while the table scrolls sideways.
    heading = rx.el.tr(
        rx.el.th(pick(group.key, WORDS, group.key), scope="rowgroup"),
        rx.el.td(col_span=State.roles.length()),
        class_name="matrix-group",
    )
    return rx.el.tbody(heading, rx.foreach(as_many(group.permissions), _line), key=group.key)


def _line(permission: Any) -> rx.Component:
    def cell(role: Any) -> rx.Component:
        yes = rx.fragment(glyph("check", size=16), rx.el.span(t("Yes"), class_name="unseen"))
        no = rx.fragment(
            rx.el.span("–", aria_hidden="true", class_name="secondary"),
            rx.el.span(t("No"), class_name="unseen"),
        )
        return rx.el.td(rx.cond(as_many(role.permissions).contains(permission), yes, no), key=role.id)

    name = rx.el.th(permission_text(permission), scope="row")
    return rx.el.tr(name, rx.foreach(State.roles, cell), key=permission)


def _dialogs() -> rx.Component:
    change = "/team/roles/" + as_text(State.role)
    return rx.fragment(
        _dialog(
            "create",
            *_fields("create"),
            title=t("Make a role"),
            consequence=t("Give it to people under Team. It allows what is ticked and nothing else."),
            post="/team/roles/new",
            danger=False,
            icon="plus",
        ),
        _dialog(
            "change",
            *_fields("change"),
            title=t("Change the role"),
            subject=State.name,
            consequence=t("It counts at once for everybody who has this role."),
            post=change,
            danger=False,
            icon="pencil",
        ),
        _dialog(
            "remove",
            title=t("Remove the role"),
            subject=State.name,
            consequence=t("Only a role that nobody has can be removed."),
            post=change + "/remove",
            icon="trash-2",
        ),
    )


def _fields(prefix: str) -> tuple[rx.Component, ...]:
    name = text_input(
        f"{prefix}-name",
        name="name",
        default_value=State.name,
        required=True,
        max_length=60,
        auto_complete="off",
    )
    groups = (
        rx.el.fieldset(
            rx.el.legend(title, class_name="field-label"),
            *(
                check_input(
                    f"{prefix}-{permission.name.lower()}",
                    say(PERMISSION[permission]),
                    name=permission.value,
                    default_checked=as_many(State.chosen).contains(permission.value),
                )
                for permission in GRANTABLE
                if permission.value.partition(":")[0] == key
            ),
            class_name="check-group",
        )
        for key, title in GROUPS
    )
    return (
        field(t("Name of the role"), name, control_id=f"{prefix}-name"),
        # Made anew when other boxes are to be ticked: a tab that loads again shows its old dialog first, and
        # browsers take the default of a box once.
        rx.el.div(*groups, class_name="check-groups", key=as_many(State.chosen).join(" ")),
    )


def _dialog(name: str, *extra: rx.Component, post: Code, **words: Any) -> rx.Component:
    return confirm_dialog(
        rx.cond(State.error != "", rx.el.div(blocks.callout(State.error, tone="danger"), role="alert")),
        *extra,
        open=State.dialog == name,
        on_close=State.close,
        form=partial(post_form, action=post, csrf=ShellState.csrf),
        error=State.code_error,
        **words,
    )
