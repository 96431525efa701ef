"""The texts of the help pages: Markdown, read into a small tree that any door can draw.

A file is a head between two lines `---` with `version` and `date`, a title, a plain paragraph that leads in,
and sections `## Title {#anchor .r7}`, where `.r7` marks what answers requirement R7. HTML in it is text.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

_HEAD = re.compile(r"---\n(?P<lines>.*?)---\n", re.DOTALL)
_HEADING = re.compile(r"(?P<title>.+?) \{#(?P<anchor>[a-z][a-z0-9-]{1,40})(?P<rules>(?: \.r\d{1,2})*)\}")
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]{0,19}")
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
    rules: tuple[str, ...] = ()
    """The requirements that it answers, such as `r7`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpText:
    """One help page in one language."""

    title: str
    lead: str
    sections: tuple[Section, ...]
    version: str
    dated: date
    required_from: date | None
    """Of an agreement: the first day on which it may be required."""
    digest: str
    """SHA-256 of the file."""

    @property
    def links(self) -> Iterator[str]:
        """Where its links lead."""
        return (node.href for section in self.sections for node in _all(section.body) if node.href)


def read(markdown: str) -> HelpText:
    """A help text out of its Markdown.

    Raises:
        ValueError: a part is missing, empty, named twice, or of a kind that no page can draw.
    """
    head, body = _apart(markdown)
    blocks = list(SyntaxTreeNode(_parser().parse(body)).children)
    starts = [index for index, block in enumerate(blocks) if block.type == "heading" and block.tag == "h2"]
    if len(blocks) < 2 or blocks[0].tag != "h1" or starts[:1] != [2]:  # noqa: PLR2004 - title, then lead
        message = "A help text begins with a title, one paragraph, and the first section."
        raise ValueError(message)
    sections = tuple(_section(blocks[start:end]) for start, end in pairwise([*starts, len(blocks)]))
    if len({section.anchor for section in sections}) < len(sections):
        message = "Two sections have the same anchor."
        raise ValueError(message)
    return HelpText(
        title=_plain(blocks[0]),
        lead=_plain(blocks[1]),
        sections=sections,
        version=head["version"],
        dated=_day(head["date"]),
        required_from=_day(head["required"]) if "required" in head else None,
        digest=hashlib.sha256(markdown.encode()).hexdigest(),
    )


def lines_of(nodes: Sequence[Node]) -> Iterator[str]:
    """A body as lines of plain text: a paragraph, a point of a list, a row of a table each."""
    for node in nodes:
        if node.tag in {"ul", "ol", "table", "thead", "tbody"}:
            yield from lines_of(node.children)
        elif node.tag == "tr":
            yield " · ".join(plain(cell) for cell in node.children)
        else:
            yield f"• {plain(node)}" if node.tag == "li" else plain(node)


def plain(node: Node) -> str:
    """The words of an element, without what makes them bold or a link."""
    return node.text + "".join(plain(child) for child in node.children)


def _all(nodes: Sequence[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from _all(node.children)


def _apart(markdown: str) -> tuple[Mapping[str, str], str]:
    found = _HEAD.match(markdown)
    pairs = (line.partition(":") for line in found["lines"].splitlines()) if found else ()
    head = {name.strip(): value.strip() for name, _, value in pairs}
    if not found or not _VERSION.fullmatch(head.get("version", "")) or "date" not in head:
        message = "A help text begins with its version and date, between two lines of ---."
        raise ValueError(message)
    return head, markdown[found.end() :]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = f"Write a day like 2026-11-30: {text!r}"
        raise ValueError(message) from None


def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def _section(blocks: list[SyntaxTreeNode]) -> Section:
    heading = _HEADING.fullmatch(_plain(blocks[0]))
    if heading is None or len(blocks) == 1:
        message = f"A section is `## Title {{#anchor}}` and a text below it: {_plain(blocks[0])!r}"
        raise ValueError(message)
    body = tuple(node for block in blocks[1:] for node in _drawable(block))
    rules = tuple(heading["rules"].replace(".", "").split())
    return Section(heading["anchor"], heading["title"], body, rules)


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
