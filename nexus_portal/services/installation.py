"""Making an installation, bringing it forward, and telling whether it may serve people."""

from uuid import UUID

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlmodel import Session

from nexus_portal import settings
from nexus_portal.adapters import clock, keystore, schema
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, Invalid, Unavailable
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account, AccountKind
from nexus_portal.services import audit, tenancy
from nexus_portal.services.use_case import use_case

LONGEST_NUMBER, LONGEST_NAME = 20, 120


def prepare() -> list[str]:
    """Make the keys of a new installation and bring its database forward; gives the revisions applied.

    Raises:
        SettingsError: the master key is unsafe, lost, or not that of the key store.
        Unavailable: a database does not answer.
    """
    settings.current().data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    keystore.prepare()
    try:
        return schema.upgrade(settings.current().database_url)
    except (OperationalError, InterfaceError) as error:
        raise Unavailable from error


def revision() -> str | None:
    """The revision of the database; nothing for one that was never migrated.

    Raises:
        Unavailable: the database does not answer.
    """
    try:
        return schema.revision(settings.current().database_url)
    except (OperationalError, InterfaceError) as error:
        raise Unavailable from error


@use_case(Permission.CUSTOMERS_MANAGE, step_up=True)
def create_bureau(session: Session, actor: Actor, *, number: str, name: str) -> UUID:
    """Make the account of the bureau that runs this installation; there is one only.

    Raises:
        Conflict: there is a bureau already, or another account with this number.
        Invalid: the name or the number is empty or too long.
    """
    number, name = number.strip(), name.strip()
    if not (0 < len(number) <= LONGEST_NUMBER and 0 < len(name) <= LONGEST_NAME):
        raise Invalid(
            Message(
                "An account needs a number of 1 to {number} and a name of 1 to {name} characters.",
                number=LONGEST_NUMBER,
                name=LONGEST_NAME,
            )
        )
    if session.exec(tenancy.rows_of(actor, Account).where(Account.kind == AccountKind.BUREAU)).first():
        raise Conflict(Message("This installation has its bureau already."))
    account = Account(number=number, name=name, kind=AccountKind.BUREAU, created_at=clock.now())
    session.add(account)
    session.flush()
    audit.record(session, actor, "bureau:created", subject=number, account_id=account.id)
    return account.id
