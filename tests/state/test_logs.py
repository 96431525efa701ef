"""The pages of the two logs, driven by their events without a browser."""

import pytest

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.services import vault_people
from nexus_portal.services.use_case import perform
from nexus_portal.state.access_log import AccessLogState
from nexus_portal.state.audit import AuditState
from tests.people import ASTRID, BENGT, Ordered, order_of
from tests.tabs import Tab
from tests.world import World


@pytest.fixture
def account(world: World) -> Account:
    return world.account()


@pytest.fixture
def ordered(world: World, account: Account) -> Ordered:
    """Two persons, both seen by who ordered them."""
    orderer = world.person(Role.ORDERER, account)
    ordered = order_of(world, orderer, ASTRID, BENGT)
    perform(vault_people.reveal, orderer, item_ids=ordered.items, purpose="order page")
    return ordered


@pytest.fixture
def officer(world: World, account: Account) -> Actor:
    return world.person(Role.PRIVACY_OFFICER, account)


async def test_the_access_log_shows_what_its_address_asks_for(officer: Actor, ordered: Ordered) -> None:
    assert ordered.items
    tab = Tab(officer)
    page = await tab.state(AccessLogState)
    with tab.at("/privacy/access"):
        await page.load()
        assert (len(page.rows), page.months, page.narrowed) == (2, 24, False)
    with tab.at("/privacy/access", number="2026-00001-2", act="revealed"):
        await page.load()
        assert [row.card for row in page.rows] == ["2026-00001-2"]
        assert (page.narrowed, page.query) == (True, "act=revealed&number=2026-00001-2")
    with tab.at("/privacy/access", number="2026-77777-2"):
        await page.load()
        assert (page.rows, page.unknown) == ([], True)
        assert await tab.said() == []
        assert await page.narrow(name="months", value="1") is None
    assert ASTRID["name"] not in repr(page.dict())


async def test_the_audit_log_shows_and_verifies_a_chain(officer: Actor, ordered: Ordered) -> None:
    assert ordered.items
    tab = Tab(officer)
    page = await tab.state(AuditState)
    with tab.at("/audit", group="persons"):
        await page.load()
        assert [row.action for row in page.rows] == ["person:revealed"]
        await page.verify()
        assert (page.checked, page.entries, page.broken_at) == (True, 1, 0)
        assert [kind for kind, _ in await tab.said()] == ["success"]
    with tab.at("/audit", group="orders"):
        await page.load()
        assert (page.rows, page.checked) == ([], False)


async def test_an_unreadable_filter_is_said_and_no_failure(officer: Actor, ordered: Ordered) -> None:
    assert ordered.items
    tab = Tab(officer)
    for path, kind in (("/audit", AuditState), ("/privacy/access", AccessLogState)):
        page = await tab.state(kind)
        with tab.at(path, who="nobody", since="yesterday", page="x"):
            await page.load()
            assert (page.rows, page.loaded) == ([], True)
    assert await tab.said() == []
