"""The dialogs of one row of a draft: mending it, and throwing it away."""

from functools import partial

import reflex as rx

from nexus_portal.components import dialogs
from nexus_portal.components.actions import action
from nexus_portal.components.forms import event_form, hidden
from nexus_portal.components.i18n import t
from nexus_portal.components.icons import glyph
from nexus_portal.pages.draft_fields import changed_meanwhile, layout_fields, protected_identity, second_card
from nexus_portal.pages.draft_preview import preview_of_row
from nexus_portal.pages.upload_parts import photo_form
from nexus_portal.state.draft import DraftState
from nexus_portal.state.draft_mend import DraftMendState as State


def mend_dialog() -> rx.Component:
    """The row's photo, then its fields, each with what is wrong with it."""
    return rx.dialog.root(
        rx.dialog.content(
            rx.el.div(
                rx.el.span(glyph("pencil", size=17), class_name="dialog-mark"),
                rx.el.div(
                    rx.dialog.title(
                        t("Change row {row}", row=State.row), as_="h2", class_name="dialog-title"
                    ),
                    rx.dialog.description(
                        t("What you type stays here, right or wrong, until it is right."),
                        class_name="secondary",
                    ),
                ),
                class_name="dialog-heading",
            ),
            rx.cond(State.item != "", preview_of_row()),
            rx.cond(State.with_photo, _photo()),
            _values(),
            class_name="dialog",
        ),
        open=State.item != "",
        on_open_change=State.closed,
    )


def _photo() -> rx.Component:
    picture = rx.cond(
        State.photo != "",
        rx.el.img(src=State.photo, alt=t("Photo of the card holder"), class_name="mend-photo"),
        rx.el.span(glyph("user-round", size=32), class_name="mend-photo"),
    )
    form = photo_form(
        action="/orders/items/" + State.item + "/photo",
        back="/orders/" + DraftState.draft.number,
        error=State.photo_error,
        after=[State.again, DraftState.refresh],
        original=rx.cond(State.photo != "", "/orders/items/" + State.item + "/photo/original", ""),
    )
    advice = rx.el.ul(rx.foreach(State.advice, rx.el.li), class_name="photo-advice")
    return rx.el.div(picture, rx.el.div(form, advice), class_name="mend-photo-row")


def _values() -> rx.Component:
    return event_form(
        hidden("saw", State.saw),
        changed_meanwhile(State.theirs, on_take=State.open(State.item)),
        layout_fields(State.fields),
        protected_identity(State.protected),
        rx.cond(State.double, second_card()),
        rx.el.div(
            rx.dialog.close(action(t("Close"))),
            action(t("Save row"), type="submit", kind="primary"),
            class_name="dialog-buttons",
        ),
        on_submit=[State.save, DraftState.refresh],
        key=State.item + State.drawn.to(str),
    )


def remove_dialog() -> rx.Component:
    """Asks before a row is thrown away."""
    return dialogs.confirm_dialog(
        title=t("Remove the row"),
        subject=t("Row {row}", row=State.removing_row),
        consequence=t("The row goes, with everything that is known of its person. This cannot be undone."),
        icon="trash-2",
        open=State.removing != "",
        on_close=State.kept,
        form=partial(event_form, on_submit=[State.remove, DraftState.refresh]),
        ask_code=False,
    )
