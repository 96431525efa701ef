"""`/ordering`: when orders wait for approval, and the account's book of delivery addresses."""

from functools import partial

import reflex as rx

from nexus_portal.components import blocks, dialogs, header, table
from nexus_portal.components.actions import action, icon_action
from nexus_portal.components.forms import error_line, event_form, field, select_input, text_area, text_input
from nexus_portal.components.i18n import plural, t
from nexus_portal.components.table import Column
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.page import portal_page
from nexus_portal.state.ordering_rules import OrderingRulesState as State

WHEN = (
    ("never", t("Never: orders go to the bureau at once")),
    ("always", t("Always")),
    ("above", t("Above a number of cards or a price")),
)


@portal_page("/ordering", title=t("Ordering rules"), needs=Permission.ORDERING_MANAGE, on_load=State.load)
def ordering_rules() -> rx.Component:
    """The rule for approval, then the addresses."""
    return rx.fragment(
        header.page_header(
            t("Ordering rules"),
            live=State.loaded,
            lead=t("What holds for everybody who orders here. Every change is in the log."),
        ),
        rx.cond(
            State.loaded, rx.el.div(_approval(), _addresses(), class_name="rules"), blocks.skeleton_rows()
        ),
        _address_dialog(),
        _remove_dialog(),
    )


def _approval() -> rx.Component:
    form = event_form(
        field(
            t("Orders wait for approval"),
            select_input("when", WHEN, value=State.when, on_change=State.choose, error=State.rule_error),
            control_id="when",
        ),
        rx.cond(State.when == "above", _limits()),
        error_line("when-rule", State.rule_error),
        rx.el.div(action(t("Save the rule"), type="submit", kind="primary"), class_name="form-buttons"),
        on_submit=State.save_rule,
        class_name="fields rule-form",
    )
    told = rx.cond(
        State.approvers > 0,
        plural("{n} person may approve.", "{n} people may approve.", State.approvers),
        t("Nobody here may approve orders yet. Give somebody the role first, under Team."),
    )
    return blocks.panel(
        t("Approval"),
        rx.el.p(told, " ", t("Nobody approves an order of their own."), class_name="secondary"),
        form,
    )


def _limits() -> rx.Component:
    return rx.el.div(
        field(
            t("Above this many cards"),
            text_input("cards", type="number", min=0, default_value=State.above_cards, key=State.above_cards),
            control_id="cards",
            hint=t("An order of exactly as many does not wait."),
        ),
        field(
            t("Above this price, SEK without VAT"),
            text_input("price", type="number", min=0, default_value=State.above_price, key=State.above_price),
            control_id="price",
            hint=t("Leave empty what should not matter."),
        ),
        class_name="rule-limits",
    )


def _addresses() -> rx.Component:
    own = rx.el.div(
        rx.el.p(
            rx.cond(State.own_address != "", State.own_address, t("None yet: the orderer writes it.")),
            class_name="address",
        ),
        action(t("Change"), icon="pencil", small=True, on_click=State.open("own")),
        class_name="own-address",
    )
    return rx.fragment(
        blocks.panel(t("New orders go to"), own),
        rx.el.div(
            rx.el.h2(t("Other delivery addresses"), class_name="section-title"),
            action(t("Add an address"), icon="plus", on_click=State.open("new")),
            class_name="section-head",
        ),
        table.data_table(
            [
                Column(t("Name"), lambda row: row.name, main=True),
                Column(t("Address"), lambda row: rx.el.span(row.address, class_name="address")),
                Column(t("Actions"), _actions, hidden_title=True),
            ],
            State.book,
            label=t("Other delivery addresses"),
            key=lambda row: row.id,
            empty=blocks.empty_state(
                "map-pin",
                t("No other address yet"),
                t("Orderers choose among the addresses that stand here."),
            ),
        ),
    )


def _actions(row: rx.Var) -> rx.Component:
    return rx.el.div(
        icon_action(t("Change {name}", name=row.name), "pencil", on_click=State.open(row.id)),
        icon_action(t("Remove {name}", name=row.name), "trash-2", on_click=State.ask(row.id, row.name)),
        class_name="row-actions",
    )


def _address_dialog() -> rx.Component:
    own = State.dialog == "own"
    name = field(
        t("Short name"),
        text_input("address-name", name="name", default_value=State.name, max_length=80, key=State.dialog),
        control_id="address-name",
        hint=t("Such as “Main office”. No names of persons."),
    )
    return dialogs.confirm_dialog(
        rx.cond(own, rx.fragment(), name),
        field(
            t("Address"),
            text_area(
                "address", default_value=State.address, max_length=400, key=State.dialog, error=State.error
            ),
            control_id="address",
            error=State.error,
        ),
        title=t("Save the address"),
        consequence=t("Orders that were begun before keep the address that they have."),
        open=State.dialog != "",
        on_close=State.closed,
        form=partial(event_form, on_submit=State.save),
        ask_code=False,
        danger=False,
        icon="map-pin",
    )


def _remove_dialog() -> rx.Component:
    return dialogs.confirm_dialog(
        title=t("Remove the address"),
        subject=State.removing_name,
        consequence=t("Nobody can choose it any more. Orders that were begun with it keep it."),
        open=State.removing != "",
        on_close=State.kept,
        form=partial(event_form, on_submit=State.remove),
        ask_code=False,
        icon="trash-2",
    )
