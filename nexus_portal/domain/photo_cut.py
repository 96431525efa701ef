"""Which part of a photo goes onto the card, as somebody chose it."""

import json
import math
from dataclasses import asdict, dataclass
from typing import Any, cast

from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.text import Message

_ROUND = 360
_LEAST = 0.02
_SLACK = 0.002
"""What rounding in browsers may reach beyond the picture."""
_NAMES = ("x", "y", "width", "height", "turn")
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Cut:
    """`turn` in degrees clockwise comes first; the rest are parts of the box around the turned picture.

    Raises:
        Invalid: it reaches beyond the picture, or is next to nothing.
    """

    x: float
    y: float
    width: float
    height: float
    turn: float = 0.0

    def __post_init__(self) -> None:
        numbers = (self.x, self.y, self.width, self.height, self.turn)
        inside = all(map(math.isfinite, numbers)) and min(self.x, self.y) >= -_SLACK
        ends = max(self.x + self.width, self.y + self.height) <= 1 + _SLACK
        if not (inside and ends and min(self.width, self.height) >= _LEAST and abs(self.turn) <= _ROUND):
            raise Invalid(Message("The part of the photo lies outside of it. Crop it again."))

    def to_json(self) -> dict[str, float]:
        """As a photo stores it."""
        return asdict(self)


def read(text: str) -> Cut | None:
    """The cut that a form sent as JSON; None where it sent none.

    Raises:
        Invalid: it is none.
    """
    if not text.strip():
        return None
    try:
        sent: Any = json.loads(text[:_LONGEST])
    except ValueError:
        sent = None
    parts = cast("dict[str, Any]", sent) if isinstance(sent, dict) else {}
    # `type() in`, because True is an int and would pass for a place.
    if set(parts) != set(_NAMES) or any(type(value) not in (int, float) for value in parts.values()):
        raise Invalid(Message("The part of the photo lies outside of it. Crop it again."))
    return Cut(**{name: float(parts[name]) for name in _NAMES})
