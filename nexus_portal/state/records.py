"""State of the records of processing: a customer's own, and the bureau's with its list of sub-processors."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from nexus_portal.adapters import catalogue
from nexus_portal.domain.errors import Conflict, Invalid
from nexus_portal.domain.numbers import row_id
from nexus_portal.domain.processing_words import SECTIONS
from nexus_portal.domain.text import Message
from nexus_portal.services import processing, processing_files, sub_processors
from nexus_portal.services.processing import KeptRow, RecordView
from nexus_portal.services.processing_words import Change, Words
from nexus_portal.services.sub_processors import SubProcessorRow
from nexus_portal.state import live
from nexus_portal.state.bridge import call, caller, handler
from nexus_portal.state.shell import tell

PATH, BUREAU_PATH = "/privacy/records", "/bureau/processing"


@dataclass(frozen=True, slots=True)
class LineView:
    """One thing that a record says."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class SectionView:
    """A part of a record, in the reader's language."""

    title: str
    lines: list[LineView]


class RecordsState(rx.State):
    """The record as it is now, what has changed since the version kept last, and the versions."""

    loaded: bool = False
    sections: list[SectionView] = []
    generated: str = ""
    digest: str = ""
    changes: list[Change] = []
    versions: list[KeptRow] = []
    companies: list[SubProcessorRow] = []
    """Sub-processors, where the reader keeps the list."""
    adding: bool = False
    ending: str = ""
    ending_name: str = ""
    error: str = ""

    @handler
    async def load(self) -> None:
        """Show the record of the reader's account."""
        await self._show()
        live.watch(self, RecordsState.refresh, "records", "privacy", "holds")

    @handler
    async def load_bureau(self) -> None:
        """Show the bureau's record and its sub-processors."""
        self.adding, self.ending, self.error = False, "", ""
        await self._show()
        live.watch(self, RecordsState.refresh, "records")

    @handler
    async def refresh(self) -> None:
        """Something that the record is generated from has changed, or a version was kept."""
        await self._show()

    @handler
    async def keep(self) -> None:
        """Keep the record as it is now."""
        use = processing.keep_bureau_record if caller().is_bureau else processing.keep_account_record
        version = await call(self, use)
        await self._show()
        await tell(self, "success", Message("Version {version} is kept.", version=version))

    @handler
    async def ask(self, row: str) -> None:
        """Open the dialog that adds a company, or with `row` the one that ends it."""
        self.adding, self.ending, self.error = not row, row, ""
        self.ending_name = next((each.name for each in self.companies if each.id == row), "")

    @handler
    async def closed(self, opens: bool) -> None:  # noqa: FBT001 - what Radix sends
        """The dialog was closed."""
        if not opens:
            self.adding, self.ending = False, ""

    @handler
    async def add(self, form: dict[str, str]) -> None:
        """Name a company."""
        typed = {name: form.get(name, "") for name in ("name", "service", "country", "since")}
        try:
            await call(self, sub_processors.add, **typed)
        except (Invalid, Conflict) as refusal:
            self.error = catalogue.render(refusal.message, caller().language)
            return
        await self._changed(Message("The company is on the list."))

    @handler
    async def end(self, _form: dict[str, str]) -> None:
        """A company does not process for the bureau any more."""
        await call(self, sub_processors.end, row_id=row_id(self.ending))
        await self._changed(Message("It is written down that the company does not process any more."))

    async def _changed(self, said: Message) -> None:
        self.adding, self.ending, self.error = False, "", ""
        await self._show()
        await tell(self, "success", said)

    async def _show(self) -> None:
        bureau = caller().is_bureau
        use: Any = processing.bureau_record if bureau else processing.account_record
        view: RecordView = await call(self, use)
        words = Words(caller().language)
        self.sections = _sections(words, view)
        self.generated = processing_files.generated(view.document, caller().language)
        self.digest, self.versions = view.digest, list(view.versions)
        before = view.before
        self.changes = words.changes(before["sections"], view.document["sections"]) if before else []
        self.companies = list(await call(self, sub_processors.sub_processors)) if bureau else []
        self.loaded = True


def _sections(words: Words, view: RecordView) -> list[SectionView]:
    lines = words.lines(view.document["sections"])
    found = [
        SectionView(
            catalogue.render(title, words.language),
            [LineView(line.name, line.text) for line in lines if line.section == section],
        )
        for section, title in SECTIONS.items()
    ]
    return [section for section in found if section.lines]
