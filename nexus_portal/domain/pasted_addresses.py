"""People pasted as a list: `Name <a@b.se>` or `a@b.se`, by lines, commas or semicolons."""

import re
from dataclasses import dataclass

from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.text import Message

MOST = 50
_ENTRY = re.compile(r"""^\s*(?:"?(?P<name>[^"<>]*?)"?\s*)<(?P<email>[^<>]*)>\s*$""")
_CUTS = re.compile(r"""(?:[^,;\n"]|"[^"\n]*")+""")


@dataclass(frozen=True, slots=True)
class Pasted:
    """One entry as it was typed, and what it says."""

    text: str
    name: str
    email: str

    @property
    def written_name(self) -> str:
        """The name if somebody wrote one, and nothing that was guessed from the address."""
        return self.name if "<" in self.text else ""


def read(text: str, *, most: int = MOST) -> list[Pasted]:
    """The entries in their order; the same address twice counts once.

    Raises:
        Invalid: there is nothing, or more than `most`.
    """
    found: dict[str, Pasted] = {}
    for part in _CUTS.findall(text.replace("\r", "\n")):
        if part.strip():
            # Runs of space as one: a long run would keep the pattern busy.
            entry = _entry(" ".join(part.split()))
            found.setdefault(entry.email.casefold(), entry)
    if not found:
        raise Invalid(Message("Paste at least one mail address."))
    if len(found) > most:
        raise Invalid(Message("At most {limit} people at a time. Divide the list.", limit=most))
    return list(found.values())


def _entry(text: str) -> Pasted:
    match = _ENTRY.match(text)
    if match is None:
        return Pasted(text, _name_in(text), text)
    email = match["email"].strip()
    return Pasted(text, match["name"].strip() or _name_in(email), email)


def _name_in(email: str) -> str:
    """A name to begin with, from the address: `maja.lind@x.se` is Maja Lind until somebody writes better."""
    words = re.split(r"[._+-]+", email.partition("@")[0])
    return " ".join(word.capitalize() for word in words if word) or email
