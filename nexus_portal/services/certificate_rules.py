"""How long the rule that decided an erasure had kept what went: what its certificate says of the rule."""

from sqlmodel import Session, col, select

from nexus_portal.domain.certificate import EVERYTHING
from nexus_portal.domain.field_definitions import RetentionClass
from nexus_portal.models.accounts import Account, RetentionPolicy
from nexus_portal.models.erasures import Erasure
from nexus_portal.models.privacy import ProposalState, RetentionProposal, RetentionRule

RETENTION = "retention"
"""Policy of an erasure that the account's own rule decided."""


def days_kept(session: Session, erasure: Erasure, account: Account) -> dict[str, int]:
    """By kind, the days after delivery; nothing where no rule decided, or rules were changed since it did."""
    if erasure.policy != RETENTION or _changed_since(session, erasure):
        return {}
    query = select(RetentionRule).where(RetentionRule.account_id == account.id)
    own = {rule.kind: rule for rule in session.exec(query)}
    default = _days(account, account.retention_policy, account.retention_days)
    days = {
        kind: _days(account, own[kind].policy, own[kind].days) if kind in own else default
        for kind in sorted(erasure.kinds or RetentionClass)
    }
    if erasure.kinds is None and len(set(days.values())) == 1:
        return {EVERYTHING: next(iter(days.values()))}
    return {str(kind): count for kind, count in days.items()}


def _days(account: Account, policy: str, days: int) -> int:
    match policy:
        case RetentionPolicy.IMMEDIATE:
            return 0
        case RetentionPolicy.DAYS:
            return days
        case _:
            return account.warranty_days


def _changed_since(session: Session, erasure: Erasure) -> bool:
    query = select(RetentionProposal.id).where(
        RetentionProposal.account_id == erasure.account_id,
        RetentionProposal.state == ProposalState.CONFIRMED,
        col(RetentionProposal.decided_at) > erasure.decided_at,
    )
    return session.exec(query.limit(1)).first() is not None
