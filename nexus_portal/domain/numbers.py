"""Numbers that people read, type and scan: order numbers, codes of card items, numbers of documents."""

import re
from functools import lru_cache
from uuid import UUID

from nexus_portal.domain.errors import NotFound
from nexus_portal.domain.text import Message

YEAR = 1_000_000
"""A serial is year * YEAR + number within the year."""

_ORDER = re.compile(r"([0-9]{4})-([0-9]{5,6})")
# A scanner set to another keyboard than the machine's types another sign than the hyphen that was printed.
_ITEM = re.compile(r"([0-9]{4})[^0-9]([0-9]{5,6})[^0-9]([0-9]{1,6})")


_BATCH = re.compile(r"B-[0-9]{4}-[0-9]{4,6}")


def row_id(text: str) -> UUID:
    """The id of a row that the browser names.

    Raises:
        NotFound: it is none.
    """
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None


@lru_cache(maxsize=100_000)
def order_number(serial: int) -> str:
    """`2026000417` → `2026-00417`."""
    return f"{serial // YEAR}-{serial % YEAR:05d}"


def parse_order_number(text: str) -> int:
    """The serial behind an order number as a person wrote it.

    Raises:
        NotFound: this is no order number.
    """
    match = _ORDER.fullmatch(text.strip())
    if match is None:
        raise NotFound(Message("There is no such order number."))
    return _serial(match[1], match[2])


def item_code(serial: int, position: int) -> str:
    """The short code of a card item, printed on its job slip: order number and position, `2026-00417-3`."""
    return f"{order_number(serial)}-{position}"


def parse_item_code(text: str) -> tuple[int, int]:
    """Serial of the order and position within it, from a code that was typed or scanned.

    Raises:
        NotFound: this is no code of a card item.
    """
    match = _ITEM.fullmatch(text.strip())
    if match is None:
        raise NotFound(Message("There is no card with this code."))
    return _serial(match[1], match[2]), int(match[3])


def document_number(letter: str, year: int, number: int) -> str:
    """Numbers of batches (B), cards (C), invoices (I), credit notes (K) and shipments (S): `B-2026-0118`."""
    return f"{letter}-{year}-{number:04d}"


def file_code(file_id: UUID) -> str:
    """The number of a dropped file for people and logs, for its name may hold a person: `F-9C41D2E70B`."""
    return f"F-{file_id.hex[-10:].upper()}"


def _serial(year: str, number: str) -> int:
    return int(year) * YEAR + int(number)


def is_batch_number(text: str) -> bool:
    """Whether a text is written like the number of a batch, so that it may stand in an address."""
    return _BATCH.fullmatch(text) is not None
