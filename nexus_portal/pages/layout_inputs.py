"""The inputs of one field and of one element of a layout's design."""

from typing import Any

import reflex as rx

from nexus_portal.components.actions import action
from nexus_portal.components.i18n import t
from nexus_portal.components.icons import glyph
from nexus_portal.domain.card_design import CARD_NUMBER
from nexus_portal.state.bureau_layout import LayoutState as State
from nexus_portal.state.layout_edits import ELEMENT, FIELD

QUIET = 200
"""Milliseconds."""

_TYPES = (
    ("text", t("Text")),
    ("personal_number", t("Personal number")),
    ("date", t("Date")),
    ("choice", t("Choice")),
    ("photo", t("Photo")),
)
_PURPOSES = (("printed", t("Printed")), ("encoded", t("In the chip")), ("sorting", t("Sorting only")))
_RETENTION = (
    ("name", t("Name")),
    ("personal_number", t("Personal number")),
    ("photo", t("Photo")),
    ("address", t("Address")),
    ("card_number", t("Card number")),
    ("other", t("Other")),
)
_KINDS = (
    ("text", t("Text")),
    ("photo", t("Photo")),
    ("qr", t("QR code")),
    ("barcode", t("Barcode")),
    ("shape", t("Shape")),
)
_ALIGNS = (("left", t("To the left")), ("middle", t("In the middle")), ("right", t("To the right")))
_YES_NO = (("yes", t("Yes")), ("no", t("No")))


def field_inputs(each: rx.Var) -> rx.Component:
    """What a layout asks of every holder."""
    line = _line(FIELD, each)
    return _row(
        rx.el.span(rx.cond(each.label_en != "", each.label_en, t("New field"))),
        rx.el.span(each.key, class_name="secondary"),
        line.text("label_en", t("Label in English")),
        line.text("label_sv", t("Label in Swedish")),
        line.text("key", t("Key")),
        line.choice("type", t("Type"), _TYPES),
        line.choice("required", t("Required"), _YES_NO),
        line.text("max_length", t("Longest")),
        line.choice("purpose", t("Purpose"), _PURPOSES),
        line.choice("retention", t("Kept as"), _RETENTION),
        line.text("choices", t("Choices, with ; between them"), wide=True),
        line.text("reason", t("Why the cards need it"), wide=True),
        remove=State.remove(FIELD, each.n),
        key=line.name,
    )


def kind_text(kind: rx.Var) -> rx.Var:
    """What kind of element it is, in words."""
    return rx.match(kind, *_KINDS[:-1], t("Shape"))


def element_inputs(each: rx.Var) -> rx.Component:
    """One thing on a side, with its place in millimetres."""
    line = _line(ELEMENT, each)
    shows = rx.el.select(
        rx.el.option(t("A text of its own"), value=""),
        rx.foreach(
            State.keys,
            lambda key: rx.el.option(rx.cond(key == CARD_NUMBER, t("Card number"), key), value=key),
        ),
        **line.props("field", each.field),
    )
    return _row(
        kind_text(each.kind),
        rx.el.span(rx.cond(each.field != "", each.field, each.text), class_name="secondary"),
        line.choice("kind", t("Kind"), _KINDS),
        _labelled(t("Shows"), line.id("field"), shows),
        line.text("text", t("Text"), wide=True),
        line.text("x", t("From the left, mm")),
        line.text("y", t("From the top, mm")),
        line.text("width", t("Width, mm")),
        line.text("height", t("Height, mm")),
        line.text("size", t("Size, points")),
        line.choice("bold", t("Bold"), _YES_NO),
        line.choice("align", t("Alignment"), _ALIGNS),
        line.colour("colour", t("Colour")),
        line.text("radius", t("Rounding, mm")),
        remove=State.remove(ELEMENT, each.n),
        key=line.name,
        element=each.n,
    )


class _line:  # noqa: N801 - a helper of this module, used like a function
    """Inputs of one row, named after it."""

    def __init__(self, what: str, each: rx.Var) -> None:
        self.each = each
        self.prefix = what + "-" + each.n.to(str) + "-"
        self.name = what + each.n.to(str) + "-" + State.shown.to(str)

    def id(self, part: str) -> rx.Var[str]:
        """Id and name of an input."""
        return self.prefix + part

    def props(self, part: str, value: rx.Var) -> dict[str, Any]:
        """What all inputs have in common."""
        name = self.id(part)
        return {
            "id": name,
            "name": name,
            "default_value": value,
            "on_change": lambda typed: State.changed(name, typed).debounce(QUIET),
            "class_name": "input",
        }

    def text(self, part: str, label: rx.Var, *, wide: bool = False) -> rx.Component:
        """A line of text."""
        box = rx.el.input(**self.props(part, getattr(self.each, part)), auto_complete="off")
        return _labelled(label, self.id(part), box, wide=wide)

    def colour(self, part: str, label: rx.Var) -> rx.Component:
        """A colour, chosen or typed in the browser's own way."""
        props = self.props(part, getattr(self.each, part)) | {"class_name": "input colour"}
        return _labelled(label, self.id(part), rx.el.input(type="color", **props))

    def choice(self, part: str, label: rx.Var, options: tuple[tuple[str, rx.Var], ...]) -> rx.Component:
        """One of several."""
        box = rx.el.select(
            *[rx.el.option(text, value=value) for value, text in options],
            **self.props(part, getattr(self.each, part)),
        )
        return _labelled(label, self.id(part), box)


def _labelled(label: rx.Var, control: rx.Var, box: rx.Component, *, wide: bool = False) -> rx.Component:
    return rx.el.div(
        rx.el.label(label, html_for=control, class_name="field-label"),
        box,
        class_name="layout-input layout-input-wide" if wide else "layout-input",
    )


def _row(
    title: Any, note: rx.Component, *inputs: rx.Component, remove: Any, key: rx.Var, element: Any = ""
) -> rx.Component:
    return rx.el.details(
        rx.el.summary(glyph("chevron-right", size=14), title, note),
        rx.el.div(*inputs, class_name="layout-inputs"),
        action(t("Remove"), icon="trash-2", small=True, on_click=remove),
        class_name="layout-row",
        custom_attrs={"data-row": element},
        key=key,
    )
