"""A photo comes by camera, clipboard or mouse; where there is no camera, the page says what to do."""

import io
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Playwright, expect

from nexus_portal.demo.portraits import portrait
from tests.e2e.browsing import look, sign_in
from tests.e2e.conftest import ARGUMENTS
from tests.e2e.portal import Portal

FRAME = (960, 1280)
REMEMBER_STREAMS = """
    window.streams = [];
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (wanted) => {
      const stream = await ask(wanted);
      window.streams.push(stream);
      return stream;
    };
"""
COPY_PICTURE = """
    async (bytes) => {
      const blob = new Blob([new Uint8Array(bytes)], { type: "image/png" });
      await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
    }
"""
PASTE_BOTH = """
    ([field, bytes]) => {
      const copied = new DataTransfer();
      copied.setData("text/plain", "Gudrun Gäst");
      copied.items.add(new File([new Uint8Array(bytes)], "x.png", { type: "image/png" }));
      const event = new ClipboardEvent("paste", { clipboardData: copied, bubbles: true, cancelable: true });
      field.dispatchEvent(event);
      return event.defaultPrevented;
    }
"""


def film(folder: Path) -> Path:
    """What the camera sees: a drawn portrait, as raw video."""
    drawn = Image.open(io.BytesIO(portrait(Random(7)))).resize(FRAME)
    light, blue, red = drawn.convert("YCbCr").split()
    half = (FRAME[0] // 2, FRAME[1] // 2)
    planes = [light.tobytes(), blue.resize(half).tobytes(), red.resize(half).tobytes()]
    frame = b"FRAME\n" + b"".join(planes)
    file = folder / "portrait.y4m"
    file.write_bytes(b"YUV4MPEG2 W%d H%d F10:1 Ip A1:1 C420jpeg\n" % FRAME + frame * 4)
    return file


def png() -> list[int]:
    """A drawn portrait as the clipboard has pictures: in bytes that a page can be given."""
    file = io.BytesIO()
    Image.open(io.BytesIO(portrait(Random(3)))).save(file, "PNG")
    return list(file.getvalue())


Opened = Callable[..., Page]


@pytest.fixture
def opened(portal: Portal, playwright: Playwright) -> Iterator[Opened]:
    """Opens the form for one card in a browser of its own with these switches and permissions."""
    started: list[Browser] = []

    def begin(*switches: str, permissions: tuple[str, ...] = ()) -> Page:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("NEXUS_BROWSER"), args=[*ARGUMENTS, *switches]
        )
        started.append(browser)
        context = browser.new_context(
            base_url=portal.url, viewport={"width": 1280, "height": 800}, locale="en-GB"
        )
        context.grant_permissions(list(permissions), origin=portal.url)
        context.set_default_timeout(20_000)
        page = context.new_page()
        page.add_init_script(REMEMBER_STREAMS)
        sign_in(page, portal, portal.person("orderer", "Nordhamn"))
        page.goto("/")
        page.get_by_role("link", name="New order").first.click()
        page.get_by_label("Name").fill("Kim Kamera")
        return page

    yield begin
    for browser in started:
        browser.close()


def cut_and_kept(page: Page) -> None:
    """Cut the photo on screen, see it on the card, keep the draft and find it there."""
    page.get_by_role("button", name="Use this photo").click()
    expect(page.locator("dialog[data-photo-dialog]")).to_be_hidden()
    card = page.locator("img[data-card-photo]").first
    expect(card).to_have_attribute("src", re.compile("^blob:"))
    assert card.evaluate("async (image) => (await image.decode(), image.naturalWidth)") == 300
    page.get_by_label("Department").select_option("Projekt")
    page.get_by_role("button", name="Save as draft").click()
    page.wait_for_url(re.compile(r"/orders/\d{4}-\d{5}"))
    expect(page.get_by_text("1 ready", exact=True)).to_be_visible()
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Throw the draft away").click()
    page.get_by_role("button", name="Throw the draft away").click()
    page.wait_for_url(re.compile(r"/orders/?$"))


def lights(page: Page) -> list[str]:
    """The state of every camera that the page was given."""
    return page.evaluate("window.streams.flatMap((s) => s.getTracks().map((t) => t.readyState))")


def test_a_photo_is_taken_with_the_camera(opened: Opened, tmp_path: Path) -> None:
    page = opened(
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={film(tmp_path)}",
    )
    dialog = page.locator("dialog[data-photo-dialog]")
    page.get_by_role("button", name="Take a photo").click()
    expect(page.get_by_role("button", name="Take the picture")).to_be_visible()
    page.wait_for_function("() => document.querySelector('[data-photo-video]').videoWidth > 0")
    assert lights(page) == ["live"]
    look(page, "camera")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert lights(page) == ["ended"], "the light goes out with the dialog"
    page.get_by_role("button", name="Take a photo").click()
    page.wait_for_function("() => document.querySelector('[data-photo-video]').videoWidth > 0")
    page.get_by_role("button", name="Take the picture").click()
    expect(page.get_by_role("button", name="Use this photo")).to_be_visible()
    assert set(lights(page)) == {"ended"}
    cut_and_kept(page)


def test_who_refuses_the_camera_is_told_how_to_allow_it(opened: Opened) -> None:
    page = opened("--use-fake-device-for-media-stream", "--deny-permission-prompts")
    page.get_by_role("button", name="Take a photo").click()
    expect(page.get_by_text("The browser may not use the camera.", exact=False)).to_be_visible()
    expect(page.locator("dialog[data-photo-dialog]")).to_be_hidden()
    look(page, "camera-refused")
    expect(page.get_by_label("Name")).to_have_value("Kim Kamera")


def test_without_a_camera_the_other_ways_are_named(opened: Opened) -> None:
    page = opened("--disable-features=MediaFoundationVideoCapture", permissions=("camera",))
    page.get_by_role("button", name="Take a photo").click()
    expect(page.get_by_text("No camera was found here.", exact=False)).to_be_visible()


def test_a_photo_is_pasted(opened: Opened) -> None:
    page = opened(permissions=("clipboard-read", "clipboard-write"))
    page.evaluate(COPY_PICTURE, png())
    page.keyboard.press("Control+V")
    expect(page.get_by_role("button", name="Use this photo")).to_be_visible()
    cut_and_kept(page)


def test_who_pastes_a_text_into_a_field_gets_the_text(opened: Opened) -> None:
    page = opened()
    field = page.get_by_label("Name").element_handle()
    assert not page.evaluate(PASTE_BOTH, [field, png()])
    expect(page.locator("dialog[data-photo-dialog]")).to_be_hidden()
    body = page.locator("body").element_handle()
    assert page.evaluate(PASTE_BOTH, [body, png()])
    expect(page.get_by_role("button", name="Use this photo")).to_be_visible()


@pytest.mark.parametrize("place", ["field", "page"])
def test_a_photo_is_dropped(opened: Opened, tmp_path: Path, place: str) -> None:
    """On the field the browser takes it, beside the field the page does."""
    file = tmp_path / "kim.jpg"
    file.write_bytes(portrait(Random(5)))
    page = opened()
    target = page.locator(".file-input").first if place == "field" else page.get_by_role("heading").first
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    assert box is not None
    where = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    mouse = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(file)], "dragOperationsMask": 1}
    for step in ("dragEnter", "dragOver", "drop"):
        mouse.send("Input.dispatchDragEvent", {"type": step, **where, "data": data})
    expect(page.get_by_role("button", name="Use this photo")).to_be_visible()
    cut_and_kept(page)
