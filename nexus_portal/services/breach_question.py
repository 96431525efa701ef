"""What is asked of the logs after a breach: a session, somebody, an address, a period; whom that means."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock
from nexus_portal.adapters.dates import ZONE
from nexus_portal.domain.actor import Actor, Scope
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account, AccountKind
from nexus_portal.models.people import Membership
from nexus_portal.models.privacy import Access
from nexus_portal.models.sessions import BrowserSession
from nexus_portal.services import sessions, tenancy

REF = 16
"""Characters of a session's hash that the logs know."""
NEARBY = timedelta(hours=12)
"""As long as a session lives at most: it gets a new id at each second factor, and the logs another name."""
_SHORTEST_ADDRESS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody asks for, as the form has it; times without a zone are the bureau's."""

    session: str = ""
    who: str = ""
    address: str = ""
    since: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The same, understood. `people` and `refs` are none where everybody is meant."""

    accounts: Sequence[Account]
    since: datetime | None
    until: datetime
    refs: frozenset[str] | None
    people: frozenset[UUID] | None

    @property
    def account_ids(self) -> list[UUID]:
        """Whose persons it is about: named one by one, so that each is a stretch of an index."""
        return [account.id for account in self.accounts]

    def period(self) -> list[ColumnElement[bool]]:
        """Accesses of these accounts in the period."""
        found = [col(Access.account_id).in_(self.account_ids), col(Access.at) <= self.until]
        return [*found, col(Access.at) >= self.since] if self.since else found

    def surely(self) -> list[ColumnElement[bool]]:
        """Accesses that were made by what is asked for."""
        if self.refs is not None:
            return [*self.period(), col(Access.session_ref).in_(self.refs)]
        if self.people is not None:
            return [*self.period(), col(Access.actor_id).in_(self.people)]
        return self.period()

    def nearby(self) -> list[ColumnElement[bool]] | None:
        """Accesses of the same people in other sessions within hours: none unless a session is asked for."""
        if self.refs is None or not self.people:
            return None
        theirs = col(Access.actor_id).in_(self.people) & col(Access.session_ref).not_in(self.refs)
        return [*self.period(), theirs]


def understood(session: Session, actor: Actor, wanted: Wanted) -> Question:
    """What is asked for, with whom it means; the bureau asks of all its customers, a customer of itself.

    Raises:
        Invalid: nothing narrows it, or something cannot be read.
    """
    named = [each for each in (wanted.session, wanted.who, wanted.address) if each]
    if not named and not wanted.since:
        raise Invalid(
            Message("Say what may have been breached: a session, somebody, an address, or a period.")
        )
    if len(named) > 1:
        raise Invalid(Message("Ask for one at a time: a session, a person, or an address."))
    accounts = session.exec(
        tenancy.rows_of(actor, Account).where(_mine(actor)).order_by(Account.number)
    ).all()
    since, until = _moment(wanted.since), _moment(wanted.until, end=True) or clock.now()
    if since and since >= until:
        raise Invalid(Message("The period ends before it begins."))
    refs, people = None, None
    if wanted.session or wanted.address:
        refs, people, begun, ended = _sessions(session, actor, accounts, wanted)
        since = since or (begun - NEARBY if begun else None)
        until = min(until, ended + NEARBY) if ended else until
    elif wanted.who:
        people = frozenset({_id(wanted.who)})
    return Question(accounts=accounts, since=since, until=until, refs=refs, people=people)


def _mine(actor: Actor) -> ColumnElement[bool]:
    customers = col(Account.kind) == AccountKind.CUSTOMER
    return customers if actor.scope is not Scope.ACCOUNT else col(Account.id) == actor.account_id


Found = tuple[frozenset[str], frozenset[UUID], datetime | None, datetime | None]


def _sessions(session: Session, actor: Actor, accounts: Sequence[Account], wanted: Wanted) -> Found:
    """The sessions that are meant, whose they are, and from when to when they were used."""
    rows = _kept(actor, wanted)
    refs = {row.id_hash[:REF] for row in rows}
    if wanted.session:
        refs.add(wanted.session.strip().lower())
    theirs = (
        col(Access.account_id).in_([account.id for account in accounts]),
        col(Access.session_ref).in_(refs),
    )
    query = select(Access.actor_id, func.min(Access.at), func.max(Access.at)).where(*theirs)
    seen = session.exec(query.group_by(col(Access.actor_id))).all()
    people = {row.user_id for row in rows} | {actor_id for actor_id, _, _ in seen}
    begun = [row.created_at for row in rows] + [first for _, first, _ in seen]
    ended = [row.ended_at or row.seen_at for row in rows] + [last for _, _, last in seen]
    known = frozenset(each for each in people if each is not None)
    return frozenset(refs), known, min(begun, default=None), max(ended, default=None)


def _kept(actor: Actor, wanted: Wanted) -> list[BrowserSession]:
    """Sessions that are still known, by the beginning of their hash or of their address.

    A customer is told of sessions in its own account and of the bureau's, which alone can see its persons.
    """
    query = select(BrowserSession).where(col(BrowserSession.user_id).is_not(None))
    if actor.scope is Scope.ACCOUNT:
        near = (
            select(Membership.id)
            .join(Account, col(Account.id) == col(Membership.account_id))
            .where((col(Account.id) == actor.account_id) | (col(Account.kind) == AccountKind.BUREAU))
        )
        query = query.where(col(BrowserSession.membership_id).in_(near))
    if wanted.session:
        ref = wanted.session.strip().lower()
        if len(ref) != REF or any(letter not in "0123456789abcdef" for letter in ref):
            raise Invalid(Message("A session is named by 16 characters, as the access log shows it."))
        query = query.where(col(BrowserSession.id_hash).startswith(ref))
    if wanted.address:
        prefix = wanted.address.strip()
        if len(prefix) < _SHORTEST_ADDRESS or any(letter in prefix for letter in "%_\\"):
            raise Invalid(Message("Write the beginning of a network address, such as 192.0.2."))
        query = query.where(col(BrowserSession.address).startswith(prefix))
    with sessions.system(writes=False) as own:
        return list(own.exec(query))


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Invalid(Message("Choose somebody of the list.")) from None


def _moment(text: str, *, end: bool = False) -> datetime | None:
    if not text:
        return None
    try:
        if "T" in text:
            moment = datetime.fromisoformat(text)
            return moment if moment.tzinfo else moment.replace(tzinfo=ZONE)
        day = datetime.combine(date.fromisoformat(text), time.min, ZONE)
    except ValueError:
        raise Invalid(Message("Write a time as the form asks for it.")) from None
    return day + timedelta(days=1) if end else day
