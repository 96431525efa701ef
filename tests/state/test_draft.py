"""What the pages for ordering show and do, driven by their events."""

import dataclasses
import json

import pytest

from nexus_portal.domain.lifecycles import Fulfilment
from nexus_portal.domain.permissions import Role
from nexus_portal.models.orders import Order
from nexus_portal.services import draft_mending, drafts, import_reading, import_run, ordering
from nexus_portal.services.import_run import Sent
from nexus_portal.services.use_case import perform
from nexus_portal.state.draft import DraftState
from nexus_portal.state.draft_mend import DraftMendState
from nexus_portal.state.draft_purpose import DraftPurposeState
from nexus_portal.state.order_import import OrderImportState
from nexus_portal.state.order_new import OrderNewState
from tests import samples
from tests.ordering_helpers import Desk, desk, staff, with_bad_number
from tests.samples import HEADERS
from tests.tabs import Tab
from tests.world import World


@pytest.fixture
def orders(world: World) -> Desk:
    return desk(world)


def mixed(orders: Desk) -> str:
    """A draft of two ready rows and one to mend."""
    one, two, three = staff(3)
    return orders.draft([one, with_bad_number(two), three])


async def test_a_draft_is_shown_with_what_is_wrong_in_words(orders: Desk) -> None:
    number = mixed(orders)
    tab = Tab(orders.orderer)
    with tab.at(f"/orders/{number}"):
        page = await tab.state(DraftState)
        await page.load()
        assert (page.draft.total, page.draft.ready, page.draft.to_mend) == (3, 2, 1)
        assert page.draft.kronor == 147
        assert page.labels == ["Name", "Personal number", "Department"]
        row = page.rows[1]
        assert row.row == 3
        assert [cell.wrong for cell in row.cells] == [False, True, False]
        assert row.problems[0].startswith("Personal number: ")
        await page.narrow(show="problems")
        assert [shown.row for shown in page.rows] == [3]
        await page.narrow(show="anything else")
        assert len(page.rows) == 3


async def test_words_come_in_the_readers_language(orders: Desk) -> None:
    number = mixed(orders)
    tab = Tab(dataclasses.replace(orders.orderer, language="sv"))
    with tab.at(f"/orders/{number}"):
        page = await tab.state(DraftState)
        await page.load()
        assert page.labels == ["Namn", "Personnummer", "Avdelning"]
        assert page.rows[1].name == "Rad 3"


async def test_a_colleague_sees_how_far_it_is_but_nobody(orders: Desk) -> None:
    number = mixed(orders)
    for role in (Role.AUDITOR, Role.ORDERER):
        tab = Tab(orders.world.person(role, orders.account))
        with tab.at(f"/orders/{number}"):
            page = await tab.state(DraftState)
            await page.load()
            assert (page.draft.own, page.draft.shown, page.draft.total) == (False, False, 3)
            told = json.dumps([dataclasses.asdict(row) for row in page.rows], ensure_ascii=False)
            assert not [p.name for p in staff(3) if p.name in told]


async def test_a_row_is_mended_in_its_dialog(orders: Desk) -> None:
    number = mixed(orders)
    item, right = str(orders.item(number, 1)), staff(2)[1]
    tab = Tab(orders.orderer)
    with tab.at(f"/orders/{number}"):
        page, dialog = await tab.state(DraftState), await tab.state(DraftMendState)
        await page.load()
        await dialog.open(item=item)
        assert (dialog.item, dialog.row, dialog.with_photo) == (item, "3", True)
        assert dialog.photo.startswith(f"/photos/{item}")
        name, who, where = dialog.fields
        assert (name.value, name.error, who.error != "") == (right.name, "", True)
        assert where.choices == ["Ekonomi", "Växeln", "Slöjdsalen"]
        await dialog.save(form={"value-name": "x" * 41})
        assert dialog.fields[0].error == "This has 41 characters; 40 fit."
        await dialog.save(form={"value-name": "Åsa Ny", "value-personal_number": right.personal_number})
        assert (dialog.item, dialog.fields) == ("", []), "nobody stays on the page unseen"
        await page.refresh()
        assert page.draft.to_mend == 0
    assert await tab.said() == [("success", "Row 3 is ready.")]


async def test_a_row_that_another_tab_changed_is_shown_beside_what_was_typed(orders: Desk) -> None:
    number = orders.draft(staff(1))
    item = str(orders.item(number))
    first, second = Tab(orders.orderer), Tab(orders.orderer)
    with second.at(f"/orders/{number}"):
        late = await second.state(DraftMendState)
        await late.open(item=item)
    with first.at(f"/orders/{number}"):
        dialog = await first.state(DraftMendState)
        await dialog.open(item=item)
        await dialog.save(form={"value-name": "Åsa Ett", "saw": dialog.saw})
    with second.at(f"/orders/{number}"):
        shown = late.saw
        await late.save(form={"value-name": "Bo Två", "saw": shown})
        assert [(each.label, each.now, each.typed) for each in late.theirs] == [("Name", "Åsa Ett", "Bo Två")]
        assert (late.item, late.saw != shown, late.drawn) == (item, True, 1), "what was typed stays"
        assert orders.persons(number)[0]["name"] == "Åsa Ett"
        await late.save(form={"value-name": "Bo Två", "saw": late.saw})
        assert (late.item, late.theirs) == ("", [])
    assert orders.persons(number)[0]["name"] == "Bo Två"


async def test_the_form_of_one_card_tells_of_another_tab(orders: Desk) -> None:
    number = orders.draft([with_bad_number(staff(1)[0])])
    tab = Tab(orders.orderer)
    with tab.at("/orders/new", draft=number):
        page = await tab.state(OrderNewState)
        await page.load()
        await page.refused()
        assert page.theirs == [], "refused for something else"
        saw = page.saw
        item, mended = orders.item(number), {"name": "Åsa Ett"}
        perform(draft_mending.mend_row, orders.orderer, item_id=item, values=mended)
        await page.refused()
        assert [(each.label, each.now, each.typed) for each in page.theirs] == [("Name", "Åsa Ett", "")]
        assert page.saw != saw
        await page.leave()
        assert (page.theirs, page.saw) == ([], "")


async def test_a_second_card_is_offered_and_ordered_on_purpose(orders: Desk) -> None:
    orders.draft(staff(1))
    number = orders.draft(staff(1))
    tab = Tab(orders.orderer)
    with tab.at(f"/orders/{number}"):
        dialog = await tab.state(DraftMendState)
        await dialog.open(item=str(orders.item(number)))
        assert dialog.double
        await dialog.save(form={"second-card": "yes"})
        assert dialog.item == ""
    assert orders.view(number).ready == 1


async def test_a_row_is_removed_after_a_question(orders: Desk) -> None:
    number = mixed(orders)
    item = str(orders.item(number, 1))
    tab = Tab(orders.orderer)
    with tab.at(f"/orders/{number}"):
        dialog = await tab.state(DraftMendState)
        await dialog.ask(item=item, row="3")
        await dialog.kept(opens=False)
        assert dialog.removing == ""
        await dialog.ask(item=item, row="3")
        await dialog.remove(_form={})
    assert await tab.said() == [("success", "Row 3 is removed.")]
    assert orders.view(number).total == 2


async def test_ordering_takes_what_was_typed_along_and_pressing_twice_orders_once(orders: Desk) -> None:
    number = orders.draft(staff(2))
    tab = Tab(orders.orderer)
    with tab.at(f"/orders/{number}"):
        page = await tab.state(DraftState)
        await page.load()
        await page.order(
            form={"reference": "Autumn", "cost_centre": "4410", "delivery_address": "Skolgatan 4"}
        )
        await page.order(form={})
        assert (page.draft, page.rows, page.labels) == (None, [], []), "nobody stays in the tab"
    order = orders.order(number)
    assert (order.fulfilment, order.reference, order.cost_centre) == (Fulfilment.SUBMITTED, "Autumn", "4410")
    assert await tab.said() == [("success", f"Order {number} is sent. Cards: 2.")]


async def test_the_ready_rows_are_ordered_and_the_rest_is_told(orders: Desk) -> None:
    number = mixed(orders)
    tab = Tab(orders.orderer)
    with tab.at(f"/orders/{number}"):
        page = await tab.state(DraftState)
        await page.load()
        await page.order(form={})
    [(kind, text)] = await tab.said()
    assert (kind, text.rpartition(" ")[0]) == (
        "success",
        f"Order {number} is sent. Cards: 2. The other rows wait in draft",
    )
    assert orders.view(text.rpartition(" ")[2].rstrip(".")).to_mend == 1


async def test_what_is_typed_is_kept_at_once(orders: Desk) -> None:
    number = orders.draft(staff(1))
    tab = Tab(orders.orderer)
    with tab.at(f"/orders/{number}"):
        page = await tab.state(DraftState)
        await page.load()
        purpose = await tab.state(DraftPurposeState)
        await purpose.note(name="reference", text="Autumn")
        await purpose.left(name="orderer_id", text="somebody else")
        assert (purpose.texts["reference"], purpose.saved_at != "") == ("Autumn", True)
        await page.refresh()
        assert page.draft.reference == "Autumn"
    assert orders.order(number).orderer_id == orders.orderer.user_id


async def test_what_a_colleague_writes_reaches_the_page_and_what_is_typed_is_kept(orders: Desk) -> None:
    number = orders.draft(staff(1))
    tab = Tab(orders.orderer)
    with tab.at(f"/orders/{number}"):
        page, purpose = await tab.state(DraftState), await tab.state(DraftPurposeState)
        await page.load()
        perform(drafts.describe, orders.colleague, number=number, cost_centre="4410")
        await page.refresh()
        assert (purpose.texts["cost_centre"], purpose.drawn) == ("4410", {"cost_centre": 1})
        await purpose.focus(name="reference")
        perform(drafts.describe, orders.colleague, number=number, reference="Autumn")
        await purpose.note(name="reference", text="Spring")
        assert purpose.theirs == {"reference": "Autumn"}
        await purpose.left(name="reference", text="Spring term")
        assert orders.order(number).reference == "Autumn", "nothing is written over unseen"
        await purpose.settle(name="reference", mine=True)
        assert (orders.order(number).reference, purpose.theirs) == ("Spring term", {})
        perform(drafts.describe, orders.colleague, number=number, reference="Winter")
        await purpose.note(name="reference", text="Summer")
        await purpose.settle(name="reference", mine=False)
        assert (purpose.texts["reference"], purpose.drawn["reference"]) == ("Winter", 1)


async def test_the_page_says_who_else_has_the_draft_open(orders: Desk) -> None:
    number = orders.draft(staff(1))
    tabs = [Tab(orders.orderer), Tab(orders.colleague)]
    for tab, token in zip(tabs, "ab", strict=True):
        with tab.at(f"/orders/{number}"):
            tab.root.router = dataclasses.replace(
                tab.root.router, session=dataclasses.replace(tab.root.router.session, client_token=token)
            )
            await (await tab.state(DraftState)).load()
            await (await tab.state(DraftPurposeState)).here()
    second = await tabs[1].state(DraftPurposeState)
    assert (second.names, second.own_tab) == ([orders.orderer.name], False)
    with tabs[0].at(f"/orders/{number}"):
        first = await tabs[0].state(DraftPurposeState)
        tabs[0].root.router = dataclasses.replace(
            tabs[0].root.router, session=dataclasses.replace(tabs[0].root.router.session, client_token="a")
        )
        await first.here()
        assert first.names == [orders.colleague.name]
        await first.away()
    with tabs[1].at(f"/orders/{number}"):
        await second.here()
    assert second.names == []


async def test_a_draft_is_thrown_away_after_a_question(orders: Desk) -> None:
    number = orders.draft(staff(1))
    tab = Tab(orders.orderer)
    with tab.at(f"/orders/{number}"):
        page = await tab.state(DraftState)
        await page.load()
        await page.ask()
        assert page.asking
        await page.discard(_form={})
        await page.load()
        assert page.draft is None
    assert orders.count(Order) == 0
    assert await tab.said() == []


async def test_an_order_under_way_shows_no_draft_and_no_complaint(orders: Desk) -> None:
    number = orders.draft(staff(1))
    tab = Tab(orders.orderer)
    with tab.at(f"/orders/{number}"):
        page = await tab.state(DraftState)
        await page.load()
        perform(ordering.submit, orders.orderer, number=number, key="k")
        await page.refresh()
        assert page.draft is None
        await page.load()
        assert page.draft is None
    assert await tab.said() == []


async def test_the_import_page_asks_what_each_column_holds(orders: Desk) -> None:
    sheet = samples.csv_bytes([[*HEADERS, "Lön"], [*staff(1)[0].cells, "61 000"]])
    tab = Tab(orders.orderer)
    with tab.at("/orders/import"):
        page = await tab.state(OrderImportState)
        await page.load()
        assert [layout.value for layout in page.layouts] == [str(orders.layout.id)]
        assert page.columns == []
        import_run.inspect(orders.orderer, layout_id=orders.layout.id, spreadsheet=sheet)
        await page.inspected()
        assert [(column.header, column.field) for column in page.columns] == [
            ("Namn", "name"),
            ("Personnummer", "personal_number"),
            ("Foto", "photo"),
            ("Avdelning", "department"),
            ("Lön", ""),
        ]
        assert (page.counted, page.missing) == (1, "")
        await page.assign(column="column-1", field="no such field")
        assert page.missing == "Personal number"
        await page.forget()
        assert (page.columns, page.counted, page.missing) == ([], 0, "")
        await page.choose(layout="no such layout")
        assert page.columns == []


async def test_the_import_page_shows_what_was_interrupted(orders: Desk) -> None:
    tab = Tab(orders.orderer)
    with tab.at("/orders/import"):
        page = await tab.state(OrderImportState)
        await page.load()
        assert page.reading is None
        files = import_run.keep({"spreadsheet": samples.csv_bytes([HEADERS, staff(1)[0].cells])})
        import_run.accept(orders.orderer, sent=Sent(layout_id=orders.layout.id, files=files, key="k"))
        await page.refresh()
        assert page.reading
        assert (page.reading.reading, page.reading.done, page.reading.total) == (True, 0, 1)
        import_reading.read_due()
        await page.refresh()
        assert page.reading is None, "it is done: its draft has it"


async def test_the_form_of_one_card_comes_back_with_its_errors(orders: Desk) -> None:
    number = orders.draft([with_bad_number(staff(1)[0])], photo=None)
    tab = Tab(orders.orderer)
    with tab.at("/orders/new"):
        page = await tab.state(OrderNewState)
        await page.load()
        assert (page.item, page.wrong, page.fields[0].value) == ("", 0, "")
        assert [field.key for field in page.fields] == ["name", "personal_number", "department"]
    with tab.at("/orders/new", draft=number):
        await page.load()
        assert page.item == str(orders.item(number))
        assert page.fields[0].value == staff(1)[0].name
        assert page.fields[1].error
        assert (page.photo, page.photo_error, page.wrong) == ("", "The photo is missing.", 2)
    with tab.at("/orders/new"):
        await page.load()
        assert (page.item, page.fields[0].value) == ("", "")
        await page.leave()
        assert page.fields == []
    stranger = Tab(desk(orders.world).orderer)
    with stranger.at("/orders/new", draft=number):
        other = await stranger.state(OrderNewState)
        await other.load()
        assert other.fields == []
