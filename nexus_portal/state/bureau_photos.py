"""State of the photos of an order that the desk reviews."""

from dataclasses import dataclass

import reflex as rx

from nexus_portal.adapters import catalogue
from nexus_portal.domain.permissions import Permission
from nexus_portal.services import photo_review
from nexus_portal.services.photo_review import PhotoRow
from nexus_portal.state.bridge import call, caller, handler
from nexus_portal.state.lists import last_part
from nexus_portal.state.shell import shows_persons


@dataclass(frozen=True, slots=True)
class PhotoView:
    """One photo: its card, what is said of it, and its address while it is shown."""

    item: str
    code: str
    advice: list[str]
    photo: str = ""


@shows_persons
class BureauPhotosState(rx.State):
    """The photos of the order in the address, while it is to be decided."""

    total: int = 0
    wanting: int = 0
    only_wanting: bool = False
    may_show: bool = False
    rows: list[PhotoView] = []
    newer: str = ""
    older: str = ""
    _shown: set[str] = set()
    _cursor: str = ""

    @handler
    async def load(self) -> None:
        """Show the first photos; none once the order is decided."""
        self.only_wanting, self._cursor, self._shown = False, "", set()
        await self._show()

    @handler
    async def narrow(self, wanting: bool) -> None:  # noqa: FBT001 - what the page sends
        """Leave out the photos that nothing is said of, or show all again."""
        self.only_wanting, self._cursor, self._shown = wanting, "", set()
        await self._show()

    @handler
    async def turn(self, direction: str) -> None:
        """Show the photos before or after those on screen."""
        self._cursor, self._shown = self.newer if direction == "newer" else self.older, set()
        await self._show()

    @handler
    async def show(self, item: str) -> None:
        """Show the photo of one card; the address that it comes from logs the look."""
        if self.may_show:
            self._shown.add(item)
            await self._show()

    @handler
    async def hide(self, item: str) -> None:
        """Take the photo away again."""
        self._shown.discard(item)
        await self._show()

    async def _show(self) -> None:
        self.may_show = caller().may(Permission.PERSONS_READ)
        number = last_part(self.router.url.path)
        found = await call(
            self, photo_review.photos, number=number, wanting=self.only_wanting, cursor=self._cursor
        )
        self.total, self.wanting = found.total, found.wanting
        self.newer, self.older = found.rows.previous, found.rows.following
        self.rows = [self._view(row, caller().language) for row in found.rows.rows]

    def _view(self, row: PhotoRow, language: str) -> PhotoView:
        advice = [catalogue.render(each, language) for each in row.advice]
        photo = f"/photos/{row.item_id}" if row.item_id in self._shown else ""
        return PhotoView(row.item_id, row.code, advice, photo)
