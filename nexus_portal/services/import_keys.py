"""The keys by which rows of a draft come back from a spreadsheet: opaque, and good in their draft only."""

import base64
import hmac
from collections.abc import Iterable
from uuid import UUID

from nexus_portal.adapters import sealing

HEADER = "nexus-row"
"""Of the column that holds them, in every language."""
_BYTES = 15


def key_of(order_id: UUID, item_id: UUID) -> str:
    """The key of a row. It begins with a letter, or spreadsheets would take some for numbers."""
    digest = hmac.digest(sealing.hmac_key("rows of drafts"), f"{order_id}|{item_id}".encode(), "sha256")
    return "r" + base64.b32encode(digest[:_BYTES]).decode().lower()


def by_key(order_id: UUID, item_ids: Iterable[UUID]) -> dict[str, UUID]:
    """The rows of a draft by their keys."""
    return {key_of(order_id, item_id): item_id for item_id in item_ids}
