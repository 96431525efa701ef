"""A record of processing in words of one language: line by line, and what has changed between two of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from nexus_portal.adapters import catalogue, dates
from nexus_portal.domain import words
from nexus_portal.domain.field_definitions import RetentionClass
from nexus_portal.domain.permissions import Permission, Role
from nexus_portal.domain.processing_words import CODED, PARTIES, PURPOSE, SECTIONS
from nexus_portal.domain.text import Message

Entry = Mapping[str, Any]
Sections = Mapping[str, Sequence[Entry]]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that a record says: a name, and what is said of it."""

    section: str
    key: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """What differs between two records; `before` or `after` is empty where the thing was not there."""

    section: str
    name: str
    before: str
    after: str


class Words:
    """The language in which a record is said."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._lines: Mapping[str, Callable[[Entry], tuple[str, str]]] = {
            "parties": self._party,
            "data": self._field,
            "retention": self._kept,
            "access": self._access,
            "recipients": self._recipient,
            "customers": self._customer,
            "sub_processors": self._company,
            "holds": self._holds,
        }

    def lines(self, sections: Sections) -> list[Line]:
        """Every line, section by section."""
        return [
            Line(section, str(entry["key"]), *self._lines.get(section, self._coded)(entry))
            for section in SECTIONS
            for entry in sections.get(section, ())
        ]

    def changes(self, before: Sections, after: Sections) -> list[Change]:
        """What has come, gone or changed from one record to another."""
        old = {(line.section, line.key): line for line in self.lines(before)}
        new = {(line.section, line.key): line for line in self.lines(after)}
        return [
            Change(
                key[0],
                (new.get(key) or old[key]).name,
                old[key].text if key in old else "",
                new[key].text if key in new else "",
            )
            for key in dict.fromkeys([*old, *new])
            if old.get(key) != new.get(key)
        ]

    def say(self, message: Message) -> str:
        """The message in this language."""
        return catalogue.render(message, self.language)

    def _party(self, entry: Entry) -> tuple[str, str]:
        return self.say(PARTIES[entry["key"]]), f"{entry['name']} ({entry['number']})"

    def _coded(self, entry: Entry) -> tuple[str, str]:
        name, text = CODED[entry["key"]]
        return self.say(name), self.say(text)

    def _field(self, entry: Entry) -> tuple[str, str]:
        label = entry["label_sv"] if self.language == "sv" else entry["label_en"]
        said = [
            self.say(PURPOSE[entry["purpose"]]),
            self.say(Message("kept as: {kind}", kind=self._kind(entry["kind"]))),
            self.say(Message("required") if entry["required"] else Message("optional")),
            *([self.say(Message("why: {reason}", reason=entry["reason"]))] if entry["reason"] else []),
            *([] if entry["offered"] else [self.say(Message("no longer offered"))]),
        ]
        version = self.say(Message("version {version}", version=entry["version"]))
        return f"{entry['layout']}, {version}: {label}", "; ".join(said)

    def _kept(self, entry: Entry) -> tuple[str, str]:
        if entry["key"] == "blocked":
            return self.say(Message("Blocked cards")), self.say(
                Message("Deleted with their person after {days} days without a change.", days=entry["days"])
            )
        if entry["key"] == "accesses":
            return self.say(Message("Access log")), self.say(
                Message("Kept for {months} months.", months=entry["months"])
            )
        rule = {
            "immediate": Message("As soon as the card is delivered"),
            "days": Message("{days} days after delivery", days=entry["days"]),
            "warranty": Message("At the end of the warranty, after {days} days", days=entry["days"]),
        }[entry["policy"]]
        return self._kind(entry["key"]), self.say(rule)

    def _access(self, entry: Entry) -> tuple[str, str]:
        name = entry["name"] or self.say(words.ROLE[Role(entry["role"])])
        people = self.say(Message("People with this role: {n}", n=entry["people"]))
        return name, f"{people}. {self._permissions(entry)}"

    def _recipient(self, entry: Entry) -> tuple[str, str]:
        return self.say(words.ROLE[Role(entry["key"])]), self._permissions(entry)

    def _customer(self, entry: Entry) -> tuple[str, str]:
        kinds = ", ".join(map(self._kind, entry["kinds"])) or self.say(Message("no data yet"))
        layouts = self.say(Message("versions of layouts: {n}", n=entry["layouts"]))
        return f"{entry['name']} ({entry['key']})", f"{kinds}; {layouts}"

    def _company(self, entry: Entry) -> tuple[str, str]:
        since = dates.day(date.fromisoformat(entry["since"]), self.language)
        return entry["name"], self.say(
            Message(
                "{service}, {country}, since {day}",
                service=entry["service"],
                country=entry["country"],
                day=since,
            )
        )

    def _holds(self, entry: Entry) -> tuple[str, str]:
        whole = self.say(Message("one of them on the whole account")) if entry["account"] else ""
        return self.say(Message("Open holds")), "; ".join(filter(None, [str(entry["count"]), whole]))

    def _permissions(self, entry: Entry) -> str:
        return ", ".join(self.say(words.PERMISSION[Permission(each)]) for each in entry["permissions"])

    def _kind(self, kind: str) -> str:
        return self.say(words.KIND[RetentionClass(kind)])
