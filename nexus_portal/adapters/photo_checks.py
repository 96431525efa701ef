"""What a look at a portrait finds, here on this machine."""

import threading
from importlib import import_module
from typing import Any

from PIL import Image, ImageFilter, ImageStat

from nexus_portal.domain.photo_findings import Finding

LEAST_SHARPNESS = 12.0
"""Variance of the Laplacian at 300 × 410: out of focus is below 8, a good portrait above 40."""
DARKEST, BRIGHTEST = 55, 225
"""Mean of the greys, 0 to 255."""
LEAST_FACE = 0.36
"""Height of what the cascade takes for a face (brows to chin) in a photo whose head fills half of it."""

_LOADING, _MINE = threading.Lock(), threading.local()
_SIZE = (300, 410)
_LAPLACIAN = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128)


def findings(portrait: Image.Image, *, faces: bool = False) -> tuple[str, ...]:
    """What is wanting in a card's part of a photo; `faces` are looked for when told, which takes 10 ms."""
    grey = portrait.convert("L").resize(_SIZE, Image.Resampling.BILINEAR)
    found = [*_light(grey), *_sharpness(grey), *(_faces(grey) if faces else ())]
    return tuple(each.value for each in found)


def _light(grey: Image.Image) -> list[Finding]:
    mean = ImageStat.Stat(grey).mean[0]
    return [Finding.DARK] if mean < DARKEST else [Finding.BRIGHT] if mean > BRIGHTEST else []


def _sharpness(grey: Image.Image) -> list[Finding]:
    edges = grey.filter(_LAPLACIAN).crop((1, 1, _SIZE[0] - 1, _SIZE[1] - 1))
    return [Finding.BLURRED] if ImageStat.Stat(edges).var[0] < LEAST_SHARPNESS else []


def _faces(grey: Image.Image) -> list[Finding]:
    heights = [box[3] for box in _boxes(grey)]
    if not heights:
        return [Finding.NO_FACE]
    large = [each for each in heights if each > max(heights) / 2]
    if len(large) > 1:
        return [Finding.FACES]
    return [Finding.SMALL_HEAD] if max(heights) < LEAST_FACE * _SIZE[1] else []


def _boxes(grey: Image.Image) -> list[tuple[int, int, int, int]]:
    import numpy  # noqa: ICN001, PLC0415 - 50 MB that only this needs

    found: Any = _cascade().detectMultiScale(numpy.asarray(grey), 1.1, 6, minSize=(60, 60))
    return [tuple(map(int, box)) for box in found]  # pyright: ignore[reportReturnType] - four each


def _cascade() -> Any:
    """Each thread has its own: one that looks for faces keeps its place in the picture."""
    if not hasattr(_MINE, "cascade"):
        cv2 = _opencv()
        _MINE.cascade = cv2.CascadeClassifier(f"{cv2.data.haarcascades}haarcascade_frontalface_default.xml")
    return _MINE.cascade


def _opencv() -> Any:
    """OpenCV leaves Python's modules while it loads: whoever imports it meanwhile gets half of it."""
    with _LOADING:
        return import_module("cv2")  # as above: memory that only this needs
