"""Passwords as argon2id hashes, and the offline list of common ones.

A hash takes about 100 ms and 46 MiB (measured on two cores). Callers run it in a thread, and outside of any
transaction: on SQLite a writing transaction keeps everybody else waiting.
"""

import gzip
import os
import threading
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from passlib.context import CryptContext  # pyright: ignore[reportMissingTypeStubs] - it has none

from nexus_portal.domain import passwords
from nexus_portal.domain.errors import TooMany
from nexus_portal.domain.text import Message

COMMON = Path(__file__).parent / "data" / "common_passwords.txt.gz"
PATIENCE_SECONDS = 10

_context: Any = CryptContext(
    schemes=["argon2"],
    argon2__type="ID",
    argon2__memory_cost=47104,
    argon2__rounds=2,
    argon2__parallelism=1,
)
# Half of the cores: the other half keeps serving pages while somebody hammers the sign-in form.
_slots = threading.BoundedSemaphore(max(1, (os.cpu_count() or 2) // 2))


def hash_password(text: str) -> str:
    """The argon2id hash of a password, with its salt and parameters."""
    with _slot():
        return str(_context.hash(passwords.normalised(text)))


def verify_password(text: str, hashed: str | None) -> tuple[bool, str | None]:
    """Whether the password fits, and a new hash when the stored one is of older parameters.

    Without a stored hash (an unknown user, one not activated) it works as long and says no.
    """
    if len(text) > 4 * passwords.LONGEST:
        text = ""
    with _slot():
        fits, renewed = _context.verify_and_update(passwords.normalised(text), hashed or _dummy())
    return (fits, renewed) if hashed else (False, None)


def check_password(text: str, *, about: Iterable[str] = ()) -> None:
    """Refuse a password that is too short, too long, common, or made of the words in `about`.

    Raises:
        Invalid: says what would do.
    """
    passwords.check(text, common=common_passwords(), about=about)


@cache
def common_passwords() -> frozenset[str]:
    """Common passwords and the words they are made of, casefolded; data/README.md says from where."""
    return frozenset(gzip.decompress(COMMON.read_bytes()).decode().split())


@cache
def _dummy() -> str:
    return str(_context.hash("a password of nobody"))


@contextmanager
def _slot() -> Generator[None]:
    if not _slots.acquire(timeout=PATIENCE_SECONDS):
        raise TooMany(Message("Many people are signing in right now. Try again in a moment."))
    try:
        yield
    finally:
        _slots.release()
