"""A new master key while the portal runs: put in place beside the old one, which goes last.

`master.key` seals and opens, `master.key.former` only opens, `master.key.next` is not in use yet. Processes
look at the files each time, so both keys are known from the exchange until the old one is gone. The files
alone say how far a rotation has come: it is carried on from there.
"""

import os
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from nexus_portal import settings
from nexus_portal.adapters import crash_points, restoring, sealing, signing
from nexus_portal.adapters.keystore import KeyStore
from nexus_portal.adapters.keystore_db import account_keys, master_check, transaction
from nexus_portal.adapters.scrub import scrub

POINTS = (
    "master:made",
    "master:kept",
    "master:exchanged",
    "master:keystore",
    "master:signing",
    "master:database",
    "master:ended",
)


def exchange() -> None:
    """Put a new master key in place and keep the one before; nothing where that was done already.

    Raises:
        SettingsError: the master key cannot be used.
    """
    path = settings.current().master_key_file
    following = path.with_name(f"{path.name}.next")
    if sealing.former().exists() and not following.exists():
        return
    sealing.ensure()
    sealing.make(following)
    crash_points.reached("master:made")
    if not sealing.former().exists():
        os.link(path, sealing.former())
        restoring.settle(path.parent)
    crash_points.reached("master:kept")
    following.replace(path)
    restoring.settle(path.parent)
    crash_points.reached("master:exchanged")


def under_way() -> bool:
    """True while two master keys are known."""
    return sealing.former().exists()


def end() -> None:
    """Destroy the former master key. Everything must be sealed anew by then."""
    former = sealing.former()
    if not former.exists():
        return
    gone = former.with_name(f"{former.name}.gone")  # what is half overwritten must not be taken for a key
    former.replace(gone)
    gone.write_bytes(os.urandom(gone.stat().st_size))
    with gone.open("rb") as file:
        os.fsync(file.fileno())
    gone.unlink()
    restoring.settle(former.parent)
    crash_points.reached("master:ended")


def renew_key_store(store: KeyStore) -> int:
    """Wrap the keys of all accounts anew; how many still were under the former master key."""
    count = sum(_renew_part(store, part) for part in _versions(store))
    with transaction(store.engine) as connection:
        sealed = connection.execute(select(master_check.c.sealed)).scalar_one()
        fresh = sealing.renewed("key-store", sealed, store.url.partition(":")[0])
        if fresh is not None:
            connection.execute(update(master_check).values(sealed=fresh))
    scrub(store.engine, ["account_keys", "master_check"])
    crash_points.reached("master:keystore")
    return count


def renew_signing_key() -> bool:
    """Seal the signing key anew; True where it still was under the former master key."""
    done = signing.renew()
    crash_points.reached("master:signing")
    return done


def _versions(store: KeyStore) -> Iterator[Sequence[Any]]:
    with transaction(store.engine, writes=False) as connection:
        own = select(account_keys.c.account_id, account_keys.c.version)
        rows = connection.execute(own.order_by(account_keys.c.account_id)).all()
    for start in range(0, len(rows), 200):
        yield rows[start : start + 200]


def _renew_part(store: KeyStore, part: Sequence[Any]) -> int:
    with transaction(store.engine) as connection:
        return sum(_renew_one(connection, row.account_id, row.version) for row in part)


def _renew_one(connection: Connection, account_id: Any, version: int) -> int:
    own = (account_keys.c.account_id == account_id) & (account_keys.c.version == version)
    wrapped = connection.execute(select(account_keys.c.wrapped).where(own)).scalar_one_or_none()
    fresh = wrapped and sealing.renewed("account-key", wrapped, f"{account_id}|{version}")
    if not fresh:
        return 0  # sealed anew already, or its account was given another one meanwhile
    same = account_keys.c.wrapped == wrapped
    return connection.execute(update(account_keys).where(own, same).values(wrapped=fresh)).rowcount
