"""Recovery codes: each replaces the authenticator once. 80 random bits in Crockford's base32."""

import hashlib
import secrets

COUNT = 10
LENGTH = 16
FEW = 3
"""From this many left on, people are told to make new ones."""
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", " ": None, "-": None, "–": None})


def new_codes() -> list[str]:
    """Ten codes as people see them: `3F7K-9Q2M-XW4T-8RBD`."""
    return [_in_groups("".join(secrets.choice(_ALPHABET) for _ in range(LENGTH))) for _ in range(COUNT)]


def normalised(typed: str) -> str:
    """A typed code without spaces and dashes, in capitals; letters that look like digits become digits."""
    return typed.upper().translate(_READ_AS)


def looks_like_one(typed: str) -> bool:
    """True when the text could be a recovery code rather than one from an authenticator."""
    return len(normalised(typed)) == LENGTH


def hash_of(typed: str) -> str:
    """SHA-256 of the normalised code; 80 random bits need no slow hash."""
    return hashlib.sha256(normalised(typed).encode()).hexdigest()


def as_file(codes: list[str], heading: str) -> str:
    """The codes as a text file to keep."""
    return "\r\n".join([heading, "", *codes, ""])


def _in_groups(code: str) -> str:
    return "-".join(code[start : start + 4] for start in range(0, LENGTH, 4))
