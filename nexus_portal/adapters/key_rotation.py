"""New keys for accounts: every data key is wrapped anew, the ciphertexts stay as they are."""

from uuid import UUID

from sqlalchemy import Connection, bindparam, delete, func, select, update

from nexus_portal.adapters import crash_points
from nexus_portal.adapters.account_keys import AccountKey
from nexus_portal.adapters.keystore import CHUNK, KeyStore
from nexus_portal.adapters.keystore_db import ACTIVE, account_keys, data_keys, transaction
from nexus_portal.adapters.scrub import scrub

POINTS = ("rotate:added", "rotate:wrapped", "rotate:dropped")


def rotate(store: KeyStore) -> int:
    """Give every account a new key; how many data keys were wrapped anew. May be interrupted and repeated."""
    with transaction(store.engine, writes=False) as connection:
        accounts = list(connection.execute(select(account_keys.c.account_id).distinct()).scalars())
    wrapped = sum(_rotate(store, account_id) for account_id in accounts)
    scrub(store.engine, ["account_keys", "data_keys"])
    return wrapped


def _rotate(store: KeyStore, account_id: UUID) -> int:
    with transaction(store.engine) as connection:
        old = store.accounts.newest(connection, account_id)
        store.accounts.add(connection, account_id, old.version + 1, old.search)
        new = store.accounts.newest(connection, account_id)
    crash_points.reached("rotate:added")
    wrapped = 0
    while part := _wrap_some(store, new):
        wrapped += part
        crash_points.reached("rotate:wrapped")
    with transaction(store.engine) as connection:
        _drop_unused(connection, new)
    crash_points.reached("rotate:dropped")
    return wrapped


def _wrap_some(store: KeyStore, new: AccountKey) -> int:
    older = (
        (data_keys.c.account_id == new.account_id)
        & (data_keys.c.version < new.version)
        & (data_keys.c.state == ACTIVE)
    )
    columns = (data_keys.c.record_id, data_keys.c.version, data_keys.c.wrapped)
    with transaction(store.engine) as connection:
        rows = connection.execute(select(*columns).where(older).limit(CHUNK).with_for_update()).all()
        changes = [
            {
                "record": row.record_id,
                "wrapped": new.wrap(
                    row.record_id,
                    store.accounts.get(connection, new.account_id, row.version).unwrap(
                        row.record_id, row.wrapped
                    ),
                ),
                "version": new.version,
            }
            for row in rows
        ]
        if changes:
            connection.execute(update(data_keys).where(data_keys.c.record_id == bindparam("record")), changes)
    return len(changes)


def _drop_unused(connection: Connection, new: AccountKey) -> None:
    """Destroy the account's older keys, unless a data key that was minted meanwhile still needs one."""
    older = (account_keys.c.account_id == new.account_id) & (account_keys.c.version < new.version)
    # Whoever mints holds the version it uses: this waits for them, and the count below sees what they minted.
    versions = connection.execute(select(account_keys.c.version).where(older).with_for_update()).scalars()
    for version in versions.all():
        used = (
            (data_keys.c.account_id == new.account_id)
            & (data_keys.c.version == version)
            & (data_keys.c.state == ACTIVE)
        )
        if connection.execute(select(func.count()).select_from(data_keys).where(used)).scalar_one() == 0:
            connection.execute(delete(account_keys).where(older, account_keys.c.version == version))
