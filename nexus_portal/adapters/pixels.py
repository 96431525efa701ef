"""Pixels of a photo: upright, in one colour space, in the portrait's proportion."""

import io
from typing import Any

from PIL import Image, ImageCms

from nexus_portal.domain.photo_cut import Cut

_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = frozenset({5, 6, 7, 8})
_PROFILES: Any = ImageCms
"""Untyped in part."""
_SRGB = ImageCms.ImageCmsProfile(_PROFILES.createProfile("sRGB"))


def upright_rgb(image: Image.Image, least: tuple[int, int]) -> Image.Image:
    """The picture as seen, in sRGB, without transparency or metadata; shrunk while it covers `least`.

    Raises:
        Exception: of any kind that a decoder raises for damaged data.
    """
    turn = _TURNS.get(_orientation(image))
    least_width, least_height = swapped(least) if is_sideways(image) else least
    scale = max(1.0, min(image.width / least_width, image.height / least_height))
    size = round(image.width / scale), round(image.height / scale)
    profile = image.info.get("icc_profile")
    # JPEG can be decoded at half, a quarter or an eighth of its size, which is most of the work saved.
    image.draft(None, size)
    picture = _flat(_resized(_plain_mode(image), size))
    picture = _in_srgb(picture, profile)
    picture = picture.transpose(turn) if turn else picture
    # What is left of the file's metadata here would be saved along: JPEG comments are.
    picture.info.clear()
    return picture


def _plain_mode(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda value: value / 256).convert("L")
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image if image.mode in {"L", "RGB", "CMYK"} else image.convert("RGB")


def _resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    if image.size == size:
        return image
    # Only ever smaller: there this filter is as sharp as the costlier ones.
    return image.resize(size, Image.Resampling.HAMMING, reducing_gap=2.0)


def _flat(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if profile and b"sRGB" not in profile.replace(b"\0", b""):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(image, source, _SRGB, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            converted = None  # a broken profile costs a shade of colour, not the photo
        if converted:
            return converted
    return image.convert("RGB")


def portrait_of(picture: Image.Image, largest: tuple[int, int]) -> Image.Image:
    """The part in the proportion of `largest`, its middle across and its top down; at most that large."""
    width, height = picture.size
    wanted_width = min(width, round(height * largest[0] / largest[1]))
    wanted_height = min(height, round(width * largest[1] / largest[0]))
    left = (width - wanted_width) // 2
    # Heads are at the top: what is too much is cut off below.
    part = picture.crop((left, 0, left + wanted_width, wanted_height))
    return _resized(part, largest) if wanted_width > largest[0] else part


def cut_of(picture: Image.Image, cut: Cut, largest: tuple[int, int]) -> Image.Image:
    """The part that somebody chose, in the proportion of `largest`, at most that large."""
    if cut.turn % 360:
        # Pillow turns the other way round; what comes into view at the corners is white.
        picture = picture.rotate(-cut.turn, Image.Resampling.BICUBIC, expand=True, fillcolor="white")
    width, height = picture.size
    left, top = round(cut.x * width), round(cut.y * height)
    # The proportion is the card's, whatever rounding made of it.
    wide = max(1, round(cut.width * width))
    part = picture.crop((left, top, left + wide, top + max(1, round(wide * largest[1] / largest[0]))))
    return _resized(part, largest) if wide > largest[0] else part


def as_jpeg(picture: Image.Image) -> bytes:
    """The picture encoded."""
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=90)
    return file.getvalue()


def _orientation(image: Image.Image) -> int:
    try:
        return image.getexif().get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001 - cameras write broken metadata around good photos
        return 1


def is_sideways(image: Image.Image) -> bool:
    """True when the camera was held on its side, so that width and height are swapped in the file."""
    return _orientation(image) in _SIDEWAYS


def swapped(size: tuple[int, int]) -> tuple[int, int]:
    """Height and width of a width and height."""
    return size[1], size[0]
