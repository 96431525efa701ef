"""Browsers in which somebody has signed in before: no stranger can use up the attempts that they have there.

Each has a token, given at a full sign-in and good for one address of mail. It opens nothing: it only moves
guesses from the limits that everybody shares to one of the browser's own, which is as narrow.
"""

import hashlib
import hmac
import secrets

from nexus_portal.adapters import sealing
from nexus_portal.domain import email as addresses

LONGEST = 120


def token(email: str) -> str:
    """A new token for the browser in which the owner of this address just signed in."""
    name = secrets.token_urlsafe(16)
    return f"{name}.{_proof(name, email)}"


def name_in(given: str, email: str) -> str:
    """What the browser is called when it comes with a token for this address; nothing when it does not."""
    name, _, proof = given[:LONGEST].partition(".")
    return name if hmac.compare_digest(proof.encode(errors="replace"), _proof(name, email).encode()) else ""


def keys(given: str, email: str, *, otherwise: tuple[str, ...]) -> tuple[str, ...]:
    """Whose attempts a guess for this address uses up: the browser's own if known, else those of all."""
    name = name_in(given, email)
    return (f"known {name}",) if name else otherwise


def _proof(name: str, email: str) -> str:
    said = f"{name}|{addresses.normalised(email)}".encode(errors="replace")
    return hmac.new(sealing.hmac_key("known-browser"), said, hashlib.sha256).hexdigest()
