"""Everything random about the demo, derived from one seed: the same each time, on every machine."""

import base64
import hashlib
from random import Random
from uuid import UUID

SEED = "nexus-portal-demo-1"


def words(text: str) -> tuple[str, ...]:
    """A list of words as one writes it down."""
    return tuple(text.split())


_WORDS = words(
    """
    amber anchor basalt birch bramble candle canyon cedar cinder clover cobalt copper coral cotton
    cricket dagger denim ember falcon fathom fennel flint garnet ginger glacier granite harbour hazel
    heron indigo island ivory jasper juniper kettle lantern lichen linden lobster magnet maple marble
    meadow mitten nettle nickel nutmeg obsidian opal orchid otter pebble pepper pewter pigeon plover
    quartz quiver raven ribbon saffron sable sextant
    """
)


def digest(*parts: str) -> bytes:
    """32 bytes that belong to these words."""
    return hashlib.sha256("|".join((SEED, *parts)).encode()).digest()


def identifier(*parts: str) -> UUID:
    """The id of the thing that is named so."""
    return UUID(bytes=digest("id", *parts)[:16], version=4)


def password(email: str) -> str:
    """Three words and a number. It is public: a server that others reach refuses to start with the demo."""
    chosen = digest("password", email)
    picked = [_WORDS[byte % len(_WORDS)] for byte in chosen[:3]]
    return "-".join([*picked, str(100 + chosen[3])])


def totp_secret(email: str) -> str:
    """160 bits in base32, as an authenticator takes them."""
    return base64.b32encode(digest("totp", email)[:20]).decode()


def dice(*parts: str) -> Random:
    """Random numbers that belong to these words."""
    return Random(digest("dice", *parts))  # noqa: S311 - made-up data must be the same each time
