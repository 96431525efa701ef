"""Which photo of an archive belongs to which row of a spreadsheet."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from nexus_portal.domain.clean_text import folded

_NUMBER = re.compile(r"(?<!\d)(?:\d\d)?(\d{6})[-+_ ]?(\d{4})(?!\d)", re.ASCII)


class Clue(Enum):
    """How a row may be found in a file name; the surest first."""

    FILE = auto()
    STEM = auto()
    NUMBER = auto()
    NAME = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """What a row says about its photo: its photo column, else its person."""

    photo: str = field(default="", repr=False)
    personal_number: str = field(default="", repr=False)
    name: str = field(default="", repr=False)


def match_photos(holders: Sequence[Holder], file_names: Iterable[str]) -> list[str | None]:
    """For each row its file name, or None. No file is given where two files or two rows could be meant.

    A wrong face on a card is worse than a missing photo: a file found by a person's name alone is given only
    if no other row claims it.
    """
    files: defaultdict[tuple[Clue, str], set[str]] = defaultdict(set)
    for file_name in file_names:
        for key in _keys_of_file(file_name):
            files[key].add(file_name)
    found = [
        next(
            (
                (clue, next(iter(files[clue, key])))
                for clue, key in photo_name_candidates(holder)
                if len(files.get((clue, key), ())) == 1
            ),
            (None, None),
        )
        for holder in holders
    ]
    claims = Counter(file_name for _, file_name in found)
    return [None if clue is Clue.NAME and claims[file_name] > 1 else file_name for clue, file_name in found]


def photo_name_candidates(holder: Holder) -> tuple[tuple[Clue, str], ...]:
    """What to look for in the file names, the surest first, each in the form in which it is compared."""
    return tuple((clue, key) for clue, key in _keys_of_holder(holder) if key)


def _keys_of_holder(holder: Holder) -> Iterator[tuple[Clue, str]]:
    base = re.split(r"[\\/]", holder.photo.strip())[-1]
    yield Clue.FILE, _same(base)
    yield Clue.STEM, folded(_stem(base))
    # Ten digits of it: file names often leave the century out.
    yield Clue.NUMBER, "".join(filter(str.isdecimal, holder.personal_number))[-10:]
    words = holder.name.replace(",", " ").split()
    if len(words) > 1:
        first, *middle, last = words
        for order in (words, [last, first, *middle], [first, last], [last, first]):
            yield Clue.NAME, folded("".join(order))
    elif words:
        yield Clue.NAME, folded(words[0])


def _keys_of_file(file_name: str) -> Iterator[tuple[Clue, str]]:
    stem = _stem(file_name)
    yield Clue.FILE, _same(file_name)
    yield Clue.STEM, folded(stem)
    for number in _NUMBER.finditer(stem):
        yield Clue.NUMBER, number[1] + number[2]
    yield Clue.NAME, folded(stem)


def _stem(file_name: str) -> str:
    return re.sub(r"\.\w{1,5}$", "", file_name)


def _same(file_name: str) -> str:
    return unicodedata.normalize("NFC", file_name).casefold()
