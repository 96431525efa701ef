"""Lanyards ordered alone: from the form through the bureau to the door, in parts, with nobody's data."""

import re

from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsing import look, opened
from tests.e2e.portal import Portal

LANYARD = "Lanyard, recycled polyester"


def ordered(page: Page) -> str:
    """Five lanyards, and nothing else; the order's number."""
    page.goto("/orders/new")
    page.get_by_role("button", name="Accessories alone").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Accessory").select_option(label=LANYARD)
    dialog.get_by_label("Pieces").fill("5")
    look(page, "accessories-begin")
    dialog.get_by_role("button", name="Begin the draft").click()
    page.wait_for_url(re.compile(r"/orders/\d{4}-\d{5}"))
    expect(page.get_by_text("145 SEK without VAT")).to_be_visible()
    page.get_by_label("Reference").fill("Lanyards for the fair")
    expect(page.get_by_text(re.compile("^Saved "))).to_be_visible()
    look(page, "accessories-draft")
    page.get_by_role("button", name="Order 5 accessories").click()
    expect(page.get_by_text("Submitted", exact=True).first).to_be_visible()
    return page.url.rstrip("/").rpartition("/")[2]


def packed(page: Page, number: str, pieces: str) -> None:
    """So many of them go into a parcel, which leaves and arrives."""
    page.goto("/bureau/shipping")
    page.get_by_role("button", name=f"Pack order {number}").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(f"{LANYARD}, pieces").fill(pieces)
    look(page, f"accessories-pack-{pieces}")
    dialog.get_by_role("button", name="Pack the parcel").click()
    parcel = page.get_by_role("table", name="Parcels").get_by_role("row").filter(has_text=number)
    parcel.get_by_role("button", name=re.compile("^Ship parcel")).click()
    page.get_by_role("combobox", name="Parcels").select_option("on_the_way")
    page.wait_for_url(re.compile("show=on_the_way"))
    parcel.get_by_role("button", name=re.compile("is delivered$")).wait_for()
    parcel.get_by_role("link").first.click()
    page.wait_for_url(re.compile("/bureau/shipping/S-"))
    expect(page.get_by_text(f"{pieces} × {LANYARD}")).to_be_visible()
    look(page, f"accessories-parcel-{pieces}")
    page.get_by_role("button", name="Delivered").click()
    expect(page.get_by_text("is delivered.", exact=False)).to_be_visible()


def test_lanyards_are_ordered_alone_and_arrive_in_parts(portal: Portal, browser: Browser) -> None:
    page = opened(browser, portal, "orderer", "Nordhamn")
    number = ordered(page)
    expect(page.get_by_text("this order never held personal data", exact=False)).to_be_visible()
    expect(page.get_by_role("button", name="Remove personal data")).to_have_count(0)
    expect(page.get_by_role("heading", name="Cards of this order")).to_have_count(0)

    desk = opened(browser, portal, "order_desk")
    desk.goto(f"/bureau/orders/{number}")
    expect(desk.get_by_text("5 accessories", exact=True).first).to_be_visible()
    look(desk, "accessories-desk")
    desk.get_by_role("button", name="Accept").click()
    desk.get_by_role("dialog").get_by_role("button", name="Accept the order").click()
    expect(page.get_by_text("Accepted", exact=True).first).to_be_visible()

    shipper = opened(browser, portal, "shipping")
    packed(shipper, number, "3")
    expect(page.get_by_text("Part shipped", exact=True).first).to_be_visible()
    expect(page.get_by_text("3 accessories have arrived")).to_be_visible()
    packed(shipper, number, "2")
    expect(page.get_by_text("Delivered", exact=True).first).to_be_visible()
    look(page, "accessories-order")

    biller = opened(browser, portal, "billing")
    biller.goto("/bureau/billing")
    biller.get_by_role("button", name=f"Create the invoice of order {number}").click()
    biller.get_by_role("dialog").get_by_role("button", name="Create the invoice").click()
    expect(page.get_by_text("The bureau invoiced it")).to_be_visible()

    page.goto("/orders?personal_data=none")
    row = page.get_by_role("row").filter(has_text=number)
    expect(row.get_by_text("5 accessories")).to_be_visible()
    expect(row.get_by_text("Nothing held")).to_be_visible()
    look(page, "accessories-history")
