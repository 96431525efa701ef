"""The credentials of the file server: a key by which `sftp` comes in, a password shown once, their end."""

import re
import subprocess
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.browsing import look, sign_in
from tests.e2e.portal import Person, Portal

CODE = "Code from your authenticator"


def confirm(page: Page, portal: Portal, admin: Person, button: str) -> None:
    """Confirm the open dialog with a code."""
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(CODE).fill(portal.code(admin))
    dialog.get_by_role("button", name=button).click()


def sftp(portal: Portal, key: Path, login: str, command: str) -> subprocess.CompletedProcess[str]:
    """OpenSSH's client on this machine."""
    options = ["-F", "/dev/null", "-i", str(key), "-P", str(portal.sftp_port)]
    for each in (
        "StrictHostKeyChecking=no",
        f"UserKnownHostsFile={key}.known",
        "BatchMode=yes",
        "IdentityAgent=none",
    ):
        options += ["-o", each]
    return subprocess.run(
        ["sftp", "-b", "-", *options, f"{login}@127.0.0.1"],
        input=f"{command}\n",
        text=True,
        capture_output=True,
        check=False,
        timeout=60,
    )


def add_key(page: Page, portal: Portal, admin: Person, key: Path) -> str:
    """Paste the wrong half of a key first; gives the login of the credential."""
    page.get_by_role("button", name="Add an SSH key").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Payroll")
    dialog.get_by_label("Public key").fill(key.read_text())
    look(page, "file-credential-key")
    confirm(page, portal, admin, "Add an SSH key")
    expect(dialog.get_by_role("alert").first).to_contain_text("This is the private key")
    expect(dialog.get_by_label("Name")).to_have_value("Payroll")
    expect(dialog.get_by_label("Public key")).to_have_value("")
    dialog.get_by_label("Public key").fill(key.with_suffix(".pub").read_text())
    confirm(page, portal, admin, "Add an SSH key")
    row = page.get_by_role("row", name=re.compile("Payroll"))
    expect(row).to_contain_text("Works")
    return row.get_by_text(re.compile("^files-")).inner_text()


def make_password(page: Page, portal: Portal, admin: Person) -> None:
    """It is shown once, and gone when its dialog is closed."""
    page.get_by_role("button", name="Make a password").click()
    page.get_by_role("dialog").get_by_label("Name").fill("Old system")
    confirm(page, portal, admin, "Make a password")
    dialog = page.get_by_role("dialog", name="Copy the password")
    expect(dialog.locator("#shown-password")).to_have_text(re.compile(r"^([a-z2-9]{8}-){3}[a-z2-9]{8}$"))
    look(page, "file-credential-password")
    dialog.get_by_role("button", name="I have copied it").click()
    expect(dialog).to_have_count(0)
    page.reload()
    expect(page.get_by_role("row", name=re.compile("Old system"))).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_credentials_of_the_file_server(page: Page, portal: Portal, tmp_path: Path) -> None:
    admin = portal.person("account_admin", "Nordhamn")
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(key)], check=True)
    sign_in(page, portal, admin)
    page.get_by_role("navigation", name="Places").get_by_role("link", name="Files").click()
    expect(page.get_by_text("No credential yet")).to_be_visible()
    look(page, "files-no-credential")
    login = add_key(page, portal, admin, key)
    expect(page.locator("#connect-sftp")).to_have_text(f"sftp -P {portal.sftp_port} {login}@localhost")
    assert sftp(portal, key, login, "ls inbox").returncode == 0
    row = page.get_by_role("row", name=re.compile("Payroll"))
    expect(row).to_contain_text("from 127.0.0.1")
    make_password(page, portal, admin)
    look(page, "files-credentials")
    page.get_by_role("button", name="Actions for Payroll").click()
    page.get_by_role("menuitem", name="Revoke").click()
    look(page, "file-credential-revoke")
    confirm(page, portal, admin, "Revoke the credential")
    expect(row).to_contain_text("Revoked")
    assert sftp(portal, key, login, "ls inbox").returncode != 0
    page.get_by_role("button", name=re.compile("Svenska|Swedish|SV")).click()
    expect(page.get_by_role("heading", name="Inloggningar till filservern")).to_be_visible()
    look(page, "files-credentials-sv")
