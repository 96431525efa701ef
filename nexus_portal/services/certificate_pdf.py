"""The certificate of erasure as a page for people: A4, in the reader's language, fit for an auditor."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from reportlab.platypus import Flowable

from nexus_portal.adapters import dates
from nexus_portal.domain.hashchain import document_hash
from nexus_portal.domain.permissions import Role
from nexus_portal.domain.text import Message
from nexus_portal.domain.words import ROLE
from nexus_portal.services import paper
from nexus_portal.services.paper import CODE, Paper

Certificate = Mapping[str, Any]

_ACTS: Mapping[str, Message] = {
    "keys_destroyed": Message("The keys of these persons were destroyed in the key store."),
    "rows_deleted": Message("Their encrypted fields and search tokens were deleted from the database."),
    "files_deleted": Message("Their encrypted photos were deleted from the file store."),
}
_POLICIES: Mapping[str, Message] = {
    "request": Message("A person of the customer decided it"),
    "retention": Message("The customer's retention policy"),
    "superseded": Message("What was misspelt was corrected"),
    "blocked": Message("The card had been blocked for 90 days"),
}


def pdf(certificate: Certificate, number: str, language: str) -> bytes:
    """One page of PDF that says what the signed JSON says, with what is needed to compare the two."""
    page = _Page(certificate, number, language)
    title = f"{page.say(Message('Certificate of erasure'))} {number}"
    return paper.pdf(page.flow(), title=title, language=language)


class _Page(Paper):
    """The parts of the page, top to bottom."""

    def __init__(self, certificate: Certificate, number: str, language: str) -> None:
        super().__init__(language)
        self.certificate = certificate
        self.number = number

    def flow(self) -> list[Flowable]:
        """Everything on the page."""
        return [
            *self._opening(),
            *self._facts(),
            *self.section(Message("What was done"), [self._step(step) for step in self.certificate["done"]]),
            *self.section(
                Message("Where copies remained"), [self._copy(copy) for copy in self.certificate["copies"]]
            ),
            *self._proof(),
        ]

    def _opening(self) -> list[Flowable]:
        account = self.certificate["account"]
        named = {"order": self.certificate["order"], "account": account["name"]}
        whole = Message(
            "The personal data of order {order} of {account} has been erased and cannot be restored.", **named
        )
        part = Message(
            "The personal data of some persons of order {order} of {account} has been erased and cannot be "
            "restored.",
            **named,
        )
        erased = self.certificate["erased"]
        statement = whole if erased["persons"] >= erased.get("of_persons", 0) else part
        return [
            *self.head(Message("Certificate of erasure"), self.number),
            paper.line(self.say(statement)),
            paper.gap(),
        ]

    def _facts(self) -> list[Flowable]:
        account, erased = self.certificate["account"], self.certificate["erased"]
        decision = self.certificate["decision"]
        return [
            self.facts(
                (Message("Customer"), f"{account['name']} ({account['number']})"),
                (Message("Order"), self.certificate["order"]),
                (Message("Persons"), self._persons(erased)),
                (Message("Photos"), str(erased["photos"])),
                (Message("Search tokens"), str(erased["search_tokens"])),
                (Message("Reason"), self._say_code(_POLICIES, decision["policy"])),
                (Message("Decided by"), self._role(decision["role"])),
                (Message("Decided"), self._time(decision["at"])),
                (Message("Completed"), self._time(self.certificate["at"])),
            )
        ]

    def _proof(self) -> list[Flowable]:
        chain = self.certificate["certificate"]
        before = chain["previous"] or self.say(Message("none: this is the customer's first certificate"))
        how = Message(
            "This page repeats a certificate that is signed with Ed25519. The signed JSON comes from the "
            "same place; `nexus-portal certificate verify` checks it without a connection to the portal."
        )
        return [
            self.heading(Message("How to verify")),
            paper.line(self.say(how)),
            paper.gap(4),
            self.facts(
                (Message("Issued by"), self.certificate["issuer"]),
                (Message("Key"), self.certificate["key"]),
                (Message("Signature"), self.certificate["signature"]),
                (Message("Fingerprint"), document_hash(self.certificate)),
                (Message("Fingerprint before it"), before),
                style=CODE,
            ),
        ]

    def _persons(self, erased: Mapping[str, int]) -> str:
        some, all_of_them = erased["persons"], erased.get("of_persons", 0)
        if some >= all_of_them:
            return str(some)
        return self.say(Message("{some} of {total}", some=some, total=all_of_them))

    def _step(self, step: Mapping[str, str]) -> str:
        return f"{self._say_code(_ACTS, step['act'])} {self._time(step['at'])}"

    def _copy(self, copy: Mapping[str, str]) -> str:
        if copy["where"] == "server_logs":
            return self.say(
                Message(
                    "The database server may hold wrapped keys in its own log until it recycles that log. "
                    "They cannot be opened without the master key."
                )
            )
        time = self._time(copy["readable_until"])
        return self.say(
            Message(
                "Backups of the database and of the files may still hold ciphertext. Without the destroyed "
                "keys it is readable to nobody since {time}. The portal makes no backup of the key store.",
                time=time,
            )
        )

    def _say_code(self, words: Mapping[str, Message], code: str) -> str:
        return self.say(words[code]) if code in words else code

    def _role(self, role: str) -> str:
        if not role:
            return self.say(Message("the rule itself"))
        return self.say(ROLE[Role(role)]) if role in ROLE else role

    def _time(self, stamp: str) -> str:
        return dates.second(datetime.fromisoformat(stamp), self.language)
