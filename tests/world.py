"""A small bureau with customers and people, made by hand for a test."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

from nexus_portal.adapters import clock
from nexus_portal.adapters.db import Database
from nexus_portal.domain import field_definitions
from nexus_portal.domain.actor import SYSTEM, Actor, Scope
from nexus_portal.domain.field_definitions import FieldDefinition, FieldType, Purpose, RetentionClass
from nexus_portal.domain.permissions import Role, granted_by, is_bureau_role
from nexus_portal.models.accounts import Account, AccountKind
from nexus_portal.models.base import new_id
from nexus_portal.models.layouts import Article, Layout
from nexus_portal.models.people import Membership, User

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def _asked(key: str, english: str, swedish: str, kind: FieldType, **more: str) -> dict[str, object]:
    definition = FieldDefinition(
        key=key,
        label_en=english,
        label_sv=swedish,
        type=kind,
        required=True,
        purpose=Purpose.PRINTED,
        retention=RetentionClass(key),
        **more,
    )
    return field_definitions.to_json(definition)


FIELDS: list[dict[str, object]] = [
    _asked("name", "Name", "Namn", FieldType.TEXT),
    _asked(
        "personal_number", "Personal number", "Personnummer", FieldType.PERSONAL_NUMBER, reason="Same names."
    ),
    _asked("photo", "Photo", "Foto", FieldType.PHOTO),
]


class Clock:
    """The time of a test: stands still until it is moved."""

    def __init__(self, start: datetime = NOON) -> None:
        self.time = start

    def now(self) -> datetime:
        """What the code sees."""
        return self.time

    def set(self, time: datetime) -> None:
        """Make it this time."""
        self.time = time

    def forward(self, step: timedelta) -> None:
        """Let time pass."""
        self.time += step


@dataclass
class World:
    """Makes accounts, people and layouts in a database; people come back as the actors they sign in as."""

    database: Database
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def account(
        self, name: str = "Björkskolan", *, kind: AccountKind = AccountKind.CUSTOMER, **values: object
    ) -> Account:
        """A customer account, or the bureau's."""
        with self.database.transaction(SYSTEM) as session:
            account = Account(
                number=f"5560-{next(self._numbers):04d}",
                name=name,
                kind=kind,
                created_at=clock.now(),
                **values,
            )
            session.add(account)
        return account

    def bureau(self) -> Account:
        """The bureau's own account."""
        return self.account("Kortbyrån", kind=AccountKind.BUREAU)

    def person(self, role: Role, account: Account, *, name: str = "", stepped_up: bool = False) -> Actor:
        """Somebody with this role, signed in with both factors."""
        number = next(self._numbers)
        with self.database.transaction(SYSTEM) as session:
            user = User(
                email=f"person{number}@example.test",
                name=name or f"Test Person {number}",
                created_at=clock.now(),
            )
            session.add(user)
            session.flush()
            session.add(
                Membership(
                    user_id=user.id,
                    account_id=account.id,
                    role=role,
                    created_at=clock.now(),
                    changed_at=clock.now(),
                )
            )
        return self.actor(role, account, user.id, user.name, stepped_up=stepped_up)

    def actor(
        self, role: Role, account: Account, user_id: UUID, name: str = "", *, stepped_up: bool = False
    ) -> Actor:
        """The actor of an existing person in this role."""
        return Actor(
            scope=Scope.BUREAU if is_bureau_role(role) else Scope.ACCOUNT,
            user_id=user_id,
            account_id=account.id,
            account_number=account.number,
            account_name=account.name,
            role=role,
            name=name,
            session_id=new_id().hex,
            stepped_up_at=clock.now() if stepped_up else None,
            permissions=granted_by(role),
        )

    def layout(
        self, account: Account, *, fields: list[dict[str, object]] | None = None, price: int = 4900
    ) -> Layout:
        """A layout of the account with an article of its own; name, personal number and photo unless told."""
        number = next(self._numbers)
        with self.database.transaction(SYSTEM) as session:
            article = Article(number=f"A-{number}", name="PVC card", price=price)
            session.add(article)
            session.flush()
            layout = Layout(
                account_id=account.id,
                article_id=article.id,
                name=f"Layout {number}",
                fields=FIELDS if fields is None else fields,
                created_at=clock.now(),
            )
            session.add(layout)
        return layout
