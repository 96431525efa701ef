"""Asked card holders on the page of a draft: who is waited for, who has answered, and what to do about it."""

from functools import partial
from typing import Any

import reflex as rx

from nexus_portal.components import blocks, filters, times
from nexus_portal.components.actions import action, menu_item, more_menu
from nexus_portal.components.dialogs import confirm_dialog
from nexus_portal.components.forms import event_form, field, select_input, text_area, text_input
from nexus_portal.components.i18n import plural, t
from nexus_portal.components.icons import glyph
from nexus_portal.components.secrets import copy_button
from nexus_portal.components.table import Column, data_table
from nexus_portal.components.vars import Text
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.page import holds
from nexus_portal.state.holder_review import DAYS, MOST_DAYS
from nexus_portal.state.holder_review import HolderReviewState as State


def holder_panel() -> rx.Component:
    """The asked holders of the draft on screen; nothing where none was asked. With its dialogs."""
    return rx.fragment(rx.cond(State.rows.length() > 0, _panel()), holder_dialogs())


def ask_holders() -> rx.Component:
    """The way in: a button that opens the dialog."""
    return action(t("Ask the card holders"), icon="send", on_click=State.begin)


def holder_dialogs() -> rx.Component:
    """All dialogs; each opens by its name."""
    return rx.fragment(_ask(), _link(), _withdraw(), _review())


def _panel() -> rx.Component:
    mine = State.own & holds(Permission.ORDERS_CREATE)
    take = action(
        plural("Take {n} answer", "Take all {n} answers", State.complete),
        icon="check-check",
        small=True,
        on_click=State.approve_all,
    )
    return rx.el.section(
        rx.el.div(
            rx.el.h2(t("Asked card holders"), class_name="panel-title"),
            rx.el.span(
                t("{answered} answered · {waiting} waiting", answered=State.answered, waiting=State.waiting),
                rx.cond(
                    State.ended > 0,
                    rx.fragment(" · ", plural("{n} link ended", "{n} links ended", State.ended)),
                ),
                role="status",
                class_name="secondary",
            ),
            rx.cond(mine & (State.complete > 0), take),
            class_name="holders-head",
        ),
        rx.cond(mine & (State.complete < State.answered), _questions()),
        _table(mine),
        _pager(),
        class_name="holders",
    )


def _table(mine: rx.Var) -> rx.Component:
    return data_table(
        [
            Column(t("Row"), lambda row: row.row, main=True),
            Column(t("Card holder"), _who),
            Column(t("State"), _state),
            Column(t("Asked"), lambda row: times.when(row.asked_at), quiet=True),
            Column(
                t("Link ends"),
                lambda row: rx.cond(row.state == "waiting", times.day(row.ends_at), "—"),
                quiet=True,
            ),
            Column(t("Actions"), lambda row: rx.cond(mine, _actions(row)), hidden_title=True),
        ],
        State.rows,
        label=t("Asked card holders"),
        key=lambda row: row.item_id,
    )


def _questions() -> rx.Component:
    """What is not taken together with the others."""
    left = State.answered - State.complete
    return rx.el.p(
        plural(
            "{n} answer is from somebody who has a card already: look at it by itself.",
            "{n} answers are from people who have a card already: look at each by itself.",
            left,
        ),
        class_name="secondary",
    )


def _pager() -> rx.Component:
    return rx.cond(
        (State.newer != "") | (State.older != ""),
        filters.pager(
            showing=plural("{n} row on this page", "{n} rows on this page", State.rows.length()),
            has_newer=State.newer != "",
            has_older=State.older != "",
            on_newer=State.turn("newer"),
            on_older=State.turn("older"),
        ),
    )


def _who(row: rx.Var) -> rx.Component:
    unknown = rx.cond(row.has_address, t("Masked"), t("By a link handed over"))
    return rx.cond(row.contact != "", row.contact, unknown)


def _state(row: rx.Var) -> rx.Component:
    reminded = rx.cond(
        row.reminded_at != "", rx.el.span(t("reminded {when}", when=times.when_text(row.reminded_at)))
    )
    return rx.match(
        row.state,
        ("answered", _mark("inbox", t("Answered, to look over"), "indigo")),
        ("ended", _mark("ban", t("Link ended"), "gray")),
        rx.el.span(_mark("clock", t("Waiting"), "amber"), " ", reminded, class_name="holder-state"),
    )


def _mark(icon: str, text: Text, tone: str) -> rx.Component:
    return rx.el.span(glyph(icon, size=14, tone=tone), text, class_name="row-mark")


def _actions(row: rx.Var) -> rx.Component:
    waiting = more_menu(
        menu_item(t("Copy the link"), icon="link", on_click=State.copy_link(row.item_id)),
        rx.cond(
            row.may_remind,
            menu_item(t("Remind by mail"), icon="mail", on_click=State.remind(row.item_id)),
        ),
        menu_item(
            t("Withdraw the link"),
            icon="ban",
            danger=True,
            on_click=State.ask_withdraw(row.item_id, row.row),
        ),
        label=t("Actions for row {row}", row=row.row),
    )
    look = action(
        t("Review"),
        small=True,
        on_click=State.review(row.item_id),
        aria_label=t("Review row {row}", row=row.row),
    )
    return rx.match(row.state, ("answered", look), ("waiting", waiting), rx.fragment())


def _ask() -> rx.Component:
    box = text_area("holder-people", name="people", rows=5, max_length=10000, auto_complete="off")
    hint = t("Name <name@organisation.se> or the address alone, up to 200. Empty: one link to hand over.")
    layout = select_input("holder-layout", State.layouts, name="layout")
    return confirm_dialog(
        _refusal(),
        rx.cond(State.layouts.length() > 0, field(t("Card layout"), layout, control_id="holder-layout")),
        field(t("Mail addresses"), box, control_id="holder-people", hint=hint),
        _terms(),
        title=t("Ask the card holders"),
        consequence=t(
            "Each gets a link, good once, to fill in their own details and photo. They need no account. The "
            "address is kept until you have taken their answer, and no longer."
        ),
        open=State.dialog == "ask",
        on_close=State.closed,
        form=partial(event_form, on_submit=State.ask),
        ask_code=False,
        danger=False,
        icon="send",
    )


def _terms() -> rx.Component:
    days = text_input(
        "holder-days",
        name="days",
        type="number",
        min=1,
        max=MOST_DAYS,
        default_value=str(DAYS),
        required=True,
    )
    languages = [("sv", t("Swedish")), ("en", t("English"))]
    language = select_input("holder-language", languages, name="language")
    return rx.el.div(
        field(t("Days until the link ends"), days, control_id="holder-days"),
        field(t("Language of the form"), language, control_id="holder-language"),
        class_name="holders-pair",
    )


def _withdraw() -> rx.Component:
    return confirm_dialog(
        title=t("Withdraw the link"),
        subject=t("Row {row}", row=State.row),
        consequence=t("The link stops working and the address goes. The row stays, for you to fill in."),
        open=State.dialog == "withdraw",
        on_close=State.closed,
        form=partial(event_form, on_submit=State.withdraw),
        ask_code=False,
        icon="ban",
    )


def _link() -> rx.Component:
    words = t(
        "For row {row}. Whoever opens it first fills the form in. Give it to the card holder alone.",
        row=State.row,
    )
    link = rx.el.code(State.link, id="holder-link", style={"overflow_wrap": "anywhere"})
    buttons = rx.el.div(
        copy_button("holder-link"),
        rx.dialog.close(action(t("Done"), kind="primary")),
        class_name="dialog-buttons holders-buttons",
    )
    return _dialog(
        "link",
        t("Pass the link on"),
        words,
        rx.el.div(link, class_name="dialog-effects"),
        buttons,
        icon="link",
    )


def _review() -> rx.Component:
    twice = blocks.callout(
        rx.el.p(t("This person is on another card of yours. Taking the answer orders one more.")),
        tone="warning",
    )
    return _dialog(
        "review",
        t("Review row {row}", row=State.row),
        t("What the card holder has sent. That you looked at it is logged."),
        rx.cond(State.twice, twice),
        _answer(),
        _decision(),
        icon="user-round-check",
    )


def _answer() -> rx.Component:
    picture = rx.cond(
        State.photo != "",
        rx.el.img(src=State.photo, alt=t("Photo of the card holder"), class_name="mend-photo"),
    )
    values = rx.foreach(
        State.values,
        lambda value: rx.el.div(rx.el.dt(value.label), rx.el.dd(rx.cond(value.text != "", value.text, "—"))),
    )
    return rx.el.div(picture, rx.el.dl(values, class_name="definitions"), class_name="mend-photo-row")


def _decision() -> rx.Component:
    reason = text_area(
        "holder-reason", name="reason", rows=2, max_length=400, error=State.error, auto_complete="off"
    )
    return event_form(
        field(
            t("What should be changed"),
            reason,
            control_id="holder-reason",
            hint=t("The card holder reads this. It is kept with the order: no names."),
            error=State.error,
        ),
        rx.el.div(
            action(t("Send back"), type="submit", icon="undo-2"),
            action(t("Take the answer"), icon="check", kind="primary", on_click=State.approve),
            class_name="dialog-buttons",
        ),
        on_submit=State.send_back,
        key=State.item,
    )


def _refusal() -> rx.Component:
    return rx.cond(State.error != "", rx.el.div(blocks.callout(State.error, tone="danger"), role="alert"))


def _dialog(name: str, title: Text, lead: Text, *content: Any, icon: str) -> rx.Component:
    heading = rx.el.div(
        rx.el.span(glyph(icon, size=17), class_name="dialog-mark"),
        rx.el.div(
            rx.dialog.title(title, as_="h2", class_name="dialog-title"),
            rx.dialog.description(lead, class_name="secondary"),
        ),
        class_name="dialog-heading",
    )
    return rx.dialog.root(
        rx.dialog.content(heading, *content, class_name="dialog"),
        open=State.dialog == name,
        on_open_change=State.closed,
    )
