"""Who can be what: customers and bureau never share a role."""

import pytest

from nexus_portal.domain import roles
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.permissions import Permission, Role, granted_by


def test_the_two_sides_share_nothing_and_leave_nothing_out() -> None:
    customer, bureau = roles.assignable(bureau=False), roles.assignable(bureau=True)

    assert not set(customer) & set(bureau)
    assert {*customer, *bureau, Role.OWN} == set(Role)


@pytest.mark.parametrize("bureau", [True, False])
def test_the_admin_of_each_side_gives_out_roles(*, bureau: bool) -> None:
    admin = roles.admin_role(bureau=bureau)

    assert admin in roles.assignable(bureau=bureau)
    assert Permission.TEAM_MANAGE in granted_by(admin)


@pytest.mark.parametrize(
    ("role", "bureau"), [("bureau_admin", False), ("orderer", True), ("root", False), ("", True)]
)
def test_other_roles_are_refused(role: str, *, bureau: bool) -> None:
    with pytest.raises(Invalid):
        roles.checked(role, bureau=bureau)
