"""How long an account keeps personal data: proposed by one privacy officer, confirmed by another [R6]."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col

from nexus_portal.adapters import clock, db
from nexus_portal.adapters.events import News
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, Invalid, NotAllowed
from nexus_portal.domain.field_definitions import RetentionClass
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.retention import MOST_DAYS, RetentionPolicy, Rule, Rules
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account
from nexus_portal.models.people import User
from nexus_portal.models.privacy import ProposalState, RetentionProposal, RetentionRule
from nexus_portal.services import audit, retention_due, retention_rules, retention_sweep, sweeps, tenancy
from nexus_portal.services.holders_of import people_who_may
from nexus_portal.services.retention_due import Forecast
from nexus_portal.services.use_case import use_case

DEFAULT = "default"
"""Names the rule for every kind without one of its own."""
MONTH = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class RuleRow:
    """The rule of a kind, or of all (`default`), and the days that it comes to; `own`: not the one of all."""

    kind: str
    policy: str
    days: int
    own: bool


@dataclass(frozen=True, slots=True)
class Outlook:
    """What would go: at the next sweep, and within 30 days."""

    soon: Forecast
    month: Forecast


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalRow:
    """A change that waits for a second person; `outlook` is what the dry run said when it was proposed."""

    id: UUID
    rules: tuple[RuleRow, ...]
    outlook: Outlook
    proposed_by: str
    proposed_at: datetime
    own: bool
    """Whether the reader proposed it: then somebody else confirms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionView:
    """The rules of the actor's account, the change that waits, and what goes soon."""

    rules: tuple[RuleRow, ...]
    warranty_days: int
    proposal: ProposalRow | None
    outlook: Outlook
    swept_at: datetime | None
    others: int
    """How many other people may confirm a change."""


@use_case(Permission.PRIVACY_READ, reads=True)
def retention(session: Session, actor: Actor) -> RetentionView:
    """How long the actor's account keeps what, and what goes soon."""
    account = _account(session, actor)
    rules = retention_rules.rules_of(session, account)
    waiting = _waiting(session, actor)
    officers = people_who_may(session, account.id, Permission.PRIVACY_MANAGE)
    return RetentionView(
        rules=_rows(rules),
        warranty_days=account.warranty_days,
        proposal=_shown(session, actor, account, waiting) if waiting else None,
        outlook=_outlook(session, account, rules),
        swept_at=sweeps.finished_at(session, retention_sweep.NAME),
        others=sum(officer.id != actor.user_id for officer in officers),
    )


@use_case(Permission.PRIVACY_MANAGE, step_up=True)
def propose(session: Session, actor: Actor, *, rules: Mapping[str, Rule]) -> UUID:
    """Propose rules for all kinds (`default`) and for single ones; a second person confirms. Gives its id.

    Raises:
        Invalid: a number of days is out of reach, a kind is unknown, or nothing would change.
        Conflict: another change waits already.
    """
    account = _account(session, actor, lock=True)
    if _waiting(session, actor) is not None:
        raise Conflict(Message("A change waits for its second person already. Withdraw it first."))
    wanted, before = _checked(rules, account), retention_rules.rules_of(session, account)
    if _rows(wanted) == _rows(before):
        raise Invalid(Message("Nothing would change. Choose another rule first."))
    proposal = RetentionProposal(
        account_id=account.id,
        rules={kind: asdict(_rule(wanted, kind)) for kind in (DEFAULT, *RetentionClass)},
        forecast=asdict(_outlook(session, account, wanted)),
        proposed_by=_person(actor),
        proposed_at=clock.now(),
    )
    session.add(proposal)
    _log(session, actor, account, "retention:proposed", before=_words(before), after=_words(wanted))
    return proposal.id


@use_case(Permission.PRIVACY_MANAGE, step_up=True)
def confirm(session: Session, actor: Actor, *, proposal_id: UUID) -> None:
    """Let a proposed change count from the next sweep on. Never by whoever proposed it.

    Raises:
        NotFound: no such proposal in the actor's account.
        NotAllowed: the actor proposed it.
        Conflict: it does not wait any more.
    """
    account = _account(session, actor, lock=True)
    proposal = _open(session, actor, proposal_id)
    if proposal.proposed_by == actor.user_id:
        raise NotAllowed(Message("You proposed this change. Somebody else confirms it."))
    before = retention_rules.rules_of(session, account)
    wanted = _proposed(proposal, account)
    account.retention_policy, account.retention_days = wanted.default.policy, wanted.default.days
    session.exec(delete(RetentionRule).where(col(RetentionRule.account_id) == account.id))
    now = clock.now()
    session.add_all(
        RetentionRule(account_id=account.id, kind=kind, policy=rule.policy, days=rule.days, changed_at=now)
        for kind, rule in wanted.own.items()
    )
    session.add(account)
    session.flush()
    orders = retention_rules.redate(session, account)
    _close(session, actor, proposal, ProposalState.CONFIRMED)
    _log(
        session,
        actor,
        account,
        "retention:changed",
        before=_words(before),
        after=_words(wanted),
        orders=orders,
    )


@use_case(Permission.PRIVACY_MANAGE)
def refuse(session: Session, actor: Actor, *, proposal_id: UUID) -> None:
    """Say no to a proposed change: the rules stay.

    Raises:
        NotFound: no such proposal in the actor's account.
        NotAllowed: the actor proposed it; they withdraw it.
        Conflict: it does not wait any more.
    """
    account = _account(session, actor, lock=True)
    proposal = _open(session, actor, proposal_id)
    if proposal.proposed_by == actor.user_id:
        raise NotAllowed(Message("You proposed this change. Withdraw it instead."))
    _close(session, actor, proposal, ProposalState.REFUSED)
    _log(session, actor, account, "retention:refused")


@use_case(Permission.PRIVACY_MANAGE)
def withdraw(session: Session, actor: Actor, *, proposal_id: UUID) -> None:
    """Take one's own proposal back.

    Raises:
        NotFound: no such proposal in the actor's account.
        NotAllowed: somebody else proposed it.
        Conflict: it does not wait any more.
    """
    account = _account(session, actor, lock=True)
    proposal = _open(session, actor, proposal_id)
    if proposal.proposed_by != actor.user_id:
        raise NotAllowed(Message("Somebody else proposed this change. Refuse it instead."))
    _close(session, actor, proposal, ProposalState.WITHDRAWN)
    _log(session, actor, account, "retention:withdrawn")


def _account(session: Session, actor: Actor, *, lock: bool = False) -> Account:
    return tenancy.get(session, actor, Account, tenancy.own_account(actor), lock=lock)


def _person(actor: Actor) -> UUID:
    if actor.user_id is None:
        raise NotAllowed
    return actor.user_id


def _waiting(session: Session, actor: Actor) -> RetentionProposal | None:
    query = tenancy.rows_of(actor, RetentionProposal).where(RetentionProposal.state == ProposalState.OPEN)
    return session.exec(query).first()


def _open(session: Session, actor: Actor, proposal_id: UUID) -> RetentionProposal:
    proposal = tenancy.get(session, actor, RetentionProposal, proposal_id, lock=True)
    if proposal.state != ProposalState.OPEN:
        raise Conflict(Message("This change does not wait any more."))
    return proposal


def _close(session: Session, actor: Actor, proposal: RetentionProposal, state: ProposalState) -> None:
    proposal.state, proposal.decided_by, proposal.decided_at = state, _person(actor), clock.now()
    session.add(proposal)


def _checked(rules: Mapping[str, Rule], account: Account) -> Rules:
    if DEFAULT not in rules or rules.keys() - {DEFAULT, *RetentionClass}:
        raise Invalid(Message("Choose a rule for every kind of data."))
    counted = [rule.days for rule in rules.values() if rule.policy is RetentionPolicy.DAYS]
    if any(not 0 <= days <= MOST_DAYS for days in counted):
        raise Invalid(Message("Write a number of days between 0 and {most}.", most=MOST_DAYS))
    plain = {kind: _plain(rule) for kind, rule in rules.items()}
    default = plain.pop(DEFAULT)
    own = {RetentionClass(kind): rule for kind, rule in plain.items() if rule != default}
    return Rules(default, own, account.warranty_days)


def _plain(rule: Rule) -> Rule:
    # "After 0 days" is at once; and only a number of days has one.
    if rule.policy is RetentionPolicy.DAYS:
        return rule if rule.days else Rule(RetentionPolicy.IMMEDIATE)
    return Rule(rule.policy)


def _proposed(proposal: RetentionProposal, account: Account) -> Rules:
    stored: Mapping[str, Any] = proposal.rules
    return _checked(
        {kind: Rule(RetentionPolicy(said["policy"]), said["days"]) for kind, said in stored.items()}, account
    )


def _rule(rules: Rules, kind: str) -> Rule:
    return rules.default if kind == DEFAULT else rules.of(RetentionClass(kind))


def _rows(rules: Rules) -> tuple[RuleRow, ...]:
    return tuple(
        RuleRow(
            kind,
            _rule(rules, kind).policy.value,
            _rule(rules, kind).lasts(rules.warranty_days),
            own=kind in rules.own,
        )
        for kind in (DEFAULT, *(each.value for each in RetentionClass))
    )


def _words(rules: Rules) -> list[str]:
    shown = [row for row in _rows(rules) if row.own or row.kind == DEFAULT]
    return [f"{row.kind}: {row.policy} {row.days}" for row in shown]


def _outlook(session: Session, account: Account, rules: Rules) -> Outlook:
    now = clock.now()
    return Outlook(
        retention_due.forecast(session, account.id, rules, now),
        retention_due.forecast(session, account.id, rules, now + MONTH),
    )


def _shown(session: Session, actor: Actor, account: Account, proposal: RetentionProposal) -> ProposalRow:
    said: Mapping[str, Any] = proposal.forecast
    return ProposalRow(
        id=proposal.id,
        rules=_rows(_proposed(proposal, account)),
        outlook=Outlook(Forecast(**said["soon"]), Forecast(**said["month"])),
        proposed_by=session.get_one(User, proposal.proposed_by).name,
        proposed_at=proposal.proposed_at,
        own=proposal.proposed_by == actor.user_id,
    )


def _log(session: Session, actor: Actor, account: Account, action: str, **facts: Any) -> None:
    audit.record(session, actor, action, subject=account.number, account_id=account.id, **facts)
    db.announce(session, News(account.id, "privacy"))
