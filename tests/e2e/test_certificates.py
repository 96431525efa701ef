"""Certificates: the privacy officer takes them away, and a stranger verifies one without an account."""

import json
import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect
from typer.testing import CliRunner

from nexus_portal.cli import app
from tests.e2e.browsing import look, sign_in
from tests.e2e.portal import Portal


def test_an_officer_takes_certificates_away_and_a_stranger_verifies_one(
    browser: Browser, page: Page, portal: Portal, tmp_path: Path
) -> None:
    sign_in(page, portal, portal.person("privacy_officer", "Björkskolan"))
    page.goto("/privacy/certificates")
    listed = page.get_by_role("table", name="Certificates")
    expect(listed.get_by_text("Genuine", exact=True).first).to_be_visible()
    expect(page.get_by_text("no certificate is missing")).to_be_visible()
    look(page, "privacy-certificates")
    paper, machine = tmp_path / "certificate.pdf", tmp_path / "certificate.json"
    for form, place in (("PDF", paper), ("JSON", machine)):
        with page.expect_download() as taken:
            listed.get_by_role("link", name=re.compile(f"as {form}$")).first.click()
        taken.value.save_as(place)
    with page.expect_download() as taken:
        page.get_by_role("link", name="All as ZIP").click()
    taken.value.save_as(tmp_path / "all.zip")
    keys = str(portal.data_dir / "certificates.pub")
    verified = CliRunner().invoke(
        app, ["certificate", "verify", str(tmp_path / "all.zip"), "--public-key", keys]
    )
    assert verified.exit_code == 0, verified.output
    page.get_by_label("Reason").select_option("blocked")
    expect(page).to_have_url(re.compile("policy=blocked"))
    expect(page.get_by_text("No certificate fits").or_(listed.get_by_role("row").first)).to_be_visible()

    stranger = browser.new_context(base_url=portal.url, locale="en-GB").new_page()
    stranger.goto("/verify")
    expect(stranger.get_by_role("heading", level=1, name="Verify a certificate")).to_be_visible()
    look(stranger, "verify")
    _send_by_keyboard(stranger, paper)
    expect(stranger.get_by_role("heading", level=1)).to_contain_text("This certificate is genuine")
    expect(stranger.get_by_role("region", name="This certificate is genuine")).to_be_focused()
    look(stranger, "verify-genuine")

    forged = {**json.loads(machine.read_text()), "order": "2026-99999"}
    machine.write_text(json.dumps(forged))
    _send_by_keyboard(stranger, machine)
    expect(stranger.get_by_role("heading", level=1)).to_contain_text("This certificate is not genuine")
    look(stranger, "verify-changed")

    stranger.get_by_role("link", name="Svenska").click()
    nothing = tmp_path / "nothing.json"
    nothing.write_text("{}")
    _send_by_keyboard(stranger, nothing, button="Kontrollera")
    expect(stranger.get_by_role("heading", level=1)).to_contain_text("Filen gick inte att kontrollera")
    look(stranger, "verify-unreadable")
    with stranger.expect_download() as taken:
        stranger.get_by_role("link", name="Publika nycklar").click()
    assert taken.value.path().read_bytes() == (portal.data_dir / "certificates.pub").read_bytes()


def _send_by_keyboard(page: Page, file: Path, *, button: str = "Check") -> None:
    page.locator("#file").set_input_files(file)
    page.locator("#file").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name=button, exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/verify"))
