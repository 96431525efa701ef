"""`/privacy/holds`: what must not be erased, why, and who lifts it."""

from functools import partial
from typing import Any

import reflex as rx

from nexus_portal.components import blocks, header, table, times
from nexus_portal.components.actions import action
from nexus_portal.components.dialogs import confirm_dialog
from nexus_portal.components.forms import field, option_list, post_form, text_area, text_input
from nexus_portal.components.i18n import Text, t
from nexus_portal.components.icons import glyph
from nexus_portal.components.native import page_link
from nexus_portal.components.table import Column
from nexus_portal.components.vars import Code, as_text
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.page import holds, portal_page
from nexus_portal.pages.privacy_parts import privacy_tabs
from nexus_portal.state.holds import LIFTED, OPEN
from nexus_portal.state.holds import HoldsState as State
from nexus_portal.state.shell import ShellState

PAGE = "/privacy/holds"


@portal_page(PAGE, title=t("Holds"), needs=Permission.PRIVACY_READ, on_load=State.load)
def privacy_holds() -> rx.Component:
    """The open ones, overdue reviews first, or the lifted ones."""
    place = action(t("Place a hold"), icon="lock", kind="primary", on_click=State.ask("place", ""))
    return rx.fragment(
        header.page_header(
            t("Holds"),
            live=State.loaded,
            actions=[rx.cond(holds(Permission.PRIVACY_MANAGE), place)],
            lead=t(
                "A hold stops every removal of a person, an order or the whole account, by hand and by "
                "retention. One person places it, two lift it."
            ),
        ),
        privacy_tabs(PAGE),
        _filter(),
        _nobody_else(),
        _list(),
        rx.cond(holds(Permission.PRIVACY_MANAGE), _dialogs()),
    )


def _filter() -> rx.Component:
    def choice(value: str, label: Text) -> rx.Component:
        chosen = State.showing == value
        return action(
            label,
            small=True,
            kind="quiet",
            on_click=State.show(value),
            aria_pressed=rx.cond(chosen, "true", "false"),
        )

    return rx.el.div(
        choice(OPEN, t("Open")),
        choice(LIFTED, t("Lifted")),
        role="group",
        aria_label=t("Which holds"),
        class_name="toolbar",
    )


def _nobody_else() -> rx.Component:
    return rx.cond(
        State.loaded & holds(Permission.PRIVACY_MANAGE) & (State.second == ""),
        blocks.callout(
            rx.el.p(
                t(
                    "Nobody else can confirm the lifting of a hold. Your account admin gives a second person "
                    "the role of privacy officer."
                ),
                " ",
                page_link(t("Team"), to="/team", class_name="text-link"),
            ),
            tone="warning",
        ),
    )


def _list() -> rx.Component:
    return table.data_table(
        [
            Column(t("On"), _on, main=True),
            Column(t("Reason"), lambda row: row.reason),
            Column(t("Owner"), lambda row: row.owner, quiet=True),
            Column(t("Placed"), _placed, quiet=True),
            Column(t("Review"), _review),
            Column(t("Lifting"), _lifting, quiet=True),
            Column(t("Actions"), _acts, hidden_title=True),
        ],
        State.rows,
        label=t("Holds"),
        key=lambda row: row.id,
        loading=~State.loaded,
        empty=blocks.empty_state(
            "lock-open",
            t("No holds"),
            t("Nothing stops what your retention policy or a person decides to erase."),
        ),
    )


def _on(row: Any) -> rx.Component:
    return rx.cond(
        row.on == "",
        t("The whole account"),
        page_link(row.on, to="/orders/" + row.order, class_name="text-link"),
    )


def _placed(row: Any) -> rx.Component:
    return rx.el.div(times.when(row.placed_at), rx.el.span(row.placed_by), class_name="status-cell")


def _review(row: Any) -> rx.Component:
    overdue = rx.el.span(glyph("triangle-alert", size=13, tone="amber"), t("Overdue"), class_name="lifeline")
    return rx.el.div(times.day(row.review_on), rx.cond(row.overdue, overdue), class_name="status-cell")


def _lifting(row: Any) -> rx.Component:
    return rx.cond(
        row.lifted_at != "",
        rx.el.div(times.when(row.lifted_at), rx.el.span(row.lifted_by), class_name="status-cell"),
        rx.cond(
            row.asked_by != "",
            rx.el.div(
                rx.el.span(t("Asked for by {name}", name=row.asked_by)),
                rx.el.q(row.asked_why),
                class_name="status-cell",
            ),
            "—",
        ),
    )


def _acts(row: Any) -> rx.Component:
    lift = rx.cond(
        row.asked_by == "",
        action(t("Lift…"), small=True, on_click=State.ask("ask", row.id)),
        rx.cond(
            row.asked_by_me,
            rx.el.span(t("Somebody else confirms it."), class_name="secondary"),
            action(t("Confirm…"), small=True, on_click=State.ask("confirm", row.id)),
        ),
    )
    keep = rx.cond(
        row.overdue | (row.asked_by != ""),
        action(t("Keep it"), small=True, on_click=State.keep(row.id)),
    )
    return rx.cond(
        (row.lifted_at == "") & holds(Permission.PRIVACY_MANAGE),
        rx.el.div(lift, keep, class_name="panel-buttons"),
    )


def _dialogs() -> rx.Component:
    path = f"{PAGE}/" + as_text(State.hold)
    why = text_area("lift-reason", name="reason", default_value=State.reason, required=True, max_length=400)
    return rx.fragment(
        _dialog(
            *_place_fields(),
            name="place",
            title=t("Place a hold"),
            subject=t("It stops every removal until two people lift it"),
            consequence=t(
                "Nothing that it is on is erased, neither by hand nor by retention, even where it is due. "
                "What was decided before it goes on. Reason, owner and day of review are shown wherever it "
                "stops something."
            ),
            post=f"{PAGE}/place",
            icon="lock",
        ),
        _dialog(
            field(t("Reason"), why, control_id="lift-reason", hint=t("Write why. Name no persons.")),
            name="ask",
            title=t("Ask to lift the hold"),
            subject=State.about,
            consequence=t("Nothing changes yet: somebody else has to confirm it."),
            post=path + "/ask",
            icon="lock-open",
        ),
        _dialog(
            rx.el.p(t("Asked for because: {reason}", reason=State.asked_why)),
            name="confirm",
            title=t("Lift the hold"),
            subject=State.about,
            consequence=t(
                "What is due or has an appointment is erased soon after. That cannot be undone; the hold can "
                "be placed again only on what is still there."
            ),
            post=path + "/confirm",
            icon="lock-open",
        ),
    )


def _place_fields() -> tuple[rx.Component, ...]:
    return (
        field(
            t("On"),
            text_input("hold-on", name="on", default_value=State.on, max_length=40, auto_complete="off"),
            control_id="hold-on",
            hint=t("An order’s number or a card’s code, such as 2026-00417-3. Empty: the whole account."),
        ),
        field(
            t("Reason"),
            text_area(
                "hold-reason", name="reason", default_value=State.reason, required=True, max_length=400
            ),
            control_id="hold-reason",
            hint=t("Write why. Name no persons."),
        ),
        field(
            t("Owner"),
            rx.el.select(
                *option_list(State.owners),
                id="hold-owner",
                name="owner",
                default_value=State.owner,
                class_name="input",
                aria_describedby="hold-owner-hint",
            ),
            control_id="hold-owner",
            hint=t("Who knows whether it is still needed."),
        ),
        field(
            t("Review on"),
            text_input("hold-review", name="review_on", type="date", default_value=State.review_on),
            control_id="hold-review",
        ),
    )


def _dialog(*extra: rx.Component, name: str, post: Code, **words: Any) -> rx.Component:
    return confirm_dialog(
        rx.cond(State.error != "", rx.el.div(blocks.callout(State.error, tone="danger"), role="alert")),
        *extra,
        open=State.dialog == name,
        on_close=State.closed,
        form=partial(post_form, action=post, csrf=ShellState.csrf),
        error=State.code_error,
        danger=False,
        **words,
    )
