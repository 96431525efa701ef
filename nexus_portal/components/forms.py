"""Forms: native posts to the web doors, or events; every control has its label, its hint and its error."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from nexus_portal.components.i18n import t
from nexus_portal.components.icons import glyph
from nexus_portal.components.native import native_form
from nexus_portal.components.vars import Code, Text, as_text

Options = Sequence[Any] | rx.Var[Any]
"""Choices as (value, label), or a var of rows with `value` and `label`."""


def csrf_field(token: Code) -> rx.Component:
    """The hidden token that binds a form to the session."""
    return hidden("csrf", token)


def hidden(name: str, value: Code) -> rx.Component:
    """A value that goes along with a native form."""
    return rx.el.input(type="hidden", name=name, value=value, read_only=True)


def hidden_answer(name: str) -> rx.Component:
    """A value that a script fills in before the form goes."""
    return rx.el.input(type="hidden", name=name, default_value="")


def post_form(*children: rx.Component, action: Code, csrf: Code, **props: Any) -> rx.Component:
    """A form that the browser posts to a web door; pressing twice sends it once."""
    once = {"data-once": "", **props.pop("custom_attrs", {})}
    return native_form(csrf_field(csrf), *children, action=action, method="post", custom_attrs=once, **props)


def upload_form(*children: rx.Component, action: Code, csrf: Code, **props: Any) -> rx.Component:
    """A `post_form` that carries files."""
    return post_form(*children, action=action, csrf=csrf, enc_type="multipart/form-data", **props)


def event_form(*children: rx.Component, on_submit: Any, **props: Any) -> rx.Component:
    """A form whose named values reach the handler as a dict."""
    return rx.el.form(*children, on_submit=on_submit, **props)


def field(
    label: Text, control: rx.Component, *, control_id: str, hint: Text = "", error: Text = ""
) -> rx.Component:
    """Label, control, hint and error as one; the controls below point at hint and error by their id."""
    return rx.el.div(
        rx.el.label(label, html_for=control_id, class_name="field-label"),
        control,
        rx.el.p(hint, id=f"{control_id}-hint", class_name="field-hint"),
        error_line(control_id, error),
        class_name="field",
    )


def error_line(control_id: str, error: Text) -> rx.Component:
    """What is wrong with a field; there all the time, so that it is read aloud when it fills."""
    text = as_text(error)
    shown = rx.cond(text != "", rx.fragment(glyph("circle-alert", size=13), rx.el.span(text)))
    return rx.el.p(shown, id=f"{control_id}-error", role="alert", class_name="field-error")


def text_input(control_id: str, *, error: Text = "", name: str = "", **props: Any) -> rx.Component:
    """One line of text; `props` are those of `<input>`."""
    return rx.el.input(**_control(control_id, name, error), **props)


def text_area(control_id: str, *, error: Text = "", name: str = "", **props: Any) -> rx.Component:
    """Several lines of text."""
    return rx.el.textarea(**_control(control_id, name, error), **props)


def select_input(
    control_id: str, options: Options, *, error: Text = "", name: str = "", **props: Any
) -> rx.Component:
    """One of several choices."""
    return rx.el.select(*option_list(options), **_control(control_id, name, error), **props)


def check_input(control_id: str, label: Text, *, name: str = "", **props: Any) -> rx.Component:
    """Yes or no, with its label at its side."""
    box = rx.el.input(type="checkbox", id=control_id, name=name or control_id, class_name="check", **props)
    return rx.el.label(box, rx.el.span(label), html_for=control_id, class_name="check-label")


def file_input(control_id: str, *, error: Text = "", name: str = "", **props: Any) -> rx.Component:
    """A place to drop or choose files; shows their names."""
    return rx.el.div(
        rx.el.input(type="file", **_control(control_id, name, error), **props),
        glyph("upload"),
        rx.el.span(t("Choose a file, or drop it here")),
        rx.el.output(html_for=control_id),
        class_name="file-input",
    )


def option_list(options: Options) -> list[rx.Component]:
    """The `<option>`s of a choice."""
    if isinstance(options, rx.Var):
        return [rx.foreach(options, lambda choice: rx.el.option(choice.label, value=choice.value))]
    return [rx.el.option(label, value=value) for value, label in options]


def _control(control_id: str, name: str, error: Text) -> dict[str, Any]:
    return {
        "id": control_id,
        "name": name or control_id,
        "class_name": "input",
        "aria_invalid": rx.cond(as_text(error) != "", "true", "false"),
        "aria_describedby": f"{control_id}-hint {control_id}-error",
    }
