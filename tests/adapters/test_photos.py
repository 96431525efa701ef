import io
import struct
import time
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from nexus_portal.adapters.photos import MAX_BYTES, ProcessedPhoto, process
from nexus_portal.domain.errors import Invalid
from tests.samples import archive_bytes, jpeg_bytes, picture, png_bytes, workbook_bytes


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def colour(data: bytes, *at: int) -> tuple[int, ...]:
    """The red, green and blue of one pixel."""
    found = opened(data).convert("RGB").getpixel((at[0], at[1]))
    assert isinstance(found, tuple)
    return found


def refusal_of(data: bytes) -> str:
    with pytest.raises(Invalid) as refusal:
        process(data)
    return str(refusal.value)


def saved(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def png_header(width: int, height: int) -> bytes:
    """The beginning of a PNG that claims a size and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def jpeg_claiming(width: int, height: int) -> bytes:
    data = bytearray(jpeg_bytes(300, 410))
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def test_a_photo_becomes_two_jpegs_in_proportion() -> None:
    photo = process(jpeg_bytes(1200, 1640))
    assert (photo.width, photo.height) == opened(photo.original).size == (900, 1230)
    assert opened(photo.crop).size == (600, 820)
    assert opened(photo.crop).format == opened(photo.original).format == "JPEG"


@pytest.mark.parametrize(
    ("size", "kept", "crop"),
    [
        ((300, 410), (300, 410), (300, 410)),
        ((640, 420), (640, 420), (307, 420)),
        ((300, 2000), (300, 2000), (300, 410)),
        ((2000, 410), (2000, 410), (300, 410)),
        ((3000, 2000), (1845, 1230), (600, 820)),
    ],
)
def test_what_is_kept_and_what_is_cut(
    size: tuple[int, int], kept: tuple[int, int], crop: tuple[int, int]
) -> None:
    photo = process(jpeg_bytes(*size))
    assert opened(photo.original).size == kept
    assert opened(photo.crop).size == crop


def test_the_crop_is_the_middle_across_and_the_top_down() -> None:
    marked = Image.new("RGB", (900, 900), "blue")
    marked.paste("red", (120, 0, 780, 900))
    crop = process(saved(marked)).crop
    assert all(colour(crop, *at)[0] > 200 for at in ((9, 9), (591, 9), (9, 811), (591, 811)))
    tall = Image.new("RGB", (300, 1200), "blue")
    tall.paste("red", (0, 0, 300, 420))
    assert colour(process(saved(tall)).crop, 150, 390)[0] > 200


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_picture_is_upright_however_the_camera_was_held(orientation: int) -> None:
    upright = picture(400, 600)
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    held = upright.transpose(undo[orientation]) if orientation in undo else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo = process(saved(held, exif=exif))
    assert (photo.width, photo.height) == (400, 600)
    assert colour(photo.original, 200, 30)[0] > 200
    assert colour(photo.original, 200, 580)[0] < 80


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_no_metadata_survives(kind: str) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Secret maker"
    exif[0x8825] = {1: "N", 2: (59.0, 19.0, 0.0)}
    options: dict[str, object] = {"exif": exif, "comment": b"Secret comment", "dpi": (72, 72)}
    data = saved(picture(600, 820), kind, **options)
    assert b"Secret" in data
    photo = process(data)
    for result in (photo.original, photo.crop):
        assert b"Secret" not in result
        assert b"Exif" not in result
        assert set(opened(result).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1"])
def test_every_kind_of_png_becomes_rgb(mode: str) -> None:
    photo = process(png_bytes(400, 600, mode=mode))
    assert opened(photo.crop).mode == opened(photo.original).mode == "RGB"
    assert colour(photo.original, 200, 30)[0] > 200


def test_sixteen_bits_of_grey_keep_their_shade() -> None:
    photo = process(saved(Image.new("I;16", (300, 410), 40_000), "PNG"))
    assert abs(colour(photo.crop, 9, 9)[0] - 40_000 // 256) < 3


def test_transparency_becomes_white() -> None:
    photo = process(saved(Image.new("RGBA", (300, 410), (255, 0, 0, 0)), "PNG"))
    assert min(colour(photo.crop, 100, 100)) > 250


def test_cmyk_becomes_rgb() -> None:
    photo = process(saved(picture(400, 600).convert("CMYK")))
    assert opened(photo.crop).mode == "RGB"
    assert colour(photo.crop, 150, 30)[0] > 200


def test_another_colour_space_becomes_srgb() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # Red and blue change places, and the name no longer says sRGB.
    swapped = srgb.replace(b"rXYZ", b"?XYZ").replace(b"bXYZ", b"rXYZ").replace(b"?XYZ", b"bXYZ")
    foreign = swapped.replace("sRGB".encode("utf-16-be"), "tRGB".encode("utf-16-be"))
    red = Image.new("RGB", (300, 410), "red")
    photo = process(saved(red, icc_profile=foreign))
    assert colour(photo.crop, 9, 9)[2] > 200
    assert "icc_profile" not in opened(photo.crop).info
    assert colour(process(saved(red, icc_profile=srgb)).crop, 9, 9)[0] > 200


def test_a_broken_colour_profile_does_not_cost_the_photo() -> None:
    photo = process(saved(Image.new("RGB", (300, 410), "red"), icc_profile=b"no profile at all"))
    assert colour(photo.crop, 9, 9)[0] > 200


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"%PDF-1.7 a renamed document", "PDF document"),
        (b"\x00\x00\x00\x18ftypheic", "HEIC"),
        (saved(picture(400, 600), "GIF"), "neither JPEG nor PNG"),
        (saved(picture(400, 600), "BMP"), "neither JPEG nor PNG"),
        (saved(picture(400, 600), "WEBP"), "neither JPEG nor PNG"),
        (saved(picture(400, 600), "TIFF"), "neither JPEG nor PNG"),
        (archive_bytes([("a.jpg", b"")]), "not a photo"),
        (workbook_bytes([["Namn"]]), "not a photo"),
        (b"hello", "not a photo"),
        (jpeg_bytes(299, 500), "299 × 500 pixels. It needs 300 × 410"),
        (jpeg_bytes(410, 300), "410 × 300"),
        (jpeg_bytes(410, 300, orientation=1), "410 × 300"),
        (jpeg_bytes(500, 299, orientation=6), "299 × 500"),
        (jpeg_bytes() + bytes(MAX_BYTES), "5 MB"),
        (jpeg_bytes()[:-2000], "damaged"),
        (jpeg_bytes()[:400], "damaged"),
        (png_bytes()[:-2000], "damaged"),
        (b"\xff\xd8\xff", "damaged"),
        (png_header(300, 410), "damaged"),
        (png_header(20_000, 20_000), "million pixels"),
        (png_header(9_000, 9_000), "25 million pixels"),
        (png_header(4_000, 2_000_000_000), "million pixels"),
        (jpeg_claiming(20_000, 20_000), "million pixels"),
        (jpeg_claiming(60_000, 1_000), "50 million pixels"),
    ],
)
def test_what_cannot_be_a_photo_is_refused_in_words(data: bytes, words: str) -> None:
    assert words in refusal_of(data)


def test_a_photo_held_on_its_side_is_measured_upright() -> None:
    assert process(jpeg_bytes(410, 300, orientation=6)).width == 300


def test_a_giant_is_refused_before_it_is_decoded() -> None:
    giant = png_header(20_000, 20_000)
    tracemalloc.start()
    start = time.process_time()
    refusal_of(giant)
    assert time.process_time() - start < 0.5
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_a_jpeg_that_scans_the_picture_for_ever_is_refused_quickly() -> None:
    data = saved(Image.new("RGB", (3000, 2000), "gray"), progressive=True)
    assert process(data).height == 1230
    scan = data[data.rindex(b"\xff\xc4", 0, data.rindex(b"\xff\xda")) : -2]
    start = time.process_time()
    assert "damaged" in refusal_of(data[:-2] + scan * 2000 + b"\xff\xd9")
    assert time.process_time() - start < 0.5


def test_a_large_photo_costs_little_time() -> None:
    data = jpeg_bytes(3000, 4000)
    process(data)
    start = time.process_time()
    process(data)
    assert time.process_time() - start < 0.5


SMALL = {kind: saved(picture(300, 410), kind) for kind in ("JPEG", "PNG")}


def is_a_clean_photo(photo: ProcessedPhoto) -> bool:
    return all(opened(data).format == "JPEG" for data in (photo.original, photo.crop))


@given(
    st.binary(max_size=300)
    | st.binary(max_size=100).map(lambda data: b"\x89PNG\r\n\x1a\n" + data)
    | st.binary(max_size=100).map(lambda data: b"\xff\xd8\xff" + data)
    | st.tuples(st.sampled_from(sorted(SMALL)), st.integers(0, 700), st.binary(min_size=1, max_size=6)).map(
        lambda change: (
            SMALL[change[0]][: change[1]] + change[2] + SMALL[change[0]][change[1] + len(change[2]) :]
        )
    )
)
def test_any_bytes_give_a_photo_or_a_refusal(data: bytes) -> None:
    try:
        photo = process(data)
    except Invalid:
        return
    assert is_a_clean_photo(photo)
