"""The gettext catalogues: what the portal says, in English and in Swedish.

The English sentence is the key, so English needs no catalogue. Swedish lies in one `.po` file per part of
the code, all merged here; two parts may hold the same sentence only if they translate it alike: a test looks.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal, cast, get_args

from babel.core import negotiate_locale
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from nexus_portal.domain.text import Message
from nexus_portal.domain.words import word_for

Language = Literal["en", "sv"]

LANGUAGES: tuple[Language, ...] = get_args(Language)
ENGLISH: Language = "en"
SWEDISH: Language = "sv"
COOKIE = "language"

PARTS = Path(__file__).parent.parent / "locales" / "sv" / "parts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One sentence of a part: `forms` are (singular, plural), or one form twice when it counts nothing."""

    msgid: str
    msgid_plural: str
    forms: tuple[str, str]
    part: str
    line: int


def read_part(path: Path) -> Iterator[Entry]:
    """Every translated entry of one `.po` file; untranslated and fuzzy ones are left out."""
    with path.open("rb") as file:
        po = read_po(file, locale=SWEDISH, abort_invalid=True)
    for message in po:
        ids, texts = _pair(message.id), _pair(message.string)
        if ids[0] and all(texts) and not message.fuzzy:
            yield Entry(
                msgid=ids[0],
                msgid_plural=ids[1] if message.pluralizable else "",
                forms=texts,
                part=path.stem,
                line=message.lineno or 0,
            )


def merge(entries: Iterable[Entry]) -> dict[str, Entry]:
    """All entries by their English sentence: the first of two, unless only the second counts things."""
    merged: dict[str, Entry] = {}
    for entry in entries:
        first = merged.setdefault(entry.msgid, entry)
        if entry.msgid_plural and not first.msgid_plural:
            merged[entry.msgid] = entry
    return merged


def contradictions(entries: Iterable[Entry]) -> list[str]:
    """Sentences that two parts translate differently: the reader would meet either of them by chance."""
    first: dict[str, Entry] = {}
    return [
        f"{entry.msgid!r}: {first[entry.msgid].part} and {entry.part}"
        for entry in entries
        if first.setdefault(entry.msgid, entry).forms[0] != entry.forms[0]
    ]


@cache
def swedish() -> Mapping[str, Entry]:
    """The merged Swedish catalogue, read once."""
    return merge(every_entry())


def every_entry() -> Iterator[Entry]:
    """The entries of all parts, part by part in the order of their names."""
    return (entry for path in sorted(PARTS.glob("*.po")) for entry in read_part(path))


def template(msgid: str, language: str) -> str:
    """The sentence in a language with its placeholders unfilled; English where Swedish is missing."""
    entry = swedish().get(msgid) if language == SWEDISH else None
    return entry.forms[0] if entry else msgid


def plural_templates(one: str, many: str, language: str) -> tuple[str, str]:
    """Singular and plural of a counted sentence; both languages use the singular for 1 alone."""
    entry = swedish().get(one) if language == SWEDISH else None
    return entry.forms if entry and entry.msgid_plural == many else (one, many)


def translate(msgid: str, language: str, /, **params: str | int) -> str:
    """The sentence in a language with its placeholders filled; whole numbers are grouped."""
    return _fill(template(msgid, language), language, params)


def translate_plural(one: str, many: str, n: int, language: str, /, **params: str | int) -> str:
    """The sentence for `n` things; `{n}` stands for the count."""
    forms = plural_templates(one, many, language)
    return _fill(forms[0 if n == 1 else 1], language, {"n": n, **params})


def render(message: Message, language: str) -> str:
    """A message of the inner layers in the reader's language; states and reasons in it are translated too."""
    return translate(message.msgid, language, **message.params)


def chosen(cookie: str | None, accept_language: str | None = None) -> Language:
    """The language of a visitor: what was chosen before, else the first asked for that we speak."""
    if cookie in LANGUAGES:
        return cookie
    wanted = [_tag(part) for part in (accept_language or "").split(",")]
    return cast("Language", negotiate_locale(wanted, LANGUAGES, sep="-") or ENGLISH)


def _tag(part: str) -> str:
    return part.partition(";")[0].strip().partition("-")[0].lower()


def _pair(value: object) -> tuple[str, str]:
    if isinstance(value, str):
        return value, value
    if isinstance(value, tuple | list):
        first, second = cast("tuple[str, str]", tuple(cast("tuple[str, ...]", value)))
        return first, second
    return "", ""


def _fill(text: str, language: str, params: Mapping[str, str | int]) -> str:
    return text.format(**{name: _shown(value, language) for name, value in params.items()})


@lru_cache(maxsize=4096)
def _number(value: int, language: str) -> str:
    """Grouped; a list says the same small numbers over and over, each of which takes longer than its row."""
    return format_decimal(value, locale=language)


def _shown(value: str | int, language: str) -> str:
    if isinstance(value, int):
        return _number(value, language)
    word = word_for(value)
    return template(word.msgid, language) if word else value
