"""Making an installation, bringing it forward, and telling whether it may serve people."""

from sqlalchemy.exc import InterfaceError, OperationalError

from nexus_portal import settings
from nexus_portal.adapters import keystore, schema
from nexus_portal.domain.errors import Unavailable


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
