"""The persons of the crowd: in the vault like everybody, under keys of their own that are minted together."""

import base64
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from nexus_portal.adapters import keystore
from nexus_portal.demo import derived
from nexus_portal.demo.crowd.chunk import Holder
from nexus_portal.demo.crowd.customers import DEPARTMENTS
from nexus_portal.demo.crowd.moving_in import FIELDS
from nexus_portal.demo.crowd.tables import HOLDERS, TOKENS, Row
from nexus_portal.demo.persons import FIRST, LAST
from nexus_portal.domain.retention import mask_of_fields
from nexus_portal.models.base import new_id
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import vault_tokens
from nexus_portal.services.vault_cipher import Box

AT_ONCE = 5000
KINDS = mask_of_fields((field.key for field in FIELDS), FIELDS)


def person_rows(holders: Sequence[Holder]) -> Iterator[dict[str, list[Row]]]:
    """The rows of these holders, some thousand of one account at a time; their keys are stored first."""
    by_account: defaultdict[str, list[Holder]] = defaultdict(list)
    for holder in holders:
        by_account[holder.account_id].append(holder)
    for account, group in by_account.items():
        for start in range(0, len(group), AT_ONCE):
            yield _rows(UUID(account), group[start : start + AT_ONCE])


def _rows(account_id: UUID, holders: Sequence[Holder]) -> dict[str, list[Row]]:
    dice = derived.dice("persons", holders[0].item_id)
    record_ids = [new_id() for _ in holders]
    keys = keystore.mint(account_id, record_ids)
    rows: dict[str, list[Row]] = {HOLDERS.name: [], TOKENS.name: []}
    for holder, record_id in zip(holders, record_ids, strict=True):
        name = f"{dice.choice(FIRST)} {dice.choice(LAST)}"
        values = {"name": name, "department": dice.choice(DEPARTMENTS)}
        sealed = _sealed(Box.of(account_id, record_id, keys[record_id]), values)
        rows[HOLDERS.name].append(
            (
                record_id.hex,
                holder.account_id,
                holder.item_id,
                holder.order_id,
                sealed,
                KINDS,
                holder.delivered,
                holder.begun,
            )
        )
        rows[TOKENS.name] += _tokens(account_id, record_id, values)
    return rows


def _sealed(box: Box, values: Mapping[str, str]) -> str:
    fields = {key: base64.b64encode(box.seal(key, value.encode())).decode() for key, value in values.items()}
    return json.dumps(fields)


def _tokens(account_id: UUID, record_id: UUID, values: Mapping[str, str]) -> list[Row]:
    record = HolderRecord.model_construct(id=record_id, account_id=account_id)
    return [
        (row["id"].hex, account_id.hex, record_id.hex, row["kind"], row["token"])
        for row in vault_tokens.rows(record, values, FIELDS)
    ]
