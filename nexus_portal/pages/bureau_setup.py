"""The parts of a customer's page that set it up: what is kept at once, part by part."""

from functools import partial
from typing import Any

import reflex as rx

from nexus_portal.components import blocks, dialogs, table
from nexus_portal.components.actions import action, icon_action
from nexus_portal.components.forms import event_form, field, select_input, text_area, text_input
from nexus_portal.components.i18n import say, t
from nexus_portal.components.statuses import role_text
from nexus_portal.components.table import Column
from nexus_portal.components.vars import as_text
from nexus_portal.domain import words
from nexus_portal.domain.layout_templates import TEMPLATES
from nexus_portal.domain.permissions import CUSTOMER_ROLES
from nexus_portal.state.bureau_customer import PRICE
from nexus_portal.state.bureau_customer import BureauCustomerState as State

SHEET = State.sheet
POLICIES = (
    ("immediate", t("As soon as a card is delivered")),
    ("days", t("A number of days after delivery")),
    ("warranty", t("At the end of the warranty")),
)


def setup_panels() -> rx.Component:
    """Everything that is agreed on before an account opens."""
    return rx.fragment(
        rx.el.div(
            blocks.columns([_described(), _kept()], [offer_panel()]),
            _layouts(),
            _people(),
            class_name="rules",
        ),
        _layout_dialog(),
        _person_dialog(),
    )


def account_panel() -> rx.Component:
    """What was agreed on, once the account is open: its own people change it from then on."""
    kept = rx.cond(
        SHEET.retention_policy == "days",
        t("{n} days after delivery", n=SHEET.retention_days),
        rx.cond(
            SHEET.retention_policy == "warranty",
            t("At the end of the warranty"),
            t("As soon as a card is delivered"),
        ),
    )
    address = rx.cond(SHEET.address != "", rx.el.p(SHEET.address, class_name="address"), "—")
    return blocks.panel(
        t("Decided by the customer"),
        blocks.definition_list((t("Delivery address"), address), (t("Personal data goes"), kept)),
    )


def offer_panel() -> rx.Component:
    """Articles with the prices of this customer."""
    return blocks.panel(
        t("Articles and prices"),
        rx.el.p(t("SEK without VAT. Leave empty what this customer is not offered."), class_name="secondary"),
        event_form(
            rx.foreach(State.offers, _price),
            _save(t("Save articles and prices")),
            on_submit=State.offer,
            class_name="fields",
        ),
    )


def _price(row: Any) -> rx.Component:
    own = as_text(row.id)
    return field(
        row.name,
        rx.el.input(
            id="offer-" + own,
            name=PRICE + own,
            default_value=row.price,
            key=own + as_text(row.price),
            inputmode="decimal",
            auto_complete="off",
            max_length=12,
            class_name="input",
            aria_describedby="offer-" + own + "-hint",
        ),
        control_id="offer-" + own,
        hint=t("{number} · list price {price}", number=row.number, price=row.list_price),
    )


def _described() -> rx.Component:
    return blocks.panel(
        t("Account"),
        event_form(
            field(
                t("Name"),
                _input("name", SHEET.row.name, max_length=120),
                control_id="name",
            ),
            field(
                t("Customer number"),
                _input("number", SHEET.row.number, max_length=20),
                control_id="number",
                hint=t("It stands on every paper, and stays once the account is open."),
            ),
            field(
                t("Delivery address"),
                text_area(
                    "address", default_value=SHEET.address, key=SHEET.address, max_length=400, rows="3"
                ),
                control_id="address",
                hint=t("An organisation’s. No names of persons."),
            ),
            _save(t("Save the account")),
            on_submit=State.describe,
            class_name="fields",
        ),
    )


def _kept() -> rx.Component:
    days = field(
        t("Days after delivery"),
        text_input(
            "days",
            type="number",
            min=0,
            max=3650,
            default_value=as_text(SHEET.retention_days),
            key=SHEET.row.number,
        ),
        control_id="days",
    )
    return blocks.panel(
        t("Personal data"),
        event_form(
            field(
                t("Goes by itself"),
                select_input("policy", POLICIES, value=State.policy, on_change=State.choose),
                control_id="policy",
                hint=t("The shortest is set. The customer’s privacy officers can change it at any time."),
            ),
            rx.cond(State.policy == "days", days),
            _save(t("Save the rule")),
            on_submit=State.keep_for,
            class_name="fields",
        ),
    )


def _layouts() -> rx.Component:
    return blocks.panel(
        t("Layouts"),
        rx.cond(
            SHEET.layouts.length() > 0,
            rx.el.ul(rx.foreach(SHEET.layouts, rx.el.li)),
            rx.el.p(t("None yet. A layout designer can draw it anew at any time."), class_name="secondary"),
        ),
        actions=[action(t("Add a layout"), icon="plus", small=True, on_click=State.ask("layout"))],
    )


def _people() -> rx.Component:
    return rx.fragment(
        rx.el.div(
            rx.el.h2(t("First people"), class_name="section-title"),
            action(t("Add a person"), icon="user-plus", small=True, on_click=State.ask("person")),
            class_name="section-head",
        ),
        table.data_table(
            [
                Column(t("Name"), lambda row: row.name, main=True),
                Column(t("Mail address"), lambda row: row.email, quiet=True),
                Column(t("Role"), lambda row: role_text(row.role)),
                Column(t("Actions"), _remove, hidden_title=True),
            ],
            State.people,
            label=t("First people"),
            key=lambda row: row.email,
            empty=blocks.empty_state(
                "users", t("Nobody yet"), t("Agree with the customer on who may do what, and note it here.")
            ),
        ),
    )


def _remove(row: Any) -> rx.Component:
    return icon_action(t("Remove {name}", name=row.name), "trash-2", on_click=State.remove_person(row.email))


def _layout_dialog() -> rx.Component:
    templates = [(template.value, say(beginning.title)) for template, beginning in TEMPLATES.items()]
    return _dialog(
        "layout",
        State.add_layout,
        field(t("Template"), select_input("template", templates), control_id="template"),
        field(t("Card"), select_input("article", State.cards), control_id="article"),
        field(
            t("Name of the layout"),
            text_input("layout-name", name="name", required=True, max_length=120, auto_complete="off"),
            control_id="layout-name",
        ),
        title=t("Add a layout"),
        consequence=t("It asks for as little as such a card needs, and is on offer at once."),
        icon="layout-template",
    )


def _person_dialog() -> rx.Component:
    roles = [(role.value, say(words.ROLE[role])) for role in CUSTOMER_ROLES]
    return _dialog(
        "person",
        State.put_person,
        field(
            t("Name"),
            text_input("person-name", name="name", required=True, max_length=120, auto_complete="off"),
            control_id="person-name",
        ),
        field(
            t("Mail address"),
            text_input(
                "person-email", name="email", type="email", required=True, max_length=254, auto_complete="off"
            ),
            control_id="person-email",
        ),
        field(t("Role"), select_input("person-role", roles, name="role"), control_id="person-role"),
        title=t("Add a person"),
        consequence=t("They are invited when the account opens, not before."),
        icon="user-plus",
    )


def _dialog(name: str, on_submit: Any, *fields: rx.Component, **more: Any) -> rx.Component:
    return dialogs.confirm_dialog(
        *fields,
        open=State.dialog == name,
        on_close=State.close,
        form=partial(event_form, on_submit=on_submit),
        ask_code=False,
        danger=False,
        **more,
    )


def _input(name: str, value: Any, **props: Any) -> rx.Component:
    return text_input(name, default_value=value, key=value, required=True, auto_complete="off", **props)


def _save(label: Any) -> rx.Component:
    return rx.el.div(action(label, type="submit"), class_name="form-buttons")
