"""`/privacy/access`: who saw persons of the account, what for, and for how long that is kept."""

from functools import partial

import reflex as rx

from nexus_portal.components import blocks, dialogs, filters, header, table, times
from nexus_portal.components.actions import action
from nexus_portal.components.forms import event_form, field, post_form, text_input
from nexus_portal.components.i18n import number, plural, say, t
from nexus_portal.components.icons import glyph
from nexus_portal.components.native import native_link, page_link
from nexus_portal.components.statuses import role_text
from nexus_portal.components.table import Column
from nexus_portal.components.vars import pick
from nexus_portal.domain.access_words import ACTS, SEEN_FOR
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.page import holds, portal_page
from nexus_portal.pages.privacy_parts import privacy_tabs
from nexus_portal.state.access_log import PATH
from nexus_portal.state.access_log import AccessLogState as State
from nexus_portal.state.shell import ShellState


@portal_page(PATH, title=t("Access log"), needs=Permission.PRIVACY_READ, on_load=State.load)
def access_log() -> rx.Component:
    """Filters, the log, and for how long it is kept."""
    return rx.fragment(
        header.page_header(
            t("Privacy"),
            lead=t("Who saw persons of your account, when and what for. The log itself holds no persons."),
        ),
        privacy_tabs(PATH),
        _search(),
        _filters(),
        _log(),
        filters.pager(
            showing=plural("{n} entry on this page", "{n} entries on this page", State.rows.length()),
            has_newer=State.newer != "",
            has_older=State.older != "",
            on_newer=State.turn("newer"),
            on_older=State.turn("older"),
        ),
        _kept(),
        _keep_dialog(),
    )


def _search() -> rx.Component:
    asked = State.asked
    return event_form(
        field(
            t("Order or card number"),
            text_input(
                "number",
                type="search",
                default_value=asked["number"],
                auto_complete="off",
                max_length=40,
                custom_attrs={"data-holds": asked["number"]},
            ),
            control_id="number",
        ),
        action(t("Find"), icon="search", small=True, type="submit"),
        on_submit=State.find,
        class_name="people-search",
        role="search",
    )


def _filters() -> rx.Component:
    asked = State.asked
    return header.toolbar(
        rx.cond((asked["number"] != "") & holds(Permission.PERSONS_SEARCH), _whose()),
        filters.filter_choice(
            t("Who"), asked["who"], lambda chosen: State.narrow("who", chosen), State.people
        ),
        filters.filter_select(
            t("What"),
            asked["act"],
            lambda chosen: State.narrow("act", chosen),
            [(act, say(words)) for act, words in ACTS.items()],
        ),
        filters.filter_select(
            t("What for"),
            asked["purpose"],
            lambda chosen: State.narrow("purpose", chosen),
            [(purpose, say(words)) for purpose, words in SEEN_FOR.items()],
        ),
        filters.filter_day(t("From"), asked["since"], lambda day: State.narrow("since", day)),
        filters.filter_day(t("To"), asked["until"], lambda day: State.narrow("until", day)),
        rx.cond(State.narrowed, action(t("Clear"), small=True, kind="quiet", on_click=State.clear)),
        end=[_exports()],
    )


def _whose() -> rx.Component:
    """One card, or everything about the person on it."""
    return filters.filter_select(
        t("Of"),
        State.asked["person"],
        lambda chosen: State.narrow("person", chosen),
        [("all", t("All cards of this person"))],
        any_label=t("This number alone"),
    )


def _exports() -> rx.Component:
    links = (
        native_link(name, href=PATH + "/export." + form + "?" + State.query, download=True)
        for form, name in (("csv", "CSV"), ("jsonl", "JSON Lines"))
    )
    return rx.el.details(
        rx.el.summary(glyph("download", size=14), rx.el.span(t("Export")), class_name="filter"),
        rx.el.div(*links, class_name="fold-panel"),
        class_name="fold",
        custom_attrs={"name": "fold"},
    )


def _log() -> rx.Component:
    return table.data_table(
        [
            Column(t("When"), lambda row: times.moment(row.at), main=True),
            Column(t("Who"), _who),
            Column(t("What"), lambda row: pick(row.act, _said(ACTS), row.act)),
            Column(t("What for"), lambda row: pick(row.purpose, _said(SEEN_FOR), row.purpose), quiet=True),
            Column(t("Order, card or file"), _subject),
            Column(t("Persons"), lambda row: number(row.persons), numeric=True),
            Column(t("Fields"), lambda row: row.fields.join(", "), quiet=True),
        ],
        State.rows,
        label=t("Access log"),
        key=lambda row: row.id,
        loading=~State.loaded,
        empty=rx.cond(
            State.unknown,
            blocks.empty_state(
                "search-x", t("No such number"), t("There is no order or card with this number.")
            ),
            rx.cond(
                State.narrowed,
                blocks.empty_state(
                    "search-x", t("Nobody"), t("Nobody saw persons in a way that fits these filters.")
                ),
                blocks.empty_state(
                    "eye-off", t("Nobody yet"), t("Whoever sees a person from now on is written down here.")
                ),
            ),
        ),
    )


def _said(words: dict) -> list[tuple[str, rx.Var[str]]]:
    return [(name, say(message)) for name, message in words.items()]


def _who(row: rx.Var) -> rx.Component:
    return rx.el.span(
        rx.cond(row.who != "", row.who, rx.cond(row.file != "", t("File transfer"), t("The bureau"))),
        rx.el.span(" ", role_text(row.role), class_name="secondary"),
    )


def _subject(row: rx.Var) -> rx.Component:
    shown = rx.cond(row.card != "", row.card, row.order)
    return rx.cond(
        row.order != "",
        page_link(shown, to="/orders/" + row.order, class_name="text-link"),
        rx.cond(row.file != "", row.file, "—"),
    )


def _kept() -> rx.Component:
    return rx.el.p(
        plural("Kept for {n} month.", "Kept for {n} months.", State.months),
        " ",
        rx.cond(
            holds(Permission.PRIVACY_MANAGE),
            rx.el.button(t("Change"), type="button", on_click=State.ask, class_name="text-button"),
        ),
        class_name="secondary",
    )


def _keep_dialog() -> rx.Component:
    return dialogs.confirm_dialog(
        field(
            t("Months"),
            text_input(
                "months",
                type="number",
                min="12",
                max="120",
                required=True,
                default_value=State.months.to(str),
            ),
            control_id="months",
        ),
        title=t("How long the access log is kept"),
        subject=t("12 to 120 months"),
        consequence=t(
            "Entries that are older are deleted within minutes. This cannot be undone. "
            "The audit log keeps its own entries."
        ),
        open=State.asking,
        on_close=State.closed,
        form=partial(post_form, action=PATH + "/keep", csrf=ShellState.csrf),
        error=State.code_error,
        icon="clock",
    )
