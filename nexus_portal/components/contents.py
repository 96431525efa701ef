"""What is in an order or a parcel, in few words: its cards, its accessories."""

import reflex as rx

from nexus_portal.components.i18n import plural
from nexus_portal.components.vars import Number, as_number


def contents(cards: Number, pieces: Number) -> rx.Var[str]:
    """“3 cards”, “3 cards, 5 accessories” or “5 accessories”: what there is none of is left out."""
    made = plural("{n} card", "{n} cards", cards)
    beside = plural("{n} accessory", "{n} accessories", pieces)
    both = made + ", " + beside
    some = as_number(pieces) > 0
    return rx.cond(some, rx.cond(as_number(cards) > 0, both, beside), made).to(str)
