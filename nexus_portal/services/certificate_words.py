"""What a certificate of erasure says to people: the same words on paper and where it is verified."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from nexus_portal.adapters import catalogue, dates
from nexus_portal.domain.certificate import EVERYTHING
from nexus_portal.domain.permissions import Role
from nexus_portal.domain.text import Message
from nexus_portal.domain.words import ROLE

Certificate = Mapping[str, Any]
Fact = tuple[Message, str]

_ACTS: Mapping[str, Message] = {
    "keys_destroyed": Message("The keys of these persons were destroyed in the key store."),
    "rows_deleted": Message("Their encrypted fields and search tokens were deleted from the database."),
    "files_deleted": Message("Their encrypted photos were deleted from the file store."),
}
_ACTS_ON_FILES: Mapping[str, Message] = {
    "keys_destroyed": Message("The keys of these files were destroyed in the key store."),
    "rows_deleted": Message("Their encrypted names and checksums were deleted from the database."),
    "files_deleted": Message("Their encrypted content was deleted from the file store."),
}
_POLICIES: Mapping[str, Message] = {
    "request": Message("A person of the customer decided it"),
    "retention": Message("The customer's retention policy"),
    "superseded": Message("What was misspelt was corrected"),
    "blocked": Message("The card had been blocked for 90 days"),
    "file": Message("Somebody of the customer, or their file transfer, deleted it"),
    "file_rule": Message("The customer's rule for files that were used or left lying"),
    "file_replaced": Message("Another file took its name"),
    "file_closing": Message("The account was closed"),
    "application": Message("30 days had passed since the application was decided"),
    "closing": Message("The account was closed"),
    "replayed": Message("Erased before a backup was restored, and again after it"),
}
_KINDS: Mapping[str, Message] = {
    EVERYTHING: Message("Everything about these persons"),
    "name": Message("Name"),
    "personal_number": Message("Personal number"),
    "photo": Message("Photo"),
    "address": Message("Address"),
    "card_number": Message("Card number"),
    "other": Message("Other personal data"),
}
_LEFT: Mapping[str, Message] = {
    "export": Message("exported as a table"),
    "mending": Message("rows to mend taken away"),
    "print": Message("print file made"),
    "package": Message("handed to the person concerned"),
}
_LOOKS: Mapping[str, Message] = {
    "revealed": Message("shown"),
    "searched": Message("found by a search"),
    "photo": Message("photo shown"),
    "exported": Message("exported"),
    "printed": Message("printed"),
    "packaged": Message("handed to the person concerned"),
    "file": Message("file of the file drop read"),
}


class CertificateWords:
    """A genuine certificate, part by part, in one language. Those of the first version say less."""

    def __init__(self, certificate: Certificate, language: str) -> None:
        self.certificate = certificate
        self.language = language

    def statement(self) -> str:
        """What it proves, in one sentence."""
        if self._of_files():
            return self.say(
                Message(
                    "Files of {account} that have been erased and cannot be restored: {n}.",
                    n=self.certificate["erased"].get("files", 0),
                    account=self.certificate["account"]["name"],
                )
            )
        if not self.certificate["order"]:
            return self.say(self._without_order())
        whole = self._kinds() in ([], [EVERYTHING])
        items, persons = self.certificate["erased"].get("card_items"), self.certificate["erased"]["persons"]
        of = {"order": self.certificate["order"], "account": self.certificate["account"]["name"]}
        if whole and (items is None or items == persons):
            return self.say(
                Message(
                    "The personal data of order {order} of {account} has been erased and cannot be restored.",
                    **of,
                )
            )
        return self.say(
            Message(
                "What is named below of the personal data of order {order} of {account} has been erased and "
                "cannot be restored.",
                **of,
            )
        )

    def facts(self) -> list[Fact]:
        """Whose, what, how many, on whose decision and when."""
        account, erased = self.certificate["account"], self.certificate["erased"]
        decision = self.certificate["decision"]
        return [
            (Message("Customer"), f"{account['name']} ({account['number']})"),
            *([] if self._of_files() else self._of_persons(erased)),
            *([(Message("Files of the file drop"), str(erased["files"]))] if "files" in erased else []),
            (Message("Reason"), self._reason(decision)),
            (Message("Decided by"), self._role(decision["role"])),
            (Message("Decided"), self.time(decision["at"])),
            (Message("Completed"), self.time(self.certificate["at"])),
        ]

    def kinds(self) -> str:
        """The kinds of data that went."""
        if self._of_files():
            return self.say(Message("Files of the file drop"))
        return ", ".join(self._code(_KINDS, kind) for kind in self._kinds() or [EVERYTHING])

    def done(self) -> list[str]:
        """What was done in which store."""
        acts = _ACTS_ON_FILES if self._of_files() else _ACTS
        return [
            f"{self._code(acts, step['act'])} {self.time(step['at'])}" for step in self.certificate["done"]
        ]

    def copies(self) -> list[str]:
        """Where copies remained inside the bureau, and until when."""
        key_copies = any(copy["where"] == "key_store_copies" for copy in self.certificate["copies"])
        return [self._copy(copy, key_copies=key_copies) for copy in self.certificate["copies"]]

    def left(self) -> list[str]:
        """Which copies had left the portal, and how often persons were looked at."""
        left = self.certificate.get("left")
        if left is None:
            return [self.say(Message("Certificates of this version do not say it."))]
        if self._of_files():
            return [self._reads(left["looked_at"])]
        lines = [self._left(copy) for copy in left["copies"]]
        if not lines:
            lines = [self.say(Message("The portal knows of no copy that was taken away."))]
        return [*lines, self._looks(left["looked_at"])]

    def say(self, message: Message) -> str:
        """The message in the certificate's language."""
        return catalogue.render(message, self.language)

    def time(self, stamp: str) -> str:
        """A time of the certificate."""
        return dates.second(datetime.fromisoformat(stamp), self.language)

    def _of_files(self) -> bool:
        """Whether files went that belong to no order alone."""
        alone = not self.certificate["order"] and self.certificate["decision"]["policy"] != "closing"
        return alone and bool(self.certificate["erased"].get("files"))

    def _of_persons(self, erased: Mapping[str, Any]) -> list[Fact]:
        return [
            *([(Message("Order"), self.certificate["order"])] if self.certificate["order"] else []),
            *self._what(erased),
            (Message("Photos"), str(erased["photos"])),
            (Message("Search tokens"), str(erased["search_tokens"])),
        ]

    def _without_order(self) -> Message:
        name = self.certificate["account"]["name"]
        if self.certificate["decision"]["policy"] == "closing":
            return Message(
                "The account of {account} is closed. All personal data that the portal held for it has been "
                "erased and cannot be restored.",
                account=name,
            )
        return Message(
            "What is named below has been erased from what {account} holds, and cannot be restored.",
            account=name,
        )

    def _kinds(self) -> Sequence[str]:
        return self.certificate["erased"].get("kinds", [])

    def _what(self, erased: Mapping[str, Any]) -> list[Fact]:
        if "kinds" not in erased:
            return [(Message("Persons"), str(erased["persons"]))]
        of = Message("{persons} of {items}", persons=erased["persons"], items=erased["card_items"])
        return [
            (Message("Kinds of data"), self.kinds()),
            (Message("Persons, of card items in the order"), self.say(of)),
        ]

    def _reason(self, decision: Mapping[str, Any]) -> str:
        reason = self._code(_POLICIES, decision["policy"])
        kept = [self._kept(kind, days) for kind, days in decision.get("days", {}).items()]
        return f"{reason}: {', '.join(kept)}" if kept else reason

    def _kept(self, kind: str, days: int) -> str:
        rule = Message("{n} days after delivery", n=days) if days else Message("as soon as it is delivered")
        said = self.say(rule)
        return said if kind == EVERYTHING else f"{self._code(_KINDS, kind)} {said}"

    def _copy(self, copy: Mapping[str, str], *, key_copies: bool) -> str:
        if copy["where"] == "server_logs":
            return self.say(
                Message(
                    "The database server may hold wrapped keys in its own log until it recycles that log. "
                    "They cannot be opened without the master key."
                )
            )
        if copy["where"] == "key_store_copies":
            return self.say(
                Message(
                    "Copies of the key store that the bureau keeps apart may hold the wrapped keys until "
                    "{time}. Whoever restores one destroys these keys again before anything is served.",
                    time=self.time(copy["until"]),
                )
            )
        time = self.time(copy["readable_until"])
        if key_copies:
            return self.say(
                Message(
                    "Backups of the database and of the files may still hold ciphertext. The portal cannot "
                    "read it since {time}, when the keys were destroyed.",
                    time=time,
                )
            )
        return self.say(
            Message(
                "Backups of the database and of the files may still hold ciphertext, which nobody can read "
                "without the destroyed keys. A copy of the key store from before {time}, where the bureau "
                "has made one, lies apart from them and is removed after some days.",
                time=time,
            )
        )

    def _left(self, copy: Mapping[str, Any]) -> str:
        if copy["kind"] == "file":
            return self.say(
                Message(
                    "A dropped file of {time} with {rows} rows is still there, for other persons are in it.",
                    time=self.time(copy["at"]),
                    rows=copy["persons"],
                )
            )
        return self.say(
            Message(
                "{time}: {what}. Role: {role}. Persons: {persons}.",
                time=self.time(copy["at"]),
                what=self._code(_LEFT, copy["kind"]),
                role=self._role(copy["role"]),
                persons=copy["persons"],
            )
        )

    def _looks(self, looked_at: Mapping[str, int]) -> str:
        if not looked_at:
            return self.say(Message("The access log knows of nobody who looked at these persons."))
        times = ", ".join(f"{self._code(_LOOKS, act)} {n}" for act, n in looked_at.items())
        return self.say(
            Message(
                "Persons of this order by the access log, as far back as it reaches: {times}.", times=times
            )
        )

    def _reads(self, looked_at: Mapping[str, int]) -> str:
        if not looked_at:
            return self.say(Message("The access log knows of nobody who took these files."))
        times = sum(looked_at.values())
        return self.say(
            Message("Times that they were taken, by the access log, as far back as it reaches: {n}.", n=times)
        )

    def _code(self, words: Mapping[str, Message], code: str) -> str:
        return self.say(words[code]) if code in words else code

    def _role(self, role: str) -> str:
        if not role:
            return self.say(Message("the rule itself"))
        return self.say(ROLE[Role(role)]) if role in ROLE else role
