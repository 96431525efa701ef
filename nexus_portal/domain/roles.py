"""Which roles the people of an account can have, and what an own role may be made of."""

from collections.abc import Collection, Iterable

from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.permissions import (
    BUREAU_ROLES,
    CUSTOMER_ROLES,
    GRANTABLE,
    NEEDS,
    Permission,
    Role,
)
from nexus_portal.domain.text import Message

LONGEST_NAME = 60

MISSING: dict[Permission, Message] = {
    Permission.ORDERS_CREATE: Message("“Order cards” needs “See orders” too. Tick both."),
    Permission.ORDERS_APPROVE: Message("“Approve orders” needs “See orders” too. Tick both."),
    Permission.ORDERS_ERASE: Message("“Remove personal data from orders” needs “See orders” too. Tick both."),
    Permission.CARDS_BLOCK: Message("“Block and unblock cards” needs “See and track cards” too. Tick both."),
    Permission.TEAM_MANAGE: Message(
        "“Manage the team and its roles” needs “See the team and its roles” too. Tick both."
    ),
    Permission.ORDERING_MANAGE: Message(
        "“Manage delivery addresses and approval” needs “See orders” too. Tick both."
    ),
    Permission.PRIVACY_MANAGE: Message(
        "“Decide on retention and holds” needs “See retention and erasures” too. Tick both."
    ),
    Permission.FILES_USE: Message(
        "“Open, send and remove files” needs “See which files there are” too. Tick both."
    ),
    Permission.FILES_MANAGE: Message(
        "“Manage credentials of the file server” needs “See which files there are” too. Tick both."
    ),
}
"""What is said where a permission stands without the one that it needs: one sentence for each of `NEEDS`."""


def assignable(*, bureau: bool) -> tuple[Role, ...]:
    """The built-in roles on this side of the counter."""
    return tuple(BUREAU_ROLES if bureau else CUSTOMER_ROLES)


def checked(role: str, *, bureau: bool) -> Role:
    """The built-in role, if people on this side of the counter can have it.

    Raises:
        Invalid: there is no such role, or it is one of the other side.
    """
    for known in assignable(bureau=bureau):
        if known.value == role:
            return known
    raise Invalid(Message("Choose one of the roles in the list."))


def checked_name(name: str, taken: Iterable[str]) -> str:
    """The tidy name of an own role; `taken` are the names that others have, whatever their case.

    Raises:
        Invalid: empty, too long, not printable, or taken.
    """
    tidy = " ".join(name.split())
    if not 1 <= len(tidy) <= LONGEST_NAME or not tidy.isprintable():
        raise Invalid(Message("Give the role a name, in at most {limit} characters.", limit=LONGEST_NAME))
    if tidy.casefold() in {other.casefold() for other in taken}:
        raise Invalid(Message("There is a role of this name already. Choose another name."))
    return tidy


def checked_permissions(chosen: Collection[str]) -> list[str]:
    """What an own role allows, in one order.

    Raises:
        Invalid: nothing, something that only the bureau's roles or nobody's can, or one without that which
            it needs. It is refused, not added: a role allows what is ticked and nothing else.
    """
    known = [permission for permission in GRANTABLE if permission.value in chosen]
    if not known or len(known) != len(set(chosen)):
        raise Invalid(Message("Choose at least one of the permissions in the list."))
    for permission in known:
        needed = NEEDS.get(permission)
        if needed and needed not in known:
            raise Invalid(MISSING[permission])
    return [permission.value for permission in known]


def difference(
    before: Collection[Permission | str], after: Collection[Permission | str]
) -> tuple[list[str], list[str]]:
    """What is gained and what is lost by going from one role to another, in the order people read it."""
    every = [p.value for p in Permission if p not in {Permission.PUBLIC, Permission.SIGNED_IN}]
    had, gets = {str(p) for p in before}, {str(p) for p in after}
    return [p for p in every if p in gets - had], [p for p in every if p in had - gets]
