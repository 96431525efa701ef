"""The pages of persons' rights and of protected identity, driven by their events without a browser."""

import pytest

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.permissions import Role
from nexus_portal.domain.protection import alias
from nexus_portal.models.accounts import Account
from nexus_portal.services import protection
from nexus_portal.services.use_case import perform
from nexus_portal.state.erasing import ErasingState
from nexus_portal.state.order import OrderState
from nexus_portal.state.people import PeopleState
from nexus_portal.state.person_rectify import PersonRectifyState
from nexus_portal.state.person_requests import PersonRequestsState
from nexus_portal.state.person_rights import PersonRightsState
from nexus_portal.state.privacy import PrivacyState
from nexus_portal.state.protection import ProtectionState
from nexus_portal.state.shell import ShellState
from tests.people import ASTRID, BENGT, Ordered, order_of
from tests.tabs import Tab
from tests.world import World


@pytest.fixture
def account(world: World) -> Account:
    return world.account()


@pytest.fixture
def officer(world: World, account: Account) -> Actor:
    return world.person(Role.PRIVACY_OFFICER, account, stepped_up=True)


@pytest.fixture
def ordered(world: World, account: Account) -> Ordered:
    return order_of(world, world.person(Role.ORDERER, account), ASTRID, BENGT)


async def chosen(tab: Tab, item: str) -> None:
    """Find Astrid and choose her card."""
    await (await tab.state(PeopleState)).search(form={"who": "astrid"})
    await (await tab.state(ErasingState)).choose_item(item=item)


async def test_the_package_asks_for_whom_and_keeps_no_person(officer: Actor, ordered: Ordered) -> None:
    tab = Tab(officer)
    with tab.at("/people"):
        rights = await tab.state(PersonRightsState)
        await rights.ask(what="package")
        assert rights.asking == ""
        await chosen(tab, str(ordered.items[0]))
        await rights.ask(what="package")
        assert (rights.asking, len(rights.codes), rights.by_number) == ("package", 1, True)
        await rights.closed(opens=False)
        assert (rights.asking, rights.items) == ("", [])
    assert [kind for kind, _ in await tab.said()] == ["error"]


async def test_a_refused_code_opens_the_dialog_again(officer: Actor, ordered: Ordered) -> None:
    tab = Tab(officer)
    with tab.at("/people"):
        shell = await tab.state(ShellState)
        shell.kept = {"dialog": "package", "items": str(ordered.items[0]), "language": "en"}
        rights = await tab.state(PersonRightsState)
        await rights.load()
        assert (rights.asking, rights.language, len(rights.codes)) == ("package", "en", 1)


async def test_protecting_takes_the_person_off_the_page(officer: Actor, ordered: Ordered) -> None:
    tab = Tab(officer)
    with tab.at("/people"):
        await chosen(tab, str(ordered.items[0]))
        rights = await tab.state(PersonRightsState)
        await rights.ask(what="protect")
        await rights.protect(_form={})
        people = await tab.state(PeopleState)
        assert (people.rows, (await tab.state(ErasingState)).items, rights.asking) == ([], [], "")


async def test_correcting_shows_the_fields_and_what_is_wrong_with_them(
    officer: Actor, ordered: Ordered
) -> None:
    tab = Tab(officer)
    with tab.at("/people"):
        await chosen(tab, str(ordered.items[0]))
        page = await tab.state(PersonRectifyState)
        await page.ask()
        assert [each.key for each in page.fields] == ["name", "personal_number"]
        await page.save(form={"value-name": "Astrid", "value-personal_number": "1"})
        assert [bool(each.error) for each in page.fields] == [False, True]
        await page.save(form={"value-name": "Astrid Rätt", "value-personal_number": "640823-3234"})
        assert (page.item, page.fields) == ("", [])
        found = await tab.state(PeopleState)
        await found.search(form={"who": "rätt"})
        assert [row.item_id for row in found.rows] == [str(ordered.items[0])]


async def test_requests_are_written_down_and_answered(officer: Actor) -> None:
    tab = Tab(officer)
    with tab.at("/privacy/requests"):
        page = await tab.state(PersonRequestsState)
        await page.load()
        await page.ask(dialog="new", request="")
        await page.write_down(form={"kind": "access", "received_on": "no day"})
        assert page.error
        await page.write_down(form={"kind": "access", "received_on": "2026-01-15", "case_number": "A B"})
        assert (page.dialog, bool(page.error)) == ("new", True)
        await page.write_down(form={"kind": "access", "received_on": "2026-01-15", "case_number": "A-1"})
        assert (page.dialog, len(page.rows), page.late) == ("", 1, 1)
        privacy = await tab.state(PrivacyState)
        await privacy.load()
        assert privacy.late == 1
        await page.ask(dialog="answer", request=page.rows[0].id)
        assert page.about == "R-1"
        await page.answer(form={"outcome": "granted"})
        assert (page.rows, page.late) == ([], 0)


async def test_the_page_of_protected_identity_says_aliases(
    world: World, account: Account, officer: Actor, ordered: Ordered
) -> None:
    perform(protection.mark, officer, item_ids=ordered.items[:1])
    tab = Tab(officer)
    with tab.at("/privacy/protected"):
        page = await tab.state(ProtectionState)
        await page.load()
        assert ([row.item_id for row in page.rows], page.named) == ([str(ordered.items[0])], [])
        assert ASTRID["name"] not in repr(page.rows)
        await page.ask(dialog="unmark", subject=page.rows[0].item_id, about=page.rows[0].code)
        assert page.dialog == "unmark"
        await page.closed(opens=False)
        await page.mark(form={"code": page.rows[0].code[:-1] + "2"})
        assert len(page.rows) == 2
        perform(protection.ask_unmark, officer, item_id=ordered.items[0])
        await page.refresh()
        await page.refuse(proposal=next(row.proposal for row in page.rows if row.proposal))
        assert {row.proposal for row in page.rows} == {""}
    other = Tab(world.person(Role.AUDITOR, account))
    with other.at("/privacy/protected"):
        page = await other.state(ProtectionState)
        await page.mark(form={"code": "2026-00001-1"})
        assert [kind for kind, _ in await other.said()] == ["error"]


async def test_a_person_on_the_page_becomes_an_alias_when_the_identity_is_protected(
    world: World, account: Account, officer: Actor
) -> None:
    orderer = world.person(Role.ORDERER, account)
    ordered = order_of(world, orderer, ASTRID, BENGT)
    [item, other] = map(str, ordered.items)
    tab = Tab(orderer)
    with tab.at("/orders/2026-00001"):
        page = await tab.state(OrderState)
        await page.load()
        await page.show(item=other)
        await page.show(item=item)
        assert page.persons[item].name == ASTRID["name"]
        perform(protection.mark, officer, item_ids=ordered.items)
        await page.refresh()
        assert page.persons[other].name == f"Protected person {alias(ordered.items[1])}"
        assert not [name for name in (*ASTRID.values(), *BENGT.values()) if name in repr(page.dict())]
