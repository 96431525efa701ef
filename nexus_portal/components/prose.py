"""Long texts out of the repository's Markdown: drawn when the page is compiled, in both languages."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Literal

import reflex as rx

from nexus_portal.adapters import dates
from nexus_portal.adapters.help_texts import HelpText, Node, Section
from nexus_portal.adapters.text_files import help_text
from nexus_portal.components.actions import action
from nexus_portal.components.blocks import disclosures
from nexus_portal.components.files import address
from nexus_portal.components.i18n import IS_SWEDISH, t
from nexus_portal.components.icons import glyph
from nexus_portal.components.native import native_link, page_link
from nexus_portal.components.vars import Text

_ELEMENTS: Mapping[str, Callable[..., rx.Component]] = {
    "p": rx.el.p,
    "ul": rx.el.ul,
    "ol": rx.el.ol,
    "li": rx.el.li,
    "table": rx.el.table,
    "thead": rx.el.thead,
    "tbody": rx.el.tbody,
    "tr": rx.el.tr,
    "th": partial(rx.el.th, scope="col"),
    "td": rx.el.td,
    "strong": rx.el.strong,
    "em": rx.el.em,
}
_STYLE: Mapping[str, Any] = {
    "min_width": "0",
    "max_width": "72ch",
    "text_wrap": "pretty",
    "overflow_wrap": "break-word",
    "& h2, & h3": {"margin": "26px 0 8px", "font_size": "var(--font-size-3)", "font_weight": "500"},
    "& p + p, & p + ul, & p + ol, & ul + p, & ol + p, & p + table, & table + p": {"margin_top": "9px"},
    "& ul, & ol": {"padding_left": "20px"},
    "& ul": {"list_style": "disc"},
    "& ol": {"list_style": "decimal"},
    "& li + li": {"margin_top": "4px"},
    "& strong": {"font_weight": "500", "color": "var(--gray-12)"},
    "& code": {"font_family": "var(--code-font-family)", "font_size": "0.93em"},
    "& a": {"color": "var(--accent-11)"},
    "& :is(p, li, td) a": {"text_decoration": "underline", "text_underline_offset": "2px"},
    "& table": {"width": "100%", "border_collapse": "collapse"},
    "& th, & td": {
        "padding": "6px 12px 6px 0",
        "border_bottom": "var(--hairline)",
        "text_align": "left",
        "vertical_align": "top",
        "overflow_wrap": "anywhere",
        "hyphens": "auto",
    },
    "& th": {"font_weight": "500", "color": "var(--gray-12)"},
    "@media print": {
        "max_width": "none",
        "& h2, & h3": {"break_after": "avoid"},
        "& tr, & li": {"break_inside": "avoid"},
    },
}
_IN_A_LINE = {"display": "inline-flex", "align_items": "center", "gap": "5px"}
_SCREEN_ONLY = {"@media print": {"display": "none"}}


def title(name: str) -> rx.Var[str]:
    """What the text `name` is called."""
    return _either(*(text.title for text in _both(name)))


def lead(name: str) -> rx.Var[str]:
    """The sentence that leads into the text."""
    return _either(*(text.lead for text in _both(name)))


def version(name: str) -> str:
    """Which version of the text this is; the same in both languages."""
    return help_text(name, "en").version


def dated(name: str) -> rx.Var[str]:
    """The day of that version in words."""
    day = help_text(name, "en").dated
    return _either(dates.day(day, "en"), dates.day(day, "sv"))


def questions(name: str) -> rx.Component:
    """The sections as questions that fold their answers; each answer has an address of its own."""
    pairs = (
        (_either(english.title, swedish.title), _answer(english, swedish))
        for english, swedish in _sections(name)
    )
    return rx.el.div(_search(name), disclosures(name, *pairs), edition(name), class_name="questions")


def edition(name: str) -> rx.Component:
    """Which version this is and of which day, and a button that prints it."""
    said = rx.el.span(t("Version {version}", version=version(name)), " · ", dated(name))
    printing = action(t("Print"), icon="printer", small=True, custom_attrs={"data-print": ""})
    return rx.el.div(rx.el.p(said, class_name="secondary"), printing, class_name="edition")


def document(name: str, *, below: Literal[2, 3] = 2) -> rx.Component:
    """The sections one after the other, each under its heading, at an address of its own; can be printed.

    `below` is the level of the headings: a text inside a panel stands below that panel's own.
    """
    heading = rx.el.h2 if below == 2 else rx.el.h3  # noqa: PLR2004 - a level
    parts = (
        rx.el.section(
            heading(_either(english.title, swedish.title)), _body(english, swedish), id=english.anchor
        )
        for english, swedish in _sections(name)
    )
    return rx.el.div(*parts, edition(name), style=_STYLE)


def _both(name: str) -> tuple[HelpText, HelpText]:
    return help_text(name, "en"), help_text(name, "sv")


def _sections(name: str) -> Iterator[tuple[Section, Section]]:
    english, swedish = _both(name)
    return zip(english.sections, swedish.sections, strict=True)


def _search(name: str) -> rx.Component:
    """A box that leaves the questions which hold every word: `assets/help.js`, in the browser alone."""
    count = t("{n} questions", n=len(help_text(name, "en").sections))
    words = {
        "data-finds": name,
        "data-all": count,
        "data-one": t("1 question fits"),
        "data-many": t("{n} questions fit", n="{n}"),
        "data-none": t("No question fits. Try another word, or ask the bureau."),
        "data-hotkey": "/",
        "aria-keyshortcuts": "/",
        "spellCheck": "false",
    }
    box = rx.el.input(
        type="search",
        id=f"{name}-search",
        placeholder=t("Search questions and answers"),
        aria_label=t("Search questions and answers"),
        aria_describedby=f"{name}-found",
        auto_complete="off",
        class_name="input search-input",
        custom_attrs=words,
    )
    return rx.el.div(
        rx.el.script(src=address("help.js"), async_=True),
        rx.el.div(
            glyph("search"), box, rx.el.kbd("/", aria_hidden="true"), class_name="search", role="search"
        ),
        rx.el.p(count, id=f"{name}-found", role="status", class_name="secondary questions-found"),
        class_name="questions-search",
    )


def _either(english: str, swedish: str) -> rx.Var[str]:
    return rx.cond(IS_SWEDISH, swedish, english).to(str)


def _answer(english: Section, swedish: Section) -> rx.Component:
    link = native_link(
        glyph("link", size=13),
        t("Link to this answer"),
        href=f"#{english.anchor}",
        class_name="text-button answer-link",
        style={"margin_top": "8px", **_IN_A_LINE, **_SCREEN_ONLY},
    )
    return rx.el.div(_body(english, swedish), link, id=english.anchor, style=_STYLE)


def _body(english: Section, swedish: Section) -> rx.Component:
    return rx.cond(IS_SWEDISH, rx.fragment(*_drawn_all(swedish.body)), rx.fragment(*_drawn_all(english.body)))


def _drawn_all(nodes: Iterable[Node]) -> list[Text | rx.Component]:
    return [_drawn(node) for node in nodes]


def _drawn(node: Node) -> Text | rx.Component:
    if not node.tag:
        return node.text
    if node.tag == "code":
        return rx.el.code(node.text)
    inside = _drawn_all(node.children)
    return _link(node.href, inside) if node.tag == "a" else _ELEMENTS[node.tag](*inside)


def _link(href: str, inside: list[Text | rx.Component]) -> rx.Component:
    if href.startswith("/help"):
        return page_link(*inside, to=href)
    if href.startswith("/"):
        return native_link(*inside, href=href)  # a door beside the pages, such as `/apply`
    return native_link(*inside, href=href, rel="noreferrer")
