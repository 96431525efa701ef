"""Inputs for the fields of a layout, shared by the form of one card and the dialog that mends a row."""

from typing import Any

import reflex as rx

from nexus_portal.components import blocks
from nexus_portal.components.actions import action
from nexus_portal.components.forms import field, text_input
from nexus_portal.components.i18n import t
from nexus_portal.components.vars import Text
from nexus_portal.state.card_preview import CardPreviewState
from nexus_portal.state.draft_mend import VALUE

QUIET = 120
"""Milliseconds."""


def layout_fields(fields: rx.Var) -> rx.Component:
    """An input for each field, with what it is for and what is wrong with it."""
    return rx.el.div(rx.foreach(fields, _field), class_name="fields")


def changed_meanwhile(theirs: rx.Var, *, on_take: Any) -> rx.Component:
    """What stands in the row by now, beside what was typed here; the person decides which stays."""
    both = rx.foreach(
        theirs,
        lambda each: rx.el.li(
            rx.cond(
                each.typed != "",
                t(
                    "{field}: now “{now}”, you typed “{typed}”.",
                    field=each.label,
                    now=each.now,
                    typed=each.typed,
                ),
                t("{field}: now “{now}”.", field=each.label, now=each.now),
            )
        ),
    )
    told = blocks.callout(
        rx.el.p(t("This row was changed meanwhile, perhaps in another tab. What you typed is still here.")),
        rx.el.ul(both),
        rx.el.p(t("Saving again writes what you typed over it."), class_name="secondary"),
        action(t("Take what stands there now"), small=True, on_click=on_take),
        tone="warning",
    )
    return rx.el.div(rx.cond(theirs.length() > 0, told), role="alert")


def second_card() -> rx.Component:
    """Orders a card for somebody who has one already."""
    # Without an id: Reflex would send whether it is checked as yes or no, and forms here carry text alone.
    box = rx.el.input(type="checkbox", name="second-card", value="yes", class_name="check")
    words = rx.el.span(t("Order another card for this person all the same"))
    return blocks.callout(rx.el.label(box, words, class_name="check-label"), tone="warning")


def protected_identity(marked: rx.Var[bool]) -> rx.Component:
    """Marks the person as one whose identity is protected."""
    # Without an id, as above.
    box = rx.el.input(
        type="checkbox", name="protected", value="yes", default_checked=marked, class_name="check"
    )
    words = rx.el.span(t("This person has protected identity"))
    return rx.el.div(
        rx.el.label(box, words, class_name="check-label"),
        rx.el.p(
            t("Once the order is sent, only people who are named to it see who this is."),
            class_name="field-hint",
        ),
        class_name="field",
    )


def purpose(of: rx.Var) -> rx.Var[str]:
    """What becomes of a value."""
    said = rx.match(
        of,
        ("printed", t("Printed on the card.")),
        ("encoded", t("Written into the card’s chip.")),
        t("Only used to sort the cards."),
    )
    return rx.Var.create(said).to(str)


def _field(of: rx.Var) -> rx.Component:
    control_id = VALUE + of.key.to(str)
    label = rx.cond(of.required, of.label, t("{label} (may be left empty)", label=of.label))
    return field(
        label,
        rx.cond(of.kind == "choice", _choice(of, control_id), _text(of, control_id)),
        control_id=control_id,
        hint=_hint(of),
        error=of.error,
    )


def _drawn(of: rx.Var) -> Any:
    """Shows on the card what is typed, once the fingers rest."""
    return lambda value: CardPreviewState.typed(of.key.to(str), value).debounce(QUIET)


def _hint(of: rx.Var) -> Text:
    return rx.cond(of.hint != "", purpose(of.purpose) + " " + of.hint, purpose(of.purpose))


def _text(of: rx.Var, control_id: rx.Var) -> rx.Component:
    return text_input(
        control_id,
        error=of.error,
        default_value=of.value,
        input_mode=rx.cond(of.kind == "text", "text", "numeric"),
        auto_complete="off",
        on_change=_drawn(of),
    )


def _choice(of: rx.Var, control_id: rx.Var) -> rx.Component:
    """What was typed and is no choice stays in sight, as the first line."""
    first = rx.cond(of.choices.contains(of.value), "", of.value)
    return rx.el.select(
        rx.el.option(rx.cond(first == "", t("Choose"), first), value=first),
        rx.foreach(of.choices, lambda choice: rx.el.option(choice, value=choice)),
        id=control_id,
        name=control_id,
        default_value=of.value,
        on_change=_drawn(of),
        aria_invalid=rx.cond(of.error != "", "true", "false"),
        aria_describedby=f"{control_id}-hint {control_id}-error",
        class_name="input",
    )
