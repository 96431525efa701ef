"""`/bureau/production/{number}`: one batch."""

from functools import partial

import reflex as rx

from nexus_portal.components import blocks, dialogs, filters, header, table, times
from nexus_portal.components.actions import action, icon_action
from nexus_portal.components.forms import event_form, field, text_input
from nexus_portal.components.i18n import number, plural, t
from nexus_portal.components.native import page_link
from nexus_portal.components.progress import progress_bar
from nexus_portal.components.statuses import batch_badge, stage_badge
from nexus_portal.components.table import Column
from nexus_portal.components.vars import pick
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.bureau_print import print_dialog, print_panel
from nexus_portal.pages.bureau_production import scan_field
from nexus_portal.pages.page import holds, portal_page
from nexus_portal.state.bureau_batch import BatchPageState as State

BATCH = State.batch
STEPS = (
    ("encoding", t("Start encoding")),
    ("printing", t("Start printing")),
    ("qc", t("Hand over to quality control")),
    ("produced", t("Approve as produced")),
)


@portal_page(
    "/bureau/production/[number]", title=t("Batch"), needs=Permission.PRODUCTION_READ, on_load=State.load
)
def batch() -> rx.Component:
    """The next step on top, then the cards one by one."""
    return rx.cond(
        ~State.loaded,
        blocks.skeleton_rows(),
        rx.cond(
            BATCH,
            _batch(),
            blocks.empty_state(
                "search-x",
                t("No such batch"),
                t("There is no batch with this number."),
                action(t("Production"), href="/bureau/production", kind="primary"),
            ),
        ),
    )


def _batch() -> rx.Component:
    return rx.fragment(
        header.page_header(
            BATCH.number,
            badges=[batch_badge(state=BATCH.state)],
            live=State.loaded,
            breadcrumbs=[(t("Production"), "/bureau/production")],
            lead=BATCH.account + " · " + BATCH.layout + " · " + BATCH.article,
            actions=[rx.cond(holds(Permission.PRODUCTION_WORK), _next_step())],
        ),
        blocks.columns([_stages(), _scan()], [print_panel(), _blanks()]),
        rx.el.h2(t("Cards of this batch"), class_name="section-title"),
        _items(),
        _fail_dialog(),
        _reconcile_dialog(),
        print_dialog(),
    )


def _next_step() -> rx.Component:
    label = pick(State.next_stage, STEPS, "")
    return rx.cond(
        State.next_stage != "",
        action(
            plural("{step} · {n} card", "{step} · {n} cards", State.next_count, step=label),
            icon="arrow-right",
            kind="primary",
            on_click=State.advance(State.next_stage),
        ),
        rx.cond(
            BATCH.state != "reconciled",
            action(t("Reconcile"), icon="scale", kind="primary", on_click=State.ask("reconcile", "")),
        ),
    )


def _stages() -> rx.Component:
    rows = rx.foreach(
        State.stages,
        lambda stage: rx.el.li(stage_badge(stage=stage.stage), plural("{n} card", "{n} cards", stage.count)),
    )
    return blocks.panel(
        t("Where the cards are"),
        progress_bar(BATCH.good, BATCH.cards, label=t("Good")),
        rx.el.ul(rows, class_name="documents"),
    )


def _scan() -> rx.Component:
    return rx.cond(holds(Permission.PRODUCTION_WORK) & (State.next_stage != ""), scan_field(State.scan))


def _blanks() -> rx.Component:
    return blocks.panel(
        t("Blanks"),
        blocks.definition_list(
            (t("Issued"), number(State.issued)),
            (t("Good"), number(BATCH.good)),
            (t("Rejects"), number(BATCH.rejected)),
            (t("Samples"), number(State.samples)),
            (t("Returned to stock"), number(State.returned)),
        ),
    )


def _items() -> rx.Component:
    return rx.fragment(
        table.data_table(
            [
                Column(t("Card"), lambda item: item.code, main=True),
                Column(t("Order"), _order_link),
                Column(t("Stage"), lambda item: stage_badge(stage=item.stage)),
                Column(t("Since"), lambda item: times.when(item.stage_at), quiet=True),
                Column(t("Attempt"), lambda item: number(item.attempt), numeric=True),
                Column(t("Actions"), _fail, hidden_title=True),
            ],
            State.items,
            label=t("Cards of this batch"),
            key=lambda item: item.code,
            glow=lambda item: State.glow[item.code],
            empty=blocks.empty_state(
                "layers",
                t("No card is left in this batch"),
                t("Failed cards went back to the queue and are made in another batch."),
            ),
        ),
        filters.pager(
            showing=plural("{n} card on this page", "{n} cards on this page", State.items.length()),
            has_newer=State.newer != "",
            has_older=State.older != "",
            on_newer=State.turn("newer"),
            on_older=State.turn("older"),
        ),
    )


def _order_link(item: rx.Var) -> rx.Component:
    return page_link(item.order_number, to="/bureau/orders/" + item.order_number)


def _fail(item: rx.Var) -> rx.Component:
    making = (
        (item.stage == "batched")
        | (item.stage == "encoding")
        | (item.stage == "printing")
        | (item.stage == "qc")
    )
    return rx.cond(
        making & holds(Permission.PRODUCTION_WORK),
        icon_action(
            t("Card {code} failed", code=item.code), "rotate-ccw", on_click=State.ask("fail", item.code)
        ),
    )


def _fail_dialog() -> rx.Component:
    return dialogs.confirm_dialog(
        field(
            t("What failed"),
            text_input("fail-reason", name="reason", required=True, max_length=200),
            control_id="fail-reason",
            hint=t("The chip, the print, the blank. Name no persons."),
        ),
        title=t("Send the card back to the queue"),
        subject=t("Card {code}", code=State.chosen),
        consequence=t("One blank is consumed, and the card is made again in another batch."),
        open=State.asking == "fail",
        on_close=State.closed,
        form=partial(event_form, on_submit=State.fail),
        ask_code=False,
        icon="rotate-ccw",
    )


def _reconcile_dialog() -> rx.Component:
    return dialogs.confirm_dialog(
        _count("issued", t("Blanks issued"), State.issued),
        _count("samples", t("Samples"), State.samples),
        _count("returned", t("Returned to stock"), State.returned),
        title=t("Reconcile the batch"),
        subject=t(
            "{number}: {good} good, {rejected} rejected",
            number=BATCH.number,
            good=BATCH.good,
            rejected=BATCH.rejected,
        ),
        consequence=t("Issued must be good + rejected + samples + returned."),
        open=State.asking == "reconcile",
        on_close=State.closed,
        form=partial(event_form, on_submit=State.reconcile),
        ask_code=False,
        danger=False,
        icon="scale",
    )


def _count(name: str, label: rx.Var[str], value: rx.Var[int]) -> rx.Component:
    control = text_input(name, type="number", min=0, default_value=value.to(str), required=True)
    return field(label, control, control_id=name)
