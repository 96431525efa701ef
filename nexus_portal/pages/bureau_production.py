"""`/bureau/production`: the scanner's field, the queue, and the batches."""

from functools import partial

import reflex as rx

from nexus_portal.components import blocks, dialogs, filters, header, table, times
from nexus_portal.components.actions import action
from nexus_portal.components.forms import event_form, field, text_input
from nexus_portal.components.i18n import number, plural, t
from nexus_portal.components.native import page_link
from nexus_portal.components.progress import progress_bar
from nexus_portal.components.statuses import batch_badge, stage_badge
from nexus_portal.components.table import Column
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.page import holds, portal_page
from nexus_portal.state.bureau_production import ProductionState as State

LARGEST = 500


@portal_page(
    "/bureau/production", title=t("Production"), needs=Permission.PRODUCTION_READ, on_load=State.load
)
def production() -> rx.Component:
    """Scan, batch, follow: in the order in which they are done all day."""
    return rx.fragment(
        header.page_header(t("Production"), live=State.loaded),
        rx.cond(holds(Permission.PRODUCTION_WORK), scan_field(State.scan)),
        rx.cond(State.scans.length() > 0, _scans()),
        rx.el.h2(t("Queue"), class_name="section-title"),
        _queue(),
        rx.el.h2(t("Batches"), class_name="section-title"),
        _batches(),
        _batch_dialog(),
    )


def scan_field(on_submit: rx.event.EventType) -> rx.Component:
    """Has the focus when the page opens; Enter moves the card one step, and the field is empty again."""
    return event_form(
        field(
            t("Scan a card"),
            text_input(
                "scan",
                name="code",
                auto_focus=True,
                auto_complete="off",
                placeholder="2026-00417-3",
                required=True,
                max_length=40,
                custom_attrs={"spellCheck": "false"},
            ),
            control_id="scan",
            hint=t("Enter moves the card to its next step."),
        ),
        on_submit=on_submit,
        reset_on_submit=True,
        max_width="420px",
    )


def _scans() -> rx.Component:
    def line(scan: rx.Var) -> rx.Component:
        return rx.el.li(
            rx.el.span(scan.code),
            stage_badge(stage=scan.stage),
            page_link(scan.batch, to="/bureau/production/" + scan.batch),
        )

    return rx.el.ul(
        rx.foreach(State.scans, line),
        aria_label=t("Latest scans"),
        aria_live="polite",
        class_name="documents",
    )


def _queue() -> rx.Component:
    return rx.fragment(
        table.data_table(
            [
                Column(t("Layout"), lambda row: row.layout, main=True),
                Column(t("Account"), lambda row: row.account),
                Column(t("Article"), lambda row: row.article, quiet=True),
                Column(t("Waiting since"), _waited, quiet=True),
                Column(t("Cards"), lambda row: number(row.cards), numeric=True),
                Column(t("Actions"), _make, hidden_title=True),
            ],
            State.queue,
            label=t("Queue"),
            key=lambda row: row.layout_id,
            glow=lambda row: State.glow[row.layout_id],
            loading=~State.loaded,
            empty=blocks.empty_state(
                "layers",
                t("The queue is empty"),
                t("Cards join it, by layout, as soon as the order desk accepts their order."),
            ),
        ),
        rx.cond(
            (State.queue_newer != "") | (State.queue_older != ""),
            filters.pager(
                showing=plural("{n} layout on this page", "{n} layouts on this page", State.queue.length()),
                has_newer=State.queue_newer != "",
                has_older=State.queue_older != "",
                on_newer=State.turn_queue("newer"),
                on_older=State.turn_queue("older"),
            ),
        ),
    )


def _waited(row: rx.Var) -> rx.Component:
    return rx.el.span(
        times.when(row.oldest_at),
        rx.cond(row.days > 0, plural(" · {n} day", " · {n} days", row.days), ""),
    )


def _make(row: rx.Var) -> rx.Component:
    return rx.cond(
        holds(Permission.PRODUCTION_WORK),
        action(
            t("Make a batch"),
            icon="layers",
            small=True,
            on_click=State.choose(row.layout_id),
            aria_label=t("Make a batch of {layout}", layout=row.layout),
        ),
    )


def _batches() -> rx.Component:
    return rx.fragment(
        header.toolbar(
            filters.filter_select(
                t("Batches"),
                State.show,
                State.narrow,
                [("reconciled", t("Reconciled"))],
                any_label=t("Under way"),
            )
        ),
        table.data_table(
            [
                Column(t("Batch"), lambda row: row.number, main=True),
                Column(t("Account"), lambda row: row.account),
                Column(t("Layout"), lambda row: row.layout, quiet=True),
                Column(t("State"), lambda row: batch_badge(state=row.state)),
                Column(t("Good"), lambda row: progress_bar(row.good, row.cards, label=t("Good"))),
                Column(t("Left"), lambda row: number(row.left), numeric=True),
                Column(t("Rejects"), lambda row: number(row.rejected), numeric=True),
                Column(t("Made"), lambda row: times.when(row.made_at), quiet=True),
            ],
            State.batches,
            label=t("Batches"),
            key=lambda row: row.number,
            href=lambda row: "/bureau/production/" + row.number,
            glow=lambda row: State.glow[row.number],
            loading=~State.loaded,
            empty=blocks.empty_state(
                "layers", t("No batches here"), t("Make a batch of what waits in the queue.")
            ),
        ),
        filters.pager(
            showing=plural("{n} batch on this page", "{n} batches on this page", State.batches.length()),
            has_newer=State.newer != "",
            has_older=State.older != "",
            on_newer=State.turn("newer"),
            on_older=State.turn("older"),
        ),
    )


def _batch_dialog() -> rx.Component:
    return dialogs.confirm_dialog(
        field(
            t("At most"),
            text_input(
                "limit",
                type="number",
                min=1,
                max=LARGEST,
                default_value=rx.cond(State.chosen_cards > LARGEST, LARGEST, State.chosen_cards).to(str),
                required=True,
            ),
            control_id="limit",
            hint=t("Cards in this batch, the longest waiting first; {largest} at most.", largest=LARGEST),
        ),
        title=t("Make a batch"),
        subject=plural(
            "{layout} · {n} card", "{layout} · {n} cards", State.chosen_cards, layout=State.chosen_name
        ),
        consequence=t("The cards leave the queue. One blank is issued for each of them."),
        open=State.chosen != "",
        on_close=State.closed,
        form=partial(event_form, on_submit=State.make),
        ask_code=False,
        danger=False,
        icon="layers",
    )
