"""`/privacy/protected` and `/bureau/protected`: protected identity, by alias, and who sees whose it is."""

from functools import partial
from typing import Any

import reflex as rx

from nexus_portal.components import blocks, header, statuses, table, times
from nexus_portal.components.actions import action
from nexus_portal.components.dialogs import confirm_dialog
from nexus_portal.components.forms import event_form, field, hidden, post_form, text_input
from nexus_portal.components.i18n import Text, t
from nexus_portal.components.native import page_link
from nexus_portal.components.statuses import stage_badge
from nexus_portal.components.table import Column
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.page import holds, portal_page
from nexus_portal.pages.privacy_parts import privacy_tabs
from nexus_portal.state.protection import ProtectionState as State
from nexus_portal.state.shell import ShellState

PAGE, BUREAU = "/privacy/protected", "/bureau/protected"
MANAGES = holds(Permission.PRIVACY_MANAGE)


@portal_page(PAGE, title=t("Protected identity"), needs=Permission.PRIVACY_READ, on_load=State.load)
def privacy_protected() -> rx.Component:
    """Who is protected, by alias; who sees them; what waits for a second person."""
    mark = action(
        t("Protect a person"), icon="shield-check", kind="primary", on_click=State.ask("mark", "", "")
    )
    return rx.fragment(
        header.page_header(
            t("Protected identity"),
            live=State.loaded,
            actions=[rx.cond(MANAGES, mark)],
            lead=t(
                "Persons with protected identity are called by an alias everywhere. Searches, counts and "
                "exports leave them out for everybody who is not named here."
            ),
        ),
        privacy_tabs(PAGE),
        rx.el.div(
            rx.cond(State.proposed.length() > 0, _waiting()),
            _cards(),
            _handlers("propose", t("Proposing takes effect once a second person confirms it.")),
            class_name="column",
        ),
        rx.cond(MANAGES, _dialogs()),
    )


@portal_page(BUREAU, title=t("Protected identity"), needs=Permission.STAFF_MANAGE, on_load=State.load_bureau)
def bureau_protected() -> rx.Component:
    """Who at the bureau sees the customers' protected persons."""
    return rx.fragment(
        header.page_header(
            t("Protected identity"),
            live=State.loaded,
            lead=t(
                "Cards of protected persons are printed by somebody who is named here, and by nobody else. "
                "To all others at the bureau the person is an alias."
            ),
        ),
        rx.cond(
            State.loaded & (State.named.length() == 0),
            blocks.callout(
                rx.el.p(t("Nobody is named: no batch with a protected person’s card can be printed.")),
                tone="warning",
            ),
        ),
        rx.el.div(
            _handlers("name", t("It counts from their next click. Each look is logged.")),
            class_name="column",
        ),
        _dialog(
            name="name",
            title=t("Let them see protected persons"),
            consequence=t(
                "They see name, number and photo of protected persons, and make their print files."
            ),
            post=f"{BUREAU}/name",
        ),
        _dialog(
            name="revoke",
            title=t("Let them see protected persons no more"),
            consequence=t("From their next click on the persons are an alias to them."),
            post=f"{BUREAU}/revoke",
        ),
    )


def _cards() -> rx.Component:
    return blocks.panel(
        t("Protected persons"),
        table.data_table(
            [
                Column(t("Alias"), lambda row: t("Protected person {alias}", alias=row.alias), main=True),
                Column(
                    t("Card"),
                    lambda row: page_link(row.code, to="/orders/" + row.order_number, class_name="text-link"),
                ),
                Column(t("Stage"), lambda row: stage_badge(stage=row.stage)),
                Column(t("Actions"), _acts, hidden_title=True),
            ],
            State.rows,
            label=t("Protected persons"),
            key=lambda row: row.item_id,
            loading=~State.loaded,
            empty=blocks.empty_state(
                "shield-check",
                t("Nobody is protected"),
                t("Mark a person here by the code of a card, among the people, or while ordering."),
            ),
        ),
    )


def _acts(row: Any) -> rx.Component:
    waits = rx.el.span(t("Taking it back was asked for by {name}", name=row.asked_by), class_name="secondary")
    decide = rx.cond(
        row.own,
        action(t("Withdraw"), small=True, on_click=State.refuse(row.proposal)),
        rx.fragment(
            action(t("Confirm…"), small=True, on_click=State.ask("confirm", row.proposal, row.code)),
            action(t("Refuse"), small=True, on_click=State.refuse(row.proposal)),
        ),
    )
    ask = action(t("Take it back…"), small=True, on_click=State.ask("unmark", row.item_id, row.code))
    return rx.el.div(
        rx.cond(row.proposal != "", rx.fragment(waits, rx.cond(MANAGES, decide)), rx.cond(MANAGES, ask)),
        class_name="panel-buttons",
    )


def _waiting() -> rx.Component:
    alone = rx.el.p(
        t("Nobody else here may confirm it yet. Make somebody privacy officer first:"),
        " ",
        page_link(t("Team"), to="/team"),
    )
    return blocks.panel(
        t("Waits for a second person"),
        rx.cond(State.second == 0, blocks.callout(alone, tone="warning")),
        rx.foreach(State.proposed, _proposal),
    )


def _proposal(row: Any) -> rx.Component:
    decide = rx.cond(
        row.own,
        action(t("Withdraw"), small=True, on_click=State.refuse(row.id)),
        rx.fragment(
            action(
                t("Confirm…"), small=True, kind="primary", on_click=State.ask("confirm", row.id, row.name)
            ),
            action(t("Refuse"), small=True, on_click=State.refuse(row.id)),
        ),
    )
    return rx.el.div(
        rx.el.p(
            t("{name} is to see protected persons.", name=row.name),
            " ",
            rx.el.span(
                t("Proposed by {name}.", name=row.proposed_by),
                " ",
                times.when(row.proposed_at),
                class_name="secondary",
            ),
        ),
        rx.cond(MANAGES, rx.el.div(decide, class_name="panel-buttons")),
    )


def _handlers(dialog: str, note: Text) -> rx.Component:
    may = MANAGES | holds(Permission.STAFF_MANAGE)
    return rx.fragment(
        blocks.panel(
            t("Who sees them"),
            _people(
                State.named,
                t("People who see protected persons"),
                lambda row: rx.cond(
                    may,
                    action(t("Not any more…"), small=True, on_click=State.ask("revoke", row.id, row.name)),
                ),
                blocks.empty_state(
                    "eye-off",
                    t("Nobody sees them"),
                    t("Name those who need it for their work, and no others."),
                ),
            ),
        ),
        rx.cond(
            may,
            blocks.panel(
                t("Who could be named"),
                rx.el.p(note, class_name="secondary"),
                _people(
                    State.others,
                    t("People who do not see protected persons"),
                    lambda row: action(t("Name…"), small=True, on_click=State.ask(dialog, row.id, row.name)),
                    blocks.empty_state("users", t("Everybody is named"), t("Nobody else is in your team.")),
                ),
            ),
        ),
    )


def _people(rows: Any, label: Text, act: Any, empty: rx.Component) -> rx.Component:
    return table.data_table(
        [
            Column(t("Name"), lambda row: row.name, main=True),
            Column(t("Role"), lambda row: statuses.role_text(row.role), quiet=True),
            Column(t("Actions"), act, hidden_title=True),
        ],
        rows,
        label=label,
        key=lambda row: row.id,
        loading=~State.loaded,
        empty=empty,
    )


def _mark() -> rx.Component:
    return confirm_dialog(
        field(
            t("Code of the card"),
            text_input("protect-code", name="code", required=True, max_length=40, auto_complete="off"),
            control_id="protect-code",
            hint=t("Such as 2026-00417-3: it stands on the page of the order."),
        ),
        title=t("Protect a person"),
        subject=t("On every card with the same personal number"),
        consequence=t("It counts at once. It takes two people to take it back."),
        open=State.dialog == "mark",
        on_close=State.closed,
        form=partial(event_form, on_submit=State.mark),
        ask_code=False,
        danger=False,
        icon="shield-check",
    )


def _dialogs() -> rx.Component:
    return rx.fragment(
        _mark(),
        _dialog(
            name="propose",
            title=t("Let them see protected persons"),
            consequence=t(
                "Nothing changes yet: somebody else confirms it. Then they see name, number and photo of "
                "protected persons; each look is logged."
            ),
            post=f"{PAGE}/propose",
        ),
        _dialog(
            name="revoke",
            title=t("Let them see protected persons no more"),
            consequence=t("From their next click on the persons are an alias to them."),
            post=f"{PAGE}/revoke",
        ),
        _dialog(
            name="unmark",
            title=t("Take the protection back"),
            consequence=t("Nothing changes yet: somebody else has to confirm it."),
            post=f"{PAGE}/unmark",
        ),
        _dialog(
            name="confirm",
            title=t("Confirm it"),
            consequence=t("It counts at once. What persons saw in between cannot be unseen."),
            post=f"{PAGE}/confirm",
        ),
    )


def _dialog(*, name: str, title: Text, consequence: Text, post: str) -> rx.Component:
    return confirm_dialog(
        hidden("subject", State.subject),
        title=title,
        subject=State.about,
        consequence=consequence,
        open=State.dialog == name,
        on_close=State.closed,
        form=partial(post_form, action=post, csrf=ShellState.csrf),
        error=State.error,
        danger=False,
        icon="shield-check",
    )
