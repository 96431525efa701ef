"""`/bureau/agreements`: which customers have accepted which version of the data processing agreement."""

from typing import Any

import reflex as rx

from nexus_portal.components import blocks, filters, header, prose, table, times
from nexus_portal.components.i18n import plural, t
from nexus_portal.components.native import native_link
from nexus_portal.components.table import Column
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.agreement_parts import standing_badge
from nexus_portal.pages.page import portal_page
from nexus_portal.state.bureau_agreements import PATH, WAITING
from nexus_portal.state.bureau_agreements import BureauAgreementsState as State


@portal_page(PATH, title=t("Agreements"), needs=Permission.CUSTOMERS_MANAGE, on_load=State.load)
def bureau_agreements() -> rx.Component:
    """How many wait, then every customer."""
    return rx.fragment(
        header.page_header(
            t("Agreements"),
            live=State.loaded,
            lead=t(
                "Version {version} of the data processing agreement is offered. From its day on, whoever has "
                "not accepted it cannot order.",
                version=prose.version("dpa"),
            ),
        ),
        header.toolbar(
            filters.filter_select(
                t("Show"), State.show, State.narrow, [(WAITING, t("Not accepted yet"))], any_label=t("All")
            ),
            end=[rx.cond(State.loaded, rx.el.span(_waiting(), role="status"))],
        ),
        _customers(),
        filters.pager(
            showing=plural("{n} customer on this page", "{n} customers on this page", State.rows.length()),
            has_newer=State.newer != "",
            has_older=State.older != "",
            on_newer=State.turn("newer"),
            on_older=State.turn("older"),
        ),
    )


def _waiting() -> rx.Var[str]:
    return rx.cond(
        State.waiting > 0,
        plural("{n} has not accepted it", "{n} have not accepted it", State.waiting),
        t("All have accepted it"),
    ).to(str)


def _customers() -> rx.Component:
    return table.data_table(
        [
            Column(t("Customer"), lambda row: row.name, main=True),
            Column(t("Number"), lambda row: row.number, quiet=True),
            Column(t("State"), lambda row: standing_badge(row.standing)),
            Column(t("By"), lambda row: rx.cond(row.due != "", times.day(row.due), "—")),
            Column(t("Accepted version"), lambda row: rx.cond(row.accepted != "", row.accepted, "—")),
            Column(t("Accepted"), lambda row: times.moment(row.accepted_at), quiet=True),
            Column(t("PDF"), _paper),
        ],
        State.rows,
        label=t("Agreements"),
        key=lambda row: row.number,
        loading=~State.loaded,
        empty=rx.cond(
            State.show == WAITING,
            blocks.empty_state(
                "file-check", t("Nobody waits"), t("Every customer has accepted the newest version.")
            ),
            blocks.empty_state(
                "building-2", t("No customers yet"), t("Customers show here as soon as there are any.")
            ),
        ),
    )


def _paper(row: Any) -> rx.Component:
    link = native_link(
        t("Download"),
        href="/agreement/papers/" + row.acceptance + ".pdf",
        class_name="text-link",
        aria_label=t("Agreement {version} of {customer} as PDF", version=row.accepted, customer=row.name),
    )
    return rx.cond(row.acceptance != "", link, "—")
