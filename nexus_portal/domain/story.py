"""The way of an order told in sentences, oldest first: who sent it, what the bureau did, what left when."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from nexus_portal.domain.lifecycles import Billing, Fulfilment, PersonalData, Stage, given_back_inside
from nexus_portal.domain.text import Message

F, S = Fulfilment, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that happened to an order, or to `count` of its card items or accessories at once.

    Accessories have the axis `pieces`: they are `shipped` or `delivered` with their parcel. `who` is a
    colleague by name, empty for the bureau and for the portal itself.
    """

    axis: str
    start: str
    end: str
    at: str
    who: str = ""
    reason: str = ""
    count: int = 0
    parcel: str = ""
    place: int = 0
    """Its place among what happened at the same moment."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """One sentence of the story: when (ISO), what, and the reason in the words of whoever gave it."""

    at: str
    text: Message
    reason: str = ""


def story(happenings: Iterable[Happening], *, cards: int, promised: str = "") -> Sequence[Chapter]:
    """Sentences in the order of time. `promised` is the day in the reader's language.

    Cards that were produced, or failed, one after the other on one day are one sentence.
    """
    told: list[Chapter] = []
    done: Counter[str] = Counter()
    for happening in _merged(sorted(happenings, key=lambda each: (each.at, each.place))):
        if happening.axis == "stage":
            done[happening.end] = min(cards, done[happening.end] + happening.count)
        text = _sentence(happening, promised, done[happening.end], cards)
        if text is not None:
            told.append(Chapter(happening.at, text, happening.reason))
    return told


def _merged(happenings: Iterable[Happening]) -> Sequence[Happening]:
    merged: list[Happening] = []
    for each in happenings:
        if each.axis == "fulfilment" and each.end in _TOLD_BY_CARDS:
            continue
        last = merged[-1] if merged else None
        if last is not None and each.axis == "stage" and _alike(last, each):
            merged[-1] = replace(each, count=last.count + each.count)
        else:
            merged.append(each)
    return merged


def _alike(one: Happening, other: Happening) -> bool:
    day = len("2026-11-24")
    return (one.axis, one.end, one.reason, one.parcel, one.at[:day]) == (
        other.axis,
        other.end,
        other.reason,
        other.parcel,
        other.at[:day],
    )


_TOLD_BY_CARDS = frozenset({F.PRODUCED, F.PART_SHIPPED, F.SHIPPED, F.DELIVERED})


def _sentence(each: Happening, promised: str, done: int, cards: int) -> Message | None:
    if each.axis == "stage":
        return _of_cards(each, done, cards)
    if each.axis == "pieces":
        return _of_pieces(each)
    if each.axis == "fulfilment":
        return _of_order(each, promised)
    return _PLAIN.get((each.axis, each.end))


def _of_order(each: Happening, promised: str) -> Message | None:
    if each.end in {F.SUBMITTED, F.AWAITING_APPROVAL}:
        return _sent(each)
    if each.end == F.ACCEPTED and each.start in _UNDECIDED:
        if promised:
            return Message("The bureau accepted it; delivery is expected {day}", day=promised)
        return Message("The bureau accepted it")
    if each.end == F.REJECTED:
        return _returned(each)
    if each.who and each.end in _BY_NAME:
        return _BY_NAME[Fulfilment(each.end)](each.who)
    return _BY_NOBODY.get(Fulfilment(each.end))


def _returned(each: Happening) -> Message:
    if not given_back_inside(each.start):
        return Message("The bureau returned it for correction")
    if each.who:
        return Message("{who} gave the order back", who=each.who)
    return Message("An approver gave the order back")


def _sent(each: Happening) -> Message:
    if each.start == F.ON_HOLD:
        return Message("The bureau took it up again")
    waits = each.end == F.AWAITING_APPROVAL
    if each.start == F.REJECTED:
        if each.who:
            return Message("{who} corrected the order and sent it again", who=each.who)
        return Message("The order was corrected and sent again")
    if not each.who:
        return Message("The order was sent")
    if waits:
        return Message("{who} sent the order; it waits for approval", who=each.who)
    return Message("{who} sent the order", who=each.who)


def _of_cards(each: Happening, done: int, cards: int) -> Message | None:
    if each.end == S.PRODUCED:
        return _produced(done, cards)
    if each.end == S.DELIVERED:
        return _arrived(done, cards)
    if each.end == S.SHIPPED:
        return _left(each)
    if each.end not in _CARDS:
        return None
    one, many = _CARDS[Stage(each.end)]
    return one if each.count == 1 else many(each.count)


def _of_pieces(each: Happening) -> Message:
    if each.end == S.DELIVERED:
        if each.count == 1:
            return Message("One accessory has arrived")
        return Message("{count} accessories have arrived", count=each.count)
    return _sent_along(each)


def _sent_along(each: Happening) -> Message:
    if each.count == 1:
        if each.parcel:
            return Message("One accessory was sent with {parcel}", parcel=each.parcel)
        return Message("One accessory was sent")
    if each.parcel:
        return Message("{count} accessories were sent with {parcel}", count=each.count, parcel=each.parcel)
    return Message("{count} accessories were sent", count=each.count)


def _produced(done: int, cards: int) -> Message:
    if cards == 1:
        return Message("The card is produced")
    if done >= cards:
        return Message("All {total} cards are produced", total=cards)
    return Message("{done} of {total} cards are produced", done=done, total=cards)


def _arrived(done: int, cards: int) -> Message:
    if done >= cards:
        return Message("All cards have arrived")
    return Message("{done} of {total} cards have arrived", done=done, total=cards)


def _left(each: Happening) -> Message:
    if each.count == 1:
        return (
            Message("One card was sent with {parcel}", parcel=each.parcel)
            if each.parcel
            else Message("One card was sent")
        )
    if each.parcel:
        return Message("{count} cards were sent with {parcel}", count=each.count, parcel=each.parcel)
    return Message("{count} cards were sent", count=each.count)


_UNDECIDED = frozenset({F.SUBMITTED, F.APPROVED})

_BY_NAME: Mapping[Fulfilment, Callable[[str], Message]] = {
    F.APPROVED: lambda who: Message("{who} approved the order", who=who),
    F.CANCELLED: lambda who: Message("{who} cancelled the order", who=who),
}
_BY_NOBODY: Mapping[Fulfilment, Message] = {
    F.APPROVED: Message("The order was approved"),
    F.ON_HOLD: Message("The bureau put it on hold"),
    F.CANCELLED: Message("The order was cancelled"),
    F.IN_PRODUCTION: Message("Production began"),
    F.CLOSED: Message("The order was closed"),
}
_CARDS: Mapping[Stage, tuple[Message, Callable[[int], Message]]] = {
    S.QUEUED: (
        Message("One card failed a check and is made anew"),
        lambda count: Message("{count} cards failed a check and are made anew", count=count),
    ),
    S.RESHIPPED: (
        Message("One card was sent again"),
        lambda count: Message("{count} cards were sent again", count=count),
    ),
    S.NOT_DELIVERED: (
        Message("One card could not be delivered"),
        lambda count: Message("{count} cards could not be delivered", count=count),
    ),
    S.RETURNED: (
        Message("One card came back to the bureau"),
        lambda count: Message("{count} cards came back to the bureau", count=count),
    ),
    S.DESTROYED: (
        Message("One card was destroyed"),
        lambda count: Message("{count} cards were destroyed", count=count),
    ),
}
_PLAIN: Mapping[tuple[str, str], Message] = {
    ("billing", Billing.INVOICED): Message("The bureau invoiced it"),
    ("billing", Billing.PAID): Message("The invoice was paid"),
    ("billing", Billing.CREDITED): Message("The bureau credited the invoice"),
    ("billing", Billing.NOT_BILLABLE): Message("The bureau charges nothing for it"),
    ("personal_data", PersonalData.MINIMISED): Message("A part of the personal data was removed"),
    ("personal_data", PersonalData.ERASED): Message("The personal data was removed"),
}
