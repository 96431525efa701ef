"""The access review: who may do what in the account, confirmed by an admin and kept as it was shown."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from nexus_portal.adapters import clock, db
from nexus_portal.adapters.events import News
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, NotFound, Tampered
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.base import JsonObject
from nexus_portal.models.people import AccessReview, Membership, User
from nexus_portal.services import audit, grants, team, tenancy
from nexus_portal.services.use_case import use_case

MOST = 1000
AGAIN = timedelta(days=365)
"""How often the access is to be confirmed: the usual year of ISO 27001."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRow:
    """What one person may do. Days are ISO dates, empty for never or not known."""

    name: str
    email: str
    role: str
    """The key of a built-in role, or the name of an own one."""
    permissions: tuple[str, ...]
    since: str
    granted_by: str
    last_used: str
    authenticator: bool
    passkeys: int
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmedRow:
    """One earlier confirmation."""

    id: str
    confirmed_by: str
    confirmed_at: str
    people: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """Who may do what; `confirmed` when it is an earlier one, opened again."""

    rows: tuple[AccessRow, ...]
    digest: str
    confirmed: ConfirmedRow | None = None
    due: bool = False
    """True when nobody has confirmed it within a year."""


@use_case(Permission.TEAM_READ, reads=True)
def review(session: Session, actor: Actor) -> Review:
    """How things stand now in the actor's account."""
    content = _content(session, actor)
    newest = session.exec(_own(actor).order_by(col(AccessReview.confirmed_at).desc()).limit(1)).first()
    due = newest is None or newest.confirmed_at + AGAIN <= clock.now()
    return Review(rows=_rows(content), digest=_digest(content), due=due)


@use_case(Permission.TEAM_READ, reads=True)
def confirmations(session: Session, actor: Actor) -> tuple[ConfirmedRow, ...]:
    """The account's earlier confirmations, the newest first."""
    query = (
        _own(actor).order_by(col(AccessReview.confirmed_at).desc(), col(AccessReview.id).desc()).limit(100)
    )
    return tuple(_confirmed(row) for row in session.exec(query))


@use_case(Permission.TEAM_READ, reads=True)
def confirmation(session: Session, actor: Actor, *, review_id: UUID) -> Review:
    """An earlier confirmation, as it was shown then.

    Raises:
        NotFound: no such confirmation in the actor's account.
        Tampered: it does not say any more what was confirmed.
    """
    row = tenancy.one(session, _own(actor).where(AccessReview.id == review_id))
    if _digest(row.content) != row.digest:
        raise Tampered
    return Review(rows=_rows(row.content), digest=row.digest, confirmed=_confirmed(row))


@use_case(Permission.TEAM_READ)
def export(session: Session, actor: Actor, *, review_id: UUID | None) -> Review:
    """The review to take away, now's or an earlier one; the log says that it was taken.

    Raises:
        NotFound: no such confirmation in the actor's account.
    """
    taken = review(session, actor) if review_id is None else confirmation(session, actor, review_id=review_id)
    audit.record(
        session, actor, "access_review:exported", subject=str(review_id or ""), people=len(taken.rows)
    )
    return taken


@use_case(Permission.TEAM_MANAGE, step_up=True)
def confirm(session: Session, actor: Actor, *, digest: str) -> UUID:
    """Confirm what was shown: `digest` says what that was. It is kept for good.

    Raises:
        Conflict: somebody's access has changed since it was shown.
    """
    if actor.user_id is None or actor.account_id is None:
        raise NotFound
    content = _content(session, actor)
    if _digest(content) != digest:
        raise Conflict(
            Message("Somebody's access has changed since this page was opened. Read it once more.")
        )
    kept = AccessReview(
        account_id=actor.account_id,
        confirmed_by=actor.user_id,
        confirmed_name=actor.name,
        confirmed_at=clock.now(),
        people=len(content["people"]),
        content=content,
        digest=digest,
    )
    session.add(kept)
    session.flush()
    audit.record(
        session, actor, "access_review:confirmed", subject=str(kept.id), digest=digest, people=kept.people
    )
    db.announce(session, News(actor.account_id, "team"))
    return kept.id


def _own(actor: Actor) -> SelectOfScalar[AccessReview]:
    return tenancy.rows_of(actor, AccessReview).where(AccessReview.account_id == actor.account_id)


def _content(session: Session, actor: Actor) -> JsonObject:
    query = (
        select(Membership, User)
        .join(User, col(User.id) == col(Membership.user_id))
        .where(tenancy.within(actor, Membership.account_id), Membership.account_id == actor.account_id)
        .order_by(col(Membership.active).desc(), User.name, col(Membership.id))
    )
    # Held, so that the people who have one of them cost no question each.
    _held = grants.own_roles(session, actor.account_id) if actor.account_id else []
    found = session.exec(query.limit(MOST)).all()
    keys = team.passkey_counts(session, [user.id for _, user in found])
    givers = {member.granted_by for member, _ in found if member.granted_by}
    named = select(User.id, User.name).where(col(User.id).in_(givers))
    names: dict[UUID, str] = dict(session.exec(named).all())
    people = [
        _person(session, member, user, names.get(member.granted_by or user.id, ""), keys.get(user.id, 0))
        for member, user in found
    ]
    return {"people": people}


def _person(session: Session, member: Membership, user: User, giver: str, passkeys: int) -> JsonObject:
    grant = grants.held(session, member)
    named = {Permission.PERSONS_PROTECTED} if member.sees_protected else set[Permission]()
    return {
        "name": user.name,
        "email": user.email,
        "role": grant.name or grant.role.value,
        "permissions": sorted((grant.permissions | named) - {Permission.PUBLIC, Permission.SIGNED_IN}),
        "since": _day(member.granted_at or member.created_at),
        "granted_by": giver if member.granted_by else "",
        # The day alone: what is confirmed is what was shown, though somebody signs in meanwhile.
        "last_used": _day(member.last_used_at),
        "authenticator": user.totp_secret is not None,
        "passkeys": passkeys,
        "active": member.active,
    }


def _rows(content: JsonObject) -> tuple[AccessRow, ...]:
    people: list[dict[str, Any]] = content["people"]
    return tuple(
        AccessRow(permissions=tuple(person["permissions"]), **_but_permissions(person)) for person in people
    )


def _but_permissions(person: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in person.items() if key != "permissions"}


def _digest(content: JsonObject) -> str:
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _day(moment: datetime | None) -> str:
    return moment.date().isoformat() if moment else ""


def _confirmed(row: AccessReview) -> ConfirmedRow:
    return ConfirmedRow(
        id=str(row.id),
        confirmed_by=row.confirmed_name,
        confirmed_at=row.confirmed_at.isoformat(),
        people=row.people,
        digest=row.digest,
    )
