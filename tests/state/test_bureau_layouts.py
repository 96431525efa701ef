"""The editor of layouts: what is typed is drawn with samples, kept, and published."""

import base64

import pytest

from nexus_portal.domain.permissions import Role
from nexus_portal.state.bureau_layout import LayoutState
from nexus_portal.state.bureau_layouts import LayoutsState
from tests.ordering_helpers import Desk, desk, staff
from tests.tabs import Tab
from tests.world import World


@pytest.fixture
def orders(world: World) -> Desk:
    return desk(world)


@pytest.fixture
def tab(world: World) -> Tab:
    return Tab(world.person(Role.LAYOUT_DESIGNER, world.bureau()))


def drawing(address: str) -> str:
    return base64.b64decode(address.partition(",")[2]).decode()


async def opened(tab: Tab, orders: Desk) -> str:
    """The address of a new version."""
    with tab.at(f"/bureau/layouts/{orders.layout.id}"):
        page = await tab.state(LayoutState)
        await page.load()
        assert page.line.state == "offered"
        await page.begin()
    with tab.at("/bureau/layouts"):
        listed = await tab.state(LayoutsState)
        await listed.load()
        return next(row.id for row in listed.rows if row.state == "draft")


async def test_a_version_is_edited_drawn_and_published(orders: Desk, tab: Tab) -> None:
    with tab.at(f"/bureau/layouts/{await opened(tab, orders)}"):
        page = await tab.state(LayoutState)
        await page.load()
        assert "Kim Exempelsson" in drawing(page.front)
        await page.more_elements(side="back")
        n = page.elements[-1].n
        await page.changed(name=f"element-{n}-text", value="Lost? <Call us>")
        assert "Lost? &lt;Call us&gt;" in drawing(page.back)
        await page.changed(name=f"element-{n}-x", value="far")
        assert "far" in page.wrong
        await page.save(form={f"element-{n}-x": "12,5"})
        assert [each.x for each in page.elements][-1] == "12.5"
        await page.publish()
        assert page.line.state == "offered"


async def test_a_field_that_contradicts_itself_is_not_kept(orders: Desk, tab: Tab) -> None:
    with tab.at(f"/bureau/layouts/{await opened(tab, orders)}"):
        page = await tab.state(LayoutState)
        await page.load()
        before = len(page.fields)
        await page.more_fields()
        await page.save(form={f"field-{page.fields[-1].n}-key": "Not A Key"})
        assert [kind for kind, _ in await tab.said()] == ["error"]
        await page.remove(what="field", n=page.fields[-1].n)
        await page.save(form={})
        assert len(page.fields) == before


async def test_a_designer_sees_nobody(orders: Desk, tab: Tab) -> None:
    [person] = staff(1)
    orders.draft([person])
    with tab.at(f"/bureau/layouts/{orders.layout.id}"):
        page = await tab.state(LayoutState)
        await page.load()
        assert person.name not in drawing(page.front)
