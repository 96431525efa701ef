"""`/agreement`: the data processing agreement, what is new in it, accepting it, what was accepted."""

from functools import partial
from typing import Any

import reflex as rx

from nexus_portal.components import blocks, header, prose, times
from nexus_portal.components.actions import action
from nexus_portal.components.dialogs import confirm_dialog
from nexus_portal.components.forms import check_input, hidden, post_form
from nexus_portal.components.i18n import IS_SWEDISH, t
from nexus_portal.domain.agreements import Standing
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text_changes import Change
from nexus_portal.pages.agreement_parts import accepted_versions, standing_badge
from nexus_portal.pages.page import holds, portal_page
from nexus_portal.pages.sub_processors import sub_processors
from nexus_portal.state.agreement import AgreementState as State
from nexus_portal.state.shell import ShellState
from nexus_portal.state.sub_processors import SubProcessorsState as Companies

TEXT = "dpa"
WAITS = (State.standing == Standing.ASKED) | (State.standing == Standing.STOPPED)
LANGUAGE = rx.cond(IS_SWEDISH, "sv", "en").to(str)


@portal_page(
    "/agreement", title=t("Agreement"), needs=Permission.AGREEMENTS_READ, on_load=[State.load, Companies.load]
)
def agreement() -> rx.Component:
    """How it stands, what is new, the text, and every version that was accepted."""
    accept = action(t("Accept the agreement"), icon="file-check", kind="primary", on_click=State.ask)
    return rx.fragment(
        header.page_header(
            prose.title(TEXT),
            badges=[rx.cond(State.loaded, standing_badge(State.standing))],
            actions=[
                rx.cond(State.loaded & WAITS & holds(Permission.AGREEMENTS_ACCEPT), accept),
            ],
            lead=t("Between your organisation and the bureau, under Article 28 of the GDPR."),
        ),
        rx.cond(
            State.loaded,
            rx.el.div(_waits(), _changes(), _accepted(), _text(), sub_processors(), class_name="agreement"),
            blocks.skeleton_rows(),
        ),
        _dialog(),
    )


def _waits() -> rx.Component:
    day = times.day_text(State.due)
    asked = t(
        "Version {version} waits to be accepted. From {day} on nothing can be ordered without it.",
        version=State.current,
        day=day,
    )
    stopped = t(
        "Version {version} has to be accepted before anything can be ordered. Drafts are kept.",
        version=State.current,
    )
    who = t("The account admin accepts it, or whoever else may.")
    told = rx.el.p(who, class_name="secondary")
    others = rx.cond(holds(Permission.AGREEMENTS_ACCEPT), rx.fragment(), told)
    return rx.fragment(
        rx.cond(State.standing == Standing.ASKED, blocks.callout(rx.el.p(asked), others, tone="warning")),
        rx.cond(State.standing == Standing.STOPPED, blocks.callout(rx.el.p(stopped), others, tone="danger")),
    )


def _changes() -> rx.Component:
    panel = blocks.panel(
        t("What changed since version {version}", version=State.accepted),
        rx.el.p(
            t("Words that went are struck out, words that came are underlined. The rest is as it was."),
            class_name="secondary",
        ),
        rx.el.div(rx.foreach(State.changed, _change), class_name="changes"),
    )
    return rx.cond(State.changed.length() > 0, panel)


def _change(section: Any) -> rx.Component:
    kind = rx.match(
        section.change,
        (Change.ADDED, t("New section")),
        (Change.REMOVED, t("Section that went")),
        t("Changed"),
    )
    return rx.el.section(
        rx.el.h3(section.title, " ", rx.el.span(kind, class_name="secondary")),
        rx.el.p(rx.foreach(section.pieces, _piece), class_name="change-text"),
        class_name="change",
    )


def _piece(piece: Any) -> rx.Component:
    return rx.match(
        piece.change,
        (Change.ADDED, rx.el.ins(piece.text)),
        (Change.REMOVED, rx.el.del_(piece.text)),
        rx.el.span(piece.text),
    )


def _accepted() -> rx.Component:
    listed = accepted_versions(State.acceptances)
    return rx.cond(State.acceptances.length() > 0, blocks.panel(t("Accepted versions"), listed))


def _text() -> rx.Component:
    return blocks.panel(
        t("The agreement, version {version}", version=prose.version(TEXT)), prose.document(TEXT, below=3)
    )


def _dialog() -> rx.Component:
    binding = t(
        "I have read version {version} and may bind {account}.",
        version=State.current,
        account=ShellState.account,
    )
    wrong = rx.el.div(blocks.callout(State.error, tone="danger"), role="alert")
    return confirm_dialog(
        rx.cond(State.error != "", wrong),
        hidden("version", State.current),
        hidden("language", LANGUAGE),
        hidden("digest", State.digests[LANGUAGE]),
        check_input("binding", binding, required=True),
        title=t("Accept the agreement"),
        subject=t("Version {version}", version=State.current),
        consequence=t(
            "It counts for your whole organisation from now on. The text as you see it is kept as PDF, with "
            "your name, your role and the time; you and the bureau can fetch it at any time."
        ),
        open=State.asking,
        on_close=State.close,
        form=partial(post_form, action="/agreement/accept", csrf=ShellState.csrf),
        icon="file-check",
        danger=False,
        error=State.code_error,
    )
