"""`/privacy`: how long each kind of data is kept, the change that waits, and what goes soon."""

from functools import partial
from typing import Any

import reflex as rx

from nexus_portal.components import blocks, header, table, times
from nexus_portal.components.actions import action
from nexus_portal.components.dialogs import confirm_dialog
from nexus_portal.components.forms import event_form, field, post_form, select_input, text_input
from nexus_portal.components.help_link import help_link
from nexus_portal.components.i18n import plural, say, t
from nexus_portal.components.native import page_link
from nexus_portal.components.table import Column
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.retention import MOST_DAYS
from nexus_portal.domain.words import KIND
from nexus_portal.pages.page import holds, portal_page
from nexus_portal.pages.privacy_parts import privacy_tabs
from nexus_portal.pages.privacy_requests import overdue_callout
from nexus_portal.state.privacy import PrivacyState as State
from nexus_portal.state.shell import ShellState

MANAGES = holds(Permission.PRIVACY_MANAGE)
POLICIES = (
    ("immediate", t("As soon as the card is delivered")),
    ("days", t("After a number of days")),
    ("warranty", t("At the end of the warranty")),
)
AS_ALL = ("", t("As for everything else"))


@portal_page("/privacy", title=t("Retention"), needs=Permission.PRIVACY_READ, on_load=State.load)
def privacy() -> rx.Component:
    """The rules, the change that waits, what goes soon."""
    change = action(t("Propose a change"), icon="pencil", kind="primary", on_click=State.ask("propose"))
    return rx.fragment(
        header.page_header(
            t("Retention"),
            live=State.loaded,
            actions=[rx.cond(MANAGES & State.loaded & ~State.waits, change)],
            lead=t("You decide how long personal data is kept. Two people change it together."),
        ),
        privacy_tabs("/privacy"),
        overdue_callout(State.late, link=True),
        rx.cond(State.loaded, rx.fragment(_waiting(), _rules(), _coming()), blocks.skeleton_rows()),
        _dialogs(),
        _refusals(),
    )


def _waiting() -> rx.Component:
    own = action(t("Withdraw the proposal"), small=True, on_click=State.ask("withdraw"))
    others = rx.fragment(
        action(
            t("Confirm the change"), icon="check", small=True, kind="primary", on_click=State.ask("confirm")
        ),
        action(t("Refuse the change"), small=True, on_click=State.ask("refuse")),
    )
    alone = rx.el.p(
        t("Nobody else here may confirm it yet. Make somebody privacy officer first:"),
        " ",
        page_link(t("Team"), to="/team"),
    )
    panel = blocks.panel(
        t("A change waits for a second person"),
        rx.el.p(
            t("Proposed by {name}.", name=State.proposed_by),
            " ",
            times.when(State.proposed_at),
            class_name="secondary",
        ),
        _goes(State.planned),
        rx.cond(State.own & (State.others == 0), blocks.callout(alone, tone="warning")),
        rx.cond(MANAGES, rx.el.div(rx.cond(State.own, own, others), class_name="panel-buttons")),
    )
    return rx.cond(State.waits, panel)


def _rules() -> rx.Component:
    planned = [Column(t("Proposed"), lambda row: rx.cond(row.change != "", row.change, t("Stays")))]
    shown = [
        Column(t("Kind of data"), lambda row: row.label, main=True),
        Column(t("Goes"), lambda row: row.rule),
    ]

    def listed(columns: list[Column]) -> rx.Component:
        return table.data_table(
            columns,
            State.rules,
            label=t("How long data is kept"),
            key=lambda row: row.kind,
            empty=rx.fragment(),
        )

    return blocks.panel(
        t("How long data is kept"),
        rx.cond(State.waits, listed([*shown, *planned]), listed(shown)),
        rx.el.p(
            t(
                "The last kind to go takes the record with it. A hold stops all of them. Blocked cards go "
                "after 90 days, whatever stands here."
            ),
            class_name="secondary",
        ),
    )


def _coming() -> rx.Component:
    swept = rx.cond(
        State.swept_at != "",
        rx.fragment(t("Last done:"), " ", times.when(State.swept_at)),
        t("Not done yet."),
    )
    return blocks.panel(
        t("What goes next"),
        _goes(State.coming),
        rx.el.p(
            t("What is due is removed every five minutes, by itself."), " ", swept, class_name="secondary"
        ),
        help_link(t("When does personal data go?"), answer="retention"),
    )


def _goes(views: rx.Var[Any]) -> rx.Component:
    return blocks.definition_list(
        (t("At the next sweep"), _counted(views[0])), (t("Within 30 days"), _counted(views[1]))
    )


def _counted(view: Any) -> rx.Component:
    some = rx.fragment(
        plural("{n} order", "{n} orders", view.orders),
        ", ",
        plural("{n} card would lose data", "{n} cards would lose data", view.cards),
        rx.el.span(" (", view.lost, ")", class_name="secondary"),
    )
    return rx.cond(view.cards > 0, some, t("Nothing"))


def _dialogs() -> rx.Component:
    return rx.fragment(
        _dialog(
            "propose",
            rx.el.div(*_inputs(), class_name="retention-inputs", key=State.dialog),
            title=t("Propose a change"),
            consequence=t(
                "Nothing is removed by proposing. You see beforehand what would go; a second person confirms "
                "it, and it counts from the next sweep."
            ),
            form=partial(post_form, action="/privacy/retention/propose", csrf=ShellState.csrf),
            danger=False,
            icon="pencil",
        ),
        _dialog(
            "confirm",
            _goes(State.planned),
            title=t("Confirm the change"),
            consequence=t(
                "From the next sweep on, what is due by the new rules is destroyed. It never comes back."
            ),
            form=partial(
                post_form,
                action="/privacy/retention/" + State.proposal + "/confirm",
                csrf=ShellState.csrf,
            ),
        ),
    )


def _refusals() -> rx.Component:
    return rx.fragment(
        _dialog(
            "refuse",
            title=t("Refuse the change"),
            consequence=t("The rules stay as they are."),
            form=partial(event_form, on_submit=State.refuse),
            ask_code=False,
            danger=False,
        ),
        _dialog(
            "withdraw",
            title=t("Withdraw the proposal"),
            consequence=t("The rules stay as they are."),
            form=partial(event_form, on_submit=State.withdraw),
            ask_code=False,
            danger=False,
        ),
    )


def _inputs() -> list[rx.Component]:
    kinds = [("default", t("Everything else")), *((kind.value, say(word)) for kind, word in KIND.items())]
    return [
        rx.el.div(
            field(
                label,
                select_input(
                    f"policy-{kind}",
                    POLICIES if kind == "default" else (AS_ALL, *POLICIES),
                    default_value=State.policies[kind],
                ),
                control_id=f"policy-{kind}",
            ),
            field(
                t("Days"),
                text_input(
                    f"days-{kind}", type="number", min=0, max=MOST_DAYS, default_value=State.days[kind]
                ),
                control_id=f"days-{kind}",
            ),
            class_name="retention-input",
        )
        for kind, label in kinds
    ]


def _dialog(name: str, *extra: rx.Component, **words: Any) -> rx.Component:
    return confirm_dialog(
        rx.cond(State.error != "", rx.el.div(blocks.callout(State.error, tone="danger"), role="alert")),
        *extra,
        open=State.dialog == name,
        on_close=State.close,
        error=State.code_error,
        **words,
    )
