"""Who can be what: customers and bureau never share a role."""

import pytest

from nexus_portal.domain import roles
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.permissions import CUSTOMER_ROLES, GRANTABLE, NEEDS, Permission, Role, granted_by
from nexus_portal.domain.words import PERMISSION


def test_the_two_sides_share_nothing_and_leave_nothing_out() -> None:
    customer, bureau = roles.assignable(bureau=False), roles.assignable(bureau=True)

    assert not set(customer) & set(bureau)
    assert {*customer, *bureau, Role.OWN} == set(Role)


@pytest.mark.parametrize(("admin", "bureau"), [(Role.BUREAU_ADMIN, True), (Role.ACCOUNT_ADMIN, False)])
def test_the_admin_of_each_side_gives_out_roles(admin: Role, *, bureau: bool) -> None:
    assert admin in roles.assignable(bureau=bureau)
    assert Permission.TEAM_MANAGE in granted_by(admin)


@pytest.mark.parametrize(
    ("role", "bureau"), [("bureau_admin", False), ("orderer", True), ("root", False), ("", True)]
)
def test_other_roles_are_refused(role: str, *, bureau: bool) -> None:
    with pytest.raises(Invalid):
        roles.checked(role, bureau=bureau)


@pytest.mark.parametrize(("permission", "needed"), NEEDS.items())
def test_what_needs_another_is_refused_alone_and_named(permission: Permission, needed: Permission) -> None:
    with pytest.raises(Invalid) as refused:
        roles.checked_permissions([permission.value])

    for named in (permission, needed):
        assert f"“{PERMISSION[named]}”" in str(refused.value.message)
    assert set(roles.checked_permissions([permission.value, needed.value])) == {permission, needed}


@pytest.mark.parametrize("role", CUSTOMER_ROLES)
def test_every_built_in_role_can_be_copied(role: Role) -> None:
    assert set(roles.checked_permissions([p.value for p in CUSTOMER_ROLES[role]])) == CUSTOMER_ROLES[role]


def test_every_permission_has_words() -> None:
    assert set(PERMISSION) == set(Permission) - {Permission.PUBLIC, Permission.SIGNED_IN}


def test_own_roles_are_made_of_what_customers_roles_allow() -> None:
    assert set(GRANTABLE) == frozenset().union(*CUSTOMER_ROLES.values())
