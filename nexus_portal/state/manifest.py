"""The committed list of remote events: what a browser may call, and who may call it.

Every method of a state is callable by any websocket client, so the registry is compared with this list in the
tests, and the list is asked at every event. `refused` events are Reflex's own that nothing here needs.
"""

import sys
from enum import StrEnum
from functools import cache
from pathlib import Path

from reflex_base.registry import RegistrationContext

FILE = Path(__file__).with_name("events.txt")
ACCESS = "nexus_access"
# What Reflex's own front end sends to start a page: connect, navigate, read the browser's storage.
NEEDED = frozenset(
    {
        "hydrate",
        "hydrate_and_load",
        "on_load_internal",
        "set_is_hydrated",
        "update_vars_internal",
    }
)


class Access(StrEnum):
    """Who may send an event at all; what it may do is the use case's to say."""

    PUBLIC = "public"
    SIGNED_IN = "signed-in"
    REFUSED = "refused"


@cache
def committed() -> dict[str, Access]:
    """Event name → access, as committed."""
    lines = FILE.read_text(encoding="utf-8").splitlines()
    return {name: Access(access) for access, name in (line.split() for line in lines if line)}


def registered() -> dict[str, Access]:
    """Event name → access, as the code stands now."""
    found: dict[str, Access] = {}
    for name, entry in RegistrationContext.get().event_handlers.items():
        default = Access.PUBLIC if name.rpartition(".")[2] in NEEDED else Access.REFUSED
        found[name] = getattr(entry.handler.fn, ACCESS, default)
    return found


def write() -> None:
    """Commit the code's events to the list; the diff is what a reviewer looks at."""
    lines = sorted(f"{access} {name}" for name, access in registered().items())
    FILE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    import nexus_portal.nexus_portal  # noqa: F401 - registers every state

    if "--write" in sys.argv:
        write()
    sys.exit(0 if committed() == registered() else 1)
