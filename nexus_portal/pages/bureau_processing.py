"""`/bureau/processing`: the bureau's own record of processing (GDPR 30.2), and its sub-processors."""

from functools import partial

import reflex as rx

from nexus_portal.components import blocks, dialogs, header, table, times
from nexus_portal.components.actions import action
from nexus_portal.components.forms import event_form, field, text_input
from nexus_portal.components.i18n import t
from nexus_portal.components.table import Column
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.page import portal_page
from nexus_portal.pages.records_parts import record_actions, record_body
from nexus_portal.state.records import BUREAU_PATH
from nexus_portal.state.records import RecordsState as State


@portal_page(BUREAU_PATH, title=t("Processing"), needs=Permission.CUSTOMERS_MANAGE, on_load=State.load_bureau)
def bureau_processing() -> rx.Component:
    """Who processes for the bureau, and what the bureau processes for whom."""
    return rx.fragment(
        header.page_header(
            t("Processing"),
            live=State.loaded,
            actions=record_actions(BUREAU_PATH, Permission.CUSTOMERS_MANAGE),
            lead=t("What the bureau processes for its customers, and who processes for the bureau."),
        ),
        rx.el.div(rx.cond(State.loaded, _companies()), record_body(BUREAU_PATH), class_name="column"),
        _adding(),
        _ending(),
    )


def _companies() -> rx.Component:
    return blocks.panel(
        t("Sub-processors"),
        table.data_table(
            [
                Column(t("Company"), lambda row: row.name, main=True),
                Column(t("Does what"), lambda row: row.service),
                Column(t("Country"), lambda row: row.country),
                Column(t("Since"), lambda row: times.day(row.since), quiet=True),
                Column(t("Actions"), _acts, hidden_title=True),
            ],
            State.companies,
            label=t("Sub-processors"),
            key=lambda row: row.id,
            empty=blocks.empty_state(
                "building-2",
                t("No sub-processors"),
                t("Name each company that handles personal data for the bureau: servers, mail, carriers."),
            ),
        ),
        actions=[action(t("Add a company"), icon="plus", small=True, on_click=State.ask(""))],
    )


def _acts(row: rx.Var) -> rx.Component:
    return rx.cond(
        row.ended_on != "",
        rx.el.span(t("until {day}", day=times.day_text(row.ended_on)), class_name="secondary"),
        action(t("End…"), small=True, on_click=State.ask(row.id), aria_label=t("End {name}", name=row.name)),
    )


def _adding() -> rx.Component:
    def line(name: str, label: rx.Var[str], longest: int) -> rx.Component:
        control = text_input(f"company-{name}", name=name, required=True, max_length=longest)
        return field(label, control, control_id=f"company-{name}")

    return dialogs.confirm_dialog(
        line("name", t("Company"), 120),
        line("service", t("Does what"), 200),
        line("country", t("Country"), 80),
        field(
            t("Since"),
            text_input("company-since", name="since", type="date", required=True),
            control_id="company-since",
        ),
        title=t("Add a company"),
        subject=t("A sub-processor of the bureau"),
        consequence=t(
            "Customers read it in their record of processing. Tell them in good time before it begins."
        ),
        open=State.adding,
        on_close=State.closed,
        form=partial(event_form, on_submit=State.add),
        ask_code=False,
        danger=False,
        error=State.error,
        icon="building-2",
    )


def _ending() -> rx.Component:
    return dialogs.confirm_dialog(
        title=t("End a sub-processor"),
        subject=State.ending_name,
        consequence=t("From today on it is on no record any more. Records that were kept still name it."),
        open=State.ending != "",
        on_close=State.closed,
        form=partial(event_form, on_submit=State.end),
        ask_code=False,
        danger=False,
        icon="building-2",
    )
