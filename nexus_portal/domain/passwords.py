"""What makes a password too easy to guess: its length, and what everybody tries first."""

import re
import unicodedata
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from itertools import pairwise

from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.text import Message

SHORTEST = 12
LONGEST = 128
FEWEST_DIFFERENT = 5
_PRODUCT = ("nexus", "portal", "nexusportal", "kortbyrå", "kortbyra", "passerkort")
_DECORATION = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_WORD = re.compile(r"[^\W\d_]{4,}")


def normalised(text: str) -> str:
    """NFC: the same password typed on a Mac and on Windows is the same bytes."""
    return unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode())


def check(text: str, *, common: AbstractSet[str], about: Iterable[str] = ()) -> None:
    """Refuse a password that is too short, too long or among the first that a guesser tries.

    `common` holds casefolded words; `about` what is known of the person: address, name, account.

    Raises:
        Invalid: says what would do.
    """
    password = normalised(text)
    if len(password) < SHORTEST:
        raise Invalid(
            Message("Use at least {count} characters; three or four words work well.", count=SHORTEST)
        )
    if len(password) > LONGEST:
        raise Invalid(Message("Use at most {count} characters.", count=LONGEST))
    folded = password.casefold()
    if _is_pattern(folded) or _is_common(folded, common):
        raise Invalid(Message("This password is among the first that are tried. Choose another."))
    if _is_mostly(folded, _words(about), common):
        raise Invalid(
            Message(
                "This password is made of your own name, your organisation's or the portal's. Choose another."
            )
        )


def _is_common(folded: str, common: AbstractSet[str]) -> bool:
    return folded in common or _DECORATION.sub("", folded) in common


def _is_pattern(folded: str) -> bool:
    if len(set(folded)) < FEWEST_DIFFERENT:
        return True
    if folded in (folded + folded)[1:-1]:
        return True  # one piece over and over
    steps = {ord(after) - ord(before) for before, after in pairwise(folded)}
    return steps <= {1, -9} or steps <= {-1, 9}


def _is_mostly(folded: str, words: list[str], common: AbstractSet[str]) -> bool:
    rest = folded
    for word in words:
        rest = rest.replace(word, " ")
    if rest == folded:
        return False
    rest = _DECORATION.sub("", rest)
    return len(rest) < FEWEST_DIFFERENT or rest in common


def _words(about: Iterable[str]) -> list[str]:
    found = {word for text in about for word in _WORD.findall(normalised(text).casefold())}
    return sorted(found | set(_PRODUCT), key=len, reverse=True)
