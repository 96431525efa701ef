"""`/privacy/certificates`: every certificate of erasure, whether any is missing, and all as one file."""

import reflex as rx

from nexus_portal.components import blocks, filters, header, table, times
from nexus_portal.components.actions import action
from nexus_portal.components.i18n import number, plural, t
from nexus_portal.components.icons import glyph
from nexus_portal.components.native import native_link
from nexus_portal.components.table import Column
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.page import portal_page
from nexus_portal.pages.privacy_parts import privacy_tabs
from nexus_portal.state.privacy_certificates import PATH
from nexus_portal.state.privacy_certificates import CertificatesState as State

_POLICIES = (
    ("request", t("A person decided")),
    ("retention", t("Retention")),
    ("blocked", t("Blocked for 90 days")),
    ("superseded", t("Correction")),
    ("file", t("A file was deleted")),
    ("file_rule", t("A file’s time was over")),
    ("file_replaced", t("A file was replaced")),
)


@portal_page(PATH, title=t("Certificates"), needs=Permission.PRIVACY_READ, on_load=State.load)
def privacy_certificates() -> rx.Component:
    """The chain's state above, the certificates below."""
    return rx.fragment(
        header.page_header(
            t("Certificates"),
            lead=t("Each erasure leaves a signed certificate. Anybody to whom you give one can verify it."),
            actions=[
                rx.cond(
                    State.issued > 0,
                    action(t("All as ZIP"), href="/certificates/all.zip", icon="download", download=True),
                ),
                action(t("Verify a certificate"), href="/verify", icon="shield-check", download=True),
            ],
        ),
        privacy_tabs(PATH),
        rx.cond(State.loaded & (State.issued > 0), _chain()),
        header.toolbar(
            filters.filter_select(
                t("Reason"), State.policy, lambda value: State.narrow("policy", value), _POLICIES
            ),
            filters.filter_day(t("From"), State.since, lambda value: State.narrow("since", value)),
            filters.filter_day(t("To"), State.until, lambda value: State.narrow("until", value)),
        ),
        _certificates(),
        filters.pager(
            showing=plural(
                "{n} certificate on this page", "{n} certificates on this page", State.rows.length()
            ),
            has_newer=State.newer != "",
            has_older=State.older != "",
            on_newer=State.turn("newer"),
            on_older=State.turn("older"),
        ),
    )


def _chain() -> rx.Component:
    complete = blocks.callout(
        rx.el.p(t("Complete from 1 to {last}: no certificate is missing.", last=number(State.issued))),
        icon="link",
    )
    broken = blocks.callout(
        rx.el.p(t("The chain of certificates is not complete. Tell your bureau.")),
        rx.el.ul(rx.foreach(State.missing, rx.el.li)),
        tone="danger",
    )
    return rx.cond(State.missing.length() > 0, broken, complete)


def _certificates() -> rx.Component:
    return table.data_table(
        [
            Column(t("Certificate"), lambda row: row.number, main=True),
            Column(t("Order"), lambda row: row.order_number),
            Column(t("What went"), lambda row: row.kinds),
            Column(t("Persons"), lambda row: number(row.persons), numeric=True),
            Column(t("Photos"), lambda row: number(row.photos), numeric=True),
            Column(t("Files"), lambda row: number(row.files), numeric=True),
            Column(t("Reason"), _reason),
            Column(t("Completed"), lambda row: times.when(row.done_at), quiet=True),
            Column(t("Checked"), _checked),
            Column(t("Download"), _files),
        ],
        State.rows,
        label=t("Certificates"),
        key=lambda row: row.id,
        loading=~State.loaded,
        empty=rx.cond(
            State.issued > 0,
            blocks.empty_state("filter", t("No certificate fits"), t("Choose another period or reason.")),
            blocks.empty_state(
                "file-check",
                t("No certificates yet"),
                t("Once personal data is erased, by you or by a rule, its certificate shows here."),
            ),
        ),
    )


def _reason(row: rx.Var) -> rx.Component:
    return rx.match(row.policy, *_POLICIES, row.policy)


def _checked(row: rx.Var) -> rx.Component:
    genuine = rx.badge(
        glyph("check", size=12), t("Genuine"), color_scheme="green", variant="soft", class_name="badge"
    )
    wrong = rx.el.span(
        rx.badge(
            glyph("x", size=12), t("Not genuine"), color_scheme="red", variant="soft", class_name="badge"
        ),
        " ",
        rx.el.span(row.flaw, class_name="secondary"),
    )
    return rx.cond(row.flaw == "", genuine, wrong)


def _files(row: rx.Var) -> rx.Component:
    def link(form: str) -> rx.Component:
        return native_link(
            form,
            href="/certificates/" + row.id + "." + form.lower(),
            class_name="text-link",
            aria_label=t("Certificate {number} as {form}", number=row.number, form=form),
        )

    return rx.el.span(link("PDF"), " · ", link("JSON"))
