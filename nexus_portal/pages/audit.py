"""`/audit`: what happened, by whom and to what, and whether the log is as it was written."""

import reflex as rx

from nexus_portal.components import blocks, filters, header, table, times
from nexus_portal.components.actions import action
from nexus_portal.components.forms import event_form, field, text_input
from nexus_portal.components.i18n import plural, say, t
from nexus_portal.components.icons import glyph
from nexus_portal.components.native import native_link
from nexus_portal.components.statuses import role_text
from nexus_portal.components.table import Column
from nexus_portal.components.vars import Text, pick
from nexus_portal.domain.audit_words import ACTIONS, FACTS, GROUPS
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.page import holds, portal_page
from nexus_portal.state.audit import PATH
from nexus_portal.state.audit import AuditState as State


@portal_page(PATH, title=t("Audit log"), needs=Permission.AUDIT_READ, on_load=State.load)
def audit() -> rx.Component:
    """Whether the chain holds, filters, entries."""
    return rx.fragment(
        header.page_header(
            t("Audit log"),
            lead=t("What happened, by whom and to what. Each entry is chained to the one before it."),
            actions=[action(t("Verify now"), icon="shield-check", on_click=State.verify), _export()],
        ),
        rx.el.div(rx.cond(State.checked, _state()), role="status"),
        rx.cond(State.loaded, _walks()),
        _search(),
        _filters(),
        _entries(),
        filters.pager(
            showing=plural("{n} entry on this page", "{n} entries on this page", State.rows.length()),
            has_newer=State.newer != "",
            has_older=State.older != "",
            on_newer=State.turn("newer"),
            on_older=State.turn("older"),
        ),
    )


def _export() -> rx.Component:
    return native_link(
        glyph("download", size=14),
        rx.el.span(t("Export (JSON Lines)")),
        href=PATH + "/export.jsonl?" + State.query,
        download=True,
        class_name="text-link",
    )


def _state() -> rx.Component:
    signed = rx.cond(
        State.signed_seq > 0,
        rx.el.span(
            t("Signed up to entry {seq}", seq=State.signed_seq), ", ", times.moment(State.signed_at), "."
        ),
        rx.el.span(t("Not signed yet: that happens every 256 entries.")),
    )
    fine = blocks.callout(
        rx.el.p(
            plural(
                "{n} entry was verified, from the first to the last.",
                "{n} entries were verified, from the first to the last.",
                State.entries,
            )
        ),
        rx.el.p(signed),
        tone="success",
    )
    broken = blocks.callout(
        rx.el.p(t("The log is broken at entry {seq}.", seq=State.broken_at), " ", State.why),
        rx.el.p(signed),
        tone="danger",
    )
    return rx.cond(State.broken_at > 0, broken, fine)


def _walks() -> rx.Component:
    """When it was verified last, by whom, up to which entry, and with what result."""
    return rx.el.ul(
        rx.foreach(State.walks, _walk),
        rx.cond(
            State.walks.length() == 0,
            rx.el.li(t("Not verified yet. The portal does it by itself every quarter of an hour.")),
        ),
        aria_label=t("Last verified"),
        class_name="plain-list secondary walks",
    )


def _walk(walk: rx.Var) -> rx.Component:
    whom = rx.cond(
        walk.by_portal,
        t("by the portal itself"),
        rx.cond(walk.who != "", t("by {name}", name=walk.who), role_text(walk.role)),
    )
    fine = rx.fragment(
        glyph("circle-check", size=13, tone="green"),
        " ",
        t("Entries {first} to {last} are as they were written.", first=walk.first, last=walk.last),
    )
    broken = rx.fragment(
        glyph("circle-alert", size=13, tone="red"),
        " ",
        t("Broken at entry {seq}.", seq=walk.broken_at),
        " ",
        walk.why,
    )
    return rx.el.li(
        t("Last verified"),
        " ",
        times.moment(walk.at),
        ", ",
        whom,
        ". ",
        rx.cond(walk.broken_at > 0, broken, fine),
    )


def _search() -> rx.Component:
    asked = State.asked
    return event_form(
        field(
            t("Number of an order, card or batch"),
            text_input(
                "subject",
                type="search",
                default_value=asked["subject"],
                auto_complete="off",
                max_length=80,
                custom_attrs={"data-holds": asked["subject"]},
            ),
            control_id="subject",
        ),
        action(t("Find"), icon="search", small=True, type="submit"),
        on_submit=State.find,
        class_name="people-search",
        role="search",
    )


def _filters() -> rx.Component:
    asked = State.asked
    return header.toolbar(
        rx.cond(holds(Permission.CUSTOMERS_MANAGE), _chain()),
        filters.filter_select(
            t("What"),
            asked["group"],
            lambda chosen: State.narrow("group", chosen),
            [(name, say(words)) for name, words in GROUPS.items()],
        ),
        filters.filter_choice(
            t("Who"), asked["who"], lambda chosen: State.narrow("who", chosen), State.people
        ),
        filters.filter_day(t("From"), asked["since"], lambda day: State.narrow("since", day)),
        filters.filter_day(t("To"), asked["until"], lambda day: State.narrow("until", day)),
        rx.cond(State.narrowed, action(t("Clear"), small=True, kind="quiet", on_click=State.clear)),
    )


def _chain() -> rx.Component:
    """The bureau's admin reads two chains: the bureau's, and what belongs to no account."""
    return filters.filter_select(
        t("Log"),
        State.asked["chain"],
        lambda chosen: State.narrow("chain", chosen),
        [("installation", t("The installation’s"))],
        any_label=t("The bureau’s"),
    )


def _entries() -> rx.Component:
    return table.data_table(
        [
            Column(t("What"), lambda row: pick(row.action, _said(ACTIONS), row.action), main=True),
            Column(
                t("Of"), lambda row: rx.el.span(row.subject, style={"overflow_wrap": "anywhere"}), quiet=True
            ),
            Column(t("When"), lambda row: times.moment(row.at)),
            Column(t("Who"), _who),
            Column(t("Entry"), _details, quiet=True),
        ],
        State.rows,
        label=t("Audit log"),
        key=lambda row: row.seq,
        loading=~State.loaded,
        empty=rx.cond(
            State.narrowed,
            blocks.empty_state("search-x", t("Nothing"), t("No entry fits these filters.")),
            blocks.empty_state("scroll-text", t("No entries yet"), t("What happens is written down here.")),
        ),
    )


def _said(words: dict) -> list[tuple[str, Text]]:
    return [(name, say(message)) for name, message in words.items()]


def _who(row: rx.Var) -> rx.Component:
    return rx.el.span(
        rx.cond(row.who != "", row.who, rx.cond(row.role != "", "", t("The portal"))),
        " ",
        rx.cond(row.role != "", rx.el.span(role_text(row.role), class_name="secondary")),
    )


def _details(row: rx.Var) -> rx.Component:
    facts = rx.foreach(
        row.facts,
        lambda fact: rx.el.div(
            rx.el.dt(pick(fact.name, _said(FACTS), fact.name)),
            rx.el.dd(fact.value, style={"overflow_wrap": "anywhere"}),
        ),
    )
    return rx.el.details(
        rx.el.summary(t("Entry {seq}", seq=row.seq)),
        rx.el.dl(
            facts,
            rx.el.div(rx.el.dt(t("Action")), rx.el.dd(row.action)),
            rx.el.div(rx.el.dt(t("Hash")), rx.el.dd(row.hash, style={"overflow_wrap": "anywhere"})),
            class_name="definitions",
        ),
    )
