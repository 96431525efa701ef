"""Inviting: into one's own account, in a role of one's own side, with a link that is shown once."""

from datetime import timedelta

import pytest
from sqlmodel import select

from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound, StepUpNeeded
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.outbox import OutboxMail
from nexus_portal.models.people import Invitation
from nexus_portal.services import invitations, team
from nexus_portal.services.invitations import Invited
from nexus_portal.services.use_case import perform
from tests.identity import audited, enrolled
from tests.world import Clock, World


def invite(
    admin: Actor, email: str = "maja@x.example", role: str = Role.ORDERER, name: str = "Maja"
) -> Invited:
    return perform(invitations.invite, admin, email=email, name=name, role=role)


@pytest.fixture
def home(world: World) -> Account:
    return world.account()


@pytest.fixture
def admin(world: World, home: Account) -> Actor:
    return world.person(Role.ACCOUNT_ADMIN, home, stepped_up=True)


def test_link_is_of_the_base_url_and_its_secret_behind_the_hash_sign(admin: Actor) -> None:
    address, _, token = invite(admin).link.partition("#")

    assert address == "http://localhost:8000/assets/invitation/"
    assert len(token) == 43


def test_database_knows_neither_link_nor_token(world: World, admin: Actor) -> None:
    token = invite(admin).link.partition("#")[2]

    with world.database.transaction(SYSTEM) as session:
        (invitation,), (mail,) = (
            session.exec(select(Invitation)).all(),
            session.exec(select(OutboxMail)).all(),
        )
    assert token not in str(invitation.model_dump())
    assert token.encode() not in mail.body
    assert token not in str([entry.model_dump() for entry in audited(world, "user:invited")])


def test_audit_names_the_role_and_not_the_person(world: World, admin: Actor) -> None:
    invited = invite(admin)

    (entry,) = audited(world, "user:invited")
    assert (entry.subject, entry.facts, entry.chain) == (
        str(invited.invitation_id),
        {"role": "orderer"},
        str(admin.account_id),
    )


def test_needs_a_step_up(world: World) -> None:
    admin = world.person(Role.ACCOUNT_ADMIN, world.account())

    with pytest.raises(StepUpNeeded):
        invite(admin)


@pytest.mark.parametrize("role", [Role.ORDERER, Role.AUDITOR, Role.PRIVACY_OFFICER])
def test_other_roles_may_not(world: World, role: Role) -> None:
    with pytest.raises(NotAllowed):
        invite(world.person(role, world.account(), stepped_up=True))


@pytest.mark.parametrize("role", [Role.BUREAU_ADMIN, Role.ORDER_DESK, "root", ""])
def test_customer_gives_out_no_bureau_role(admin: Actor, role: str) -> None:
    with pytest.raises(Invalid):
        invite(admin, role=role)


def test_bureau_gives_out_bureau_roles_in_its_own_team(world: World) -> None:
    staff = world.person(Role.BUREAU_ADMIN, world.bureau(), stepped_up=True)

    with pytest.raises(Invalid):
        invite(staff, role=Role.ORDERER)
    assert invite(staff, role=Role.BILLING).email == "maja@x.example"


@pytest.mark.parametrize(
    ("email", "name"),
    [("nobody", "Maja"), ("maja@x.se", " "), ("maja@x.se", "x" * 121), ("maja@x.se", "a\0b")],
)
def test_address_and_name_are_checked(admin: Actor, email: str, name: str) -> None:
    with pytest.raises(Invalid):
        invite(admin, email=email, name=name)


def test_a_second_invitation_ends_the_first(world: World, admin: Actor) -> None:
    first, second = invite(admin), invite(admin, "MAJA@x.example", Role.AUDITOR)

    with world.database.transaction(SYSTEM) as session:
        rows = {row.id: row for row in session.exec(select(Invitation)).all()}
        mails = {row.id: row for row in session.exec(select(OutboxMail)).all()}
    assert rows[first.invitation_id].withdrawn_at is not None
    assert rows[second.invitation_id].withdrawn_at is None
    assert mails[first.invitation_id].body == b""


def test_members_are_not_invited_again(world: World, home: Account, admin: Actor) -> None:
    member = enrolled(world, Role.ORDERER, home)

    with pytest.raises(Invalid, match="in the team already"):
        invite(admin, member.email)


def test_link_is_handed_over_once_to_the_person_who_invited(
    world: World, home: Account, admin: Actor
) -> None:
    invited = invite(admin)
    colleague = world.person(Role.ACCOUNT_ADMIN, home, stepped_up=True)

    with pytest.raises(NotFound):
        perform(invitations.hand_over, colleague, invitation_id=invited.invitation_id)
    assert [row.has_link for row in perform(team.team, colleague).invitations] == [False]
    assert [row.has_link for row in perform(team.team, admin).invitations] == [True]
    assert perform(invitations.hand_over, admin, invitation_id=invited.invitation_id) == invited
    assert [row.has_link for row in perform(team.team, admin).invitations] == [False]
    with pytest.raises(NotFound):
        perform(invitations.hand_over, admin, invitation_id=invited.invitation_id)


def test_expired_links_are_handed_to_nobody(admin: Actor, clock: Clock) -> None:
    invited = invite(admin)
    clock.forward(timedelta(hours=72))

    with pytest.raises(NotFound):
        perform(invitations.hand_over, admin, invitation_id=invited.invitation_id)
    assert perform(team.team, admin).invitations == ()


def test_withdrawn_once(admin: Actor) -> None:
    invited = invite(admin)

    perform(invitations.withdraw, admin, invitation_id=invited.invitation_id)

    assert perform(team.team, admin).invitations == ()
    with pytest.raises(Conflict):
        perform(invitations.withdraw, admin, invitation_id=invited.invitation_id)


def test_other_accounts_invitations_are_not_there(world: World, admin: Actor) -> None:
    invited = invite(admin)
    foreign = world.person(Role.ACCOUNT_ADMIN, world.account("Nordhamn Energi"), stepped_up=True)

    for use in (invitations.withdraw, invitations.hand_over):
        with pytest.raises(NotFound):
            perform(use, foreign, invitation_id=invited.invitation_id)
    assert perform(team.team, foreign).invitations == ()


def test_bureau_admin_sees_its_own_team_only(world: World, admin: Actor) -> None:
    invited = invite(admin)
    staff = world.person(Role.BUREAU_ADMIN, world.bureau(), stepped_up=True)

    seen = perform(team.team, staff)

    assert [row.is_self for row in seen.members] == [True]
    assert seen.invitations == ()
    with pytest.raises(NotFound):
        perform(invitations.withdraw, staff, invitation_id=invited.invitation_id)


def test_bureau_invites_the_first_admin_of_a_customer(world: World) -> None:
    home = world.account("Nordhamn Energi")
    staff = world.person(Role.BUREAU_ADMIN, world.bureau(), stepped_up=True)

    invited = perform(
        invitations.invite_into,
        staff,
        account_number=home.number,
        email="first@nordhamn.example",
        name="First",
        role=Role.ACCOUNT_ADMIN,
    )

    with world.database.transaction(SYSTEM) as session:
        assert session.get_one(Invitation, invited.invitation_id).account_id == home.id
    assert [entry.chain for entry in audited(world, "user:invited")] == [str(home.id)]
    with pytest.raises(NotFound):
        perform(
            invitations.invite_into,
            staff,
            account_number="0000-0000",
            email="a@b.se",
            name="A",
            role="orderer",
        )
    with pytest.raises(Invalid):
        perform(
            invitations.invite_into,
            staff,
            account_number=home.number,
            email="a@b.se",
            name="A",
            role="billing",
        )


def test_bureau_brings_in_account_admins_alone_and_none_of_its_own(world: World) -> None:
    home, bureau = world.account("Nordhamn Energi"), world.bureau()
    staff = enrolled(world, Role.BUREAU_ADMIN, bureau, stepped_up=True)
    colleague = enrolled(world, Role.ORDER_DESK, bureau)

    def into(email: str, role: str) -> Invited:
        return perform(
            invitations.invite_into, staff.actor, account_number=home.number, email=email, name="A", role=role
        )

    with pytest.raises(Invalid, match="account admins only"):
        into("maja@x.example", Role.PRIVACY_OFFICER)
    for own in (staff.email, colleague.email.upper()):
        with pytest.raises(Invalid, match="bureau's staff"):
            into(own, Role.ACCOUNT_ADMIN)
    assert into("maja@x.example", Role.ACCOUNT_ADMIN).email == "maja@x.example"


def test_resent_link_is_new_and_the_old_one_over(world: World, admin: Actor, clock: Clock) -> None:
    first = invite(admin)
    clock.forward(timedelta(hours=2))
    admin = world.actor(
        Role.ACCOUNT_ADMIN, accounts_of(world, admin), admin.user_id or first.invitation_id, stepped_up=True
    )
    second = perform(invitations.resend, admin, invitation_id=first.invitation_id)

    with world.database.transaction(SYSTEM) as session:
        assert session.get_one(Invitation, first.invitation_id).withdrawn_at is not None
        fresh = session.get_one(Invitation, second.invitation_id)
    assert fresh.expires_at == clock.now() + timedelta(hours=72)
    assert second.link != first.link
    with pytest.raises(Conflict):
        perform(invitations.resend, admin, invitation_id=first.invitation_id)
    foreign = world.person(Role.ACCOUNT_ADMIN, world.account("Nordhamn Energi"), stepped_up=True)
    with pytest.raises(NotFound):
        perform(invitations.resend, foreign, invitation_id=second.invitation_id)


def accounts_of(world: World, actor: Actor) -> Account:
    with world.database.transaction(SYSTEM) as session:
        assert actor.account_id is not None
        return session.get_one(Account, actor.account_id)
