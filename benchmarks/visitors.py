"""Signed-in people without browsers: sessions made in the database, websockets that speak as Reflex does."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from sqlmodel import col, select
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from nexus_portal.adapters import clock
from nexus_portal.domain.permissions import Role
from nexus_portal.models.base import new_id
from nexus_portal.models.people import Membership, User
from nexus_portal.models.sessions import SessionLevel
from nexus_portal.services import sessions

NAMESPACE = "/_event"
HEAD = f"42{NAMESPACE},"
STATES = "reflex___state____state."
SHELL = f"{STATES}nexus_portal___state___shell____shell_state"
HISTORY = f"{STATES}nexus_portal___state___orders____order_history_state"
NAMES = f"{STATES}nexus_portal___state___order_names____order_names_state"
PATIENCE = 60


def sign_in(account_id: UUID, count: int, role: Role = Role.ORDERER) -> list[str]:
    """Session ids of one person in the account, as after both factors; the person is made for it."""
    now = clock.now()
    with sessions.system() as session:
        email = f"visitor-{account_id.hex}-{role}@example.test"
        user = session.exec(select(User).where(User.email == email)).first()
        if user is None:
            user = User(id=new_id(), email=email, name="Visitor", created_at=now, totp_secret=b"none")
            session.add(user)
            session.flush()
            session.add(
                Membership(user_id=user.id, account_id=account_id, role=role, created_at=now, changed_at=now)
            )
            session.flush()
        member = session.exec(select(Membership).where(col(Membership.user_id) == user.id)).one()
        full = {"level": SessionLevel.FULL, "user_id": user.id, "membership_id": member.id}
        return [sessions.start(session, agent="benchmark", **full) for _ in range(count)]


class Tab:
    """One open tab of somebody who is signed in."""

    def __init__(self, connection: ClientConnection, path: str) -> None:
        self.connection = connection
        self.path = path

    async def send(self, name: str, /, **payload: Any) -> None:
        """Send an event."""
        router = {"pathname": self.path, "query": {}, "asPath": self.path}
        event = {"name": name, "payload": payload, "router_data": router}
        await self.connection.send(HEAD + json.dumps(["event", event]))

    async def ask(self, state: str, handler: str, /, **payload: Any) -> dict[str, Any]:
        """Send an event and wait for what its state shows then."""
        await self.send(f"{state}.{handler}", **payload)
        return await self.shown(state)

    async def shown(self, state: str, var: str = "rows") -> dict[str, Any]:
        """The next delta of a state that brings this var, by plain names."""
        async with asyncio.timeout(PATIENCE):
            while True:
                delta = (await self._message()).get("delta") or {}
                told = {
                    name.removesuffix("_rx_state_"): value for name, value in delta.get(state, {}).items()
                }
                if var in told:
                    return told

    async def _message(self) -> dict[str, Any]:
        while True:
            frame = str(await self.connection.recv())
            if frame == "2":
                await self.connection.send("3")
            elif frame.startswith(HEAD):
                return json.loads(frame[len(HEAD) :])[1]


@asynccontextmanager
async def tab(url: str, cookie: str, sid: str, path: str = "/orders") -> AsyncIterator[Tab]:
    """A tab that has arrived at a page and shows it."""
    query = urlencode({"EIO": "4", "transport": "websocket", "token": str(uuid4())})
    address = f"{url.replace('http', 'ws', 1)}{NAMESPACE}/?{query}"
    headers = {"Cookie": f"{cookie}={sid}"}
    async with connect(
        address,
        additional_headers=headers,
        origin=Origin(url),
        max_size=None,
        open_timeout=PATIENCE,
        ping_interval=None,
    ) as connection:
        await connection.recv()
        await connection.send(f"40{NAMESPACE},")
        await connection.recv()
        opened = Tab(connection, path)
        await opened.send(f"{SHELL}.arrive")
        yield opened


def spread(sids: Sequence[Sequence[str]]) -> list[str]:
    """One id of each account in turn, until all are used."""
    return [sid for together in zip(*sids, strict=True) for sid in together]
