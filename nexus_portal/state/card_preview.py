"""State of the card that is seen while its holder's values are typed."""

import asyncio

import reflex as rx

from nexus_portal.domain.card_design import HEIGHT, WIDTH, CardDesign, Side
from nexus_portal.domain.numbers import row_id
from nexus_portal.services import card_drawing, card_faces
from nexus_portal.services.card_faces import Face
from nexus_portal.services.card_marks import Shown
from nexus_portal.state.bridge import call, caller, handler
from nexus_portal.state.draft_mend import DraftMendState
from nexus_portal.state.order_new import OrderNewState
from nexus_portal.state.shell import shows_persons

LONGEST = 200
"""Characters of a value that are drawn."""


@shows_persons
class CardPreviewState(rx.State):
    """Both sides as `data:` addresses of drawings, and where the photo lies on the front."""

    front: str = ""
    back: str = ""
    photo_at: dict[str, str] = {}
    _face: Face | None = None
    _values: dict[str, str] = {}

    @handler
    async def begin(self, layout: str, row: bool) -> None:  # noqa: FBT001 - what the page sends
        """Draw the card of the form on the page, or with `row` of the row in the dialog."""
        self._face = await call(self, card_faces.face, layout_id=row_id(layout))
        source = await self.get_state(DraftMendState if row else OrderNewState)
        self._values = {each.key: each.value for each in source.fields}
        self.photo_at = photo_at(self._face.design)
        await self._draw()

    @handler
    async def typed(self, key: str, value: str) -> None:
        """A value changed: draw it."""
        if self._face is None or key not in {each.key for each in self._face.fields}:
            return
        self._values[key] = value[:LONGEST]
        await self._draw()

    @handler
    async def leave(self) -> None:
        """The form is gone, and with it the person."""
        self.front, self.back, self.photo_at, self._face, self._values = "", "", {}, None, {}

    async def _draw(self) -> None:
        if self._face is not None:
            shown = Shown(dict(self._values), self._face.labels(caller().language))
            sides = await asyncio.to_thread(both_sides, self._face.design, shown)
            self.front, self.back = sides


def both_sides(design: CardDesign, shown: Shown) -> tuple[str, str]:
    """Front and back as addresses of pictures."""
    front, back = (card_drawing.data_address(card_drawing.draw(design, shown, side)) for side in Side)
    return front, back


def photo_at(design: CardDesign) -> dict[str, str]:
    """Where the photo lies on the front, in parts of the card; empty where there is none."""
    box = card_drawing.photo_box(design)
    if box is None:
        return {}
    return {
        "left": f"{100 * box.x / WIDTH:.3f}%",
        "top": f"{100 * box.y / HEIGHT:.3f}%",
        "width": f"{100 * box.width / WIDTH:.3f}%",
        "height": f"{100 * box.height / HEIGHT:.3f}%",
        "borderRadius": f"{100 * box.radius / box.width:.2f}%",
    }
