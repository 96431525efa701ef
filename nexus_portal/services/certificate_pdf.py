"""The certificate of erasure as a page for people: A4, in the reader's language, fit for an auditor.

The signed JSON lies inside the PDF, so that the one file is read by people and verified by machines.
"""

import json
from collections.abc import Mapping
from typing import Any

from reportlab.platypus import Flowable

from nexus_portal.adapters import pdf_attachments
from nexus_portal.domain.hashchain import document_hash
from nexus_portal.domain.text import Message
from nexus_portal.services import paper
from nexus_portal.services.certificate_words import CertificateWords
from nexus_portal.services.paper import CODE, Paper

Certificate = Mapping[str, Any]
_PAGE_OF = Message("Page {page} of {pages}", page="{page}", pages="{pages}")


def json_of(certificate: Certificate) -> bytes:
    """The certificate as a JSON file."""
    return (json.dumps(dict(certificate), ensure_ascii=False, indent=2) + "\n").encode()


def pdf(certificate: Certificate, number: str, language: str) -> bytes:
    """Pages that say what the signed JSON says, how the two are compared, and inside them the JSON."""
    page = _Page(certificate, number, language)
    title = f"{page.say(Message('Certificate of erasure'))} {number}"
    data = paper.pdf(
        page.flow(),
        title=title,
        language=language,
        footer=f"{title} · {document_hash(certificate)[:16]}",
        letterhead=f"Nexus Portal · {certificate['issuer']}",
        page_of=page.say(_PAGE_OF),
    )
    return pdf_attachments.attach(
        data, f"certificate-{number}.json", json_of(certificate), media_type="application/json"
    )


class _Page(Paper):
    """The parts of the page, top to bottom."""

    def __init__(self, certificate: Certificate, number: str, language: str) -> None:
        super().__init__(language)
        self.certificate = certificate
        self.number = number
        self.words = CertificateWords(certificate, language)

    def flow(self) -> list[Flowable]:
        """Everything on the page."""
        return [
            *self.head(Message("Certificate of erasure"), self.number),
            paper.line(self.words.statement()),
            paper.gap(),
            self.facts(*self.words.facts()),
            *self.section(Message("What was done"), self.words.done()),
            *self.section(Message("Where copies remained"), self.words.copies()),
            *self.section(Message("What had left the portal before"), self.words.left()),
            *self._proof(),
        ]

    def _proof(self) -> list[Flowable]:
        chain, issuer = self.certificate["certificate"], self.certificate["issuer"]
        before = chain["previous"] or self.say(Message("none: this is the customer's first certificate"))
        how = Message(
            "This page repeats a certificate that is signed with Ed25519 and lies inside this PDF as a JSON "
            "file. Anybody can have it checked at {address}: choose this very file there. "
            "`nexus-portal certificate verify` checks it without a connection to the portal.",
            address=f"{issuer}/verify",
        )
        facts = self.facts(
            (Message("Issued by"), issuer),
            (Message("Key"), self.certificate["key"]),
            (Message("Signature"), self.certificate["signature"]),
            (Message("Fingerprint"), document_hash(self.certificate)),
            (Message("Fingerprint before it"), before),
            style=CODE,
        )
        return [
            paper.together(
                self.heading(Message("How to verify")), paper.line(self.say(how)), paper.gap(4), facts
            )
        ]
