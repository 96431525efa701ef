"""What the page of an order shows: plain text in the reader's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from nexus_portal.adapters import catalogue, dates
from nexus_portal.domain.erasable import Obstacle
from nexus_portal.domain.journey import Arrival, Counts, Step, journey
from nexus_portal.domain.lifecycles import BlockReason, CardStatus, Fulfilment, Stage
from nexus_portal.domain.permissions import Permission, Role
from nexus_portal.domain.story import Happening, story
from nexus_portal.domain.text import Message
from nexus_portal.domain.words import BLOCK_REASON, CARD_STATUS, ROLE, STAGE
from nexus_portal.services.erasure import ErasureOutlook
from nexus_portal.services.holds_list import HoldRow
from nexus_portal.services.order_data import HeldData
from nexus_portal.services.order_details import MoveRow, OrderDetails
from nexus_portal.services.order_items import WayStep
from nexus_portal.state.bridge import caller

_FALLS_AWAY: Mapping[Obstacle, Message] = {
    Obstacle.HOLD: Message("Two privacy officers can lift it."),
    Obstacle.CLAIM: Message("It goes once the new card is delivered."),
}


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of the timeline, in the reader's language."""

    title: str
    note: str
    at: str
    state: str


@dataclass(frozen=True, slots=True)
class ChapterView:
    """One sentence of the order's story, and the reason that was given with it."""

    at: str
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person while shown. `details` are the other fields in one line, `photo` an address or empty."""

    name: str
    details: str
    photo: str


@dataclass(frozen=True, slots=True)
class ObstacleView:
    """What stands in the way of removing the data, and when that is expected to fall away."""

    text: str
    expected: str


@dataclass(frozen=True, slots=True)
class HeldView:
    """A kind of field and of how many persons it is held."""

    label: str
    count: int


@dataclass(frozen=True, slots=True)
class PartView:
    """Persons of the order that went before the others, and their certificate."""

    certificate: str
    persons: int
    at: str


@dataclass(frozen=True, slots=True)
class DataView:
    """What is held of the order's persons, until when, and what stands in the way of removing it."""

    state: str
    held: bool
    can_erase: bool
    obstacles: list[ObstacleView]
    fields: list[HeldView]
    policy: str
    kept_until: str
    days_left: int
    days_kept: int
    persons: int
    under_way: bool
    erased_at: str
    erased_by: str
    certificate: str
    ready: int
    parts: list[PartView]
    holds: list[HoldRow]
    appointed_by: str
    """Who decided that the rest goes as soon as it can; empty where nobody did."""
    appointed_at: str
    appointed_persons: int
    may_decide: bool


def steps(order: OrderDetails) -> list[StepView]:
    """The journey of the order."""
    arrivals = {
        Fulfilment(move.end): Arrival(move.at, _who(move))
        for move in order.moves
        if move.axis == "fulfilment"
    }
    counts = Counts(order.cards, order.produced, order.shipped, order.delivered, order.pieces)
    return [_step(step) for step in journey(Fulfilment(order.fulfilment), arrivals, counts)]


def chapters(order: OrderDetails, happenings: Sequence[Happening]) -> list[ChapterView]:
    """The order's story, oldest first."""
    language = caller().language
    promised = dates.day_of(order.promised, language)
    told = story(happenings, cards=order.cards, promised=promised)
    return [ChapterView(each.at, catalogue.render(each.text, language), each.reason) for each in told]


def way(moves: Sequence[WayStep]) -> list[StepView]:
    """The way of one card item and its card, as a timeline whose last step is where it is now."""
    return [
        StepView(
            title=_moved(move),
            note=" · ".join(filter(None, (_role(move.role), _reason(move)))),
            at=move.at,
            state="stopped" if move.failed else "done",
        )
        for move in moves
    ]


def data(order: OrderDetails, outlook: ErasureOutlook, held: HeldData, holds: Sequence[HoldRow]) -> DataView:
    """The personal-data panel."""
    language = caller().language
    return DataView(
        state=order.personal_data,
        held=len(holds) > 0,
        can_erase=outlook.can_erase and caller().may(Permission.ORDERS_ERASE),
        obstacles=_obstacles(order, outlook, held),
        fields=[
            HeldView(each.label_sv if language == "sv" else each.label_en, each.count) for each in held.fields
        ],
        policy=catalogue.render(outlook.policy, language),
        kept_until=outlook.kept_until.isoformat() if outlook.kept_until else "",
        days_left=outlook.days_left,
        days_kept=outlook.days_kept,
        persons=outlook.persons,
        under_way=outlook.under_way,
        erased_at=outlook.erased_at.isoformat() if outlook.erased_at else "",
        erased_by=_role(outlook.erased_by_role),
        certificate=str(outlook.certificate_id) if outlook.certificate_id else "",
        ready=outlook.ready,
        parts=[
            PartView(str(each.certificate_id), each.persons, each.done_at.isoformat())
            for each in outlook.parts
        ],
        holds=list(holds),
        appointed_by=outlook.appointed_by,
        appointed_at=outlook.appointed_at.isoformat() if outlook.appointed_at else "",
        appointed_persons=outlook.appointed_persons,
        may_decide=outlook.may_decide,
    )


def _obstacles(order: OrderDetails, outlook: ErasureOutlook, held: HeldData) -> list[ObstacleView]:
    language = caller().language
    found: list[ObstacleView] = []
    # While the removal is under way there is a reason without a kind; the panel says that otherwise.
    for kind, reason in zip(outlook.kinds, outlook.reasons, strict=False):
        falls = _expected(kind, order)
        expected = catalogue.render(falls, language) if falls else ""
        found.append(ObstacleView(catalogue.render(reason, language), expected))
        if kind in {Obstacle.HOLD, Obstacle.CLAIM} and len(outlook.lines) > 1:
            found += _lines(outlook, kind)
        if kind is Obstacle.PRODUCTION and len(held.lines) > 1:
            found += [
                ObstacleView(
                    catalogue.translate(
                        "{layout}: {left} of {total} to come",
                        language,
                        layout=line.layout,
                        left=line.left,
                        total=line.cards,
                    ),
                    "",
                )
                for line in held.lines
            ]
    return found


def _lines(outlook: ErasureOutlook, kind: Obstacle) -> list[ObstacleView]:
    """On which lines they are."""
    return [
        ObstacleView(
            catalogue.translate(
                "{layout}: {n} of {total}", caller().language, layout=line.layout, n=n, total=line.persons
            ),
            "",
        )
        for line in outlook.lines
        if (n := dict(line.obstacles).get(kind, 0))
    ]


def _expected(kind: Obstacle, order: OrderDetails) -> Message | None:
    promised = date.fromisoformat(order.promised) if order.promised else None
    match kind:
        case Obstacle.PRODUCTION if promised:
            return Message("Expected {day}.", day=dates.day(promised, caller().language))
        case Obstacle.PRODUCTION:
            return Message("The bureau has promised no day yet.")
        case Obstacle.INVOICE if order.produced < order.cards:
            return Message("The invoice follows once all cards are produced.")
        case Obstacle.INVOICE:
            return Message("All cards are produced: the invoice comes next.")
        case _:
            return _FALLS_AWAY.get(kind)


def _moved(move: WayStep) -> str:
    language = caller().language
    if move.failed:
        return catalogue.translate("Failed a check; back in the queue", language)
    if move.axis == "card" and move.end == "deleted":
        return catalogue.translate("Deleted after 90 days blocked", language)
    word = CARD_STATUS[CardStatus(move.end)] if move.axis == "card" else STAGE[Stage(move.end)]
    return catalogue.render(word, language)


def _reason(move: WayStep) -> str:
    """A block's reason is one of few words; what the bureau wrote stands as it is."""
    if move.axis == "card" and move.reason in set(BlockReason):
        return catalogue.render(BLOCK_REASON[BlockReason(move.reason)], caller().language)
    return move.reason


def _step(step: Step) -> StepView:
    language = caller().language
    note = catalogue.render(step.note, language) if step.note else step.who
    return StepView(catalogue.render(step.title, language), note, step.at, step.state)


def _who(move: MoveRow) -> str:
    return move.who or _role(move.role)


def _role(role: str) -> str:
    return catalogue.render(ROLE[Role(role)], caller().language) if role in set(Role) else role
