"""What changed between two versions of a text, section by section, word by word."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

_WORD = re.compile(r"\n|[^\S\n]+|[^\s]+")
SHORTEST_KEPT = 3
"""Fewer words in a row that stayed between two changes read better as changed with them."""


class Change(StrEnum):
    """What became of a section or of some of its words."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Part:
    """A section of a text: its lines, under a title; `anchor` tells it from others in every version."""

    anchor: str
    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words that stayed, came or went."""

    change: Change
    text: str


@dataclass(frozen=True, slots=True)
class SectionChange:
    """A section that is not what it was."""

    anchor: str
    title: str
    change: Change
    pieces: tuple[Piece, ...]


def changes(before: Sequence[Part], after: Sequence[Part]) -> tuple[SectionChange, ...]:
    """The sections that came or changed, in the order of the new text, then those that went."""
    known = {part.anchor: part for part in before}
    kept = {part.anchor for part in after}
    found = (_section(known.get(part.anchor), part) for part in after)
    gone = (_whole(part, Change.REMOVED) for part in before if part.anchor not in kept)
    return (*(section for section in found if section.change is not Change.SAME), *gone)


def _section(before: Part | None, after: Part) -> SectionChange:
    if before is None:
        return _whole(after, Change.ADDED)
    renamed = before.title != after.title
    pieces = tuple(_pieces(_words(before, titled=renamed), _words(after, titled=renamed)))
    same = all(piece.change is Change.SAME for piece in pieces)
    return SectionChange(after.anchor, after.title, Change.SAME if same else Change.CHANGED, pieces)


def _whole(part: Part, change: Change) -> SectionChange:
    return SectionChange(part.anchor, part.title, change, (Piece(change, "\n".join(part.lines)),))


def _words(part: Part, *, titled: bool) -> list[str]:
    return _WORD.findall("\n".join((part.title, *part.lines) if titled else part.lines))


def _pieces(before: list[str], after: list[str]) -> Iterator[Piece]:
    """Runs of words; what stands between two short runs that stayed goes and comes as one."""
    gone: list[str] = []
    come: list[str] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        stays = tag == "equal" and _stands_alone(before[i1:i2], at_end=j2 == len(after))
        if not stays and (tag != "equal" or gone or come):
            gone += before[i1:i2]
            come += after[j1:j2]
            continue
        yield from _changed(gone, come)
        gone, come = [], []
        yield Piece(Change.SAME, "".join(after[j1:j2]))
    yield from _changed(gone, come)


def _stands_alone(words: Sequence[str], *, at_end: bool) -> bool:
    return at_end or "\n" in words or sum(not word.isspace() for word in words) >= SHORTEST_KEPT


def _changed(gone: list[str], come: list[str]) -> Iterator[Piece]:
    if gone:
        yield Piece(Change.REMOVED, "".join(gone))
    if come:
        yield Piece(Change.ADDED, "".join(come))
