"""Which roles the people of an account can have."""

from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.permissions import BUREAU_ROLES, CUSTOMER_ROLES, Role
from nexus_portal.domain.text import Message


def assignable(*, bureau: bool) -> tuple[Role, ...]:
    """The roles on this side of the counter."""
    return tuple(BUREAU_ROLES if bureau else CUSTOMER_ROLES)


def admin_role(*, bureau: bool) -> Role:
    """The role that gives out roles; an account is never left without one."""
    return Role.BUREAU_ADMIN if bureau else Role.ACCOUNT_ADMIN


def checked(role: str, *, bureau: bool) -> Role:
    """The role, if people on this side of the counter can have it.

    Raises:
        Invalid: there is no such role, or it is one of the other side.
    """
    for known in assignable(bureau=bureau):
        if known.value == role:
            return known
    raise Invalid(Message("Choose one of the roles in the list."))
