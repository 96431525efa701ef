"""`/team`: who is in the account, who is invited, and what they may do."""

import reflex as rx

from nexus_portal.components import blocks, header, table, times
from nexus_portal.components.actions import action, menu_item, more_menu
from nexus_portal.components.i18n import t
from nexus_portal.components.icons import glyph
from nexus_portal.components.statuses import role_text
from nexus_portal.components.table import Column
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.page import holds, portal_page
from nexus_portal.pages.team_dialogs import dialogs
from nexus_portal.state.team import TeamState as State

MANAGES = holds(Permission.TEAM_MANAGE)


@portal_page("/team", title=t("Team"), needs=Permission.TEAM_READ, on_load=State.load)
def team() -> rx.Component:
    """People, then open invitations."""
    invite = action(t("Invite a person"), icon="user-plus", kind="primary", on_click=State.ask("invite", ""))
    many = action(t("Invite several"), icon="users", on_click=State.ask("many", ""))
    return rx.fragment(
        header.page_header(
            t("Team"),
            live=State.loaded,
            actions=[
                rx.cond(MANAGES & State.loaded, invite),
                rx.cond(MANAGES & State.loaded, many),
                action(t("Roles"), icon="table-2", href="/team/roles"),
                action(t("Access review"), icon="clipboard-check", href="/team/review"),
            ],
            lead=t(
                "Who may order, approve and look after personal data. Everybody signs in with two factors."
            ),
        ),
        _members(),
        rx.cond(
            State.invitations.length() > 0,
            rx.fragment(rx.el.h2(t("Open invitations"), class_name="section-title"), _invitations()),
        ),
        dialogs(),
    )


def _members() -> rx.Component:
    return table.data_table(
        [
            Column(t("Name"), _name, main=True),
            Column(t("Mail address"), lambda row: row.email, quiet=True),
            Column(t("Role"), lambda row: role_text(row.role_shown)),
            Column(t("Status"), _status),
            Column(t("Last sign-in"), _last_sign_in, quiet=True),
            Column(t("Actions"), _actions, hidden_title=True),
        ],
        State.members,
        label=t("People of the account"),
        key=lambda row: row.id,
        loading=~State.loaded,
    )


def _name(row: rx.Var) -> rx.Component:
    return rx.el.span(row.name, rx.cond(row.is_self, rx.el.span(" ", t("(you)"), class_name="secondary")))


def _last_sign_in(row: rx.Var) -> rx.Component:
    return rx.cond(row.last_sign_in_at != "", times.when(row.last_sign_in_at), rx.el.span(t("Never")))


def _status(row: rx.Var) -> rx.Component:
    keys = rx.cond(
        row.passkeys > 0,
        rx.el.span(" ", t("Passkeys: {count}", count=row.passkeys), class_name="secondary"),
    )
    ready = rx.fragment(_badge("shield-check", t("Two factors on"), "green"), keys)
    waiting = _badge("hourglass", t("Not activated yet"), "amber")
    return rx.cond(row.active, rx.cond(row.enrolled, ready, waiting), _badge("ban", t("Deactivated"), "gray"))


def _badge(icon: str, text: rx.Var, colour: str) -> rx.Component:
    return rx.badge(glyph(icon, size=12), text, color_scheme=colour, variant="soft", class_name="badge")


def _actions(row: rx.Var) -> rx.Component:
    active = rx.fragment(
        menu_item(t("Change the role"), icon="user-cog", on_click=State.ask("role", row.id)),
        rx.cond(
            row.enrolled & ~row.is_self,
            menu_item(t("Reset the second factor"), icon="smartphone", on_click=State.ask("reset", row.id)),
        ),
        menu_item(t("Deactivate"), icon="ban", danger=True, on_click=State.ask("deactivate", row.id)),
    )
    inactive = menu_item(t("Reactivate"), icon="undo-2", on_click=State.ask("reactivate", row.id))
    menu = more_menu(rx.cond(row.active, active, inactive), label=t("Actions for {name}", name=row.name))
    return rx.cond(MANAGES, menu)


def _invitations() -> rx.Component:
    return table.data_table(
        [
            Column(t("Name"), lambda row: row.name, main=True),
            Column(t("Mail address"), lambda row: row.email, quiet=True),
            Column(t("Role"), lambda row: role_text(row.role_shown)),
            Column(t("Works until"), lambda row: times.moment(row.expires_at), quiet=True),
            Column(t("Actions"), _invitation_actions, hidden_title=True),
        ],
        State.invitations,
        label=t("Open invitations"),
        key=lambda row: row.id,
        empty=blocks.empty_state("mail", t("No open invitations"), t("Everybody who was invited is in.")),
    )


def _invitation_actions(row: rx.Var) -> rx.Component:
    show = menu_item(t("Show the link"), icon="link", on_click=State.show_link(row.id))
    withdraw = menu_item(t("Withdraw"), icon="mail-x", danger=True, on_click=State.withdraw(row.id))
    again = menu_item(t("Send a new link"), icon="refresh-cw", on_click=State.ask("resend", row.id))
    menu = more_menu(
        rx.cond(row.has_link, show),
        again,
        withdraw,
        label=t("Actions for the invitation of {name}", name=row.name),
    )
    return rx.cond(MANAGES, menu)
