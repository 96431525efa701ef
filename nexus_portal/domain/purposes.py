"""What persons are looked at or taken away for: each time is written down with one of these."""

from collections.abc import Mapping

from nexus_portal.domain.text import Message

PURPOSES: Mapping[str, Message] = {
    "request of the person": Message("The person asked for it"),
    "lost card": Message("A lost card"),
    "error on the card": Message("An error on the card"),
    "security incident": Message("A security incident"),
    "other": Message("Something else"),
}
"""By how the log says it."""
