"""The texts of the help pages: Markdown in each language, read into a small tree that any door can draw.

A file is a title, a plain paragraph that leads in, and sections `## Title {#anchor}`. HTML in it is text.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from nexus_portal.adapters.catalogue import Language

LOCALES = Path(__file__).parent.parent / "locales"

_HEADING = re.compile(r"(?P<title>.+?) \{#(?P<anchor>[a-z][a-z0-9-]{1,40})\}")
_LINK = re.compile(r"https://|/|#")
_TAGS: Mapping[str, str] = {
    "paragraph": "p",
    "bullet_list": "ul",
    "ordered_list": "ol",
    "list_item": "li",
    "table": "table",
    "thead": "thead",
    "tbody": "tbody",
    "tr": "tr",
    "th": "th",
    "td": "td",
    "strong": "strong",
    "em": "em",
    "code_inline": "code",
    "link": "a",
}
_TEXT: Mapping[str, str] = {"text": "", "softbreak": " "}


@dataclass(frozen=True, slots=True)
class Node:
    """One element: its HTML tag, or none for plain text."""

    tag: str
    text: str = ""
    href: str = ""
    children: tuple["Node", ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """One question and its answer, or one part of a document; `anchor` is the same in every language."""

    anchor: str
    title: str
    body: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class HelpText:
    """One help page in one language."""

    title: str
    lead: str
    sections: tuple[Section, ...]


@cache
def help_text(name: str, language: Language) -> HelpText:
    """The text `name` in a language; see `read`."""
    return read((LOCALES / language / "help" / f"{name}.md").read_text(encoding="utf-8"))


def read(markdown: str) -> HelpText:
    """A help text out of its Markdown.

    Raises:
        ValueError: a part is missing, empty, named twice, or of a kind that no page can draw.
    """
    blocks = list(SyntaxTreeNode(_parser().parse(markdown)).children)
    starts = [index for index, block in enumerate(blocks) if block.type == "heading" and block.tag == "h2"]
    if len(blocks) < 2 or blocks[0].tag != "h1" or starts[:1] != [2]:  # noqa: PLR2004 - title, then lead
        message = "A help text begins with a title, one paragraph, and the first section."
        raise ValueError(message)
    sections = tuple(_section(blocks[start:end]) for start, end in pairwise([*starts, len(blocks)]))
    if len({section.anchor for section in sections}) < len(sections):
        message = "Two sections have the same anchor."
        raise ValueError(message)
    return HelpText(_plain(blocks[0]), _plain(blocks[1]), sections)


def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def _section(blocks: list[SyntaxTreeNode]) -> Section:
    heading = _HEADING.fullmatch(_plain(blocks[0]))
    if heading is None or len(blocks) == 1:
        message = f"A section is `## Title {{#anchor}}` and a text below it: {_plain(blocks[0])!r}"
        raise ValueError(message)
    body = tuple(node for block in blocks[1:] for node in _drawable(block))
    return Section(heading["anchor"], heading["title"], body)


def _plain(block: SyntaxTreeNode) -> str:
    """The text of a block that may hold nothing else."""
    nodes = list(_inside(block))
    if any(node.tag for node in nodes):
        message = f"Only plain text can stand here: {block.type}"
        raise ValueError(message)
    return "".join(node.text for node in nodes)


def _inside(parent: SyntaxTreeNode) -> Iterator[Node]:
    for child in parent.children:
        yield from _drawable(child)


def _drawable(block: SyntaxTreeNode) -> Iterator[Node]:
    if block.type == "inline" or (block.type == "paragraph" and block.hidden):
        # `hidden`: the lines of a list without empty lines between them.
        yield from _inside(block)
    elif block.type in _TEXT:
        text = _TEXT[block.type] or block.content
        # The parser writes an empty text before a line's first bold word.
        yield from [Node("", text)] if text else []
    elif block.type in _TAGS:
        text = block.content if block.type == "code_inline" else ""
        yield Node(_TAGS[block.type], text, _href(block), tuple(_inside(block)))
    else:
        message = f"No page draws this kind of Markdown: {block.type}"
        raise ValueError(message)


def _href(block: SyntaxTreeNode) -> str:
    href = str(block.attrs.get("href", ""))
    if block.type == "link" and not _LINK.match(href):
        message = f"A link leads to a page, an anchor or an https address: {href!r}"
        raise ValueError(message)
    return href
