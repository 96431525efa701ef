"""Which file a row of a draft came from: rows of two files share their numbers.

Files are told by number and time. Their names are not kept: people name files after persons.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.fields import Problem, ProblemCode
from nexus_portal.domain.text import Message
from nexus_portal.models.imports import Import
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.services import draft_orders, related, tenancy


@dataclass(frozen=True, slots=True)
class DraftFile:
    """A file of a draft: its number, when it was sent (ISO, or empty if unknown), its rows there."""

    number: int
    at: str
    rows: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row came from: its number, and its file's, which is 0 for a row that came from no file.

    `file` is None where row numbers alone are enough: all rows came from one file, or from none.
    """

    row: int
    file: int | None = None

    @property
    def words(self) -> Message:
        """The place in a sentence: `Row {place}`."""
        match self.file:
            case None:
                return Message("{row}", row=str(self.row))
            case 0:
                return Message("{row}, added here", row=str(self.row))
            case number:
                return Message("{row}, file {file}", row=str(self.row), file=number)


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a draft, oldest first; none where row numbers alone are enough."""

    files: tuple[DraftFile, ...]
    numbers: dict[UUID, int]

    def place(self, item: CardItem) -> Place:
        """Where a row came from."""
        return self._place(item.source_row or item.position, item.import_id)

    def told(self, item: CardItem, problem: Problem) -> Problem:
        """A row's problem, with the file of the other row that it names: its own unless another is said."""
        params = problem.message.params
        if not self.files or problem.code is not ProblemCode.DUPLICATE or "row" not in params:
            return problem
        source = str(params.get("source", item.import_id or ""))
        place = self._place(int(params["row"]), UUID(source) if source else None)
        words = (
            Message("The same person is in row {row}, file {file}, already.", row=place.row, file=place.file)
            if place.file
            else Message("The same person is in row {row}, added here, already.", row=place.row)
        )
        return Problem(problem.field, problem.code, words)

    def _place(self, row: int, source: UUID | None) -> Place:
        if not self.files:
            return Place(row)
        return Place(row, self.numbers.get(source, 0) if source else 0)


def files_of(session: Session, actor: Actor, order: Order) -> Files:
    """The files whose rows are in a draft, by the time at which they were sent."""
    query = (
        select(CardItem.import_id, func.count())
        .where(
            tenancy.within(actor, CardItem.account_id),
            CardItem.order_id == order.id,
            col(CardItem.stage).in_(draft_orders.LIVE),
        )
        .group_by(col(CardItem.import_id))
    )
    counts = dict(session.exec(query).all())
    # Keys sort by time.
    ids = sorted(source for source in counts if source is not None)
    if len(counts) < 2 or not ids:  # noqa: PLR2004 - one origin needs no name
        return Files((), {})
    sources = related.by_id(session, actor, Import, ids)
    numbers = {source: number for number, source in enumerate(ids, 1)}
    return Files(
        tuple(
            DraftFile(
                number, sources[source].created_at.isoformat() if source in sources else "", counts[source]
            )
            for source, number in numbers.items()
        ),
        numbers,
    )
