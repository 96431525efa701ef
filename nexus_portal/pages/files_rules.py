"""The rules for files on `/files`: who orders what is dropped, as what, and when files go by themselves."""

from functools import partial

import reflex as rx

from nexus_portal.components import blocks, dialogs
from nexus_portal.components.actions import action
from nexus_portal.components.forms import field, post_form, select_input, text_input
from nexus_portal.components.i18n import plural, t
from nexus_portal.components.vars import as_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.page import holds
from nexus_portal.state.file_list import RULES
from nexus_portal.state.file_list import FileListState as State
from nexus_portal.state.shell import ShellState

MANAGES = holds(Permission.FILES_MANAGE)
BECOMES = (("no", t("A draft to look over")), ("yes", t("An order, if every row is right")))
MOVES = (("no", t("They stay in the inbox")), ("yes", t("They move to archive")))


def rules_panel() -> rx.Component:
    """How things stand, and for the account admin the way to change it."""
    change = action(t("Change the rules"), icon="pencil", small=True, on_click=State.ask(RULES))
    return rx.fragment(
        blocks.panel(
            t("Rules for files"),
            rx.cond(State.orderer == "", _nobody()),
            blocks.definition_list(
                (t("Who orders"), rx.cond(State.orderer != "", State.orderer, t("Nobody yet"))),
                (t("A list becomes"), rx.cond(State.rules["submits"] == "yes", BECOMES[1][1], BECOMES[0][1])),
                (
                    t("Card layout"),
                    rx.cond(
                        State.rules["layout"] != "",
                        State.rules["layout"],
                        t("Recognised by the names of the columns"),
                    ),
                ),
                (t("Used files"), rx.cond(State.rules["archives"] == "yes", MOVES[1][1], MOVES[0][1])),
                (t("Used files go"), _after(State.rules["days_after_use"])),
                (t("Unused files go"), _after(State.rules["days_unused"])),
            ),
            actions=[rx.cond(MANAGES, change)],
        ),
        rx.cond(MANAGES, _dialog()),
    )


def _nobody() -> rx.Component:
    return blocks.callout(
        t("Files wait until the account admin has chosen who orders what is dropped."), tone="warning"
    )


def _after(days: rx.Var[str]) -> rx.Component:
    return rx.cond(
        days == "0",
        t("Within minutes"),
        plural("After {n} day", "After {n} days", as_number(days.to(int))),
    )


def _dialog() -> rx.Component:
    return dialogs.confirm_dialog(
        rx.cond(State.error != "", rx.el.div(blocks.callout(State.error, tone="danger"), role="alert")),
        rx.el.div(_inputs(), class_name="file-rules", key=State.dialog),
        title=t("Change the rules"),
        consequence=t(
            "Whoever orders must be able to order by themselves: their permissions count, and the orders are "
            "theirs. Days count for files that lie here already."
        ),
        danger=False,
        icon="pencil",
        open=State.dialog == RULES,
        on_close=State.closed,
        form=partial(post_form, action="/files/rules", csrf=ShellState.csrf),
        error=State.code_error,
    )


def _inputs() -> rx.Component:
    rules = State.rules
    people = [
        rx.el.option(t("Nobody: files wait"), value=""),
        rx.foreach(State.people, lambda each: rx.el.option(each.label, value=each.value)),
    ]
    layouts = [
        rx.el.option(t("Recognised by the names of the columns"), value=""),
        rx.foreach(State.layouts, lambda each: rx.el.option(each.label, value=each.value)),
    ]
    return rx.fragment(
        field(t("Who orders"), _select("orders_as", people, rules["orders_as"]), control_id="orders_as"),
        field(
            t("A list becomes"),
            select_input("submits", BECOMES, default_value=rules["submits"]),
            control_id="submits",
        ),
        field(t("Card layout"), _select("layout", layouts, rules["layout"]), control_id="layout"),
        field(
            t("Used files"),
            select_input("archives", MOVES, default_value=rules["archives"]),
            control_id="archives",
        ),
        rx.el.div(
            _days("days_after_use", t("Days until used files go"), rules["days_after_use"]),
            _days("days_unused", t("Days until unused files go"), rules["days_unused"]),
            class_name="file-rules-days",
        ),
    )


def _select(name: str, options: list[rx.Component], chosen: rx.Var[str]) -> rx.Component:
    return rx.el.select(*options, id=name, name=name, default_value=chosen, class_name="input")


def _days(name: str, label: rx.Var[str], days: rx.Var[str]) -> rx.Component:
    control = text_input(name, type="number", min=0, max=365, required=True, default_value=days)
    return field(label, control, control_id=name)
