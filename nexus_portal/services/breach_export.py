"""What a breach could have touched as a table to take away: a row per card item and act, numbers only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func
from sqlalchemy import select as select_columns
from sqlmodel import Session, col

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.purposes import PURPOSES
from nexus_portal.domain.text import Message
from nexus_portal.models.orders import CardItem
from nexus_portal.models.privacy import Access, AccessAct
from nexus_portal.services import audit, breach_open, breach_question
from nexus_portal.services.breach_question import Wanted
from nexus_portal.services.use_case import perform, use_case

FORMS = ("csv", "json")
PART = 500
"""Orders whose accesses are read in one transaction."""
SURE, NEARBY, UNNAMED, OPEN = "sure", "nearby", "unnamed", "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchedRow:
    """One act on one card item, or on an order where the log does not name them; times are ISO.

    `certainty` is `sure`, `nearby` (another session of the same person within hours), `unnamed` (an act over
    many persons of the order) or `open`: a row for each account, with all cards that lay open.
    """

    account: str
    order: str
    card: str
    certainty: str
    act: str
    times: int
    persons: int
    first: str
    last: str


@use_case(Permission.BREACHES_MANAGE, step_up=True)
def begin(session: Session, actor: Actor, *, wanted: Wanted, purpose: str, form: str) -> None:
    """Write down that somebody takes away what could have been touched, and what for.

    Raises:
        Invalid: no such form or purpose, or the question cannot be understood.
    """
    if form not in FORMS:
        raise Invalid(Message("There is no such form of table."))
    if purpose not in PURPOSES:
        raise Invalid(Message("Choose what the table is taken away for."))
    breach_question.understood(session, actor, wanted)
    asked = [each.name for each in fields(wanted) if getattr(wanted, each.name)]
    audit.record(session, actor, "breach:exported", subject=form, purpose=purpose, filters=asked)


def rows(actor: Actor, wanted: Wanted) -> Iterator[TouchedRow]:
    """Every row, account by account and part by part: of each the permission is looked at anew."""
    for account, bound, subjects in perform(outline, actor, wanted=wanted):
        yield bound
        for start in range(0, len(subjects), PART):
            chunk = subjects[start : start + PART]
            yield from perform(part, actor, wanted=wanted, account_id=account, subjects=chunk)


@use_case(Permission.BREACHES_MANAGE, reads=True)
def outline(
    session: Session, actor: Actor, *, wanted: Wanted
) -> list[tuple[UUID, TouchedRow, Sequence[str]]]:
    """Each account with its outer bound, and the orders whose accesses fit."""
    question = breach_question.understood(session, actor, wanted)
    lay_open = breach_open.open_to(session, question)
    found: list[tuple[UUID, TouchedRow, Sequence[str]]] = []
    for account in question.accounts:
        orders, cards = lay_open.get(account.id, (0, 0))
        bound = TouchedRow(
            account=account.number,
            order="",
            card="",
            certainty=OPEN,
            act="",
            times=orders,
            persons=cards,
            first=question.since.isoformat() if question.since else "",
            last=question.until.isoformat(),
        )
        subjects: set[str] = set()
        for conditions in (question.surely(), question.nearby()):
            if conditions is not None:
                query = select_columns(col(Access.subject)).distinct().where(*conditions)
                own = query.where(col(Access.account_id) == account.id)
                subjects |= set(session.connection().execute(own).scalars())
        found.append((account.id, bound, sorted(subjects)))
    return found


@use_case(Permission.BREACHES_MANAGE, reads=True)
def part(
    session: Session, actor: Actor, *, wanted: Wanted, account_id: UUID, subjects: Sequence[str]
) -> list[TouchedRow]:
    """The rows of some orders of one account; a search has none, and stands with an empty number."""
    question = breach_question.understood(session, actor, wanted)
    numbers = {account.id: account.number for account in question.accounts}
    found: list[TouchedRow] = []
    for certainty, conditions in ((SURE, question.surely()), (NEARBY, question.nearby())):
        if conditions is not None and account_id in numbers:
            here = [*conditions, col(Access.account_id) == account_id, col(Access.subject).in_(subjects)]
            found += _rows(session, numbers[account_id], certainty, here)
    return found


def _rows(
    session: Session, account: str, certainty: str, conditions: Sequence[ColumnElement[bool]]
) -> Iterator[TouchedRow]:
    columns = (col(Access.subject), col(CardItem.position), col(Access.item_id), col(Access.act))
    query = (
        select_columns(
            *columns,
            func.count(),
            func.sum(col(Access.persons)),
            func.min(col(Access.at)),
            func.max(col(Access.at)),
        )
        .join(CardItem, col(CardItem.id) == col(Access.item_id), isouter=True)
        .where(*conditions)
        .group_by(*columns)
        .order_by(*columns)
    )
    found: Sequence[Any] = session.connection().execute(query).all()
    for order, position, item, act, times, persons, first, last in found:
        named = item is not None or act == AccessAct.SEARCHED
        yield TouchedRow(
            account=account,
            order=order,
            card=f"{order}-{position}" if position else str(item or ""),
            certainty=certainty if named else UNNAMED,
            act=act,
            times=times,
            persons=1 if item is not None else persons,
            first=first.isoformat(),
            last=last.isoformat(),
        )
