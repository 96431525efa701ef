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


def typed(page, side: str = "front") -> str:
    """The number of the first element of a side."""
    return next(each.n for each in page.elements if each.side == side)


async def test_an_element_is_moved_on_the_card(orders: Desk, tab: Tab) -> None:
    with tab.at(f"/bureau/layouts/{await opened(tab, orders)}"):
        page = await tab.state(LayoutState)
        await page.load()
        n = typed(page, "back")
        before = page.back
        await page.moved(place=f"{n} 42.8 10")
        assert page.back != before
        [handle] = [each for each in page.handles if each.n == n]
        assert (handle.side, handle.at["left"]) == ("back", "50.000%")
        before = page.back
        for nonsense in ("", "9999 1 1", f"{n} far away"):
            await page.moved(place=nonsense)
        assert page.back == before
        assert page.wrong


async def test_a_layout_is_begun_from_nothing_and_discarded(orders: Desk, tab: Tab) -> None:
    with tab.at("/bureau/layouts"):
        listed = await tab.state(LayoutsState)
        await listed.load()
        await listed.ask()
        assert [each.label for each in listed.accounts] == [orders.account.name]
        form = {
            "account": listed.accounts[0].value,
            "article": str(orders.layout.article_id),
            "name": "Visitors",
            "colour": "#C62828",
        }
        await listed.begin(form=form)
        await listed.refresh()
        begun = next(row for row in listed.rows if row.name == "Visitors")
    with tab.at(f"/bureau/layouts/{begun.id}"):
        page = await tab.state(LayoutState)
        await page.load()
        assert (page.line.state, page.elements[0].colour) == ("draft", "#c62828")
        await page.ask()
        assert page.asking
        await page.discard(_form={})
        await listed.refresh()
        assert "Visitors" not in {row.name for row in listed.rows}
        await page.refresh()
        assert page.line is None


@pytest.fixture
def two(world: World) -> tuple[Tab, Tab]:
    """Two designers, each with a tab."""
    bureau = world.bureau()
    return Tab(world.person(Role.LAYOUT_DESIGNER, bureau)), Tab(world.person(Role.LAYOUT_DESIGNER, bureau))


async def edited(tab: Tab, address: str, text: str):
    """The editor with a draft in which something is typed and not saved."""
    with tab.at(address):
        page = await tab.state(LayoutState)
        await page.load()
        n = typed(page)
        await page.changed(name=f"element-{n}-colour", value=text)
    return page


async def test_an_open_editor_follows_a_colleague_until_something_is_edited_in_it(
    orders: Desk, two: tuple[Tab, Tab]
) -> None:
    mine, theirs = two
    address = f"/bureau/layouts/{await opened(mine, orders)}"
    with mine.at(address):
        page = await mine.state(LayoutState)
        await page.load()
    other = await edited(theirs, address, "#111111")
    with theirs.at(address):
        await other.save(form={})
    with mine.at(address):
        await page.refresh()
        assert (page.elements[0].colour, page.theirs) == ("#111111", False)
        await page.changed(name=f"element-{typed(page)}-colour", value="#222222")
    with theirs.at(address):
        await other.save(form={f"element-{typed(other)}-colour": "#333333"})
        assert not other.theirs
    with mine.at(address):
        await page.refresh()
        assert (page.elements[0].colour, page.theirs) == ("#222222", True)
        await page.settle(mine=False)
        assert (page.elements[0].colour, page.theirs) == ("#333333", False)


async def test_of_two_designers_neither_writes_over_the_other(orders: Desk, two: tuple[Tab, Tab]) -> None:
    mine, theirs = two
    address = f"/bureau/layouts/{await opened(mine, orders)}"
    page, other = await edited(mine, address, "#111111"), await edited(theirs, address, "#222222")
    with theirs.at(address):
        await other.save(form={})
    with mine.at(address):
        for act in (lambda: page.save(form={}), page.publish, lambda: page.discard(_form={})):
            await act()
            assert (page.theirs, page.line.state, page.elements[0].colour) == (True, "draft", "#111111")
        assert "success" not in {kind for kind, _ in await mine.said()}
        await page.settle(mine=True)
        assert (page.theirs, page.elements[0].colour) == (False, "#111111")
        await page.load()
        assert page.elements[0].colour == "#111111"
