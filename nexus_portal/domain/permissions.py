"""Permissions are verbs on things; roles bundle them. The only place where a role gets its meaning."""

from enum import StrEnum


class Permission(StrEnum):
    """What a use case asks for. `PUBLIC` and `SIGNED_IN` are held without a role."""

    PUBLIC = "public"
    SIGNED_IN = "signed-in"

    ORDERS_READ = "orders:read"
    ORDERS_CREATE = "orders:create"
    ORDERS_APPROVE = "orders:approve"
    ORDERS_ERASE = "orders:erase"
    CARDS_READ = "cards:read"
    CARDS_BLOCK = "cards:block"
    PERSONS_READ = "persons:read"
    PERSONS_SEARCH = "persons:search"
    PERSONS_EXPORT = "persons:export"
    PERSONS_PROTECTED = "persons:protected"
    """Held by no role: people are named to it one by one."""
    TEAM_READ = "team:read"
    TEAM_MANAGE = "team:manage"
    ORDERING_MANAGE = "ordering:manage"
    PRIVACY_READ = "privacy:read"
    PRIVACY_MANAGE = "privacy:manage"
    BREACHES_MANAGE = "breaches:manage"
    AUDIT_READ = "audit:read"
    FILES_READ = "files:read"
    FILES_USE = "files:use"
    FILES_MANAGE = "files:manage"
    AGREEMENTS_READ = "agreements:read"
    AGREEMENTS_ACCEPT = "agreements:accept"

    DESK_READ = "desk:read"
    DESK_DECIDE = "desk:decide"
    PRODUCTION_READ = "production:read"
    PRODUCTION_WORK = "production:work"
    SHIPPING_READ = "shipping:read"
    SHIPPING_WORK = "shipping:work"
    BILLING_READ = "billing:read"
    BILLING_WORK = "billing:work"
    LAYOUTS_MANAGE = "layouts:manage"
    CUSTOMERS_MANAGE = "customers:manage"
    STAFF_MANAGE = "staff:manage"
    MAIL_READ = "mail:read"


class Role(StrEnum):
    """The built-in roles of domain.md."""

    ORDERER = "orderer"
    APPROVER = "approver"
    ACCOUNT_ADMIN = "account_admin"
    PRIVACY_OFFICER = "privacy_officer"
    AUDITOR = "auditor"

    ORDER_DESK = "order_desk"
    PRODUCTION_OPERATOR = "production_operator"
    SHIPPING = "shipping"
    BILLING = "billing"
    LAYOUT_DESIGNER = "layout_designer"
    BUREAU_ADMIN = "bureau_admin"

    OWN = "own"
    """A role that an account put together itself: what it may do stands in the database, not here."""


P = Permission

CUSTOMER_ROLES: dict[Role, frozenset[Permission]] = {
    Role.ORDERER: frozenset(
        {
            P.ORDERS_READ,
            P.ORDERS_CREATE,
            P.ORDERS_ERASE,
            P.CARDS_READ,
            P.CARDS_BLOCK,
            P.PERSONS_READ,
            P.FILES_READ,
            P.FILES_USE,
        }
    ),
    Role.APPROVER: frozenset({P.ORDERS_READ, P.ORDERS_APPROVE, P.CARDS_READ}),
    Role.ACCOUNT_ADMIN: frozenset(
        {
            P.ORDERS_READ,
            P.CARDS_READ,
            P.TEAM_READ,
            P.TEAM_MANAGE,
            P.ORDERING_MANAGE,
            P.AUDIT_READ,
            P.FILES_READ,
            P.FILES_MANAGE,
            P.AGREEMENTS_READ,
            P.AGREEMENTS_ACCEPT,
        }
    ),
    Role.PRIVACY_OFFICER: frozenset(
        {
            P.ORDERS_READ,
            P.ORDERS_ERASE,
            P.CARDS_READ,
            P.PERSONS_EXPORT,
            P.PERSONS_SEARCH,
            P.PRIVACY_READ,
            P.PRIVACY_MANAGE,
            P.BREACHES_MANAGE,
            P.AUDIT_READ,
            P.FILES_READ,
            P.FILES_USE,
            P.AGREEMENTS_READ,
        }
    ),
    Role.AUDITOR: frozenset(
        {
            P.ORDERS_READ,
            P.CARDS_READ,
            P.TEAM_READ,
            P.PRIVACY_READ,
            P.AUDIT_READ,
            P.FILES_READ,
            P.AGREEMENTS_READ,
        }
    ),
}

BUREAU_ROLES: dict[Role, frozenset[Permission]] = {
    Role.ORDER_DESK: frozenset({P.DESK_READ, P.DESK_DECIDE, P.PERSONS_READ}),
    Role.PRODUCTION_OPERATOR: frozenset({P.DESK_READ, P.PRODUCTION_READ, P.PRODUCTION_WORK, P.PERSONS_READ}),
    Role.SHIPPING: frozenset({P.SHIPPING_READ, P.SHIPPING_WORK}),
    Role.BILLING: frozenset({P.BILLING_READ, P.BILLING_WORK}),
    Role.LAYOUT_DESIGNER: frozenset({P.LAYOUTS_MANAGE}),
    Role.BUREAU_ADMIN: frozenset(
        {
            P.CUSTOMERS_MANAGE,
            P.STAFF_MANAGE,
            P.TEAM_READ,
            P.TEAM_MANAGE,
            P.BREACHES_MANAGE,
            P.AUDIT_READ,
            P.MAIL_READ,
        }
    ),
}

ROLES = CUSTOMER_ROLES | BUREAU_ROLES

GRANTABLE: tuple[Permission, ...] = (
    P.ORDERS_READ,
    P.ORDERS_CREATE,
    P.ORDERS_APPROVE,
    P.ORDERS_ERASE,
    P.CARDS_READ,
    P.CARDS_BLOCK,
    P.PERSONS_READ,
    P.PERSONS_SEARCH,
    P.PERSONS_EXPORT,
    P.TEAM_READ,
    P.TEAM_MANAGE,
    P.ORDERING_MANAGE,
    P.PRIVACY_READ,
    P.PRIVACY_MANAGE,
    P.BREACHES_MANAGE,
    P.AUDIT_READ,
    P.FILES_READ,
    P.FILES_USE,
    P.FILES_MANAGE,
    P.AGREEMENTS_READ,
    P.AGREEMENTS_ACCEPT,
)
"""What a customer's own role can be put together from, in the order in which people read it."""

NEEDS: dict[Permission, Permission] = {
    P.ORDERS_CREATE: P.ORDERS_READ,
    P.ORDERS_APPROVE: P.ORDERS_READ,
    P.ORDERS_ERASE: P.ORDERS_READ,
    P.CARDS_BLOCK: P.CARDS_READ,
    P.TEAM_MANAGE: P.TEAM_READ,
    P.ORDERING_MANAGE: P.ORDERS_READ,
    P.PRIVACY_MANAGE: P.PRIVACY_READ,
    P.FILES_USE: P.FILES_READ,
    P.FILES_MANAGE: P.FILES_READ,
    P.AGREEMENTS_ACCEPT: P.AGREEMENTS_READ,
}
"""What is of no use without another: its page would stay closed. Every built-in role keeps to it."""


def granted_by(role: Role) -> frozenset[Permission]:
    """All that a signed-in person in this role may do."""
    return ROLES.get(role, frozenset()) | {P.PUBLIC, P.SIGNED_IN}


def is_bureau_role(role: Role) -> bool:
    """True for roles that only the bureau's own staff can hold."""
    return role in BUREAU_ROLES
