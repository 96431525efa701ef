"""Rule 1: the permission sits on the use case, once. Every use case is walked with every role."""

import importlib
import pkgutil
from pathlib import Path

import pytest

from nexus_portal import services
from nexus_portal.domain.actor import ANONYMOUS, Actor, Scope
from nexus_portal.domain.errors import NotAllowed, NotSignedIn
from nexus_portal.domain.permissions import BUREAU_ROLES, CUSTOMER_ROLES, Permission, Role, granted_by
from nexus_portal.models.base import new_id
from nexus_portal.services.use_case import UseCase, registry

for module in pkgutil.iter_modules(services.__path__, "nexus_portal.services."):
    importlib.import_module(module.name)

USE_CASES = sorted(registry.values(), key=lambda case: case.name)
MATRIX = Path(__file__).with_name("permissions.txt")


def actor(role: Role) -> Actor:
    """Somebody in this role who has not stepped up."""
    scope = Scope.BUREAU if role in BUREAU_ROLES else Scope.ACCOUNT
    return Actor(scope=scope, user_id=new_id(), account_id=new_id(), role=role, permissions=granted_by(role))


def admitted(case: UseCase, who: Actor) -> bool:
    """True when the use case lets them in; that it then stumbles over missing arguments is not asked here."""
    try:
        case.function(None, who)
    except (NotAllowed, NotSignedIn):
        return False
    except Exception:  # noqa: BLE001 - whatever it stumbles over now, it was let in
        return True
    return True


def matrix() -> str:
    """A line per use case: what it asks for and which roles get in, found by trying."""
    lines: list[str] = []
    for case in USE_CASES:
        roles = [role for role in Role if admitted(case, actor(role))]
        who = (
            "everybody"
            if admitted(case, ANONYMOUS)
            else "all roles"
            if len(roles) == len(Role)
            else " ".join(roles)
        )
        lines.append(
            f"{case.name}: {case.permission}{' + step-up' if case.step_up else ''}: {who or 'nobody'}"
        )
    return "\n".join(lines) + "\n"


def test_matrix_is_the_committed_one() -> None:
    """Who may do what changes only with a change of this file, for a reviewer to see.

    Write it anew with `python -m tests.architecture.test_permissions`.
    """
    assert matrix() == MATRIX.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", USE_CASES, ids=lambda case: case.name)
def test_use_case_admits_exactly_the_roles_with_its_permission(case: UseCase) -> None:
    let_in = {role for role in Role if admitted(case, actor(role))}

    assert let_in == {role for role in Role if case.permission in granted_by(role)}
    assert admitted(case, ANONYMOUS) == (case.permission is Permission.PUBLIC)


def test_customers_and_bureau_share_no_role() -> None:
    assert not set(CUSTOMER_ROLES) & set(BUREAU_ROLES)


def test_bureau_admin_sees_no_personal_data() -> None:
    assert not {p for p in granted_by(Role.BUREAU_ADMIN) if p.startswith("persons:")}


def test_seeing_an_order_is_not_seeing_its_persons() -> None:
    assert Permission.ORDERS_READ in granted_by(Role.AUDITOR)
    assert Permission.PERSONS_READ not in granted_by(Role.AUDITOR)


if __name__ == "__main__":
    MATRIX.write_text(matrix(), encoding="utf-8")
