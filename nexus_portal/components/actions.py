"""Buttons and links that look like buttons: one primary action per page."""

from typing import Any, Literal

import reflex as rx

from nexus_portal.components.i18n import t
from nexus_portal.components.icons import glyph
from nexus_portal.components.native import native_link, page_link
from nexus_portal.components.vars import Code, Flag, Text, given

Kind = Literal["primary", "accent", "secondary", "quiet", "danger"]

_LOOKS: dict[Kind, dict[str, Any]] = {
    "primary": {"variant": "solid"},
    "accent": {"variant": "soft"},
    "secondary": {"variant": "soft", "color_scheme": "gray"},
    "quiet": {"variant": "ghost", "color_scheme": "gray"},
    "danger": {"variant": "solid", "color_scheme": "red"},
}


def action(
    label: Text,
    *,
    icon: str = "",
    href: Code = "",
    kind: Kind = "secondary",
    type: Literal["button", "submit"] = "button",  # noqa: A002 - HTML's name for it
    busy: Flag = False,
    small: bool = False,
    download: bool = False,
    **props: Any,
) -> rx.Component:
    """A button, or with `href` a link that looks like one; `download` loads from a web door, not a page."""
    content = [*([glyph(icon)] if icon else []), rx.el.span(label)]
    look: dict[str, Any] = {
        "size": "1" if small else "2",
        "class_name": f"action action-{kind}",
        **_LOOKS[kind],
    }
    if not given(href):
        return rx.button(*content, type=type, loading=busy, **look, **props)
    link = native_link(*content, href=href, **props) if download else page_link(*content, to=href, **props)
    return rx.button(link, as_child=True, **look)


def icon_action(
    label: Text, icon: str, *, href: Code = "", download: bool = False, **props: Any
) -> rx.Component:
    """A button of an icon alone; the label is its name and its tooltip."""
    look: dict[str, Any] = {**_LOOKS["quiet"], "size": "2", "class_name": "icon-action"}
    names: dict[str, Any] = {"aria_label": label, "title": label}
    if not given(href):
        return rx.icon_button(glyph(icon, size=16), type="button", **names, **look, **props)
    target = native_link if download else page_link
    return rx.icon_button(target(glyph(icon, size=16), href=href, **names, **props), as_child=True, **look)


def more_menu(*items: rx.Component, label: Text | None = None) -> rx.Component:
    """The rest of what can be done here, behind three dots."""
    trigger = rx.button(
        glyph("ellipsis"),
        type="button",
        aria_label=t("More actions") if label is None else label,
        class_name="action",
        **_LOOKS["secondary"],
    )
    return rx.menu.root(
        rx.menu.trigger(trigger), rx.menu.content(*items, size="2", variant="soft"), modal=False
    )


def menu_item(
    label: Text, *, icon: str = "", href: Code = "", danger: bool = False, **props: Any
) -> rx.Component:
    """One line of a menu."""
    content = [*([glyph(icon)] if icon else []), rx.el.span(label)]
    colour: dict[str, Any] = {"color_scheme": "red"} if danger else {}
    if not given(href):
        return rx.menu.item(*content, **colour, **props)
    return rx.menu.item(page_link(*content, to=href), as_child=True, **colour, **props)
