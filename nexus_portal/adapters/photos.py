"""Holders' photos: what a customer sends in, two clean JPEGs out, and nothing else of the file."""

import io
import warnings
from dataclasses import dataclass, field

from PIL import Image

from nexus_portal.adapters import photo_checks
from nexus_portal.adapters.file_kinds import FileKind, kind_of
from nexus_portal.adapters.pixels import as_jpeg, cut_of, is_sideways, portrait_of, swapped, upright_rgb
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.photo_cut import Cut
from nexus_portal.domain.text import Message

MIN_WIDTH, MIN_HEIGHT = 300, 410
"""Pixels of a portrait, and its proportion: 25.4 × 34.7 mm at 300 dpi."""
MAX_BYTES = 5 * 1024 * 1024
MAX_PIXELS = {"JPEG": 50_000_000, "MPO": 50_000_000, "PNG": 25_000_000}
"""JPEG is decoded at a fraction of its size, PNG only as a whole. MPO is what phones make of JPEG."""
MAX_SCANNED = 600_000_000
"""Pixels times passes: a progressive JPEG of 300 kB may go over the whole picture thousands of times."""

_KEPT = (3 * MIN_WIDTH, 3 * MIN_HEIGHT)
_CROP = (2 * MIN_WIDTH, 2 * MIN_HEIGHT)
_MILLION = 1_000_000
_START_OF_SCAN = b"\xff\xda"
_DAMAGED = Message("The photo is damaged. Save it again as JPEG and send it again.")

# For the whole process, at import: catch_warnings would change the filters of all threads.
warnings.simplefilter("error", Image.DecompressionBombWarning)


@dataclass(frozen=True, slots=True)
class ProcessedPhoto:
    """Two JPEGs in sRGB without metadata: the whole picture, and its part for the card, 300:410.

    `original` is upright and at most as large as printing can use; `width` and `height` are its pixels.
    """

    original: bytes = field(repr=False)
    crop: bytes = field(repr=False)
    width: int
    height: int
    cut: Cut | None = None
    findings: tuple[str, ...] = ()


def process(data: bytes, cut: Cut | None = None, *, faces: bool = False) -> ProcessedPhoto:
    """Check a photo and make it anew: no byte of the file itself is kept.

    The part for the card is `cut`, or what `portrait_of` takes. `faces` are looked for when told.

    Raises:
        Invalid: no JPEG or PNG, damaged, over 5 MB, or with too many or too few pixels, cut or not.
    """
    _refuse_other_files(data)
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as image:
            _refuse_other_sizes(image)
            _refuse_endless_scans(image, data)
            picture = upright_rgb(image, _least(cut))
            portrait = cut_of(picture, cut, _CROP) if cut else portrait_of(picture, _CROP)
            if cut:
                _refuse_small_cuts(portrait)
            original, crop = as_jpeg(picture), as_jpeg(portrait)
    except Invalid:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Invalid(_too_many_pixels(MAX_PIXELS["JPEG"])) from error
    except Exception as error:
        # Decoders and metadata parsers raise whatever their file format runs into.
        raise Invalid(_DAMAGED) from error
    found = photo_checks.findings(portrait, faces=faces)
    return ProcessedPhoto(original, crop, *picture.size, cut, found)


def _least(cut: Cut | None) -> tuple[int, int]:
    """Pixels of the whole picture that leave its part for the card as sharp as printing can use."""
    if cut is None:
        return _KEPT
    return max(_KEPT[0], round(_CROP[0] / cut.width)), max(_KEPT[1], round(_CROP[1] / cut.height))


def _refuse_small_cuts(portrait: Image.Image) -> None:
    # A few pixels are what rounding takes.
    if portrait.width < MIN_WIDTH - 3:
        raise Invalid(
            Message(
                "What is cut out has {width} × {height} pixels, too few to print. Cut out more of the photo.",
                width=portrait.width,
                height=portrait.height,
            )
        )


def _refuse_other_files(data: bytes) -> None:
    if not data:
        raise Invalid(Message("The photo is empty."))
    match kind_of(data):
        case FileKind.JPEG | FileKind.PNG:
            if len(data) > MAX_BYTES:
                raise Invalid(Message("The photo is larger than {limit} MB.", limit=MAX_BYTES // 1024**2))
            return
        case FileKind.PDF:
            message = Message(
                "This is not a photo, it is a PDF document. Send the photo itself as JPEG or PNG."
            )
        case FileKind.HEIC:
            message = Message("This is a HEIC photo. Save it as JPEG and send it again.")
        case FileKind.OTHER_IMAGE:
            message = Message("This image is neither JPEG nor PNG. Save it as JPEG and send it again.")
        case _:
            message = Message("This is not a photo. Send a JPEG or PNG.")
    raise Invalid(message)


def _refuse_other_sizes(image: Image.Image) -> None:
    limit = MAX_PIXELS[image.format or "PNG"]
    if image.width * image.height > limit:
        raise Invalid(_too_many_pixels(limit))
    width, height = swapped(image.size) if is_sideways(image) else image.size
    if width < MIN_WIDTH or height < MIN_HEIGHT:
        raise Invalid(
            Message(
                "The photo is too small: {width} × {height} pixels. It needs {least_width} × {least_height}.",
                width=width,
                height=height,
                least_width=MIN_WIDTH,
                least_height=MIN_HEIGHT,
            )
        )


def _refuse_endless_scans(image: Image.Image, data: bytes) -> None:
    # In a PNG these two bytes mean nothing and turn up by chance.
    scans = 1 if image.format == "PNG" else data.count(_START_OF_SCAN)
    if image.width * image.height * scans > MAX_SCANNED:
        raise Invalid(_DAMAGED)


def _too_many_pixels(limit: int) -> Message:
    return Message(
        "The photo has more than {limit} million pixels. Save it smaller and send it again.",
        limit=limit // _MILLION,
    )
