"""From an approved application to an open account, with its first people in their roles [R10, R11]."""

from uuid import UUID, uuid4

import pytest
from sqlmodel import select

from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Conflict, Invalid, NotFound, NotYet, StepUpNeeded
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.layouts import Article, Layout
from nexus_portal.models.people import Invitation, User
from nexus_portal.services import customer_setup, customers, invitations, layouts, outbox
from nexus_portal.services.use_case import perform
from tests import applying
from tests.world import Clock, World

ADDRESS = "Havsbris, Strandvägen 1, 123 45 Havstad"


@pytest.fixture
def bureau(world: World) -> Account:
    return world.bureau()


@pytest.fixture
def admin(world: World, bureau: Account) -> Actor:
    return world.person(Role.BUREAU_ADMIN, bureau, stepped_up=True)


@pytest.fixture
def articles(world: World) -> list[UUID]:
    rows = [
        Article(number="A-1", name="PVC card", price=4900),
        Article(number="A-2", name="Access card", price=11900),
        Article(number="B-1", name="Lanyard", price=2900, kind="accessory"),
    ]
    with world.database.transaction(SYSTEM) as session:
        session.add_all(rows)
    return [row.id for row in rows]


@pytest.fixture
def number(clock: Clock, admin: Actor, articles: list[UUID]) -> str:
    """Of an account that was approved just now."""
    reference = applying.send(clock, wanted=("A-1", "B-1")).reference
    return perform(
        customer_setup.approve, admin, reference=reference, seen=applying.sheet(admin, reference).seen
    )


def fill(admin: Actor, number: str, article: UUID) -> None:
    """Set everything up that opening asks for."""
    perform(
        customer_setup.describe,
        admin,
        number=number,
        new_number=number,
        name="Havsbris Förskola AB",
        address=ADDRESS,
    )
    perform(
        customer_setup.add_layout,
        admin,
        number=number,
        template="staff",
        article_id=article,
        name="Personalkort",
    )


def account(world: World, number: str) -> Account:
    with world.database.transaction(SYSTEM, writes=False) as session:
        return session.exec(select(Account).where(Account.number == number)).one()


def test_approving_makes_an_account_of_what_was_wished(world: World, admin: Actor, number: str) -> None:
    assert number == "556036-0793"
    found = perform(customers.customer, admin, number=number)
    assert (found.row.status, found.row.name, found.row.people) == ("setup", "Havsbris Förskola AB", 0)
    assert [each.number for each in found.articles if each.offered] == ["A-1", "B-1"]
    assert (found.retention_policy, found.retention_days) == ("immediate", 0)
    [person] = perform(customer_setup.setup, admin, number=number).people
    assert (person.email, person.role) == ("vega@havsbris.example", "account_admin")
    assert (
        "is approved" in applying.mails(world)[-1].subject or "godkänd" in applying.mails(world)[-1].subject
    )


def test_a_sole_traders_number_becomes_no_account_number(world: World, clock: Clock, admin: Actor) -> None:
    reference = applying.received(clock, number=applying.SOLE_TRADER)
    seen = applying.sheet(admin, reference)
    assert seen.sole_trader
    assert perform(customer_setup.approve, admin, reference=reference, seen=seen.seen) == "K-00001"


def test_a_second_account_of_an_organisation_has_another_number(
    clock: Clock, admin: Actor, number: str
) -> None:
    reference = applying.received(clock, email="b@havsbris.example")
    other = perform(
        customer_setup.approve, admin, reference=reference, seen=applying.sheet(admin, reference).seen
    )
    assert other == "K-00001"


def test_opening_says_what_is_missing(admin: Actor, number: str) -> None:
    perform(customer_setup.remove_person, admin, number=number, email="VEGA@havsbris.example")
    with pytest.raises(NotYet) as refusal:
        perform(customer_setup.open_account, admin, number=number)
    assert [str(reason) for reason in refusal.value.reasons] == [
        "There is no layout to order cards in.",
        "There is no delivery address.",
        "Nobody is noted as account admin.",
    ]


def test_opening_invites_the_first_people_in_their_roles(
    world: World, admin: Actor, number: str, articles: list[UUID]
) -> None:
    fill(admin, number, articles[0])
    for email, role in (("olle@havsbris.example", "orderer"), ("pia@havsbris.example", "privacy_officer")):
        perform(customer_setup.put_person, admin, number=number, email=email, name="Olle Ek", role=role)
    assert perform(customer_setup.open_account, admin, number=number) == 3
    with world.database.transaction(SYSTEM, writes=False) as session:
        rows = session.exec(select(Invitation)).all()
    assert {(row.email, row.role) for row in rows} == {
        ("vega@havsbris.example", "account_admin"),
        ("olle@havsbris.example", "orderer"),
        ("pia@havsbris.example", "privacy_officer"),
    }
    assert "/assets/invitation/#" in outbox.opened(applying.mails(world)[-1])
    with pytest.raises(Conflict):
        perform(customer_setup.open_account, admin, number=number)
    with pytest.raises(Conflict):
        perform(customer_setup.put_person, admin, number=number, email="x@y.se", name="X", role="orderer")


def test_opening_asks_for_the_second_factor(world: World, bureau: Account, number: str) -> None:
    with pytest.raises(StepUpNeeded):
        perform(customer_setup.open_account, world.person(Role.BUREAU_ADMIN, bureau), number=number)


def test_nobody_is_invited_or_signs_in_before(world: World, admin: Actor, number: str) -> None:
    with pytest.raises(Conflict, match="once the account is open"):
        perform(
            invitations.invite_into,
            admin,
            account_number=number,
            email="v@havsbris.example",
            name="V",
            role="account_admin",
        )


@pytest.mark.parametrize(
    ("email", "role"),
    [("vega", "orderer"), ("v@havsbris.example", "bureau_admin"), ("v@havsbris.example", "own")],
)
def test_who_is_noted_is_checked(admin: Actor, number: str, email: str, role: str) -> None:
    with pytest.raises(Invalid):
        perform(customer_setup.put_person, admin, number=number, email=email, name="Vega", role=role)


def test_the_bureaus_own_people_are_kept_out(
    world: World, bureau: Account, admin: Actor, number: str
) -> None:
    clerk = world.person(Role.ORDER_DESK, bureau)
    with world.database.transaction(SYSTEM, writes=False) as session:
        email = session.get_one(User, clerk.user_id).email
    with pytest.raises(Invalid, match="staff"):
        perform(
            customer_setup.put_person, admin, number=number, email=email, name="Clerk", role="account_admin"
        )


def test_a_template_becomes_a_layout_in_which_cards_can_be_ordered(
    world: World, admin: Actor, number: str, articles: list[UUID]
) -> None:
    fill(admin, number, articles[0])
    perform(customer_setup.open_account, admin, number=number)
    orderer = world.person(Role.ORDERER, account(world, number))
    [offered] = perform(layouts.layouts_for_ordering, orderer)
    assert (offered.name, offered.price, [field.key for field in offered.fields]) == (
        "Personalkort",
        4900,
        ["name", "title", "photo"],
    )


def test_prices_are_the_accounts_own(world: World, admin: Actor, number: str, articles: list[UUID]) -> None:
    fill(admin, number, articles[0])
    perform(customer_setup.offer, admin, number=number, prices={articles[0]: 3900, articles[2]: None})
    perform(customer_setup.open_account, admin, number=number)
    orderer = world.person(Role.ORDERER, account(world, number))
    assert perform(layouts.layouts_for_ordering, orderer)[0].price == 3900
    perform(customer_setup.offer, admin, number=number, prices={articles[1]: None})
    assert perform(layouts.layouts_for_ordering, orderer) == ()


@pytest.mark.parametrize("prices", [{}, {0: -1}, {0: 10**12}, {None: 1}])
def test_an_offer_is_checked(
    admin: Actor, number: str, articles: list[UUID], prices: dict[int | None, int]
) -> None:
    wanted = {uuid4() if place is None else articles[place]: price for place, price in prices.items()}
    with pytest.raises((Invalid, NotFound)):
        perform(customer_setup.offer, admin, number=number, prices=wanted)


@pytest.mark.parametrize("new_number", ["", "x" * 21, "a b", "556~1", "åäö"])
def test_a_number_is_checked(admin: Actor, number: str, new_number: str) -> None:
    with pytest.raises(Invalid):
        perform(
            customer_setup.describe, admin, number=number, new_number=new_number, name="Havsbris", address=""
        )


def test_two_accounts_have_two_numbers(world: World, admin: Actor, number: str) -> None:
    taken = world.account().number
    with pytest.raises(Invalid, match="has this number already"):
        perform(customer_setup.describe, admin, number=number, new_number=taken, name="Havsbris", address="")


def test_how_long_data_is_kept_is_set_before_there_is_any(
    world: World, admin: Actor, number: str, articles: list[UUID]
) -> None:
    perform(customer_setup.keep_for, admin, number=number, policy="days", days=30)
    assert account(world, number).retention_days == 30
    with pytest.raises(Invalid):
        perform(customer_setup.keep_for, admin, number=number, policy="for ever", days=3)
    fill(admin, number, articles[0])
    perform(customer_setup.open_account, admin, number=number)
    with pytest.raises(Conflict):
        perform(customer_setup.keep_for, admin, number=number, policy="days", days=3000)


def test_layouts_of_a_template_are_the_accounts(
    world: World, admin: Actor, number: str, articles: list[UUID]
) -> None:
    fill(admin, number, articles[0])
    with pytest.raises(Conflict):
        perform(
            customer_setup.add_layout,
            admin,
            number=number,
            template="staff",
            article_id=articles[0],
            name="Personalkort",
        )
    with pytest.raises(Invalid):
        perform(
            customer_setup.add_layout, admin, number=number, template="none", article_id=articles[0], name="B"
        )
    with pytest.raises(NotFound):
        perform(
            customer_setup.add_layout,
            admin,
            number=number,
            template="staff",
            article_id=articles[2],
            name="B",
        )
    with world.database.transaction(SYSTEM, writes=False) as session:
        [layout] = session.exec(select(Layout)).all()
    assert layout.account_id == account(world, number).id


def test_a_layout_is_made_of_a_card_that_is_offered(admin: Actor, number: str, articles: list[UUID]) -> None:
    with pytest.raises(NotFound, match="not offered"):
        perform(
            customer_setup.add_layout,
            admin,
            number=number,
            template="access",
            article_id=articles[1],
            name="Passerkort",
        )
    fill(admin, number, articles[0])
    perform(customer_setup.offer, admin, number=number, prices={articles[1]: None})
    with pytest.raises(NotYet):
        perform(customer_setup.open_account, admin, number=number)
