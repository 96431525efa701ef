"""An account's rules for its files: who orders what is dropped, as what, and when files go by themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from nexus_portal.adapters import clock, db
from nexus_portal.adapters.events import News
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.layouts import Layout
from nexus_portal.models.people import Membership, User
from nexus_portal.services import audit, file_marks, file_removal, grants, tenancy
from nexus_portal.services.history_choices import Choice
from nexus_portal.services.use_case import use_case

MOST_DAYS = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules as a form shows and sends them; `orders_as` is the id of a person, or nobody's."""

    orders_as: str = ""
    submits: bool = False
    layout: str = ""
    """The name of a layout; empty: recognised by the headers of the list."""
    archives: bool = False
    days_after_use: int = 0
    days_unused: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesView:
    """The rules, and what may be chosen. `orderer` is the name of who orders; empty if they may not."""

    rules: Rules
    orderer: str
    people: tuple[Choice, ...]
    layouts: tuple[Choice, ...]


@use_case(Permission.FILES_READ, reads=True)
def rules(session: Session, actor: Actor) -> RulesView:
    """The rules of the actor's account."""
    account_id = tenancy.own_account(actor)
    row = file_marks.rules_of(session, account_id)
    people = _orderers(session, account_id)
    names = {choice.value: choice.label for choice in people}
    return RulesView(
        rules=Rules(
            orders_as=str(row.orders_as or ""),
            submits=row.submits,
            layout=row.layout_name,
            archives=row.archives,
            days_after_use=row.days_after_use,
            days_unused=row.days_unused,
        ),
        orderer=names.get(str(row.orders_as), ""),
        people=people,
        layouts=tuple(Choice(name, name) for name in _layouts(session, actor)),
    )


@use_case(Permission.FILES_MANAGE, step_up=True)
def set_rules(session: Session, actor: Actor, *, chosen: Rules) -> None:
    """Change the rules; days that are given anew count for files that lie there already.

    Raises:
        Invalid: somebody who may not order, a layout that is not on offer, or too many days.
    """
    account_id = tenancy.own_account(actor)
    row = file_marks.rules_of(session, account_id, lock=True)
    _check(session, actor, chosen)
    values: Mapping[str, Any] = {
        "orders_as": UUID(chosen.orders_as) if chosen.orders_as else None,
        "submits": chosen.submits,
        "layout_name": chosen.layout,
        "archives": chosen.archives,
        "days_after_use": chosen.days_after_use,
        "days_unused": chosen.days_unused,
    }
    changed = sorted(name for name, value in values.items() if getattr(row, name) != value)
    for name, value in values.items():
        setattr(row, name, value)
    row.changed_at = clock.now()
    session.add(row)
    file_removal.reschedule(session, row)
    audit.record(session, actor, "file:rules_set", account_id=account_id, fields=changed)
    db.announce(session, News(account_id, "files"))


def _check(session: Session, actor: Actor, chosen: Rules) -> None:
    people = {choice.value for choice in _orderers(session, tenancy.own_account(actor))}
    if chosen.orders_as and chosen.orders_as not in people:
        raise Invalid(Message("Choose somebody who may order."))
    if chosen.layout and chosen.layout not in _layouts(session, actor):
        raise Invalid(Message("This layout is no longer offered. Choose another one."))
    for days in (chosen.days_after_use, chosen.days_unused):
        if not 0 <= days <= MOST_DAYS:
            raise Invalid(Message("Files can be kept for 0 to {most} days.", most=MOST_DAYS))


def _orderers(session: Session, account_id: UUID) -> tuple[Choice, ...]:
    query = (
        select(Membership, User.name)
        .join(User, col(User.id) == col(Membership.user_id))
        .where(Membership.account_id == account_id, col(Membership.active))
        .order_by(User.name)
    )
    return tuple(
        Choice(str(member.user_id), name)
        for member, name in session.exec(query)
        if Permission.ORDERS_CREATE in grants.held(session, member).permissions
    )


def _layouts(session: Session, actor: Actor) -> list[str]:
    query = select(Layout.name).where(tenancy.within(actor, Layout.account_id), col(Layout.active)).distinct()
    return sorted(session.exec(query))
