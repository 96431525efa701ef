"""The dialogs by which the privacy officer does right by a person that was found."""

from functools import partial

import reflex as rx

from nexus_portal.components import blocks, dialogs
from nexus_portal.components.actions import action
from nexus_portal.components.files import address
from nexus_portal.components.forms import event_form, field, hidden, post_form, select_input
from nexus_portal.components.i18n import plural, say, t
from nexus_portal.components.native import page_link
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.purposes import PURPOSES
from nexus_portal.pages.draft_fields import layout_fields
from nexus_portal.pages.page import holds
from nexus_portal.state.erasing import ErasingState as Erasing
from nexus_portal.state.person_rectify import PersonRectifyState as Rectify
from nexus_portal.state.person_rights import PACKAGE, PROTECT
from nexus_portal.state.person_rights import PersonRightsState as State
from nexus_portal.state.shell import ShellState

SAID = {
    "data-taking": t("The file is being made. Leave this page open until it is here."),
    "data-broken": t("The file broke off before its end and was not kept. Load the page and try again."),
}
"""What `take.js` says while a file is made."""
LANGUAGES = [("sv", "Svenska"), ("en", "English")]


def rights_buttons() -> rx.Component:
    """What can be done for the person on the chosen cards."""
    return rx.fragment(
        rx.cond(
            holds(Permission.PERSONS_EXPORT),
            action(t("Make a package…"), icon="package", small=True, on_click=State.ask(PACKAGE)),
        ),
        rx.cond(
            Erasing.items.length() == 1,
            action(t("Correct…"), icon="pencil", small=True, on_click=Rectify.ask),
        ),
        action(t("Protect the identity…"), icon="shield-check", small=True, on_click=State.ask(PROTECT)),
    )


def rights_dialogs() -> rx.Component:
    """The package, the correction and the protection."""
    return rx.fragment(_package(), _rectify(), _protect(), rx.el.script(src=address("take.js"), async_=True))


def _package() -> rx.Component:
    purposes = [(purpose, say(words)) for purpose, words in PURPOSES.items()]
    return dialogs.confirm_dialog(
        hidden("items", State.items.join(" ")),
        _in_the_package(),
        field(
            t("What for"),
            select_input("package-purpose", purposes, name="purpose", default_value=State.purpose),
            control_id="package-purpose",
        ),
        field(
            t("Language of the document"),
            select_input("package-language", LANGUAGES, name="language", default_value=State.language),
            control_id="package-language",
        ),
        rx.el.p(role="status", class_name="field-hint", custom_attrs=SAID),
        title=t("Make a package for the person"),
        subject=plural("{n} card", "{n} cards", State.codes.length()),
        consequence=t(
            "A ZIP file with all that is held about this person, as JSON, as a PDF to hand out, and with "
            "their photos, and nothing of anybody else. That you made it stands in your account’s log."
        ),
        open=State.asking == PACKAGE,
        on_close=State.closed,
        form=partial(
            post_form, action="/people/package", csrf=ShellState.csrf, custom_attrs={"data-take": ""}
        ),
        error=State.error,
        danger=False,
        icon="package",
    )


def _in_the_package() -> rx.Component:
    whose = rx.cond(
        State.by_number,
        t("Every card with the same personal number is in it:"),
        t("The cards bear no personal number, so only those you chose are in it:"),
    )
    return rx.el.p(whose, " ", State.codes.join(", "))


def _rectify() -> rx.Component:
    return dialogs.confirm_dialog(
        rx.el.div(layout_fields(Rectify.fields), key=Rectify.item),
        title=t("Correct what is kept"),
        subject=t("Card {number}", number=Rectify.code),
        consequence=t(
            "What stands here is kept from now on; what stood here before is destroyed, with a certificate. "
            "A card that is printed stays as it is."
        ),
        open=Rectify.item != "",
        on_close=Rectify.closed,
        form=partial(event_form, on_submit=Rectify.save),
        ask_code=False,
        danger=False,
        icon="pencil",
    )


def printed_callout() -> rx.Component:
    """Tells that a printed card stays as it is, and where it can be ordered again."""
    told = blocks.callout(
        rx.el.p(
            t("The printed card still says what it said. Whoever orders cards can order it again:"),
            " ",
            page_link(Rectify.card, to="/cards/" + Rectify.card, class_name="text-link"),
        ),
        tone="warning",
    )
    return rx.cond(Rectify.card != "", rx.el.div(told, role="status"))


def _protect() -> rx.Component:
    return dialogs.confirm_dialog(
        title=t("Protect the identity"),
        subject=plural("{n} card chosen", "{n} cards chosen", State.items.length()),
        consequence=t(
            "On all cards with the same personal number the person is called by an alias from now on. "
            "Searches, counts and exports leave them out for everybody who is not named to see them. "
            "It takes two people to take it back."
        ),
        open=State.asking == PROTECT,
        on_close=State.closed,
        form=partial(event_form, on_submit=State.protect),
        ask_code=False,
        danger=False,
        icon="shield-check",
    )
