"""State of one's own account page."""

import asyncio

import reflex as rx

from nexus_portal.adapters import clock
from nexus_portal.domain.text import Message
from nexus_portal.services import account, attempts, own_accounts
from nexus_portal.services.account import SessionRow
from nexus_portal.services.attempts import AttemptRow
from nexus_portal.services.own_accounts import Place
from nexus_portal.state import live
from nexus_portal.state.bridge import call, handler, visit
from nexus_portal.state.shell import tell


class AccountState(rx.State):
    """Who one is here, and the sessions open in one's name."""

    loaded: bool = False
    name: str = ""
    email: str = ""
    role: str = ""
    account: str = ""
    account_number: str = ""
    codes_left: int = 0
    sessions: list[SessionRow] = []
    places: list[Place] = []
    attempts: list[AttemptRow] = []
    fresh: bool = False
    """A second factor was given within five minutes: the page asks for none."""

    @handler
    async def load(self) -> None:
        """Show the profile, the sessions and the accounts."""
        own = await call(self, account.own)
        self.name, self.email, self.role = own.name, own.email, own.role
        self.account, self.account_number = own.account, own.account_number
        self.codes_left, self.sessions = own.codes_left, list(own.sessions)
        self.places = list(await asyncio.to_thread(own_accounts.places, visit()))
        self.attempts = list(await asyncio.to_thread(attempts.recent, visit()))
        self.fresh = visit().actor.stepped_up(clock.now())
        self.loaded = True
        live.watch(self, AccountState.load)

    @handler
    async def end(self, reference: str) -> None:
        """End one other session."""
        await call(self, account.end_session, reference=reference)
        await self._show_sessions()
        await tell(self, "success", Message("The session is ended."))

    @handler
    async def end_others(self) -> None:
        """End every session but this one."""
        await call(self, account.end_sessions, keep_this=True)
        await self._show_sessions()
        await tell(self, "success", Message("All other sessions are ended."))

    async def _show_sessions(self) -> None:
        self.sessions = list((await call(self, account.own)).sessions)
