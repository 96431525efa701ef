"""What a check finds wanting in a photo: advice, never a refusal."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from nexus_portal.domain.text import Message


class Finding(StrEnum):
    """What may be wrong with a photo."""

    BLURRED = "blurred"
    DARK = "dark"
    BRIGHT = "bright"
    NO_FACE = "no_face"
    FACES = "faces"
    SMALL_HEAD = "small_head"


ADVICE: Mapping[str, Message] = {
    Finding.BLURRED: Message("The photo looks blurred. A sharper one prints better."),
    Finding.DARK: Message("The photo is dark. Take it with light from the front."),
    Finding.BRIGHT: Message("The photo is very bright. Take it away from the sun or the lamp."),
    Finding.NO_FACE: Message("We see no face. Is this a portrait, seen from the front?"),
    Finding.FACES: Message("We see more than one face. Crop the photo to one person."),
    Finding.SMALL_HEAD: Message("The head is small. Crop closer: it should fill the oval."),
}


def advice(codes: Iterable[str]) -> tuple[Message, ...]:
    """The findings in words that help."""
    return tuple(ADVICE[code] for code in codes if code in ADVICE)
