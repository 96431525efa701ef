"""State of ordering again: one card by its number, or those that expire soon. No person is on this page."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import reflex as rx

from nexus_portal.adapters import catalogue
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.text import Message
from nexus_portal.services import notices, order_again
from nexus_portal.services.notices import Flash
from nexus_portal.services.order_again import Again, AgainRow
from nexus_portal.services.replacements import Why
from nexus_portal.state.bridge import call, caller, handler, visit
from nexus_portal.state.order_import import ChoiceView

CARD = "card-"
AHEAD = 90


@dataclass(frozen=True, slots=True)
class AgainView:
    """A card that may be made again; `hindrance` says in words why not."""

    number: str
    code: str
    layout: str
    status: str
    valid_until: str
    hindrance: str


class OrderAgainState(rx.State):
    """The card in the address, or the cards that expire soon."""

    loaded: bool = False
    single: bool = False
    rows: list[AgainView] = []
    able: int = 0
    days: str = ""
    drafts: list[ChoiceView] = []
    error: str = ""
    _key: str = ""

    @handler
    async def load(self) -> None:
        """Show the card in the address, or what expires within three months."""
        self.loaded, self.error, self._key = False, "", uuid4().hex
        number = self.router.url.query_parameters.get("card", "")
        self.single, self.days = bool(number), str(AHEAD)
        try:
            if number:
                self._show([await call(self, order_again.again_row, number=number)])
            else:
                self._show(await call(self, order_again.expiring, days=AHEAD))
            self.drafts = [
                ChoiceView(row.number, f"{row.number} {row.reference}".strip())
                for row in await call(self, order_again.open_drafts)
            ]
        finally:
            self.loaded = True

    @handler
    async def look(self, days: str) -> None:
        """Look further ahead, or less far."""
        self.error = ""
        if not days.isdecimal() or len(days) > len(str(order_again.FARTHEST)):
            raise Invalid(Message("Look between 1 and {most} days ahead.", most=order_again.FARTHEST))
        self._show(await call(self, order_again.expiring, days=int(days)))
        self.days = days

    @handler
    async def order(self, form: dict[str, str]) -> Any:
        """Put the chosen cards into a draft, and show it. Pressing twice does it once."""
        chosen = [name.removeprefix(CARD) for name in form if name.startswith(CARD)]
        made: Again = await call(
            self,
            order_again.order_again,
            numbers=chosen,
            why=form.get("why", Why.RENEWAL),
            into=form.get("into", ""),
            key=self._key,
        )
        await asyncio.to_thread(notices.leave, visit().id_hash, Flash("success", _said(made)))
        return rx.redirect(f"/orders/{made.number}")

    def _show(self, rows: Any) -> None:
        language = caller().language
        self.rows = [_view(row, language) for row in rows]
        self.able = sum(not row.hindrance for row in self.rows)


def _view(row: AgainRow, language: str) -> AgainView:
    hindrance = catalogue.render(row.hindrance, language) if row.hindrance else ""
    return AgainView(row.number, row.code, row.layout, row.status, row.valid_until, hindrance)


def _said(made: Again) -> Message:
    if made.left_out:
        return Message(
            "Cards put into draft {number}: {cards}. Others could not be copied: their lines say why.",
            number=made.number,
            cards=made.cards,
        )
    return Message(
        "Cards put into draft {number}: {cards}. Look them over, then order.",
        number=made.number,
        cards=made.cards,
    )
