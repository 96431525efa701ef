"""What a record of processing says, gathered from how things are set up now (GDPR article 30). No persons.

Each section is a list of entries with a `key` that stays the same while the thing does, so that two records
can be compared. Nothing is in words yet: `processing_words` says it in either language.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.cards import KEPT_BLOCKED
from nexus_portal.domain.field_definitions import RetentionClass, all_from_json
from nexus_portal.domain.permissions import BUREAU_ROLES, Permission
from nexus_portal.models.accounts import Account, AccountKind
from nexus_portal.models.layouts import Layout
from nexus_portal.models.people import Membership
from nexus_portal.models.privacy import Hold, RetentionRule
from nexus_portal.services import grants, retention_rules, sessions, sub_processors, tenancy

Entries = list[dict[str, Any]]
SEES = (Permission.PERSONS_READ, Permission.PERSONS_SEARCH, Permission.PERSONS_EXPORT)
PURPOSES = ("cards", "tracking", "register", "proof")
PERSONS = ("holders", "users")
MEASURES = (
    "encryption",
    "keys_apart",
    "signing_in",
    "access",
    "separation",
    "trace",
    "minimisation",
    "erasing",
    "files",
)


def of_account(session: Session, actor: Actor, account: Account) -> dict[str, Entries]:
    """The record of a customer, who is the controller (30.1)."""
    return {
        "parties": [_party("controller", account), *_processor()],
        "purposes": _coded(PURPOSES),
        "persons": _coded(PERSONS),
        "data": _data(_published(session, actor)),
        "retention": _retention(session, account),
        "access": _access(session, actor, account),
        "recipients": _recipients(),
        "sub_processors": sub_processors.entries(session),
        "holds": _holds(session, actor, account),
        "measures": _coded(MEASURES),
    }


def of_bureau(session: Session, actor: Actor, bureau: Account) -> dict[str, Entries]:
    """The record of the bureau, which processes for its customers (30.2): categories, by customer."""
    return {
        "parties": [_party("processor", bureau)],
        "purposes": _coded(PURPOSES),
        "customers": _customers(session, actor),
        "recipients": _recipients(),
        "sub_processors": sub_processors.entries(session),
        "measures": _coded(MEASURES),
    }


def sources(session: Session, actor: Actor, account: Account) -> dict[str, Any]:
    """What the record is generated from: how many layouts, and when each source changed last."""
    layouts = _published(session, actor)
    newest = max((each.published_at or each.created_at for each in layouts), default=None)
    changed = session.exec(
        select(func.max(RetentionRule.changed_at)).where(RetentionRule.account_id == account.id)
    ).one()
    return {
        "layouts": len(layouts),
        "layouts_changed": _stamp(newest),
        "retention_changed": _stamp(changed),
        "sub_processors_changed": _stamp(sub_processors.changed_at(session)),
    }


def _stamp(moment: Any) -> str:
    return moment.isoformat() if moment else ""


def _coded(codes: Iterable[str]) -> Entries:
    return [{"key": code} for code in codes]


def _party(key: str, account: Account) -> dict[str, Any]:
    return {"key": key, "name": account.name, "number": account.number}


def _processor() -> Entries:
    """The one bureau of the installation; row-level security shows a customer its own account alone."""
    with sessions.system(writes=False) as session:
        query = tenancy.rows_of(SYSTEM, Account).where(Account.kind == AccountKind.BUREAU)
        return [_party("processor", account) for account in session.exec(query)]


def _published(session: Session, actor: Actor) -> Sequence[Layout]:
    """Every version that was ever offered: cards of an older one may still be held."""
    query = tenancy.rows_of(actor, Layout).where(col(Layout.active) | col(Layout.published_at).is_not(None))
    return session.exec(query.order_by(Layout.name, col(Layout.version))).all()


def _data(layouts: Sequence[Layout]) -> Entries:
    return [
        {
            "key": f"{layout.id}:{each.key}",
            "layout": layout.name,
            "version": layout.version,
            "offered": layout.active,
            "label_en": each.label_en,
            "label_sv": each.label_sv,
            "purpose": each.purpose.value,
            "kind": each.retention.value,
            "required": each.required,
            "reason": each.reason,
        }
        for layout in layouts
        for each in all_from_json(layout.fields)
    ]


def _retention(session: Session, account: Account) -> Entries:
    rules = retention_rules.rules_of(session, account)
    kinds = [
        {"key": kind.value, "policy": rules.of(kind).policy.value, "days": rules.lasts(kind)}
        for kind in RetentionClass
    ]
    return [
        *kinds,
        {"key": "blocked", "days": KEPT_BLOCKED.days},
        {"key": "accesses", "months": account.access_months},
    ]


def _access(session: Session, actor: Actor, account: Account) -> Entries:
    """The customer's roles that see persons, and how many people have each now."""
    query = (
        select(Membership.role, Membership.own_role_id, func.count())
        .where(tenancy.within(actor, Membership.account_id), Membership.account_id == account.id)
        .where(col(Membership.active))
        .group_by(col(Membership.role), col(Membership.own_role_id))
    )
    own = {row.id: grants.of_own(row) for row in grants.own_roles(session, account.id)}
    counted = [
        ((own.get(own_id) if own_id else None) or grants.granted(session, role, None), count)
        for role, own_id, count in session.exec(query)
    ]
    return [
        {
            "key": grant.reference,
            "name": grant.name,
            "role": grant.role.value,
            "permissions": [each.value for each in SEES if each in grant.permissions],
            "people": count,
        }
        for grant, count in sorted(counted, key=lambda each: each[0].reference)
        if any(each in grant.permissions for each in SEES)
    ]


def _recipients() -> Entries:
    """The bureau's roles that see persons of customers."""
    return [
        {"key": role.value, "permissions": [each.value for each in SEES if each in held]}
        for role, held in BUREAU_ROLES.items()
        if any(each in held for each in SEES)
    ]


def _holds(session: Session, actor: Actor, account: Account) -> Entries:
    query = select(func.count()).select_from(Hold).where(tenancy.within(actor, Hold.account_id))
    count = session.exec(query.where(Hold.account_id == account.id, col(Hold.lifted_at).is_(None))).one()
    return [{"key": "open", "count": count, "account": account.held}]


def _customers(session: Session, actor: Actor) -> Entries:
    accounts = session.exec(
        tenancy.rows_of(actor, Account).where(Account.kind == AccountKind.CUSTOMER).order_by(Account.number)
    ).all()
    kinds: dict[Any, set[str]] = {account.id: set() for account in accounts}
    layouts: Counter[Any] = Counter()
    for layout in _published(session, actor):
        layouts[layout.account_id] += 1
        kinds.setdefault(layout.account_id, set()).update(
            each.retention.value for each in all_from_json(layout.fields)
        )
    return [
        {
            "key": account.number,
            "name": account.name,
            "layouts": layouts[account.id],
            "kinds": [kind.value for kind in RetentionClass if kind.value in kinds[account.id]],
        }
        for account in accounts
    ]
