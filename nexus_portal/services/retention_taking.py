"""Deciding over what is due: ledger rows, and the rows of the vault out of the database, in one transaction.

What stays of a person is sealed anew under a key of its own. The key of what was there before is destroyed
after the commit, so that the kinds that went are unreadable in every older backup too.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, insert, update
from sqlmodel import Session, col, select

from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Tampered
from nexus_portal.domain.field_definitions import RetentionClass
from nexus_portal.domain.fields import FieldDefinition, all_from_json
from nexus_portal.domain.numbers import order_number
from nexus_portal.domain.retention import BITS, Rules, kinds_of
from nexus_portal.models.base import new_id
from nexus_portal.models.erasures import Erasure, ErasureState
from nexus_portal.models.layouts import Layout
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.vault import HolderRecord, Photo, SearchToken
from nexus_portal.services import file_erasing, order_files, retention_due, vault, vault_copies
from nexus_portal.services.retention_due import Due
from nexus_portal.services.vault_copies import Copied

log = logging.getLogger(__name__)
RETENTION = "retention"
BLOCKED = "blocked"
"""Policies of erasures that a rule decides."""
_ORDERS: Any = Order.__dict__["__table__"]
_TAKES_NONE = (
    update(_ORDERS).where(_ORDERS.c.id == bindparam("order")).values(erasure_id=bindparam("erasure"))
)


@dataclass(frozen=True, slots=True)
class Rule:
    """What decides, in which account: the policy that the ledger names."""

    account_id: UUID
    policy: str


@dataclass(frozen=True, slots=True)
class _Kept:
    """What stays of a person, and of which layout their card is."""

    due: Due
    copied: Copied
    fields: tuple[FieldDefinition, ...]


def take(
    session: Session, account_id: UUID, rules: Rules, now: datetime, order_ids: Sequence[UUID]
) -> tuple[list[Due], list[UUID]]:
    """Take what is due of these orders, which are held until the commit; gives it, and its ledger rows.

    One ledger row stands for all persons of an order that lose the same.
    """
    orders = lock(session, account_id, order_ids)
    found = retention_due.due_of_orders(session, account_id, rules, now, list(orders), lock=True)
    kept = _opened(session, [each for each in found if not each.whole])
    staying = {each.due.record_id for each in kept}
    found = [each for each in found if each.whole or each.record_id in staying]
    groups: defaultdict[tuple[UUID, int], list[UUID]] = defaultdict(list)
    for each in found:
        groups[each.order_id, 0 if each.whole else each.lost].append(each.record_id)
    erasures = write(session, orders, groups, now, Rule(account_id, RETENTION))
    _keep(session, account_id, kept)
    return found, erasures


def lock(session: Session, account_id: UUID, order_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Orders of an account, held until the commit; their serial numbers."""
    own = Order.account_id == account_id
    query = select(Order.id, Order.serial).where(own, col(Order.id).in_(order_ids)).order_by(col(Order.id))
    return dict(session.exec(query.with_for_update()).all())


def write(
    session: Session,
    orders: Mapping[UUID, int],
    groups: Mapping[tuple[UUID, int], Sequence[UUID]],
    now: datetime,
    decided: Rule,
) -> list[UUID]:
    """Ledger rows for records, by order and by what they lose (0: all); they go from the database at once.

    The caller holds the orders, which are given with their serial numbers.
    """
    records = [record for group in groups.values() for record in group]
    files, tokens = _files(session, records), _tokens(session, records)
    left = _left(session, list(orders))
    rows: list[dict[str, Any]] = []
    last: list[dict[str, UUID]] = []
    for (order_id, lost), group in groups.items():
        kinds = sorted(kind.value for kind in kinds_of(lost)) if lost else None
        row: dict[str, Any] = {
            "id": new_id(),
            "account_id": decided.account_id,
            "order_id": order_id,
            "order_number": order_number(orders[order_id]),
            "state": ErasureState.DECIDED,
            "policy": decided.policy,
            "kinds": kinds,
            "decided_role": "",
            "decided_at": now,
            "persons_held": 0,
            "persons": len(group),
            "photos": sum(bool(files.get(record)) for record in group) if _with_photos(kinds) else 0,
            "tokens": sum(tokens[record] for record in group),
            "files": 0,
            "targets": [{"record": str(record), "files": files.get(record, [])} for record in group],
        }
        if not lost and left[order_id] == len(group):
            last.append({"order": order_id, "erasure": row["id"]})
        rows.append(row)
    _take_files_along(session, rows, last)
    _insert(session, rows, last)
    vault.delete_rows(session, records)
    return [row["id"] for row in rows]


def _take_files_along(
    session: Session, rows: Sequence[dict[str, Any]], last: Sequence[dict[str, UUID]]
) -> None:
    gone = order_files.take_along(session, [each["order"] for each in last], file_erasing.BY_RULE)
    ends = {each["erasure"] for each in last}
    for row in rows:
        if row["id"] in ends and row["order_id"] in gone:
            files = gone[row["order_id"]]
            row |= {"files": len(files), "targets": [*row["targets"], *files]}


def _insert(session: Session, rows: Sequence[dict[str, Any]], last: Sequence[dict[str, UUID]]) -> None:
    """Rows as they are: objects of five hundred would take longer than all the rest of deciding."""
    connection = session.connection()
    if rows:
        connection.execute(insert(Erasure), rows)
    if last:
        # Nothing is left of these orders: from now on they take in no person.
        connection.execute(_TAKES_NONE, last)


def _with_photos(kinds: Sequence[str] | None) -> bool:
    return kinds is None or RetentionClass.PHOTO.value in kinds


def _opened(session: Session, found: Sequence[Due]) -> list[_Kept]:
    """Those of which something stays, opened; one that does not open is left where it is."""
    photo = BITS[RetentionClass.PHOTO]
    fields = _fields(session, [each.item_id for each in found])
    opened: dict[UUID, Copied] = {}
    for with_photo in (False, True):
        items = [each.item_id for each in found if bool(each.kinds & ~each.lost & photo) is with_photo]
        opened |= _open(session, items, with_photo=with_photo)
    return [
        _Kept(each, opened[each.item_id], fields[each.item_id]) for each in found if each.item_id in opened
    ]


def _open(session: Session, items: Sequence[UUID], *, with_photo: bool) -> dict[UUID, Copied]:
    try:
        return vault_copies.people(session, SYSTEM, items, photos=with_photo)
    except Tampered:
        if len(items) == 1:
            log.error("the person of a card item that is due does not open: %s", items[0])  # noqa: TRY400 - it is audited
            return {}
    # One that was changed must not keep those beside it.
    found: dict[UUID, Copied] = {}
    for item in items:
        found |= _open(session, [item], with_photo=with_photo)
    return found


def _fields(session: Session, item_ids: Sequence[UUID]) -> dict[UUID, tuple[FieldDefinition, ...]]:
    layouts: dict[UUID, tuple[FieldDefinition, ...]] = {}
    found: dict[UUID, tuple[FieldDefinition, ...]] = {}
    for chunk in vault.chunks(item_ids):
        query = select(CardItem.id, CardItem.layout_id).where(col(CardItem.id).in_(chunk))
        items = session.exec(query).all()
        fresh = {layout_id for _, layout_id in items} - layouts.keys()
        rows = session.exec(select(Layout).where(col(Layout.id).in_(fresh))) if fresh else ()
        layouts |= {layout.id: all_from_json(layout.fields) for layout in rows}
        found |= {item_id: layouts[layout_id] for item_id, layout_id in items}
    return found


def _keep(session: Session, account_id: UUID, kept: Sequence[_Kept]) -> None:
    if not kept:
        return
    people = [
        vault.Person(each.due.order_id, each.due.item_id, _staying(each), each.fields, each.copied.protection)
        for each in kept
    ]
    records = vault.store_each(session, account_id, people)
    for record, each in zip(records, kept, strict=True):
        record.delivered_at = each.due.delivered_at
    pictured = [
        (record, each.copied.photo) for record, each in zip(records, kept, strict=True) if each.copied.photo
    ]
    photos = vault.put_photos(session, pictured)
    for photo, (_, before) in zip(photos, pictured, strict=True):
        photo.state = before.state
    session.add_all([*records, *photos])
    session.flush()


def _staying(kept: _Kept) -> dict[str, str]:
    gone = kinds_of(kept.due.lost)
    classes = {definition.key: definition.retention for definition in kept.fields}
    return {
        key: value
        for key, value in kept.copied.values.items()
        if classes.get(key, RetentionClass.OTHER) not in gone
    }


def _files(session: Session, records: Sequence[UUID]) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = {}
    for chunk in vault.chunks(records):
        query = select(Photo.record_id, Photo.original_blob, Photo.crop_blob)
        rows = session.exec(query.where(col(Photo.record_id).in_(chunk)))
        found |= {record: [original, crop] for record, original, crop in rows}
    return found


def _tokens(session: Session, records: Sequence[UUID]) -> Counter[UUID]:
    found: Counter[UUID] = Counter()
    for chunk in vault.chunks(records):
        query = select(SearchToken.record_id, func.count()).where(col(SearchToken.record_id).in_(chunk))
        found.update(dict(session.exec(query.group_by(col(SearchToken.record_id))).all()))
    return found


def _left(session: Session, order_ids: Sequence[UUID]) -> Counter[UUID]:
    query = select(HolderRecord.order_id, func.count()).where(col(HolderRecord.order_id).in_(order_ids))
    return Counter(dict(session.exec(query.group_by(col(HolderRecord.order_id))).all()))
