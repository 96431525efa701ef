"""`/team/review`: who may do what, since when and by whom; confirmed now and then, and kept."""

from functools import partial
from typing import Any

import reflex as rx

from nexus_portal.components import blocks, header, table, times
from nexus_portal.components.actions import action
from nexus_portal.components.dialogs import confirm_dialog
from nexus_portal.components.forms import hidden, post_form
from nexus_portal.components.i18n import t
from nexus_portal.components.native import native_link
from nexus_portal.components.statuses import permission_text, role_text
from nexus_portal.components.table import Column
from nexus_portal.components.vars import as_text
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.page import holds, portal_page
from nexus_portal.state.shell import ShellState
from nexus_portal.state.team_review import TeamReviewState as State


@portal_page("/team/review", title=t("Access review"), needs=Permission.TEAM_READ, on_load=State.load)
def team_review() -> rx.Component:
    """The people with what they may do, then the earlier confirmations."""
    now = State.opened == ""
    confirm = action(t("Confirm the review"), icon="clipboard-check", kind="primary", on_click=State.ask)
    csv = rx.cond(now, "/team/review.csv", "/team/review/" + as_text(State.opened) + ".csv")
    return rx.fragment(
        header.page_header(
            t("Access review"),
            actions=[
                rx.cond(holds(Permission.TEAM_MANAGE) & State.loaded & now, confirm),
                action(t("Print"), icon="printer", custom_attrs={"data-print": ""}),
                action(t("Download as CSV"), icon="download", href=csv, download=True),
            ],
            breadcrumbs=[(t("Team"), "/team")],
            lead=t("Read who may do what. What is no longer right you change under Team, then confirm here."),
        ),
        rx.cond(~now, _which()),
        rx.cond(State.due, _due()),
        _people(),
        rx.el.h2(t("Earlier confirmations"), class_name="section-title"),
        _earlier(),
        _dialog(),
    )


def _which() -> rx.Component:
    said = t(
        "Confirmed by {name}, {when}. It is shown as it was then.",
        name=State.opened_by,
        when=times.moment_text(State.opened_at),
    )
    return blocks.callout(rx.el.p(said), native_link(t("Show how things stand now"), href="/team/review"))


def _due() -> rx.Component:
    return blocks.callout(
        rx.el.p(t("This review is due: nobody has confirmed it within a year. Read it, then confirm it."))
    )


def _people() -> rx.Component:
    return table.data_table(
        [
            Column(t("Name"), lambda row: row.name, main=True),
            Column(t("Mail address"), lambda row: row.email, quiet=True),
            Column(t("Role"), lambda row: role_text(row.role)),
            Column(t("May do"), _may, quiet=True),
            Column(t("Since"), lambda row: times.day(row.since), quiet=True),
            Column(
                t("Granted by"), lambda row: rx.cond(row.granted_by != "", row.granted_by, "—"), quiet=True
            ),
            Column(t("Last used"), _last_used, quiet=True),
            Column(t("Second factor"), _factor),
        ],
        State.rows,
        label=t("Who may do what"),
        key=lambda row: row.email,
        loading=~State.loaded,
    )


def _may(row: Any) -> rx.Component:
    listed = rx.el.ul(
        rx.foreach(row.permissions, lambda permission: rx.el.li(permission_text(permission))),
        class_name="plain-list",
    )
    return rx.cond(row.active, listed, rx.el.span(t("Deactivated")))


def _last_used(row: Any) -> rx.Component:
    return rx.cond(row.last_used != "", times.day(row.last_used), rx.el.span(t("Never")))


def _factor(row: Any) -> rx.Component:
    keys = rx.cond(row.passkeys > 0, rx.el.span(" · ", t("Passkeys: {count}", count=row.passkeys)))
    return rx.el.span(rx.cond(row.authenticator, t("Authenticator"), t("Not yet")), keys)


def _earlier() -> rx.Component:
    return table.data_table(
        [
            Column(t("Confirmed"), _link, main=True),
            Column(t("By"), lambda row: row.confirmed_by),
            Column(t("People"), lambda row: row.people, numeric=True),
            Column(t("Fingerprint"), lambda row: rx.el.code(row.digest), quiet=True),
        ],
        State.confirmations,
        label=t("Earlier confirmations"),
        key=lambda row: row.id,
        empty=blocks.empty_state(
            "clipboard-check", t("Not confirmed yet"), t("What you confirm is kept here as it was shown.")
        ),
    )


def _link(row: Any) -> rx.Component:
    return native_link(times.moment(row.confirmed_at), href="/team/review?confirmed=" + row.id)


def _dialog() -> rx.Component:
    return confirm_dialog(
        hidden("digest", State.digest),
        title=t("Confirm the review"),
        consequence=t("You confirm that these people should have this access. It is kept as it is shown."),
        open=State.asking,
        on_close=State.close,
        form=partial(post_form, action="/team/review/confirm", csrf=ShellState.csrf),
        error=State.code_error,
        danger=False,
        icon="clipboard-check",
    )
