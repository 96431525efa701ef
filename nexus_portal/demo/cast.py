"""Who is in the demo: one bureau, two customers, and one person for every role of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from nexus_portal.adapters import clock
from nexus_portal.adapters.passwords import hash_password
from nexus_portal.demo import derived
from nexus_portal.domain import recovery_codes
from nexus_portal.domain.actor import Actor, Scope
from nexus_portal.domain.permissions import Permission, Role, granted_by
from nexus_portal.models.accounts import Account, AccountKind, RetentionPolicy
from nexus_portal.models.people import Membership, RecoveryCode, User
from nexus_portal.services.second_factor import sealed

R = Role


@dataclass(frozen=True, slots=True)
class Member:
    """One person who signs in, and what for."""

    role: Role
    name: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """An account of the demo with its people."""

    name: str
    number: str
    kind: AccountKind
    members: Sequence[Member]
    address: str = ""
    days_kept: int = 30

    @property
    def id(self) -> UUID:
        """The same each time."""
        return derived.identifier("account", self.number)

    def actor(self, role: Role) -> Actor:
        """The person in this role, signed in with a second factor just now."""
        member = next(member for member in self.members if member.role is role)
        return Actor(
            scope=Scope.BUREAU if self.kind is AccountKind.BUREAU else Scope.ACCOUNT,
            user_id=user_id(member.email),
            account_id=self.id,
            account_number=self.number,
            account_name=self.name,
            role=role,
            name=member.name,
            session_id="demo",
            stepped_up_at=clock.now(),
            permissions=granted_by(role) | {Permission.SIGNED_IN},
        )


def _members(domain: str, *people: tuple[Role, str, str]) -> tuple[Member, ...]:
    return tuple(Member(role, name, f"{local}@{domain}") for role, name, local in people)


BUREAU = Organisation(
    name="Kortverkstan",
    number="5560-0001",
    kind=AccountKind.BUREAU,
    members=_members(
        "kortverkstan.example",
        (R.ORDER_DESK, "Elin Sandgren", "elin"),
        (R.PRODUCTION_OPERATOR, "Jonas Ekvall", "jonas"),
        (R.SHIPPING, "Fatima Nouri", "fatima"),
        (R.BILLING, "Göran Lundby", "goran"),
        (R.LAYOUT_DESIGNER, "Mira Holtz", "mira"),
        (R.BUREAU_ADMIN, "Karin Åsling", "karin"),
    ),
)
SCHOOL = Organisation(
    name="Björkskolan",
    number="5560-1122",
    kind=AccountKind.CUSTOMER,
    address="Björkskolan, Receptionen, Skolgatan 4, 123 45 Björkstad",
    days_kept=120,
    members=_members(
        "bjorkskolan.example",
        (R.ORDERER, "Sara Lindmark", "sara"),
        (R.APPROVER, "Henrik Dahlin", "henrik"),
        (R.ACCOUNT_ADMIN, "Maria Bergdal", "maria"),
        (R.PRIVACY_OFFICER, "Ola Nyström", "ola"),
        (R.AUDITOR, "Petra Falkman", "petra"),
    ),
)
POWER = Organisation(
    name="Nordhamn Energi",
    number="5560-3344",
    kind=AccountKind.CUSTOMER,
    address="Nordhamn Energi AB, Godsmottagningen, Kajvägen 12, 987 65 Nordhamn",
    days_kept=365,
    members=_members(
        "nordhamn.example",
        (R.ORDERER, "Amir Rostam", "amir"),
        (R.APPROVER, "Linnea Stormby", "linnea"),
        (R.ACCOUNT_ADMIN, "Erik Wallander", "erik"),
        (R.PRIVACY_OFFICER, "Johanna Bergsten", "johanna"),
        (R.AUDITOR, "Nils Hedmark", "nils"),
    ),
)
ORGANISATIONS = (BUREAU, SCHOOL, POWER)


def user_id(email: str) -> UUID:
    """The same each time."""
    return derived.identifier("user", email)


def move_in(session: Session, since: datetime) -> None:
    """Make the accounts and their people, who have set password and authenticator long ago."""
    for organisation in ORGANISATIONS:
        session.add(
            Account(
                id=organisation.id,
                number=organisation.number,
                name=organisation.name,
                kind=organisation.kind,
                retention_policy=RetentionPolicy.DAYS,
                retention_days=organisation.days_kept,
                delivery_address=organisation.address,
                created_at=since,
            )
        )
        session.flush()
        for member in organisation.members:
            _enrol(session, organisation, member, since + timedelta(hours=2))


def _enrol(session: Session, organisation: Organisation, member: Member, at: datetime) -> None:
    own_id = user_id(member.email)
    session.add(
        User(
            id=own_id,
            email=member.email,
            name=member.name,
            password_hash=hash_password(derived.password(member.email)),
            totp_secret=sealed(own_id, derived.totp_secret(member.email)),
            created_at=at,
        )
    )
    session.flush()
    session.add(
        Membership(
            id=derived.identifier("membership", member.email),
            user_id=own_id,
            account_id=organisation.id,
            role=member.role,
            created_at=at,
            changed_at=at,
        )
    )
    # Kept in a drawer: nobody knows them, as it should be.
    for code in recovery_codes.new_codes():
        session.add(RecoveryCode(user_id=own_id, code_hash=recovery_codes.hash_of(code)))
