"""Cards as they will be printed: the preview that follows the typing, and photos that are cut to it."""

import base64
import io
import re
import zipfile
from pathlib import Path
from random import Random

from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

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
    handle = page.get_by_role("button", name="Move: Text Nordhamn Kraft")
    left = page.get_by_label("From the left, mm").locator("visible=true")
    before = float(left.input_value())
    handle.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect(left).to_have_value(f"{before + 5.5:g}")
    page.wait_for_function(f"""() => {DRAWN}.includes('x="{before + 5.5:.3f}"')""")
    place = handle.bounding_box()
    assert place
    page.mouse.move(place["x"] + 10, place["y"] + 5)
    page.mouse.down()
    page.mouse.move(place["x"] + 40, place["y"] + 25, steps=4)
    page.mouse.up()
    expect(left).not_to_have_value(f"{before + 5.5:g}")
    page.get_by_label("Colour", exact=True).locator("visible=true").fill("#ffd600")
    page.wait_for_function(f"() => {DRAWN}.includes('#ffd600')")
    look(page, "layout")
    page.get_by_role("button", name="Save the layout").click()
    expect(page.get_by_text("The layout is saved.")).to_be_visible()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Offered", exact=True)).to_be_visible()
    page.goto("/bureau/layouts")
    expect(page.get_by_text("Withdrawn", exact=True)).to_be_visible()


def test_two_designers_begin_and_edit_a_layout(page: Page, portal: Portal, context: BrowserContext) -> None:
    sign_in(page, portal, portal.person("layout_designer"))
    page.goto("/bureau/layouts")
    page.get_by_role("button", name="New layout").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Customer").select_option(label="Nordhamn Energi")
    dialog.get_by_label("Name").fill("Visitors")
    look(page, "layout-begin")
    dialog.get_by_role("button", name="Begin the layout").click()
    expect(page.get_by_role("heading", name="Visitors, version 1")).to_be_visible()
    other = context.new_page()
    other.goto(page.url)
    expect(other.get_by_role("heading", name="Visitors, version 1")).to_be_visible()
    page.get_by_role("button", name="Add to the back").click()
    other.locator("summary").filter(has_text="Nordhamn Energi").click()
    other.get_by_label("Colour", exact=True).locator("visible=true").fill("#00c853")
    other.wait_for_function(f"() => {DRAWN}.includes('#00c853')")
    other.get_by_role("button", name="Save the layout").click()
    expect(page.get_by_text("Somebody else saved this draft meanwhile.")).to_be_visible()
    look(page, "layout-theirs")
    page.get_by_role("button", name="Take theirs").click()
    page.wait_for_function(f"() => {DRAWN}.includes('#00c853')")
    other.close()
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_role("dialog")).to_contain_text("Visitors, version 1")
    look(page, "layout-discard")
    page.get_by_role("dialog").get_by_role("button", name="Discard the draft").click()
    expect(page.get_by_role("heading", name="Layouts", exact=True)).to_be_visible()
    expect(page.get_by_text("Visitors")).to_have_count(0)


def test_the_card_of_an_order_is_drawn_as_it_is_printed(page: Page, portal: Portal) -> None:
    sign_in(page, portal, portal.person("orderer", account="Björkskolan"))
    page.goto("/cards?view=register&status=active")
    page.get_by_role("table").get_by_role("link", name=re.compile(r"^C-\d{4}-\d+$")).first.click()
    expect(page.get_by_role("heading", name=re.compile("^C-"))).to_be_visible()
    again = page.get_by_role("link", name="Order again")
    expect(again).to_have_attribute("href", re.compile(r"^/orders/again\?card=C-"))
    look(page, "card-page")
    page.get_by_role("link", name=re.compile(r"^\d{4}-\d{5}-\d+$")).click()
    expect(page.get_by_alt_text(FRONT)).to_be_visible()
    masked = drawing(page)
    look(page, "order-card-masked")
    page.get_by_role("button", name="Show person").click()
    photo = page.locator("img[data-card-photo]")
    expect(photo).to_have_attribute("src", re.compile("^/photos/"))
    page.wait_for_function("() => document.querySelector('img[data-card-photo]').naturalWidth > 10")
    assert drawing(page) != masked
    look(page, "order-card-shown")
    page.get_by_role("button", name="Hide person").click()
    expect(photo).to_have_attribute("src", re.compile("^data:"))
    assert drawing(page) == masked


def test_the_desk_reviews_photos_with_advice(page: Page, portal: Portal) -> None:
    sign_in(page, portal, portal.person("order_desk"))
    page.goto("/bureau/orders")
    page.get_by_role("table").get_by_role("link").first.click()
    photos = page.get_by_role("list", name="Photos")
    expect(photos).to_be_visible()
    photos.get_by_role("button", name=re.compile("^Show photo")).first.click()
    expect(photos.get_by_role("img", name=re.compile("^Photo on card")).first).to_be_visible()
    look(page, "review-photos")


def test_a_batch_at_printing_has_a_print_file(page: Page, portal: Portal) -> None:
    sign_in(page, portal, portal.person("production_operator"))
    page.goto("/bureau/production")
    page.get_by_role("table", name="Batches").get_by_role("link").first.click()
    expect(page.get_by_role("heading", name=re.compile("^B-"))).to_be_visible()
    for step in ("Start encoding", "Start printing"):
        page.get_by_role("button", name=re.compile(step)).click()
    expect(page.get_by_role("heading", name="Print file")).to_be_visible()
    look(page, "print-file")
    with page.expect_download() as begun:
        page.get_by_role("link", name="Standard").click()
    with zipfile.ZipFile(begun.value.path()) as files:
        assert files.read(files.namelist()[0]).startswith(b"%PDF")
