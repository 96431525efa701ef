"""State of the list of layouts, and of the dialog in which one is begun."""

from uuid import uuid4

import reflex as rx

from nexus_portal.domain.numbers import row_id
from nexus_portal.services import layout_drafts, layouts_editing
from nexus_portal.services.layouts_editing import TOPIC, LayoutLine
from nexus_portal.state import live
from nexus_portal.state.bridge import call, handler
from nexus_portal.state.order_import import ChoiceView

PATH = "/bureau/layouts"


class LayoutsState(rx.State):
    """Every version of every account's layouts."""

    loaded: bool = False
    rows: list[LayoutLine] = []
    accounts: list[ChoiceView] = []
    articles: list[ChoiceView] = []
    asking: bool = False
    """The dialog in which a layout is begun is open."""
    _key: str = ""

    @handler
    async def load(self) -> None:
        """Show all."""
        self.asking = False
        self.rows = list(await call(self, layouts_editing.all_layouts))
        self.loaded = True
        live.watch(self, LayoutsState.refresh, TOPIC)

    @handler
    async def refresh(self) -> None:
        """A layout changed."""
        self.rows = list(await call(self, layouts_editing.all_layouts))

    @handler
    async def ask(self) -> None:
        """Open the dialog in which a layout is begun."""
        found = await call(self, layout_drafts.beginnings)
        self.accounts = [ChoiceView(each.id, each.name) for each in found.accounts]
        self.articles = [ChoiceView(each.id, each.name) for each in found.articles]
        self._key, self.asking = uuid4().hex, True

    @handler
    async def closed(self, opens: bool) -> None:  # noqa: FBT001 - what Radix sends
        """The dialog was closed by Escape or a click beside it."""
        self.asking = opens

    @handler
    async def begin(self, form: dict[str, str]) -> object:
        """Begin a layout from nothing, and go to it."""
        begun = await call(
            self,
            layout_drafts.begin,
            account_id=row_id(form.get("account", "")),
            article_id=row_id(form.get("article", "")),
            name=form.get("name", ""),
            colour=form.get("colour", "").lower(),
            key=self._key,
        )
        self.asking = False
        return rx.redirect(f"{PATH}/{begun}")
