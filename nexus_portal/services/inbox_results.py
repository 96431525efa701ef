"""The answer to a dropped list, row by row: numbers of rows and what is wrong, and nobody's data."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session, col

from nexus_portal.adapters import catalogue, csv_export, xlsx_export
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.fields import FieldDefinition, Problem, joined
from nexus_portal.domain.lifecycles import Stage
from nexus_portal.domain.numbers import order_number
from nexus_portal.domain.text import Message
from nexus_portal.models.imports import Import
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.services import draft_orders, draft_rows, tenancy

_HEADINGS = (Message("Row"), Message("Order"), Message("Result"), Message("What is wrong"))
_READY, _TO_MEND, _UNREAD = Message("ready"), Message("to mend"), Message("not read")


@dataclass(frozen=True, slots=True)
class Table:
    """Headings, and a line for each row of the list; numbers of rows are numbers."""

    headings: list[str]
    lines: list[list[str | int]]

    def files(self) -> dict[str, bytes]:
        """The same as CSV for programs and as XLSX for people, by suffix."""
        written = [[str(cell) for cell in line] for line in self.lines]
        return {
            "csv": csv_export.table(self.headings, written),
            "xlsx": b"".join(xlsx_export.pieces(self.headings, self.lines)),
        }


def table(session: Session, actor: Actor, source: Import, order: Order) -> Table:
    """A line for each row of the list that is in the order, in the orderer's language."""
    language, number = actor.language, order_number(order.serial)
    query = tenancy.rows_of(actor, CardItem).where(
        CardItem.order_id == order.id, CardItem.import_id == source.id
    )
    items = session.exec(query.order_by(col(CardItem.source_row), col(CardItem.position))).all()
    fields = joined(each.fields for each in draft_orders.layouts_of(session, actor, order).values())
    lines: list[list[str | int]] = [_line(item, number, fields, language) for item in items]
    if source.done < source.total:
        unread = catalogue.render(_UNREAD, language)
        lines.append([f"+{source.total - source.done}", number, unread, ""])
    return Table([catalogue.render(each, language) for each in _HEADINGS], lines)


def refusal(why: Message, language: str) -> bytes:
    """Why files were refused, in a sentence."""
    return (catalogue.render(why, language) + "\n").encode()


def _line(
    item: CardItem, number: str, fields: Mapping[str, FieldDefinition], language: str
) -> list[str | int]:
    result = _TO_MEND if item.stage == Stage.COLLECTING else _READY
    wrong = " ".join(_wrong(problem, fields, language) for problem in draft_rows.kept_problems(item))
    return [item.source_row or item.position, number, catalogue.render(result, language), wrong]


def _wrong(problem: Problem, fields: Mapping[str, FieldDefinition], language: str) -> str:
    label = fields[problem.field].label(language) if problem.field in fields else ""
    text = catalogue.render(problem.message, language)
    return f"{label}: {text}" if label else text
