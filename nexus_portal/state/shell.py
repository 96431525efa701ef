"""What surrounds every page: who is signed in, which places they have, and the notices."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import uuid4

import reflex as rx

from nexus_portal.adapters import catalogue
from nexus_portal.domain.text import Message
from nexus_portal.services import csrf, passkey_sign_in
from nexus_portal.services import notices as flashes
from nexus_portal.services.sessions import Visit
from nexus_portal.state.bridge import handler, tell_with, visit
from nexus_portal.state.quiet import empty, put


@dataclass(frozen=True, slots=True)
class Notice:
    """One line in the page's live region."""

    key: str
    kind: str
    text: str


_Kind = TypeVar("_Kind", bound=type[rx.State])
_showing_persons: list[type[rx.State]] = []


def shows_persons(kind: _Kind) -> _Kind:
    """Mark a state that holds persons: it is emptied when any page is opened, and when its tab closes.

    A state lives as long as its tab and longer. It would keep persons that are erased meanwhile, for news
    reaches the page on screen only. What was read ahead, masked, for the very page that opens stays: such a
    state says in `_ahead` which page that is.
    """
    _showing_persons.append(kind)
    return kind


async def forget_persons(state: rx.State, *, but: str = "") -> None:
    """Empty all states of a tab that hold persons, but what was read ahead for the page `but`."""
    for kind in _showing_persons:
        shown = await state.get_state(kind)
        if not but or getattr(shown, "_ahead", "") != but:
            empty(shown)


class ShellState(rx.State):
    """The frame around the page: person, account, permissions and notices."""

    person: str = ""
    initials: str = ""
    account: str = ""
    account_number: str = ""
    role: str = ""
    language: str = ""
    csrf: str = ""
    permissions: list[str] = []
    has_passkey: bool = False
    notices: list[Notice] = []
    kept: dict[str, str] = {}
    """Fields that a refused form gives back to its page."""
    load_anew: str = ""
    """The address that the browser should load in full, once there is one: `portal.js` watches for it."""

    @handler(public=True)
    async def arrive(self) -> None:
        """A page was opened: forget the persons of the last one, show by whom, say what waits to be said."""
        await forget_persons(self, but=self.router.url.path.rstrip("/"))
        now = visit()
        actor = now.actor
        has_passkey, flash = await asyncio.to_thread(_waiting, now)
        put(
            self,
            person=actor.name,
            account=actor.account_name,
            account_number=actor.account_number,
            initials="".join(word[0] for word in actor.name.split()[:2]).upper(),
            role=actor.role_name or actor.role or "",
            language=actor.language,
            csrf=csrf.token(now.id_hash),
            permissions=sorted(actor.permissions),
            has_passkey=has_passkey,
            notices=[],
            kept={},
            load_anew="",
        )
        if flash is not None:
            self._say(flash.kind, flash.message)
            self.kept = flash.kept

    @handler(public=True)
    async def load_again(self) -> None:
        """The reader may do other things than before: load the page in full, which shows what they may."""
        here = self.router.url
        path = "/" + here.path.lstrip("/")
        self.load_anew = path + (f"?{here.query}" if here.query else "")

    @handler(public=True)
    async def dismiss(self, key: str) -> None:
        """Take a notice away."""
        self.notices = [notice for notice in self.notices if notice.key != key]

    def _say(self, kind: str, *messages: Message) -> None:
        """Show messages in the reader's language; the newest five stay."""
        fresh: Sequence[Notice] = [
            Notice(uuid4().hex, kind, catalogue.render(message, self.language)) for message in messages
        ]
        self.notices = [*self.notices, *fresh][-5:]


def _waiting(now: Visit) -> tuple[bool, flashes.Flash | None]:
    return passkey_sign_in.offered(now), flashes.take(now.id_hash)


async def tell(state: rx.State, kind: str, *messages: Message) -> None:
    """Show messages on the page of `state`; `kind` is info, success, warning or error."""
    shell = await state.get_state(ShellState)
    shell._say(kind, *messages)  # noqa: SLF001 - a public method of a state could be called by the browser


async def leave(state: rx.State) -> None:
    """Lead the page of `state` to the sign-in page, by a full load."""
    shell = await state.get_state(ShellState)
    shell.load_anew = "/sign-in"


tell_with(tell, leave)
