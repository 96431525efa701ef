"""`/privacy/breaches` and `/bureau/breaches`: what a breach could have touched, and how it is handled."""

from typing import Any

import reflex as rx

from nexus_portal.components import blocks, header, table, times
from nexus_portal.components.actions import action
from nexus_portal.components.forms import event_form, field, option_list, text_input
from nexus_portal.components.i18n import Text, number, plural, t
from nexus_portal.components.native import page_link
from nexus_portal.components.table import Column
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.breach_records import breach_dialogs, breach_list
from nexus_portal.pages.page import portal_page
from nexus_portal.pages.privacy_parts import privacy_tabs
from nexus_portal.state.breaches import BUREAU_PATH, PATH
from nexus_portal.state.breaches import BreachesState as State


@portal_page(PATH, title=t("Breaches"), needs=Permission.BREACHES_MANAGE, on_load=State.load)
def privacy_breaches() -> rx.Component:
    """Of the reader's own account."""
    return rx.fragment(
        _head(
            t("Which of your account’s persons a breach could have touched: counts and numbers, no persons.")
        ),
        privacy_tabs(PATH),
        _body(bureau=False),
    )


@portal_page(BUREAU_PATH, title=t("Breaches"), needs=Permission.BREACHES_MANAGE, on_load=State.load)
def bureau_breaches() -> rx.Component:
    """Of every customer, by account."""
    return rx.fragment(
        _head(
            t("Which persons of which customers a breach could have touched: counts and numbers, no persons.")
        ),
        _body(bureau=True),
    )


def _head(lead: Text) -> rx.Component:
    begin = action(t("Open a breach"), icon="siren", kind="primary", on_click=State.ask("open", ""))
    return header.page_header(t("Breaches"), live=State.loaded, actions=[begin], lead=lead)


def _body(*, bureau: bool) -> rx.Component:
    return rx.el.div(
        breach_list(),
        _question(),
        rx.el.div(rx.cond(State.problem != "", blocks.callout(State.problem, tone="warning")), role="status"),
        rx.cond(State.found, _answer(bureau=bureau)),
        breach_dialogs(),
        class_name="column",
    )


def _question() -> rx.Component:
    def line(name: str, label: Text, hint: Text, **props: Any) -> rx.Component:
        control = text_input(f"asked-{name}", name=name, default_value=State.asked[name], **props)
        return field(label, control, control_id=f"asked-{name}", hint=hint)

    who = rx.el.select(
        rx.el.option(t("Anybody"), value=""),
        *option_list(State.people),
        id="asked-who",
        name="who",
        default_value=State.asked["who"],
        class_name="input",
        aria_describedby="asked-who-hint",
    )
    return blocks.panel(
        t("What could be touched"),
        event_form(
            rx.el.div(
                line("session", t("Session"), t("As the access log names it, 16 characters."), max_length=16),
                field(t("Person"), who, control_id="asked-who", hint=t("Somebody of your own team.")),
                line("address", t("Network address"), t("Its beginning. Kept for 30 days."), max_length=64),
                line("since", t("From"), t("Swedish time."), type="datetime-local"),
                line("until", t("To"), t("Swedish time."), type="datetime-local"),
                class_name="breach-question",
                key=State.asked.to_string(),
            ),
            rx.el.div(
                action(t("Ask the logs"), icon="search", type="submit", kind="accent"),
                rx.cond(State.found, action(t("Clear"), kind="quiet", on_click=State.clear)),
                class_name="panel-buttons",
            ),
            on_submit=State.look,
            auto_complete="off",
        ),
    )


def _answer(*, bureau: bool) -> rx.Component:
    return rx.fragment(
        rx.cond(
            State.unknown,
            blocks.callout(
                t("Nothing is known of it any more: what lay open counts everything."), tone="warning"
            ),
        ),
        rx.el.p(
            t(
                "From {since} to {until}.",
                since=rx.cond(State.since != "", times.moment_text(State.since), "…"),
                until=times.moment_text(State.until),
            ),
            class_name="secondary",
        ),
        _accounts(),
        _orders(bureau=bureau),
    )


def _accounts() -> rx.Component:
    return blocks.panel(
        t("By account"),
        table.data_table(
            [
                Column(t("Account"), lambda row: row.name, main=True),
                Column(t("Orders"), lambda row: number(row.orders), numeric=True),
                *_counts(),
                Column(t("Searches"), lambda row: number(row.searches), numeric=True),
                Column(t("Lay open"), _lay_open),
            ],
            State.accounts,
            label=t("By account"),
            key=lambda row: row.account,
            empty=rx.fragment(),
        ),
        rx.el.ul(rx.foreach(State.accounts, _doubt), class_name="plain-list secondary"),
        rx.el.p(
            t(
                "Shown and taken are certain. Among many: the log knows the order and how many, not who. "
                "Other sessions: of the same person within hours. Lay open: could have been shown, because "
                "the role allowed it; where that is not known, everything counts."
            ),
            class_name="secondary",
        ),
        actions=[
            action(t("Export…"), icon="download", small=True, on_click=State.ask("export", "")),
        ],
    )


def _counts() -> list[Column]:
    """What is counted of an account and of an order alike, the most certain first."""
    return [
        Column(t("Persons shown"), lambda row: number(row.seen), numeric=True),
        Column(t("Photos"), lambda row: number(row.photos), numeric=True),
        Column(t("Taken away"), lambda row: number(row.taken), numeric=True),
        Column(t("Among many"), lambda row: number(row.unnamed), numeric=True),
        Column(t("Other sessions"), lambda row: number(row.nearby), numeric=True),
    ]


def _lay_open(row: Any) -> rx.Component:
    return rx.el.span(
        plural("{n} card", "{n} cards", row.open_cards),
        " ",
        rx.el.span(plural("in {n} order", "in {n} orders", row.open_orders), class_name="secondary"),
    )


def _doubt(row: Any) -> rx.Component:
    """Where the access log may know less than happened."""
    more = t(
        "{name}: the audit log has {logged} entries about persons, the access log {acts}.",
        name=row.name,
        logged=row.logged,
        acts=row.acts,
    )
    short = t("{name}: the period begins before what the access log keeps.", name=row.name)
    return rx.fragment(
        rx.cond(row.logged > row.acts, rx.el.li(more)),
        rx.cond(row.reaches_back, rx.el.li(short)),
    )


def _orders(*, bureau: bool) -> rx.Component:
    def named(row: Any) -> rx.Component:
        return (
            rx.el.span(row.order)
            if bureau
            else page_link(row.order, to=_where(row.order), class_name="text-link")
        )

    account = [Column(t("Account"), lambda row: row.account, quiet=True)] if bureau else []
    return blocks.panel(
        t("By order"),
        table.data_table(
            [
                Column(t("Order"), named, main=True),
                *account,
                *_counts(),
                Column(t("Cards in it"), lambda row: number(row.cards), numeric=True),
                Column(t("Last"), lambda row: times.moment(row.last), quiet=True),
            ],
            State.orders,
            label=t("By order"),
            key=lambda row: row.account + row.order,
            empty=blocks.empty_state(
                "eye-off", t("No order was touched"), t("Nobody was shown or taken away by it.")
            ),
        ),
        rx.cond(
            State.more, rx.el.p(t("These are the last touched; the export has all."), class_name="secondary")
        ),
        rx.fragment()
        if bureau
        else rx.cond(
            State.orders.length() > 0,
            rx.el.p(
                t("To tell the persons, open an order and export them: with a purpose and a second factor."),
                class_name="secondary",
            ),
        ),
    )


def _where(number: rx.Var) -> rx.Var:
    """An order by its number; files of the file drop, whose numbers begin with F, are all on one page."""
    return rx.cond(number.startswith("F-"), "/files", "/orders/" + number).to(str)
