"""Inviting people: a link, good once and for 72 hours, to a role in an account."""

from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col, select

from nexus_portal.adapters import clock, db
from nexus_portal.adapters.events import News
from nexus_portal.domain import email as addresses
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, Invalid, NotFound
from nexus_portal.domain.permissions import Permission, Role
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account, AccountKind
from nexus_portal.models.people import Invitation, Membership, User
from nexus_portal.services import account_standing, audit, grants, invitation_links, outbox, tenancy
from nexus_portal.services.use_case import use_case

LONGEST_NAME = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """An invitation that was made. The link is a secret: who opens it first becomes the person invited."""

    invitation_id: UUID
    email: str
    link: str


@use_case(Permission.TEAM_MANAGE, step_up=True)
def invite(session: Session, actor: Actor, *, email: str, name: str, role: str) -> Invited:
    """Invite a person into the actor's own account; an earlier invitation to the same address ends.

    Raises:
        Invalid: the address, the name or the role will not do, or the person is in the team already.
        Conflict: nobody signs in to the account: it is being set up, or closed.
    """
    own = tenancy.rows_of(actor, Account).where(Account.id == actor.account_id)
    return _invite(session, actor, tenancy.one(session, own, lock=True), email=email, name=name, role=role)


@use_case(Permission.CUSTOMERS_MANAGE, step_up=True)
def invite_into(
    session: Session, actor: Actor, *, account_number: str, email: str, name: str, role: str
) -> Invited:
    """Invite a person into any account: how a customer gets its first account admin. See `invite`.

    The bureau brings in a customer's account admin and nobody else, and none of its own people: whoever works
    at a customer is the customer's to decide.

    Raises:
        Invalid: another role, or somebody of the bureau's own.
        NotFound: there is no account with this number.
    """
    named = tenancy.rows_of(actor, Account).where(Account.number == account_number)
    account = tenancy.one(session, named, lock=True)
    if actor.is_bureau and account.kind == AccountKind.CUSTOMER:
        _keep_apart(session, addresses.checked(email), role)
    return _invite(session, actor, account, email=email, name=name, role=role)


@use_case(Permission.TEAM_MANAGE, step_up=True)
def resend(session: Session, actor: Actor, *, invitation_id: UUID) -> Invited:
    """Invite again with a new link, good for 72 hours from now: the old one ends.

    Raises:
        NotFound: no such invitation in the actor's account.
        Conflict: it was used or withdrawn in the meantime.
    """
    own = tenancy.rows_of(actor, Account).where(Account.id == actor.account_id)
    account, old = tenancy.one(session, own, lock=True), _own(session, actor, invitation_id)
    if not invitation_links.close(session, old.id, used=False):
        raise Conflict(Message("This invitation is over already: it was used or withdrawn."))
    audit.record(session, actor, "invitation:resent", subject=str(old.id))
    role = grants.reference(old.role, old.own_role_id)
    return _invite(session, actor, account, email=old.email, name=old.name, role=role)


@use_case(Permission.TEAM_MANAGE)
def withdraw(session: Session, actor: Actor, *, invitation_id: UUID) -> None:
    """End an open invitation: its link stops working at once.

    Raises:
        NotFound: no such invitation in the actor's account.
        Conflict: it was used in the meantime.
    """
    invitation = _own(session, actor, invitation_id)
    if not invitation_links.close(session, invitation.id, used=False):
        raise Conflict(Message("This invitation is over already: it was used or withdrawn."))
    audit.record(session, actor, "invitation:withdrawn", subject=str(invitation.id))
    db.announce(session, News(invitation.account_id, "team"))


@use_case(Permission.TEAM_MANAGE)
def hand_over(session: Session, actor: Actor, *, invitation_id: UUID) -> Invited:
    """The link of an invitation that no mail has carried yet: once, and to the person who invited alone.

    Raises:
        NotFound: somebody else invited, or the link was shown before.
    """
    invitation = _own(session, actor, invitation_id)
    if invitation.invited_by != actor.user_id or not invitation_links.is_open(invitation):
        raise NotFound
    text = outbox.take(session, invitation.id)
    if text is None:
        raise NotFound(Message("The link was shown once already. Invite again to get a new one."))
    audit.record(session, actor, "invitation:handed_over", subject=str(invitation.id))
    return Invited(invitation_id=invitation.id, email=invitation.email, link=text.rsplit("\n", 1)[-1])


def _invite(session: Session, actor: Actor, account: Account, *, email: str, name: str, role: str) -> Invited:
    account_standing.refuse_people(account)
    address, token = addresses.checked(email), invitation_links.new_token()
    granted = grants.chosen(session, account, role)
    invitation = Invitation(
        account_id=account.id,
        email=address,
        name=checked_name(name),
        role=granted.role,
        own_role_id=granted.own_role_id,
        token_hash=invitation_links.hash_of(token),
        invited_by=actor.user_id,
        created_at=clock.now(),
        expires_at=clock.now() + invitation_links.LIFETIME,
    )
    _refuse_members(session, account, address)
    _withdraw_earlier(session, account, address)
    session.add(invitation)
    session.flush()
    link = invitation_links.link(token)
    _post(session, actor, account, invitation, link)
    audit.record(
        session,
        actor,
        "user:invited",
        subject=str(invitation.id),
        account_id=account.id,
        **granted.logged("role"),
    )
    db.announce(session, News(account.id, "team"))
    return Invited(invitation_id=invitation.id, email=address, link=link)


def _post(session: Session, actor: Actor, account: Account, invitation: Invitation, link: str) -> None:
    outbox.post(
        session,
        to=invitation.email,
        language=_language_of(session, invitation.email) or actor.language,
        subject=Message("Your invitation to {account}", account=account.name),
        # The link is the last line: `hand_over` shows it alone.
        body=Message(
            "You are invited to {account} in Nexus Portal.\n"
            "Open this link within 72 hours; it works once:\n\n{link}",
            account=account.name,
            link=link,
        ),
        account_id=account.id,
        mail_id=invitation.id,
        kind="invitation",
    )


def _language_of(session: Session, address: str) -> str | None:
    return session.exec(select(User.language).where(User.email == address)).one_or_none()


def invite_first(
    session: Session, actor: Actor, account: Account, *, email: str, name: str, role: str
) -> None:
    """Invite one of the first people of an account that has just been opened, in the role agreed on.

    Whoever calls it holds the permission and the account.

    Raises:
        Invalid: the address, the name or the role will not do, or somebody of the bureau's own.
    """
    refuse_staff(session, addresses.checked(email))
    _invite(session, actor, account, email=email, name=name, role=role)


def _keep_apart(session: Session, address: str, role: str) -> None:
    if role != Role.ACCOUNT_ADMIN:
        raise Invalid(
            Message("The bureau invites account admins only. They give the other roles to their people.")
        )
    refuse_staff(session, address)


def refuse_staff(session: Session, address: str) -> None:
    """Keep the bureau's own people out of customers' accounts.

    Raises:
        Invalid: the address belongs to one of them.
    """
    staff = (
        select(Membership.id)
        .join(User, col(User.id) == col(Membership.user_id))
        .join(Account, col(Account.id) == col(Membership.account_id))
        .where(User.email == address, Account.kind == AccountKind.BUREAU)
    )
    if session.exec(staff).first() is not None:
        raise Invalid(
            Message("This address belongs to the bureau's staff, who cannot be a customer's admin too.")
        )


def _refuse_members(session: Session, account: Account, address: str) -> None:
    query = (
        select(Membership, User)
        .join(User, col(User.id) == col(Membership.user_id))
        .where(User.email == address, Membership.account_id == account.id)
    )
    found = session.exec(query).one_or_none()
    if found is None:
        return
    membership, user = found
    if not membership.active:
        raise Invalid(Message("This person was deactivated here. Reactivate them in the list instead."))
    if user.totp_secret is not None:
        raise Invalid(Message("This person is in the team already."))


def _withdraw_earlier(session: Session, account: Account, address: str) -> None:
    earlier = select(Invitation.id).where(
        Invitation.account_id == account.id,
        Invitation.email == address,
        col(Invitation.used_at).is_(None),
        col(Invitation.withdrawn_at).is_(None),
    )
    for invitation_id in session.exec(earlier).all():
        invitation_links.close(session, invitation_id, used=False)


def _own(session: Session, actor: Actor, invitation_id: UUID) -> Invitation:
    query = tenancy.rows_of(actor, Invitation).where(
        Invitation.id == invitation_id, Invitation.account_id == actor.account_id
    )
    return tenancy.one(session, query)


def checked_name(name: str) -> str:
    """The tidy name of somebody who is invited.

    Raises:
        Invalid: there is none, or it is too long.
    """
    tidy = " ".join(name.split())
    if not 1 <= len(tidy) <= LONGEST_NAME or not tidy.isprintable():
        raise Invalid(Message("Write the person's name, in at most {limit} characters.", limit=LONGEST_NAME))
    return tidy
