"""The photos that the desk reviews: advice in its language, and a photo only while it is shown."""

from dataclasses import replace

from nexus_portal.domain.permissions import Role
from nexus_portal.domain.photo_findings import Finding
from nexus_portal.services import ordering
from nexus_portal.services.use_case import perform
from nexus_portal.state.bureau_photos import BureauPhotosState
from tests.ordering_helpers import PHOTO, desk, staff
from tests.tabs import Tab
from tests.world import World


async def test_advice_is_read_before_a_photo_is_shown(world: World) -> None:
    orders = desk(world)
    number = orders.draft(staff(1), photo=replace(PHOTO, findings=(Finding.DARK,)))
    orders.add(number, staff(3)[2:], photo=replace(PHOTO, findings=()))
    perform(ordering.submit, orders.orderer, number=number, key="once")
    reviewer = replace(world.person(Role.ORDER_DESK, world.bureau()), language="sv")
    with (tab := Tab(reviewer)).at(f"/bureau/orders/{number}"):
        page = await tab.state(BureauPhotosState)
        await page.load()
        assert [row.advice for row in page.rows] == [["Fotot är mörkt. Ta det med ljuset framifrån."], []]
        first = page.rows[0].item
        assert {row.photo for row in page.rows} == {""}
        await page.show(item=first)
        assert page.rows[0].photo == f"/photos/{first}"
        await page.narrow(wanting=True)
        assert [(row.item, row.photo) for row in page.rows] == [(first, "")]
