"""The frame of every page of a signed-in person: places at the side, content beside them.

It is drawn once and stays while pages change beside it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NotRequired, TypedDict, Unpack

import reflex as rx

from nexus_portal.components.files import address
from nexus_portal.components.forms import post_form
from nexus_portal.components.i18n import number, t
from nexus_portal.components.icons import glyph
from nexus_portal.components.native import native_link, page_link, place_link
from nexus_portal.components.preferences import colour_switch, language_switch
from nexus_portal.components.vars import Code, Flag, Number, Text, as_flag, as_number, as_text

_CHANGING = re.compile(r"\[[^\]]+\]")
# Radix closes what opens by itself, but not the menu in the bar, whose places lead to the next page.
_SCRIPT = """
function Framed({ children, pages }) {
  const { pathname } = useLocation();
  const [skip, bar, side, notices, ends, page] = children;
  if (!new RegExp(pages).test(pathname)) return page;
  return jsx("div", { className: "shell" },
    skip,
    jsx(Fragment, { key: pathname }, bar),
    side,
    jsx("main", { id: "content", tabIndex: -1, className: "content" }, page),
    notices,
    ends,
  );
}
"""


class Framed(rx.Component):
    """Puts the page that is open, its last child, into the frame, if it is one of those that have it."""

    tag = "Framed"

    pages: rx.Var[str]
    """Regular expression of their paths."""

    def add_imports(self) -> dict[str, list[str]]:
        """What the script uses."""
        return {"react": ["Fragment"], "react-router": ["useLocation"]}

    def add_custom_code(self) -> list[str]:
        """The component itself."""
        return [_SCRIPT]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One entry of the sidebar; `end` marks it only on its exact address, not on what lies below it."""

    href: str
    label: Text
    icon: str
    count: Number | None = None
    shown: Flag = True
    end: bool = False


class Frame(TypedDict):
    """Who is here: what the sidebar shows beside the places."""

    account_name: Text
    account_number: Text
    person_name: Text
    role: Text
    initials: Text
    csrf: Code
    switcher: NotRequired[rx.Component | None]
    """Menu items of the person's other accounts; without them the account is plain text."""


def app_shell(
    routes: Iterable[str],
    nav: Sequence[Place],
    *,
    notices: rx.Component,
    ends: rx.Component,
    **frame: Unpack[Frame],
) -> rx.Component:
    """Sidebar and content of these routes; below 768 px the sidebar becomes a menu in a bar at the top.

    Wraps the app: the page that is open becomes its last child.
    """
    return Framed.create(
        skip_link(),
        _top_bar(nav, frame),
        rx.el.aside(_sidebar(nav, frame), class_name="sidebar", aria_label=t("Side bar")),
        notices,
        ends,
        pages=_paths(routes),
    )


def _paths(routes: Iterable[str]) -> str:
    """Reflex writes what changes in a path as `[name]`."""
    each = "|".join(sorted(_CHANGING.sub("[^/]+", route.rstrip("/")) for route in routes))
    return f"^(?:{each})/?$"


def skip_link() -> rx.Component:
    """The first thing the keyboard meets: past the places, to the content."""
    return native_link(t("Skip to content"), href="#content", class_name="skip")


def _top_bar(nav: Sequence[Place], frame: Frame) -> rx.Component:
    opener = rx.el.button(
        glyph("menu", size=18), type="button", aria_label=t("Open the menu"), class_name="preference"
    )
    drawer = rx.dialog.content(
        rx.dialog.title(t("Menu"), as_="h2", class_name="unseen"),
        rx.dialog.description(t("Places, help and your account"), class_name="unseen"),
        rx.dialog.close(_drawer_close()),
        _sidebar(nav, frame),
        class_name="drawer",
    )
    return rx.el.header(
        rx.dialog.root(rx.dialog.trigger(opener), drawer),
        rx.el.img(src=address("logo.svg"), alt="", class_name="logo"),
        rx.el.span(frame["account_name"], class_name="top-bar-name"),
        class_name="top-bar",
    )


def _drawer_close() -> rx.Component:
    return rx.el.button(
        glyph("x", size=17),
        type="button",
        aria_label=t("Close the menu"),
        class_name="preference drawer-close",
    )


def _sidebar(nav: Sequence[Place], frame: Frame) -> rx.Component:
    return rx.el.div(
        _account(frame),
        rx.el.nav(rx.el.ul(*(_place(place) for place in nav)), aria_label=t("Places"), class_name="places"),
        rx.el.div(
            page_link(
                glyph("circle-help", size=16), rx.el.span(t("Help & GDPR")), to="/help", class_name="place"
            ),
            _person(frame),
            class_name="sidebar-end",
        ),
        class_name="sidebar-inner",
    )


def _account(frame: Frame) -> rx.Component:
    block = (
        rx.el.span(glyph("id-card"), class_name="account-mark"),
        rx.el.span(
            rx.el.span(frame["account_name"], class_name="account-name"),
            rx.el.span(frame["account_number"], class_name="secondary"),
            class_name="account-text",
        ),
    )
    switcher = frame.get("switcher")
    if switcher is None:
        return rx.el.div(*block, class_name="account")
    opener = rx.el.button(
        *block, glyph("chevrons-up-down"), type="button", class_name="account account-button"
    )
    return rx.menu.root(rx.menu.trigger(opener), rx.menu.content(switcher, variant="soft"))


def _place(place: Place) -> rx.Component:
    count = rx.fragment()
    if place.count is not None:
        number_of = rx.el.span(number(place.count), class_name="place-count")
        count = rx.cond(as_number(place.count) > 0, number_of)
    link = place_link(
        glyph(place.icon, size=16),
        rx.el.span(place.label),
        count,
        to=place.href,
        end=place.end,
        class_name="place",
    )
    return rx.cond(as_flag(place.shown), rx.el.li(link))


def _person(frame: Frame) -> rx.Component:
    leave = rx.el.button(
        glyph("log-out"),
        type="submit",
        disabled=as_text(frame["csrf"]) == "",
        aria_label=t("Sign out"),
        title=t("Sign out"),
        class_name="preference",
    )
    return rx.el.div(
        page_link(
            rx.el.span(frame["initials"], class_name="person-mark", aria_hidden="true"),
            rx.el.span(
                rx.el.span(frame["person_name"], class_name="person-name"),
                rx.el.span(frame["role"], class_name="secondary"),
                class_name="account-text",
            ),
            to="/account",
            # Until the page knows whose it is, the link says at least where it leads.
            aria_label=rx.cond(frame["person_name"] == "", t("Your account"), rx.Var("undefined")),
            class_name="person-link",
        ),
        language_switch(frame["csrf"]),
        colour_switch(),
        post_form(leave, action="/sign-out", csrf=frame["csrf"]),
        class_name="person",
    )
