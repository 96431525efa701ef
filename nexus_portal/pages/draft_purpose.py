"""What a draft is for: reference, cost centre, delivery address; who else has it open; when it was saved."""

import reflex as rx

from nexus_portal.components import blocks
from nexus_portal.components.actions import action
from nexus_portal.components.forms import event_form, field, text_input
from nexus_portal.components.i18n import t
from nexus_portal.components.icons import glyph
from nexus_portal.components.times import moment_text
from nexus_portal.components.vars import Text
from nexus_portal.state.draft import DraftState
from nexus_portal.state.draft_purpose import OTHER
from nexus_portal.state.draft_purpose import DraftPurposeState as State

FORM = "order-form"
DRAFT = DraftState.draft
TYPING = 800
"""Milliseconds without a key before what was typed is kept."""


def purpose_form() -> rx.Component:
    """The texts of the order; sending this form orders it."""
    return rx.el.div(
        _visitors(),
        event_form(
            _text(
                "reference",
                t("Reference"),
                120,
                t("Your own words, such as “Autumn 7B”. No names."),
            ),
            _text("cost_centre", t("Cost centre"), 60),
            rx.el.div(_book(), rx.cond(State.another, _another())),
            on_submit=DraftState.order,
            id=FORM,
            key=DRAFT.number,
            class_name="order-purpose",
        ),
        _saved(),
        on_mount=[State.begin, State.here],
        on_unmount=State.away,
    )


def _visitors() -> rx.Component:
    """Who else is here. The hidden button is pressed by the script while the page is open."""
    named = rx.foreach(State.names, lambda name: rx.el.p(t("{name} has this draft open too.", name=name)))
    own = rx.cond(State.own_tab, rx.el.p(t("You have this draft open in another tab.")))
    told = rx.cond((State.names.length() > 0) | State.own_tab, blocks.callout(named, own, icon="users"))
    return rx.fragment(
        rx.el.div(told, role="status"),
        rx.el.button(
            type="button",
            on_click=State.here,
            hidden=True,
            aria_hidden="true",
            tab_index=-1,
            custom_attrs={"data-pulse": "8"},
        ),
        rx.el.script(src="/pulse.js", async_=True),
    )


def _text(name: str, label: Text, longest: int, hint: Text = "") -> rx.Component:
    control = text_input(
        name,
        default_value=State.texts[name],
        key=name + State.drawn[name].to(str),
        max_length=longest,
        on_focus=State.focus(name),
        on_change=lambda text: State.note(name, text).debounce(TYPING),
        on_blur=lambda text: State.left(name, text),
        auto_complete="off",
    )
    return rx.el.div(field(label, control, control_id=name, hint=hint), _choice(name))


def _choice(name: str) -> rx.Component:
    """Both texts are there; the person decides."""
    return rx.el.div(
        rx.cond(
            State.theirs.contains(name),
            blocks.callout(
                rx.el.p(
                    t(
                        "Somebody else wrote “{text}” here meanwhile. What you typed is kept.",
                        text=State.theirs[name],
                    )
                ),
                rx.el.div(
                    # Events take their arguments by place.
                    action(t("Keep mine"), small=True, on_click=State.settle(name, True)),  # noqa: FBT003 - see above
                    action(t("Take theirs"), small=True, on_click=State.settle(name, False)),  # noqa: FBT003 - same
                    class_name="cart-cards",
                ),
                tone="warning",
            ),
        ),
        role="status",
    )


def _book() -> rx.Component:
    options = [
        rx.foreach(State.book, lambda choice: rx.el.option(choice.label, value=choice.value)),
        rx.el.option(t("Another address"), value=OTHER),
    ]
    control = rx.el.select(
        *options,
        id="address-choice",
        name="address-choice",
        value=rx.cond(State.another, OTHER, State.texts["delivery_address"]),
        on_change=State.pick,
        class_name="input",
        aria_describedby="address-choice-hint",
    )
    return field(t("Delivery address"), control, control_id="address-choice")


def _another() -> rx.Component:
    return _text("delivery_address", t("Address, kept in this order only"), 400)


def _saved() -> rx.Component:
    text = t("Saved {when}", when=moment_text(State.saved_at))
    return rx.el.p(
        rx.cond(State.saved_at != "", rx.fragment(glyph("check", size=13), rx.el.span(text))),
        role="status",
        class_name="secondary draft-saved",
    )
