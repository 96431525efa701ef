"""The certificate of erasure as a page for people: A4, in the reader's language, fit for an auditor."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, HRFlowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from nexus_portal.adapters import catalogue
from nexus_portal.domain.hashchain import document_hash
from nexus_portal.domain.permissions import Role
from nexus_portal.domain.text import Message
from nexus_portal.domain.words import ROLE

Certificate = Mapping[str, Any]

ZONE = ZoneInfo("Europe/Stockholm")
WIDTH = A4[0] - 44 * mm - 12  # reportlab pads its frame by 6 points a side
_INK, _QUIET, _LINE = HexColor("#1c2024"), HexColor("#60646c"), HexColor("#d9d9e0")
# Helvetica is in every reader and has the letters of both languages.
_TEXT = ParagraphStyle("text", fontName="Helvetica", fontSize=9.5, leading=13.5, textColor=_INK)
_LABEL = ParagraphStyle("label", parent=_TEXT, textColor=_QUIET)
_ITEM = ParagraphStyle("item", parent=_TEXT, leftIndent=10, bulletIndent=0, spaceAfter=2)
_TITLE = ParagraphStyle("title", parent=_TEXT, fontName="Helvetica-Bold", fontSize=20, leading=25)
_HEADING = ParagraphStyle(
    "heading", parent=_TEXT, fontName="Helvetica-Bold", fontSize=11, leading=15, spaceBefore=12, spaceAfter=4
)
_CODE = ParagraphStyle("code", parent=_TEXT, fontName="Courier", fontSize=8, leading=11, wordWrap="CJK")

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
    target = BytesIO()
    template = SimpleDocTemplate(
        target,
        pagesize=A4,
        leftMargin=22 * mm,
        rightMargin=22 * mm,
        topMargin=22 * mm,
        bottomMargin=20 * mm,
        title=f"{page.say(Message('Certificate of erasure'))} {number}",
        author="Nexus Portal",
        lang=language,
        invariant=True,
    )
    template.build(page.flow())
    return target.getvalue()


class _Page:
    """The parts of the page, top to bottom."""

    def __init__(self, certificate: Certificate, number: str, language: str) -> None:
        self.certificate = certificate
        self.number = number
        self.language = language

    def flow(self) -> list[Flowable]:
        """Everything on the page."""
        return [
            *self._head(),
            *self._facts(),
            *self._section(Message("What was done"), [self._step(step) for step in self.certificate["done"]]),
            *self._section(
                Message("Where copies remained"), [self._copy(copy) for copy in self.certificate["copies"]]
            ),
            *self._proof(),
        ]

    def say(self, message: Message) -> str:
        """The message in the reader's language."""
        return catalogue.render(message, self.language)

    def _head(self) -> list[Flowable]:
        account = self.certificate["account"]
        statement = Message(
            "The personal data of order {order} of {account} has been erased and cannot be restored.",
            order=self.certificate["order"],
            account=account["name"],
        )
        return [
            Paragraph(escape(self.say(Message("Certificate of erasure"))), _TITLE),
            Paragraph(escape(f"{self.say(Message('No.'))} {self.number}"), _LABEL),
            Spacer(0, 8),
            HRFlowable(width="100%", thickness=0.6, color=_LINE, spaceAfter=10),
            Paragraph(escape(self.say(statement)), _TEXT),
            Spacer(0, 8),
        ]

    def _facts(self) -> list[Flowable]:
        account, erased = self.certificate["account"], self.certificate["erased"]
        decision = self.certificate["decision"]
        return [
            self._table(
                (Message("Customer"), f"{account['name']} ({account['number']})"),
                (Message("Order"), self.certificate["order"]),
                (Message("Persons"), str(erased["persons"])),
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
            Paragraph(escape(self.say(Message("How to verify"))), _HEADING),
            Paragraph(escape(self.say(how)), _TEXT),
            Spacer(0, 4),
            self._table(
                (Message("Issued by"), self.certificate["issuer"]),
                (Message("Key"), self.certificate["key"]),
                (Message("Signature"), self.certificate["signature"]),
                (Message("Fingerprint"), document_hash(self.certificate)),
                (Message("Fingerprint before it"), before),
                style=_CODE,
            ),
        ]

    def _section(self, heading: Message, lines: Sequence[str]) -> list[Flowable]:
        return [
            Paragraph(escape(self.say(heading)), _HEADING),
            *(Paragraph(escape(line), _ITEM, bulletText="–") for line in lines),
        ]

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

    def _table(self, *rows: tuple[Message, str], style: ParagraphStyle = _TEXT) -> Table:
        cells = [
            [Paragraph(escape(self.say(label)), _LABEL), Paragraph(escape(value), style)]
            for label, value in rows
        ]
        table = Table(cells, colWidths=[42 * mm, WIDTH - 42 * mm])
        lines = [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 3),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
        ]
        table.setStyle(TableStyle(lines))
        return table

    def _say_code(self, words: Mapping[str, Message], code: str) -> str:
        return self.say(words[code]) if code in words else code

    def _role(self, role: str) -> str:
        if not role:
            return self.say(Message("the rule itself"))
        return self.say(ROLE[Role(role)]) if role in ROLE else role

    def _time(self, stamp: str) -> str:
        moment = datetime.fromisoformat(stamp)
        return format_datetime(moment, "d MMMM y HH:mm:ss ZZZZ", tzinfo=ZONE, locale=self.language)
