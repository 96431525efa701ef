"""The token that ties a form to the session it was made for."""

import hashlib
import hmac

from nexus_portal.adapters import sealing


def token(id_hash: str) -> str:
    """The token that forms of this session carry."""
    return hmac.new(sealing.hmac_key("csrf"), id_hash.encode(), hashlib.sha256).hexdigest()


def matches(id_hash: str, given: str) -> bool:
    """True when the form was made for this session; takes the same time either way."""
    return hmac.compare_digest(token(id_hash).encode(), given.encode(errors="replace"))
