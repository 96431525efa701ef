"""`/people`: finding a person across all cards of the account, masked until revealed."""

from functools import partial

import reflex as rx

from nexus_portal.components import blocks, dialogs, header, table, times
from nexus_portal.components.actions import action
from nexus_portal.components.forms import event_form, field, post_form, select_input, text_input
from nexus_portal.components.i18n import plural, say, t
from nexus_portal.components.icons import glyph
from nexus_portal.components.native import page_link
from nexus_portal.components.statuses import card_status_badge, stage_badge
from nexus_portal.components.table import Column
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.purposes import PURPOSES
from nexus_portal.pages.erasing import erasing_dialogs
from nexus_portal.pages.page import holds, portal_page
from nexus_portal.pages.person_rights import printed_callout, rights_buttons, rights_dialogs
from nexus_portal.pages.privacy_parts import seen_by_link
from nexus_portal.state.erasing import ErasingState as Erasing
from nexus_portal.state.people import PeopleState as State
from nexus_portal.state.person_rights import PersonRightsState as Rights
from nexus_portal.state.shell import ShellState


@portal_page(
    "/people",
    title=t("People"),
    needs=Permission.PERSONS_SEARCH,
    on_load=[State.load, Erasing.load, Rights.load],
)
def people() -> rx.Component:
    """A search, what it found, and two dialogs."""
    return rx.fragment(
        header.page_header(
            t("People"),
            live=State.loaded & (State.rows.length() > 0),
            lead=t("Find a person across all cards of your account. Each search and each showing is logged."),
        ),
        _search(),
        printed_callout(),
        rx.cond(State.more, _narrow()),
        rx.cond(State.searched, _found(), _nothing_yet()),
        _reveal_dialog(),
        _code_dialog(),
        rx.cond(
            holds(Permission.PRIVACY_MANAGE),
            rx.fragment(erasing_dialogs("/people/erase"), rights_dialogs()),
        ),
    )


def _search() -> rx.Component:
    return event_form(
        field(
            t("Name or personal number"),
            text_input("who", type="search", auto_complete="off", required=True, max_length=120),
            control_id="who",
            hint=t("Whole words of the name in any order, or the number in any writing."),
        ),
        action(t("Search"), icon="search", kind="primary", type="submit"),
        on_submit=State.search,
        class_name="people-search",
        role="search",
        auto_complete="off",
    )


def _narrow() -> rx.Component:
    return blocks.callout(
        rx.el.p(t("More than 50 cards match; these are the newest. Write more of the name.")), tone="warning"
    )


def _nothing_yet() -> rx.Component:
    return blocks.empty_state(
        "users",
        t("Search for somebody"),
        t("You see the cards first, with the person masked. Say what for, and the person is shown."),
    )


def _found() -> rx.Component:
    return rx.fragment(
        rx.el.p(
            plural("{n} card found", "{n} cards found", State.rows.length()),
            role="status",
            class_name="secondary people-count",
        ),
        rx.cond(holds(Permission.PRIVACY_MANAGE) & (State.rows.length() > 0), _chosen()),
        table.data_table(
            [
                Column(t("Choose"), _choose, hidden_title=True, shown=holds(Permission.PRIVACY_MANAGE)),
                Column(
                    t("Card"),
                    lambda row: page_link(row.code, to="/orders/" + row.order_number, class_name="text-link"),
                    main=True,
                ),
                Column(t("Person"), _person),
                Column(t("Born"), lambda row: rx.cond(row.birth_year != "", row.birth_year, "—"), quiet=True),
                Column(t("Layout"), lambda row: row.layout, quiet=True),
                Column(t("Stage"), lambda row: stage_badge(stage=row.stage)),
                Column(t("Since"), lambda row: times.when(row.stage_at), quiet=True),
                Column(t("In the register"), _registered, quiet=True),
            ],
            State.rows,
            label=t("Cards found"),
            key=lambda row: row.item_id,
            empty=blocks.empty_state(
                "search-x",
                t("Nobody found"),
                t("No card of your account has a person like that, or their data is removed."),
            ),
        ),
    )


def _chosen() -> rx.Component:
    count = Erasing.items.length()
    return rx.el.div(
        rx.cond(
            count > 0,
            rx.fragment(
                rx.el.span(
                    plural("{n} card chosen", "{n} cards chosen", count),
                    role="status",
                    class_name="secondary",
                ),
                action(t("Choose none"), small=True, kind="quiet", on_click=Erasing.choose_none),
                rights_buttons(),
                action(
                    t("Remove from every order…"),
                    icon="shield-x",
                    small=True,
                    kind="danger",
                    on_click=Erasing.ask_persons,
                ),
            ),
            rx.el.span(
                t("Choose a card to make a package of its person, protect or remove them."),
                class_name="secondary",
            ),
        ),
        class_name="toolbar",
    )


def _choose(row: rx.Var) -> rx.Component:
    return rx.el.input(
        type="checkbox",
        checked=Erasing.items.contains(row.item_id),
        on_change=lambda _: Erasing.choose_item(row.item_id),
        aria_label=t("Choose card {number}", number=row.code),
        class_name="check",
    )


def _registered(row: rx.Var) -> rx.Component:
    return rx.cond(
        row.card != "",
        rx.el.div(
            page_link(row.card, to="/cards/" + row.card, class_name="text-link"),
            card_status_badge(status=row.card_status),
            class_name="status-cell",
        ),
        "—",
    )


def _person(row: rx.Var) -> rx.Component:
    person = State.persons[row.item_id]
    shield = rx.cond(
        row.protected,
        rx.el.span(
            glyph("shield-check", size=13, tone="indigo"), t("Protected identity"), class_name="lifeline"
        ),
    )
    return rx.cond(
        State.persons.contains(row.item_id),
        rx.el.div(
            rx.el.span(person.name, class_name="person-shown"),
            shield,
            rx.el.span(person.details, class_name="secondary"),
            rx.el.button(
                t("Hide"),
                rx.el.span(" ", row.code, class_name="unseen"),
                type="button",
                on_click=State.hide(row.item_id),
                class_name="text-button",
            ),
            seen_by_link(row.code),
            class_name="status-cell",
        ),
        rx.el.div(
            rx.el.span(t("Masked"), class_name="secondary"),
            shield,
            rx.el.button(
                t("Reveal"),
                rx.el.span(" ", row.code, class_name="unseen"),
                type="button",
                on_click=State.ask(row.item_id, row.code),
                class_name="text-button",
            ),
            seen_by_link(row.code),
            class_name="status-cell",
        ),
    )


def _reveal_dialog() -> rx.Component:
    purposes = [(purpose, say(words)) for purpose, words in PURPOSES.items()]
    return dialogs.confirm_dialog(
        field(t("What for"), select_input("purpose", purposes), control_id="purpose"),
        title=t("Show the person"),
        subject=t("Card {number}", number=State.chosen_code),
        consequence=t("That you looked, when and what for stands in your account’s log."),
        open=State.asking == "reveal",
        on_close=State.closed,
        form=partial(event_form, on_submit=State.reveal),
        ask_code=False,
        danger=False,
        icon="eye",
    )


def _code_dialog() -> rx.Component:
    return dialogs.confirm_dialog(
        title=t("Show more persons"),
        subject=t("More than 50 within an hour"),
        consequence=t("Confirm with a second factor. Then search again."),
        open=State.asking == "code",
        on_close=State.closed,
        form=partial(post_form, action="/people/confirm", csrf=ShellState.csrf),
        danger=False,
        icon="shield-check",
    )
