"""One card item drawn as it will be printed, for a page: masked, or with its person."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import reflex as rx

from nexus_portal.domain.numbers import row_id
from nexus_portal.services import card_faces
from nexus_portal.services.card_faces import NOBODY, ItemFace
from nexus_portal.state.bridge import call, caller
from nexus_portal.state.card_preview import both_sides, photo_at


@dataclass(frozen=True, slots=True)
class CardView:
    """Both sides of card item `item` as addresses of drawings. `shown` says whether the person is on them.

    The photo is not in the drawing: it lies over it at `photo_at`, from an address that logs each look.
    """

    item: str
    front: str
    back: str
    shown: bool
    photo: str
    photo_at: dict[str, str]


async def draw(
    state: rx.State, item: str, values: Mapping[str, str] | None = None, *, photo: str = ""
) -> CardView:
    """The card of a card item; without `values` its fields stand there by their labels."""
    return await drawn(
        item, await call(state, card_faces.item_face, item_id=row_id(item)), values, photo=photo
    )


async def drawn(
    item: str, of: ItemFace, values: Mapping[str, str] | None = None, *, photo: str = ""
) -> CardView:
    """The same, where it is known already how the card item looks."""
    shown = of.face.shown(caller().language, number=of.number, values=values or NOBODY)
    front, back = await asyncio.to_thread(both_sides, of.face.design, shown)
    return CardView(item, front, back, values is not None, photo, photo_at(of.face.design))
