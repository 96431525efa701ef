"""A record of processing as files: a paper in the reader's language, and JSON that says it in both."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from reportlab.platypus import Flowable

from nexus_portal.adapters import catalogue, dates
from nexus_portal.domain.processing_words import SECTIONS
from nexus_portal.domain.text import Message
from nexus_portal.services import paper
from nexus_portal.services.paper import Paper
from nexus_portal.services.processing import CONTROLLER, RecordView
from nexus_portal.services.processing_words import Words

_PAGE_OF = Message("Page {page} of {pages}", page="{page}", pages="{pages}")
TITLES: Mapping[str, Message] = {
    "controller": Message("Record of processing"),
    "processor": Message("Record of processing, as processor"),
}
NOW = Message("as it is now")


def json_of(view: RecordView) -> bytes:
    """The document, its digest, and every line of it in both languages."""
    told = {
        language: [
            {"section": line.section, "name": line.name, "text": line.text}
            for line in Words(language).lines(view.document["sections"])
        ]
        for language in catalogue.LANGUAGES
    }
    document = {**view.document, "digest": view.digest, "in_words": told}
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def pdf(view: RecordView, version: int, language: str) -> bytes:
    """The record on paper: section by section, from what it was generated, and what has changed since."""
    page = _Page(view, version, language)
    title = f"{page.say(TITLES[view.document['record']])} {view.document['account']}"
    return paper.pdf(
        page.flow(),
        title=title,
        language=language,
        footer=f"{title} · {view.digest[:16]}",
        letterhead=f"Nexus Portal · {view.document['account']}",
        page_of=page.say(_PAGE_OF),
    )


def generated(document: Mapping[str, Any], language: str) -> str:
    """When a record was generated, and from what."""
    said = document["generated_from"]
    parts = [
        Message(
            "Generated {moment} from {n} versions of layouts",
            moment=_moment(document["generated_at"], language),
            n=said["layouts"],
        ),
        *_changed(
            said["layouts_changed"],
            Message("the newest of {day}", day=_day(said["layouts_changed"], language)),
        ),
        *_changed(
            said["retention_changed"],
            Message("rules of retention of {day}", day=_day(said["retention_changed"], language)),
        ),
        *_changed(
            said["sub_processors_changed"],
            Message("sub-processors of {day}", day=_day(said["sub_processors_changed"], language)),
        ),
    ]
    return ", ".join(catalogue.render(each, language) for each in parts) + "."


def _changed(stamp: str, message: Message) -> list[Message]:
    return [message] if stamp else []


def _day(stamp: str, language: str) -> str:
    return dates.day_of(stamp, language) if stamp else ""


def _moment(stamp: str, language: str) -> str:
    moment = datetime.fromisoformat(stamp).astimezone(dates.ZONE)
    return f"{dates.day_of(stamp, language)} {moment:%H:%M}"


class _Page(Paper):
    """The parts of the paper, top to bottom."""

    def __init__(self, view: RecordView, version: int, language: str) -> None:
        super().__init__(language)
        self.view = view
        self.version = version
        self.words = Words(language)

    def flow(self) -> list[Flowable]:
        """Everything on it."""
        document = self.view.document
        article = "30.1" if document["record"] == CONTROLLER else "30.2"
        number = str(self.version) if self.version else self.say(NOW)
        return [
            *self.head(TITLES[document["record"]], number),
            paper.line(self.say(Message("Under article {article} of the GDPR.", article=article))),
            paper.line(generated(document, self.language)),
            *self._sections(),
            *self._changes(),
        ]

    def _sections(self) -> list[Flowable]:
        lines = self.words.lines(self.view.document["sections"])
        flow: list[Flowable] = []
        for section, title in SECTIONS.items():
            rows = [(line.name, line.text) for line in lines if line.section == section]
            if rows:
                flow += [self.heading(title), self.pairs(rows)]
        return flow

    def _changes(self) -> list[Flowable]:
        if self.view.before is None:
            return []
        changes = self.words.changes(self.view.before["sections"], self.view.document["sections"])
        none = self.say(Message("Nothing has changed."))
        said = [f"{each.name}: {each.before or '—'} → {each.after or '—'}" for each in changes] or [none]
        return self.section(Message("Changed since the version kept before"), said)
