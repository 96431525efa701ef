"""Cards as they will be printed: the preview that follows the typing, and photos that are cut to it."""

import base64
import io
import re
from pathlib import Path
from random import Random

from PIL import Image
from playwright.sync_api import Page, expect

from nexus_portal.demo.portraits import portrait
from tests.e2e.browsing import look, sign_in
from tests.e2e.portal import Portal

FRONT = "Front of the card"
DRAWN = f"""atob(document.querySelector("img[alt='{FRONT}']").src.split(",")[1])"""


def wide_photo(path: Path) -> Path:
    """A portrait amid a wide picture, as phones take it."""
    whole = Image.new("RGB", (1400, 1000), "#9fb4c8")
    whole.paste(Image.open(io.BytesIO(portrait(Random(3)))), (420, 120))
    whole.save(path, "JPEG")
    return path


def drawing(page: Page) -> str:
    """The front as SVG."""
    address = page.get_by_alt_text(FRONT).get_attribute("src") or ""
    return base64.b64decode(address.partition(",")[2]).decode()


def test_a_card_is_seen_while_it_is_ordered(page: Page, portal: Portal, tmp_path: Path) -> None:
    sign_in(page, portal, portal.person("orderer", account="Björkskolan"))
    page.goto("/orders/new")
    expect(page.get_by_alt_text(FRONT)).to_be_visible()
    page.get_by_label("Name", exact=True).fill("Åsa Öberg <b>")
    page.wait_for_function(f"() => {DRAWN}.includes('&lt;b&gt;')")
    assert "Åsa Öberg &lt;b&gt;" in drawing(page)
    page.get_by_label("Name", exact=True).fill("Åsa Öberg")
    page.get_by_label("Photo", exact=True).set_input_files(wide_photo(tmp_path / "wide.jpg"))
    stage = page.get_by_role("group", name="The photo, moved by the arrow keys")
    expect(stage).to_be_focused()
    for key in ("+", "+", "ArrowUp", "ArrowLeft"):
        page.keyboard.press(key)
    look(page, "crop-a-photo")
    page.get_by_role("button", name="Use this photo").click()
    expect(stage).to_be_hidden()
    expect(page.locator("img[data-card-photo]")).to_have_attribute("src", re.compile("^blob:"))
    expect(page.get_by_role("status").filter(has_text="face")).to_be_visible()
    look(page, "order-one-card")
    page.get_by_role("button", name="Save as draft").click()
    page.wait_for_url(re.compile(r"draft=\d{4}-\d{5}"))
    expect(page.get_by_role("button", name="Crop again")).to_be_visible()
    page.goto(f"/orders/{page.url.rpartition('=')[2]}")
    page.get_by_role("button", name=re.compile("^Change ")).click()
    expect(page.get_by_role("dialog").get_by_alt_text(FRONT)).to_be_visible()
    expect(page.get_by_role("dialog").get_by_text("We see no face")).to_be_visible()
    page.get_by_role("dialog").get_by_label("Name", exact=True).fill("Ida Ek")
    page.wait_for_function(f"() => {DRAWN}.includes('Ida Ek')")
    look(page, "mend-with-preview")


def test_a_layout_is_designed_and_published(page: Page, portal: Portal) -> None:
    sign_in(page, portal, portal.person("layout_designer"))
    page.goto("/bureau/layouts")
    look(page, "layouts")
    page.get_by_role("link", name="Access card").click()
    page.get_by_role("button", name="New version").click()
    expect(page.get_by_role("heading", name="Access card, version 2")).to_be_visible()
    page.locator("summary").filter(has_text="NORDHAMN ENERGI").click()
    box = page.get_by_label("Text", exact=True).and_(page.get_by_role("textbox")).locator("visible=true")
    box.fill("Nordhamn Kraft")
    page.wait_for_function(f"() => {DRAWN}.includes('Nordhamn Kraft')")
    look(page, "layout")
    page.get_by_role("button", name="Save the layout").click()
    expect(page.get_by_text("The layout is saved.")).to_be_visible()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Offered", exact=True)).to_be_visible()
    page.goto("/bureau/layouts")
    expect(page.get_by_text("Withdrawn", exact=True)).to_be_visible()
