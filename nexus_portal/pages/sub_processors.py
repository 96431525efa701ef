"""Who processes personal data for the bureau, as it stands beside the agreement."""

import reflex as rx

from nexus_portal.components import blocks, table, times
from nexus_portal.components.i18n import t
from nexus_portal.components.table import Column
from nexus_portal.state.sub_processors import SubProcessorsState as State


def sub_processors() -> rx.Component:
    """The companies of now, or that there are none."""
    listed = table.data_table(
        [
            Column(t("Company"), lambda row: row.name, main=True),
            Column(t("Does what"), lambda row: row.service),
            Column(t("Country"), lambda row: row.country),
            Column(t("Since"), lambda row: times.day(row.since), quiet=True),
        ],
        State.companies,
        label=t("Sub-processors"),
        key=lambda row: row.name,
        empty=rx.el.p(t("The bureau uses no sub-processors."), class_name="secondary"),
    )
    return rx.cond(State.loaded, blocks.panel(t("Sub-processors today"), listed))
