"""The forms that make and revoke credentials of the file server, behind the guard."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from nexus_portal.adapters.ssh_keys import host_key
from nexus_portal.domain.permissions import Role
from nexus_portal.services import file_access, file_credentials
from nexus_portal.services.use_case import perform
from tests.identity import PASSWORD, code, enrolled, quick_passwords  # noqa: F401 - the fixture is asked for by name
from tests.web.browser import Browser, where
from tests.world import Clock, World

pytestmark = pytest.mark.usefixtures("quick_passwords")


@pytest.fixture
def browser(world: World, clock: Clock) -> Browser:
    """An account admin whose second factor was given a while ago."""
    person, made = enrolled(world, Role.ACCOUNT_ADMIN, world.account()), Browser()
    made.get("/sign-in")
    made.post("/auth/sign-in", email=person.email, password=PASSWORD)
    made.post("/auth/second-factor", code=code())
    clock.forward(timedelta(minutes=6))
    return made


@pytest.fixture
def public_key(installation) -> str:
    return host_key(installation / "some_key").export_public_key().decode()


def rows(browser: Browser) -> tuple[file_credentials.CredentialRow, ...]:
    assert browser.visit is not None
    return perform(file_credentials.credentials, browser.visit.actor)


def test_a_key_is_added_with_a_code(browser: Browser, public_key: str) -> None:
    sent = {"name": "Payroll", "public_key": public_key}
    assert where(browser.post("/files/credentials/key", **sent)) == "/files"
    told = browser.told()
    assert told is not None
    assert told.kept == {"dialog": "key", "name": "Payroll", "at": "code"}
    assert rows(browser) == ()
    assert where(browser.post("/files/credentials/key", code=code(), **sent)) == "/files"
    assert [row.name for row in rows(browser)] == ["Payroll"]


def test_what_was_pasted_by_mistake_is_not_kept(browser: Browser) -> None:
    private = "-----BEGIN OPENSSH PRIVATE KEY-----"
    browser.post("/files/credentials/key", code=code(), name="Payroll", public_key=private)
    told = browser.told()
    assert told is not None
    assert "private key" in str(told.message)
    assert private not in str(told.kept)


def test_a_password_is_made_and_led_to(browser: Browser) -> None:
    address = where(browser.post("/files/credentials/password", code=code(), name="Old system"))
    [made] = parse_qs(urlsplit(address).query)["made"]
    assert browser.visit is not None
    shown = perform(file_credentials.shown_password, browser.visit.actor, credential_id=UUID(made))
    assert file_access.by_password(shown.login, shown.password, "192.0.2.1") == UUID(made)


def test_a_credential_is_revoked(browser: Browser, public_key: str) -> None:
    browser.post("/files/credentials/key", code=code(), name="Payroll", public_key=public_key)
    [row] = rows(browser)
    assert where(browser.post(f"/files/credentials/{row.id}/revoke")) == "/files"
    [row] = rows(browser)
    assert row.revoked_at != ""


@pytest.mark.parametrize("credential", ["nothing", "01a22a8b-c814-7345-9df0-819e25abb493"])
def test_what_there_is_not_cannot_be_revoked(browser: Browser, credential: str) -> None:
    browser.post(f"/files/credentials/{credential}/revoke", code=code())
    told = browser.told()
    assert told is not None
    assert told.kind == "error"
