"""Inviting the first people from the command line."""

import json
from collections.abc import Callable

import pytest
from sqlmodel import select
from typer.testing import CliRunner, Result

from nexus_portal.cli.user import app
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Invalid, NotFound
from nexus_portal.domain.permissions import Role
from nexus_portal.models.people import Invitation
from nexus_portal.services import invitation_links
from tests.identity import audited, enrolled
from tests.world import World

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"])

Invite = Callable[..., Result]


@pytest.fixture
def invite(world: World) -> Invite:
    home = world.account("Nordhamn Energi")

    def run(*options: str, account: str = home.number, role: str = Role.ACCOUNT_ADMIN) -> Result:
        arguments = ["--account", account, "--role", role, "--name", "Maja Lind", *options]
        return CliRunner().invoke(app, ["invite", "maja@nordhamn.example", *arguments])

    return run


def test_link_is_written_and_opens(world: World, invite: Invite) -> None:
    result = invite()

    assert result.exit_code == 0
    token = result.output.strip().rpartition("#")[2]
    with world.database.transaction(SYSTEM) as session:
        invitation = invitation_links.by_token(session, token)
    assert (invitation.email, invitation.role) == ("maja@nordhamn.example", "account_admin")


def test_scripts_read_json(invite: Invite) -> None:
    written = json.loads(invite("--json").stdout)

    assert written["email"] == "maja@nordhamn.example"
    assert written["link"].startswith("http://localhost:8000/assets/invitation/#")


def test_refusals_change_nothing(world: World, invite: Invite) -> None:
    assert isinstance(invite(account="0000-0000").exception, NotFound)
    assert isinstance(invite(role=Role.BUREAU_ADMIN).exception, Invalid)
    with world.database.transaction(SYSTEM) as session:
        assert session.exec(select(Invitation)).all() == []


def test_is_in_the_account_s_log(world: World, invite: Invite) -> None:
    invite()

    assert [entry.facts for entry in audited(world, "user:invited")] == [{"role": "account_admin"}]


def test_operator_resets_and_deactivates(world: World) -> None:
    person = enrolled(world, Role.ACCOUNT_ADMIN, world.account())

    assert CliRunner().invoke(app, ["reset-2fa", person.email]).exit_code == 0
    assert CliRunner().invoke(app, ["deactivate", person.email]).exit_code == 0

    assert len(audited(world, "second_factor:reset")) == 1
    assert len(audited(world, "member:deactivated")) == 1
    assert isinstance(CliRunner().invoke(app, ["deactivate", "nobody@x.example"]).exception, NotFound)
