"""What several pages say of the agreement: how a customer stands to it, and that a version waits."""

from typing import Any

import reflex as rx

from nexus_portal.components import blocks, statuses, table, times
from nexus_portal.components.actions import action
from nexus_portal.components.i18n import Text, t
from nexus_portal.components.icons import glyph
from nexus_portal.components.native import native_link
from nexus_portal.components.table import Column
from nexus_portal.components.vars import Code, pick_part
from nexus_portal.domain.agreements import Standing
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.page import holds
from nexus_portal.state.agreement_reminder import AgreementReminderState as State

_LOOKS: tuple[tuple[Standing, Text, str, str], ...] = (
    (Standing.ACCEPTED, t("Accepted"), "circle-check", "green"),
    (Standing.ASKED, t("New version waits"), "hourglass", "amber"),
    (Standing.STOPPED, t("Not accepted"), "circle-alert", "red"),
)


def standing_badge(standing: Code) -> rx.Component:
    """How a customer stands to the agreement, in a word."""
    return pick_part(standing, [(kind, _badge(word, icon, colour)) for kind, word, icon, colour in _LOOKS])


def reminder() -> rx.Component:
    """While a version waits: until when, and who accepts it, or the way there."""
    return rx.fragment(
        rx.cond(State.standing == Standing.ASKED, blocks.callout(_asked(), tone="warning", icon="file-text")),
        rx.cond(
            State.standing == Standing.STOPPED, blocks.callout(_stopped(), tone="danger", icon="file-text")
        ),
    )


def accepted_versions(rows: Any) -> rx.Component:
    """Each version that a customer accepted: when, by whom, and the paper."""
    return table.data_table(
        [
            Column(t("Version"), lambda row: row.version, main=True),
            Column(t("Accepted"), lambda row: times.moment(row.accepted_at)),
            Column(t("By"), lambda row: row.accepted_by),
            Column(t("Role"), lambda row: statuses.role_text(row.role), quiet=True),
            Column(t("PDF"), _paper),
        ],
        rows,
        label=t("Accepted versions"),
        key=lambda row: row.id,
        empty=rx.fragment(),
    )


def _paper(row: Any) -> rx.Component:
    return native_link(
        t("Download"),
        href="/agreement/papers/" + row.id + ".pdf",
        class_name="text-link",
        aria_label=t("Agreement {version} as PDF", version=row.version),
    )


def _asked() -> rx.Component:
    day = times.day_text(State.due)
    return rx.fragment(
        rx.el.p(t("A new version of the data processing agreement waits to be accepted by {day}.", day=day)),
        _way(),
    )


def _stopped() -> rx.Component:
    return rx.fragment(
        rx.el.p(
            t("Nothing can be ordered until the data processing agreement is accepted. Drafts are kept.")
        ),
        _way(),
    )


def _way() -> rx.Component:
    """To whoever may accept it a button, to others the names of those who may."""
    button = action(t("Read and accept"), icon="file-check", href="/agreement", small=True)
    named = t("These people can accept it: {who}.", who=State.who)
    nobody = t("Nobody in your organisation may accept it yet. Ask your account admin or the bureau.")
    return rx.cond(
        holds(Permission.AGREEMENTS_ACCEPT),
        rx.el.div(button, class_name="callout-action"),
        rx.el.p(rx.cond(State.who != "", named, nobody), class_name="secondary"),
    )


def _badge(word: Text, icon: str, colour: str) -> rx.Component:
    return rx.badge(
        glyph(icon, size=12),
        word,
        color_scheme=colour,
        variant="soft",
        class_name="badge",
    )
