"""How long the rule that decided an erasure had kept what went: what its certificate says of the rule."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from nexus_portal.domain.certificate import EVERYTHING
from nexus_portal.domain.field_definitions import RetentionClass
from nexus_portal.models.accounts import Account, RetentionPolicy
from nexus_portal.models.erasures import Erasure
from nexus_portal.models.privacy import ProposalState, RetentionProposal, RetentionRule

RETENTION = "retention"
"""Policy of an erasure that the account's own rule decided."""


def days_kept(
    session: Session, erasures: Sequence[Erasure], account: Account
) -> Mapping[UUID, Mapping[str, int]]:
    """For erasures of one account: by kind, the days after delivery, of those that its rule decided.

    Nothing is said of those after which rules were changed. Asked once for all of them.
    """
    decided = [erasure for erasure in erasures if erasure.policy == RETENTION]
    if not decided:
        return {}
    changed_at = _changed_at(session, account.id)
    own = {
        rule.kind: _days(account, rule.policy, rule.days)
        for rule in session.exec(select(RetentionRule).where(RetentionRule.account_id == account.id))
    }
    default = _days(account, account.retention_policy, account.retention_days)
    return {
        erasure.id: _by_kind(erasure.kinds, own, default)
        for erasure in decided
        if changed_at is None or changed_at <= erasure.decided_at
    }


def _by_kind(kinds: Sequence[str] | None, own: Mapping[str, int], default: int) -> Mapping[str, int]:
    days = {str(kind): own.get(kind, default) for kind in sorted(kinds or RetentionClass)}
    if kinds is None and len(set(days.values())) == 1:
        return {EVERYTHING: next(iter(days.values()))}
    return days


def _days(account: Account, policy: str, days: int) -> int:
    match policy:
        case RetentionPolicy.IMMEDIATE:
            return 0
        case RetentionPolicy.DAYS:
            return days
        case _:
            return account.warranty_days


def _changed_at(session: Session, account_id: UUID) -> datetime | None:
    """When a change of rules was confirmed last."""
    query = (
        select(RetentionProposal.decided_at)
        .where(
            RetentionProposal.account_id == account_id,
            RetentionProposal.state == ProposalState.CONFIRMED,
            col(RetentionProposal.decided_at).is_not(None),
        )
        .order_by(col(RetentionProposal.decided_at).desc())
    )
    return session.exec(query.limit(1)).first()
