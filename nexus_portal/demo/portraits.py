"""Portraits of nobody: drawn shapes that are plainly no photo of a person."""

import io
from random import Random

from PIL import Image, ImageDraw

SIZE = (600, 820)
_BACKGROUNDS = ("#dfe7f1", "#e8e4dc", "#dcebe4", "#efe3e6", "#e3e3ef")
_SKINS = ("#f3d3bd", "#e6b998", "#c98f6b", "#9c6644", "#6f4630")
_HAIR = ("#2b211d", "#5a3825", "#8a5a2b", "#c79a55", "#7d7d80", "#1c1c24", "#a5482d")
_CLOTHES = ("#33567a", "#7a3346", "#3d6b4f", "#54457a", "#45505c", "#8a6a2f")


def portrait(dice: Random) -> bytes:
    """A portrait as JPEG, 600 × 820 pixels, head about 75 % of what a card shows."""
    image = Image.new("RGB", SIZE, dice.choice(_BACKGROUNDS))
    draw = ImageDraw.Draw(image)
    skin, hair = dice.choice(_SKINS), dice.choice(_HAIR)
    width, top = dice.randint(300, 340), dice.randint(130, 160)
    left, bottom = (SIZE[0] - width) // 2, top + round(width * 1.38)
    face = (left, top, left + width, bottom)
    _shoulders(draw, dice.choice(_CLOTHES), skin, bottom)
    _hair(draw, dice, hair, face)
    draw.ellipse(face, fill=skin)
    _fringe(draw, dice, hair, face)
    _features(draw, dice, face)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=85)
    return file.getvalue()


def _shoulders(draw: ImageDraw.ImageDraw, clothes: str, skin: str, chin: int) -> None:
    middle = SIZE[0] // 2
    draw.ellipse((-40, chin + 40, SIZE[0] + 40, SIZE[1] + 500), fill=clothes)
    draw.rounded_rectangle((middle - 75, chin - 90, middle + 75, chin + 90), 60, fill=skin)


def _hair(draw: ImageDraw.ImageDraw, dice: Random, hair: str, face: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = face
    length = dice.choice((-160, -60, 40, 120))
    draw.ellipse((left - 28, top - 46, right + 28, top + 300), fill=hair)
    if length > -100:  # noqa: PLR2004 - short hair ends above the ears
        draw.rounded_rectangle((left - 26, top + 110, right + 26, bottom + length), 60, fill=hair)


def _fringe(draw: ImageDraw.ImageDraw, dice: Random, hair: str, face: tuple[int, int, int, int]) -> None:
    left, top, right, _ = face
    height = dice.randint(70, 115)
    draw.chord((left, top, right, top + 2 * height), 180, 360, fill=hair)


def _features(draw: ImageDraw.ImageDraw, dice: Random, face: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = face
    middle, line, apart = (left + right) // 2, top + round((bottom - top) * 0.47), (right - left) // 5
    for x in (middle - apart, middle + apart):
        draw.ellipse((x - 22, line - 13, x + 22, line + 13), fill="#fafafa")
        draw.ellipse(
            (x - 11, line - 12, x + 11, line + 12), fill=dice.choice(("#3b4a5c", "#4a3524", "#4f6b4a"))
        )
        draw.line((x - 30, line - 42, x + 30, line - 46), fill="#4a3a30", width=8)
    draw.line((middle, line + 10, middle - 14, line + 85, middle + 8, line + 88), fill="#7a5a48", width=5)
    smile = dice.randint(12, 34)
    draw.arc((middle - 62, line + 105, middle + 62, line + 120 + smile), 15, 165, fill="#8c3d3d", width=8)
