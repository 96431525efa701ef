"""State of the views of the order history that a person keeps."""

import reflex as rx

from nexus_portal.domain.numbers import row_id
from nexus_portal.services import saved_views
from nexus_portal.services.saved_views import LONGEST_NAME, ViewRow
from nexus_portal.state.bridge import call, handler
from nexus_portal.state.orders import OrderHistoryState
from nexus_portal.state.quiet import put


class SavedViewsState(rx.State):
    """The views beside the list, and the one that gets another name."""

    views: list[ViewRow] = []
    renaming: str = ""
    name: str = ""

    @handler
    async def load(self) -> None:
        """Show the person's views."""
        put(self, renaming="", name="", views=list(await call(self, saved_views.views)))

    @handler
    async def write(self, name: str) -> None:
        """What is typed as a view's name."""
        self.name = name[: saved_views.LONGEST]

    @handler
    async def keep(self, _form: dict[str, str]) -> None:
        """Keep what the list shows under the name that was typed, or give a view that name."""
        if self.renaming:
            await call(self, saved_views.rename, view_id=row_id(self.renaming), name=self.name)
        else:
            orders = await self.get_state(OrderHistoryState)
            query, columns = orders._kept()  # noqa: SLF001 - a public method could be called by the browser
            await call(self, saved_views.keep, name=self.name, query=query, columns=columns)
        self.renaming = self.name = ""
        self.views = list(await call(self, saved_views.views))

    @handler
    async def ask(self, view: str) -> None:
        """Begin to rename a view; the same once more stops it."""
        found = next((row for row in self.views if row.id == view and view != self.renaming), None)
        self.renaming, self.name = (found.id, found.name) if found else ("", "")

    @handler
    async def remove(self, view: str) -> None:
        """Forget a view."""
        await call(self, saved_views.remove, view_id=row_id(view))
        self.renaming = self.name = ""
        self.views = list(await call(self, saved_views.views))


__all__ = ["LONGEST_NAME", "SavedViewsState"]
