"""What a form post has the next page say, once: kept with the session."""

from dataclasses import dataclass, field

from nexus_portal.domain.text import Message
from nexus_portal.models.sessions import BrowserSession
from nexus_portal.services import sessions


@dataclass(frozen=True, slots=True)
class Flash:
    """One message for the next page; `kept` gives typed fields back to their form, never secrets."""

    kind: str
    message: Message
    kept: dict[str, str] = field(default_factory=dict[str, str])


def leave(id_hash: str, flash: Flash) -> None:
    """Have the session's next page say this."""
    with sessions.system() as session:
        row = session.get(BrowserSession, id_hash)
        if row is not None:
            message = flash.message
            row.flash = {
                "kind": flash.kind,
                "msgid": message.msgid,
                "params": dict(message.params),
                "kept": flash.kept,
            }
            session.add(row)


def take(id_hash: str) -> Flash | None:
    """What the page should say, and nothing the second time."""
    with sessions.system(writes=False) as session:
        row = session.get(BrowserSession, id_hash)
        if row is None or row.flash is None:
            return None
    with sessions.system() as session:
        row = session.get_one(BrowserSession, id_hash)
        left, row.flash = row.flash, None
        session.add(row)
    if left is None:
        return None
    return Flash(str(left["kind"]), Message(left["msgid"], **left["params"]), dict(left["kept"]))
