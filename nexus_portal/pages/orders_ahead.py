"""The rows of `/orders` as plain HTML, for the answer that opens the page; see `web/ahead.py`.

Cell by cell what `pages/orders.py` draws of the usual columns: a journey compares the two.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from typing import Any

from nexus_portal.components.files import address
from nexus_portal.components.i18n import plural_static, say_static
from nexus_portal.components.personal_data import NOT_BEGUN, SOON
from nexus_portal.components.statuses import FULFILMENT
from nexus_portal.domain import words
from nexus_portal.domain.lifecycles import Billing, Fulfilment, PersonalData
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message

MOST = 20
"""Rows that a window shows at once; the page draws the others."""
HEADS = (
    *(Message("Choose"), Message("Order"), Message("Reference"), Message("Contents"), Message("Fulfilment")),
    *(Message("Produced"), Message("Billing"), Message("Personal data"), Message("Changed")),
)
_PAGE = """<div class="shell"><header class="top-bar"></header><aside class="sidebar"></aside>
<div class="content"><header class="page-header"><div class="page-title"><h1 class="title">{title}</h1></div>
</header><div class="drawn-gap"></div><div class="table-frame"><table class="table table-wide" role="table"
 aria-label="{title}"><thead role="rowgroup"><tr role="row">{heads}</tr></thead>
<tbody role="rowgroup">{rows}</tbody></table></div></div></div>\
<script src="{script}" fetchpriority="high"></script>"""
_LINE = """<span class="lifeline" data-tone="{tone}" data-state="{state}"><span style="--part:{part:.3f}"\
 class="bar lifeline-line"></span><span>{said}</span>{note}</span>"""
_CHOOSE = '<input type="checkbox" class="check" disabled tabindex="-1">'
_MARK = '<span class="lifeline"><span class="glyph drawn-icon"></span><span>{said}</span></span>'
_NOTE = '<span class="lifeline-note">{said}</span>'
_BADGE = """<span class="rt-reset rt-Badge rt-r-size-1 rt-variant-soft badge" data-accent-color="{colour}">\
<span class="glyph drawn-icon"></span>{word}</span>"""
_PROGRESS = '<span style="--part:{part:.3f}" class="bar progress" data-complete="{complete}"></span>'


def drawn(page: Any, actor: Any, language: str) -> str:
    """The list of a page of orders in its reader's language, with what they may do to a row."""
    labels, choosing = _labels(language), actor.may(Permission.ORDERS_ERASE)
    heads = [_head(label) for label in labels[1:]]
    if choosing:
        heads.insert(0, _head(labels[0], "unseen"))
    rows = "".join(_row(row, language, choosing=choosing) for row in page.rows[:MOST])
    title = _said(Message("Orders"), language)
    return _PAGE.format(title=title, heads="".join(heads), rows=rows, script=address("ahead.js"))


def _head(label: str, kind: str = "sort") -> str:
    return f'<th scope="col" role="columnheader"><span class="{kind}">{label}</span></th>'


def _row(row: Any, language: str, *, choosing: bool) -> str:
    number, labels = escape(row.number), _labels(language)
    link = f'<a class="row-link" tabindex="-1" href="/orders/{number}">{number}</a>'
    main = f'<th scope="row" role="rowheader" class="cell-main">{link}</th>'
    cells = map(_cell, labels[2:], *zip(*_contents(row, language), strict=True))
    choose = _cell(labels[0], _CHOOSE, "") if choosing else ""
    return f'<tr role="row">{choose}{main}{"".join(cells)}</tr>'


def _contents(row: Any, language: str) -> Sequence[tuple[str, str]]:
    """The cells behind the number, each with its class."""
    return (
        (escape(row.reference), ""),
        (escape(_in_it(row.cards, row.pieces, language)), "cell-quiet"),
        (_badge(row.fulfilment, language), ""),
        (_progress(row.produced, row.cards), ""),
        (_words(language)[Billing(row.billing)], "cell-quiet"),
        (f'<span class="lifeline-cell">{_lifeline(row, language)}</span>', ""),
        (f'<time datetime="{escape(row.changed_at)}" data-shown="when"></time>', "cell-quiet"),
    )


def _in_it(cards: int, pieces: int, language: str) -> str:
    made = plural_static("{n} card", "{n} cards", cards, language) if cards or not pieces else ""
    beside = plural_static("{n} accessory", "{n} accessories", pieces, language) if pieces else ""
    return ", ".join(filter(None, (made, beside)))


def _cell(label: str, content: str, kind: str) -> str:
    return f'<td role="cell" class="{kind}" data-label="{label}">{content}</td>'


def _badge(fulfilment: str, language: str) -> str:
    status = Fulfilment(fulfilment)
    _, colour = FULFILMENT[status]
    return _BADGE.format(colour=colour, word=_words(language)[status])


def _progress(done: int, total: int) -> str:
    if not total:
        return "—"
    return _PROGRESS.format(part=min(done / total, 1), complete=str(done >= total).lower())


def _lifeline(row: Any, language: str) -> str:
    if row.personal_data == PersonalData.ERASED:
        return _MARK.format(said=_gone(row.erased_at, language))
    if row.personal_data == PersonalData.NONE:
        return _MARK.format(said=_said(Message("Nothing held"), language))
    if row.held:
        return _MARK.format(said=_said(Message("Held"), language))
    begun, full = row.days_left > NOT_BEGUN, row.days_kept if row.days_kept > 0 else 1
    now = row.erasable and not begun
    minimised = row.personal_data == PersonalData.MINIMISED
    return _LINE.format(
        tone="now" if now else "soon" if begun and row.days_left <= SOON else "calm",
        state=escape(row.personal_data),
        part=min(row.days_left / full, 1) if begun else not now,
        said=_said(_days(row, begun=begun, now=now), language),
        note=_NOTE.format(said=_said(Message("minimised"), language)) if minimised else "",
    )


def _gone(at: str, language: str) -> str:
    if not at:
        return _said(Message("Erased"), language)
    day = f'<time datetime="{escape(at)}" data-shown="day"></time>'
    return _said(Message("Erased {day}", day="{day}"), language).replace("{day}", day)


def _days(row: Any, *, begun: bool, now: bool) -> Message:
    if begun:
        return Message("{n} d left", n=row.days_left) if row.days_left else Message("Goes today")
    if now:
        return Message("Can be erased now")
    return Message("{n} d after delivery", n=row.days_kept) if row.days_kept else Message("Goes at delivery")


@cache
def _labels(language: str) -> Sequence[str]:
    return [_said(each, language) for each in HEADS]


@cache
def _words(language: str) -> Mapping[Any, str]:
    both = {**words.FULFILMENT, **words.BILLING}
    return {member: _said(word, language) for member, word in both.items()}


def _said(message: Message, language: str) -> str:
    return escape(say_static(message, language))
