"""A file that is sent by SFTP while the page is open: it appears, is ordered, answered and deleted."""

import re
import subprocess
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests import samples
from tests.e2e.browsing import look, sign_in
from tests.e2e.portal import Portal
from tests.samples import people

SECONDS = 60_000
"""An order is made meanwhile, by a worker that other journeys may keep busy."""


def made_key(folder: Path) -> Path:
    key = folder / "id"
    made = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(key)]
    subprocess.run(made, check=True)
    return key


def credential(browser: Browser, portal: Portal, key: Path) -> str:
    """The account admin lets a machine in, on the page, and looks at the rules; the machine's login."""
    context = browser.new_context(base_url=portal.url, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    admin = portal.person("account_admin", "Björkskolan")
    sign_in(page, portal, admin)
    page.get_by_role("link", name="Files", exact=True).click()
    page.get_by_role("button", name="Change the rules").click()
    look(page, "files-rules")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Add an SSH key").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Payroll")
    dialog.get_by_label("Public key").fill(key.with_suffix(".pub").read_text())
    dialog.get_by_label("Code from your authenticator").fill(portal.code(admin))
    dialog.get_by_role("button", name="Add an SSH key").click()
    row = page.get_by_role("table", name="Credentials of the file server").get_by_role("row", name="Payroll")
    login = row.locator("code").first.inner_text()
    context.close()
    return login


def send(portal: Portal, login: str, key: Path, *files: Path) -> None:
    """What OpenSSH’s own client does: under another name first, then into place."""
    lines: list[str] = []
    for file in files:
        name = f"inbox/{file.name}"
        lines += [f'put "{file}" "{name}.part"', f'rename "{name}.part" "{name}"']
    options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"]
    command = ["sftp", "-b", "-", "-P", str(portal.sftp_port), "-i", str(key)]
    command += [part for option in options for part in ("-o", option)]
    subprocess.run(
        [*command, f"{login}@localhost"], input="\n".join(lines), text=True, check=True, timeout=60
    )


def test_a_list_sent_by_sftp(page: Page, browser: Browser, portal: Portal, tmp_path: Path) -> None:
    login = credential(browser, portal, key := made_key(tmp_path))
    officer = portal.person("privacy_officer", "Björkskolan")
    sign_in(page, portal, officer)
    page.get_by_role("link", name="Files", exact=True).click()
    table = page.get_by_role("table", name="Files")
    expect(table.get_by_role("rowheader", name="Klass 5B.csv")).to_be_visible()
    look(page, "files")

    persons = people(3)
    headers = ("Namn", "Personnummer", "Foto", "Klass")
    rows = [[*person.cells[:3], "9B"] for person in persons]
    (tmp_path / "Klass 9B.csv").write_bytes(samples.csv_bytes([headers, *rows]))
    (tmp_path / "Klass 9B.zip").write_bytes(samples.photos_of(persons))
    send(portal, login, key, tmp_path / "Klass 9B.zip", tmp_path / "Klass 9B.csv")

    listed = table.get_by_role("row", name="Klass 9B.csv")
    expect(listed).to_contain_text("Payroll", timeout=SECONDS)
    expect(listed).to_contain_text("Processed", timeout=SECONDS)
    answer = table.get_by_role("row", name=re.compile(r"klass 9b 20.*\.csv"))
    expect(answer).to_contain_text("Results")
    with page.expect_download() as taken:
        answer.get_by_role("link", name="Download file").click()
    assert taken.value.suggested_filename.startswith("klass 9b")
    number = listed.get_by_role("link").first.inner_text()

    for row in (listed, table.get_by_role("row", name="Klass 9B.zip")):
        row.get_by_role("checkbox").click()
        expect(row.get_by_role("checkbox")).to_be_checked()
    page.get_by_role("button", name="Delete…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("2 files are destroyed")
    look(page, "files-delete")
    dialog.get_by_label("Code from your authenticator").fill(portal.code(officer))
    dialog.get_by_role("button", name="Delete files").click()
    done = page.get_by_role("dialog")
    expect(done).to_contain_text("Files that were deleted: 2.")
    with page.expect_download() as certificate:
        done.get_by_role("link", name="Certificate as JSON").click()
    verified = portal.command("certificate", "verify", str(certificate.value.path()))
    assert "genuine" in verified.casefold() or "valid" in verified.casefold()
    done.get_by_role("button", name="Close").click()
    expect(table.get_by_role("row", name="Klass 9B.zip")).to_have_count(0)

    context = browser.new_context(base_url=portal.url)
    ordering = context.new_page()
    sign_in(ordering, portal, portal.person("orderer", "Björkskolan"))
    ordering.goto(f"/orders/{number}")
    expect(ordering.get_by_role("heading", level=1)).to_be_visible()
    expect(ordering.get_by_text("3 rows").or_(ordering.get_by_text("3 cards")).first).to_be_visible()
    ordering.goto("/files")
    mine = ordering.get_by_role("table", name="Files")
    expect(mine.get_by_role("rowheader", name="Klass 5B.csv")).to_be_visible()
    expect(mine.get_by_role("row", name="klass 9b")).to_have_count(0)
    context.close()


def test_files_sent_by_the_page_in_swedish(page: Page, portal: Portal, tmp_path: Path) -> None:
    officer = portal.person("privacy_officer", "Nordhamn")
    sign_in(page, portal, officer)
    page.goto("/files")
    expect(page.get_by_text("No files yet")).to_be_visible()
    look(page, "files-empty")
    page.get_by_role("button", name=re.compile("Svenska|Swedish|SV")).click()
    (tmp_path / "brev.docx").write_bytes(b"PK\x03\x04")
    page.get_by_label("Skicka filer till inkorgen").set_input_files(tmp_path / "brev.docx")
    row = (
        page.get_by_role("table", name="Filer").get_by_role("row", name="brev.docx").filter(has_text="Inkorg")
    )
    expect(row).to_contain_text("Nekad", timeout=SECONDS)
    look(page, "files-sv")
