"""What a look at a portrait finds. The portraits are drawn, so faces are tried where there is none."""

import io
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from random import Random
from threading import Semaphore
from time import sleep
from types import ModuleType

import pytest
from PIL import Image, ImageFilter

from nexus_portal.adapters import photo_checks, photos
from nexus_portal.adapters.photo_checks import findings
from nexus_portal.demo.portraits import portrait
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.photo_cut import Cut, read


@pytest.fixture(scope="module")
def good() -> Image.Image:
    return Image.open(io.BytesIO(portrait(Random(7)))).convert("RGB")


def saved(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def quarters() -> Image.Image:
    """Red, green over blue, white; 1,200 × 1,640 pixels."""
    image = Image.new("RGB", (1200, 1640), "red")
    image.paste("lime", (600, 0, 1200, 820))
    image.paste("blue", (0, 820, 600, 1640))
    image.paste("white", (600, 820, 1200, 1640))
    return image


def test_a_good_portrait_is_passed(good: Image.Image) -> None:
    assert findings(good) == ()


def test_two_first_photos_at_once_do_not_load_opencv_beside_each_other(
    good: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, alone = Semaphore(1), list[bool]()

    def slowly(name: str) -> ModuleType:
        alone.append(inside.acquire(blocking=False))
        sleep(0.05)
        inside.release()
        return import_module(name)

    monkeypatch.setattr(photo_checks, "import_module", slowly)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: findings(good, faces=True), range(4)))
    assert len(set(found)) == 1
    assert len(alone) > 1
    assert all(alone)


def test_a_fault_of_ours_does_not_call_the_photo_damaged(
    good: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise AttributeError

    monkeypatch.setattr(photo_checks, "findings", breaks)
    with pytest.raises(AttributeError):
        photos.process(saved(good), faces=True)


def test_what_is_out_of_focus_is_found(good: Image.Image) -> None:
    assert findings(good.filter(ImageFilter.GaussianBlur(9))) == ("blurred",)


def test_what_is_too_dark_or_too_bright_is_found(good: Image.Image) -> None:
    assert findings(good.point(lambda value: value // 5))[0] == "dark"
    assert findings(good.point(lambda value: 230 + value // 12))[0] == "bright"


def test_a_picture_of_nobody_is_asked_about(good: Image.Image) -> None:
    assert findings(quarters(), faces=True) == ("no_face",)


def test_the_part_that_was_chosen_is_cut_out() -> None:
    photo = photos.process(saved(quarters()), Cut(0.5, 0, 0.5, 0.5))
    with Image.open(io.BytesIO(photo.crop)) as crop:
        assert crop.size == (600, 820)
        red, green, blue = crop.getpixel((300, 400))
    assert (red < 30, green > 225, blue < 30) == (True, True, True)
    assert photo.cut == Cut(0.5, 0, 0.5, 0.5)


def test_the_picture_is_turned_before_it_is_cut() -> None:
    photo = photos.process(saved(quarters()), Cut(0, 0, 0.5, 0.5 * 1640 / 1200, 90))
    with Image.open(io.BytesIO(photo.crop)) as crop:
        red, green, blue = crop.getpixel((20, 20))
    assert (red < 30, green < 30, blue > 225) == (True, True, True)


def test_a_cut_that_is_too_small_to_print_is_refused() -> None:
    with pytest.raises(Invalid, match="too few to print"):
        photos.process(saved(quarters()), Cut(0.4, 0.4, 0.1, 0.1))


@pytest.mark.parametrize(
    "sent",
    [
        "{",
        "[]",
        '{"x": 0, "y": 0, "width": 1, "height": 1}',
        '{"x": 0, "y": 0, "width": 1.5, "height": 1, "turn": 0}',
        '{"x": -1, "y": 0, "width": 1, "height": 1, "turn": 0}',
        '{"x": NaN, "y": 0, "width": 1, "height": 1, "turn": 0}',
        '{"x": true, "y": 0, "width": 1, "height": 1, "turn": 0}',
        '{"x": 0, "y": 0, "width": 0.001, "height": 1, "turn": 0}',
        '{"x": 0, "y": 0, "width": 1, "height": 1, "turn": 1e9}',
    ],
)
def test_a_cut_that_lies_nowhere_is_refused(sent: str) -> None:
    with pytest.raises(Invalid):
        read(sent)


def test_no_cut_is_no_cut() -> None:
    assert read(" ") is None
