"""The data processing agreement as it was accepted: its text in one language, by whom, for whom, when."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.sax.saxutils import escape

from reportlab.platypus import Flowable

from nexus_portal.adapters import dates
from nexus_portal.adapters.help_texts import HelpText, Node
from nexus_portal.domain.permissions import Role
from nexus_portal.domain.text import Message
from nexus_portal.services import paper
from nexus_portal.services.paper import CODE, Paper
from nexus_portal.services.sub_processors import SubProcessorRow

_MARKUP = {"strong": "b", "em": "i"}
_PAGE_OF = Message("Page {page} of {pages}", page="{page}", pages="{pages}")


@dataclass(frozen=True, slots=True)
class Accepted:
    """Who accepted for whom; `role` is a built-in one's key or the name of an own one."""

    customer: str
    customer_number: str
    person: str
    role: str
    at: datetime
    companies: Sequence[SubProcessorRow] = ()
    """Who processed for the bureau on that day."""


def pdf(text: HelpText, accepted: Accepted, language: str) -> bytes:
    """The agreement's pages, the acceptance on the first; the same parts give the same bytes."""
    page = Paper(language)
    title = f"{text.title} {text.version}"
    flow = [
        *page.top(text.title, f"{page.say(Message('Version'))} {text.version}"),
        paper.rich(escape(text.lead)),
        paper.gap(),
        page.facts(*_facts(text, accepted, page)),
        page.facts((Message("Digest of the text"), text.digest), style=CODE),
        *_sections(text),
        *_companies(accepted, page),
    ]
    return paper.pdf(
        flow,
        title=title,
        language=language,
        footer=f"{title} · {accepted.customer_number}",
        letterhead=f"Nexus Portal · {accepted.customer}",
        page_of=page.say(_PAGE_OF),
    )


def _facts(text: HelpText, accepted: Accepted, page: Paper) -> tuple[tuple[Message, str], ...]:
    role = Role(accepted.role) if accepted.role in set(Role) else accepted.role
    return (
        (Message("Customer"), f"{accepted.customer} ({accepted.customer_number})"),
        (Message("Accepted by"), page.say(Message("{name}, {role}", name=accepted.person, role=role))),
        (Message("Accepted at"), dates.second(accepted.at, page.language)),
        (Message("Dated"), dates.day(text.dated, page.language)),
    )


def _sections(text: HelpText) -> Iterator[Flowable]:
    for section in text.sections:
        first, *rest = [flowable for node in section.body for flowable in _drawn(node)]
        yield paper.together(paper.named(section.title), first)
        yield from rest


def _companies(accepted: Accepted, page: Paper) -> Iterator[Flowable]:
    day = dates.day_of(accepted.at.isoformat(), page.language)
    title = paper.named(page.say(Message("Sub-processors on {day}", day=day)))
    if not accepted.companies:
        none = page.say(Message("The bureau uses no sub-processors."))
        yield paper.together(title, paper.rich(escape(none)))
        return
    heads = (Message("Company"), Message("Does what"), Message("Country"), Message("Since"))
    rows = [
        (row.name, row.service, row.country, dates.day_of(row.since, page.language))
        for row in accepted.companies
    ]
    told = [[escape(cell) for cell in row] for row in ([page.say(head) for head in heads], *rows)]
    yield paper.together(title, paper.grid(told))


def _drawn(node: Node) -> Iterator[Flowable]:
    if node.tag in {"ul", "ol"}:
        for place, item in enumerate(node.children, 1):
            yield paper.point(_markup(item), "–" if node.tag == "ul" else f"{place}.")
    elif node.tag == "table":
        rows = [row for part in node.children for row in part.children]
        yield paper.grid([[_markup(cell) for cell in row.children] for row in rows])
        yield paper.gap(6)
    else:
        yield paper.rich(_markup(node))
        yield paper.gap(4)


def _markup(node: Node) -> str:
    """The small markup that reportlab draws: bold and italic; everything else is its words."""
    inside = escape(node.text) + "".join(_markup(child) for child in node.children)
    tag = _MARKUP.get(node.tag)
    return f"<{tag}>{inside}</{tag}>" if tag else inside
