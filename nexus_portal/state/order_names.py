"""State of a search of the order history that looks among the names of card holders too.

What is typed is personal data then: it stands here alone, in no address, and goes when a page is opened.
"""

import reflex as rx

from nexus_portal.services import history_names
from nexus_portal.state.bridge import call
from nexus_portal.state.quiet import empty
from nexus_portal.state.shell import shows_persons


@shows_persons
class OrderNamesState(rx.State):
    """Whether names are searched, what is typed, and which orders were found by it."""

    on: bool = False
    text: str = ""
    _found: tuple[int, ...] = ()

    async def _look(self, text: str) -> None:
        self.text = text
        self._found = await call(self, history_names.named, text=text) if text.strip() else ()

    async def _fewer(self) -> bool:
        """Looked for once more, which is logged like any search: an order that was found is not any more."""
        before = self._found
        await self._look(self.text)
        return not set(before) <= set(self._found)

    def _stop(self) -> None:
        empty(self)
