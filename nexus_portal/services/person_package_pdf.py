"""The pages of a person's package, fit to be handed to somebody who has never seen the portal."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from reportlab.platypus import Flowable

from nexus_portal.adapters import dates
from nexus_portal.domain import access_words, words
from nexus_portal.domain.field_definitions import RetentionClass
from nexus_portal.domain.lifecycles import CardStatus, Stage
from nexus_portal.domain.permissions import Role
from nexus_portal.domain.text import Message
from nexus_portal.services import paper
from nexus_portal.services.paper import Paper

Content = Mapping[str, Any]
_PAGE_OF = Message("Page {page} of {pages}", page="{page}", pages="{pages}")
_SEEN = (0.24, 0.26, 0.26, 0.24)
_TITLE = Message("Your personal data")
_LEFT: Mapping[str, Message] = {
    "export": Message("a table with the persons of the order was taken away"),
    "mending": Message("rows of the order were taken away to be mended"),
    "print": Message("a print file was made of cards of the order"),
    "package": Message("a package like this one was made"),
}
_RIGHTS = (
    Message("You can have what is wrong put right, and what is missing added."),
    Message("You can ask that your data is removed. Where that has to wait, it says above why."),
    Message("You can ask that your data is used less, or object to its use."),
    Message(
        "You can complain to the supervisory authority of your country; in Sweden that is "
        "Integritetsskyddsmyndigheten (IMY), imy.se."
    ),
    Message(
        "Turn to whoever gave you this document: they decide over the data, and the card bureau obeys them."
    ),
)


def pdf(content: Content, language: str) -> bytes:
    """The same as the JSON file, in words."""
    page = _Page(content, language)
    controller = content["controller"]["name"]
    return paper.pdf(
        page.flow(),
        title=page.say(_TITLE),
        language=language,
        footer=f"{page.say(_TITLE)} · {controller}",
        letterhead=f"Nexus Portal · {controller}",
        page_of=page.say(_PAGE_OF),
    )


class _Page(Paper):
    """The parts of the pages, top to bottom."""

    def __init__(self, content: Content, language: str) -> None:
        super().__init__(language)
        self.content = content

    def flow(self) -> list[Flowable]:
        """Everything that is said."""
        return [
            *self.titled(_TITLE, self.day(self.content["made_at"])),
            paper.line(self.say(self._introduction())),
            *(part for record in self.content["records"] for part in self._record(record)),
            *self._seen(),
            *self.section(Message("Your rights"), [self.say(right) for right in _RIGHTS]),
        ]

    def _introduction(self) -> Message:
        return Message(
            "This is what {name} keeps about you in the card portal, card by card, and who has looked at it. "
            "The same stands in person.json, for machines; your "
            "photos lie beside it. Other people are left out: who ordered or looked is known by their role.",
            name=self.content["controller"]["name"],
        )

    def day(self, stamp: str | None) -> str:
        """A day in words; a dash where there is none."""
        return dates.day_of(stamp or "", self.language) or "–"

    def _record(self, record: Content) -> list[Flowable]:
        title = Message("Card {number}", number=record["card"])
        typed = [(each["label"][self.language], each["written"]) for each in record["data"]]
        facts: list[tuple[Message | str, str]] = [
            *typed,
            *([(Message("Mail address"), record["contact"])] if record["contact"] else []),
            (Message("Photo"), self._photo(record["photo"])),
            (Message("Ordered"), self.day(record["ordered_at"])),
            (Message("Layout"), record["layout"]["name"]),
            (Message("The card is"), self._stage(record["stage"])),
            *self._registered(record["register"]),
        ]
        return [
            self.heading(title),
            self.facts(*facts),
            paper.gap(4),
            paper.together(*self.section(Message("When it goes"), self._goes(record["removal"]))),
            *self.section(Message("Copies that left the portal"), self._copies(record["copies"])),
        ]

    def _photo(self, photo: Content | None) -> str:
        return ", ".join(photo["files"]) if photo else self.say(Message("None is kept."))

    def _stage(self, stage: Content) -> str:
        name = self.say(words.STAGE[Stage(stage["now"])])
        return f"{name}, {self.day(stage['since'])}"

    def _registered(self, card: Content | None) -> list[tuple[Message, str]]:
        if card is None:
            return []
        status = f"{self.say(words.CARD_STATUS[CardStatus(card['status'])])}, {self.day(card['since'])}"
        return [
            (Message("Number in the register"), card["number"]),
            (Message("Status"), status),
            (Message("Valid until"), self.day(card["valid_until"])),
        ]

    def _goes(self, removal: Content) -> list[str]:
        lines = [self.say(self._kind_goes(each)) for each in removal["by_itself"]]
        if removal["appointed"]:
            lines.append(
                self.say(Message("It is decided that it goes as soon as nothing stands in the way."))
            )
        if removal["possible_now"]:
            return [*lines, self.say(Message("Nothing stands in the way of removing it now."))]
        why = [each["text"] for each in removal["in_the_way"]]
        if removal["expected_on"]:
            why.append(self.say(Message("Expected {day}.", day=self.day(removal["expected_on"]))))
        return [*lines, f"{self.say(Message('It cannot be removed now:'))} {' '.join(why)}"]

    def _kind_goes(self, each: Content) -> Message:
        kind = self.say(words.KIND[RetentionClass(each["kind"])])
        if each["on"]:
            return Message("{kind}: goes by itself on {day}.", kind=kind, day=self.day(each["on"]))
        if not each["days_after_delivery"]:
            return Message("{kind}: goes by itself as soon as the card is delivered.", kind=kind)
        return Message(
            "{kind}: goes by itself {days} days after the card is delivered.",
            kind=kind,
            days=each["days_after_delivery"],
        )

    def _copies(self, copies: Sequence[Content]) -> list[str]:
        if not copies:
            return [self.say(Message("The portal knows of no copy that was taken away."))]
        return [
            f"{self.day(each['at'])}: {self.say(_LEFT[each['kind']])} ({self._role(each['role'])})"
            for each in copies
        ]

    def _seen(self) -> list[Flowable]:
        rows = [
            (
                dates.second(datetime.fromisoformat(each["at"]), self.language),
                self.say(access_words.ACTS[each["act"]]),
                self._purpose(each["purpose"]),
                self._role(each["role"]),
            )
            for each in self.content["seen"]
        ]
        heads = (Message("When"), Message("What"), Message("What for"), Message("By whom"))
        table = self.columns(heads, rows, _SEEN, texts=len(heads))
        none = paper.line(self.say(Message("Nobody has looked, as far as the log reaches back.")))
        return [self.heading(Message("Who has looked at it")), table if rows else none]

    def _purpose(self, purpose: str) -> str:
        known = access_words.SEEN_FOR.get(purpose)
        return self.say(known) if known else purpose or "–"

    def _role(self, role: str) -> str:
        known = words.ROLE.get(Role(role)) if role in set(Role) else None
        return self.say(known) if known else self.say(Message("The portal itself"))
