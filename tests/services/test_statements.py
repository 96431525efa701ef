"""No query in a loop: a page sends as many statements for thirty rows as for two, and few."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.permissions import Role, is_bureau_role
from nexus_portal.services import (
    account,
    addresses,
    audit,
    billing,
    billing_lists,
    card_page,
    cards,
    desk,
    documents,
    factor_resets,
    history,
    history_choices,
    holder_asking,
    holder_review,
    invitations,
    layouts,
    layouts_editing,
    order_again,
    order_data,
    order_details,
    order_items,
    order_page,
    order_sheet,
    order_story,
    ordering,
    outbox_list,
    overview,
    people,
    production_lists,
    saved_views,
    shipping_lists,
    team,
    team_review,
    team_roles,
    tracking,
)
from nexus_portal.services.history_wanted import Wanted
from nexus_portal.services.use_case import perform
from tests import ordering_helpers
from tests.bureau_helpers import House, house
from tests.growing import IN_ORDERS, grow
from tests.ordering_helpers import staff
from tests.people import order_of
from tests.statements import sent
from tests.world import Clock, World

Read = Callable[[], Any]
Reads = dict[str, tuple[int, Read]]
"""What a page reads, by a name, with how many statements are enough for it."""


def counted(world: World, reads: Reads) -> dict[str, int]:
    """How many statements each takes."""
    found: dict[str, int] = {}
    for name, (_, read) in reads.items():
        with sent(world.database) as statements:
            read()
        found[name] = len(statements)
    return found


def hold(world: World, reads: Reads, more: Callable[[], object]) -> None:
    """What is read takes no more statements when there is more of it, and no more than are enough."""
    for _, read in reads.values():
        read()  # the first entry of an account's log takes longer, and so does the first of a cached text
    few = counted(world, reads)
    more()
    many = counted(world, reads)
    assert many == few
    assert {name: count for name, count in many.items() if count > reads[name][0]} == {}


@pytest.fixture
def home(world: World) -> House:
    """A house with an order in each place that a list of the bureau's looks for."""
    home = house(world)
    home.order(1)
    home.delivered(1)
    unpaid = home.delivered(2)
    perform(billing.invoice, home.biller, number=unpaid, key=home.key())
    home.shipped(1)
    home.pack(home.produced(1))
    home.produced(1)
    home.accepted(1)
    home.batch()
    home.accepted(1)
    return home


def _as(actor: Actor) -> Callable[..., Read]:
    def read(use_case: Callable[..., Any], **given: Any) -> Read:
        return lambda: perform(use_case, actor, **given)

    return read


def test_an_order_and_its_papers(home: House, world: World) -> None:
    number = perform(history.orders, home.orderer, wanted=Wanted(billing="invoiced")).rows[0].number
    papers = perform(order_details.details, home.orderer, number=number).documents
    paper, parcel = (
        next(each.number for each in papers if each.kind == kind) for kind in ("invoice", "shipment")
    )
    card = perform(order_items.items, home.orderer, number=number).rows[0].card
    ours, theirs, item = _as(home.orderer), _as(home.desk), home.items(number)[0].id
    reads: Reads = {
        "details": (8, ours(order_details.details, number=number)),
        "items": (6, ours(order_items.items, number=number)),
        "way": (3, ours(order_items.way, item_id=item)),
        "happenings": (6, ours(order_story.happenings, number=number)),
        "held": (6, ours(order_data.held, number=number)),
        "all of its page": (24, ours(order_page.whole_order, number=number)),
        "confirmation": (6, ours(documents.confirmation, number=number)),
        "delivery note": (6, ours(documents.delivery_note, number=parcel)),
        "invoice": (6, ours(documents.invoice, number=paper)),
        "card": (8, ours(card_page.card_details, number=card)),
        "order sheet": (10, theirs(order_sheet.order_sheet, number=number)),
    }
    hold(world, reads, lambda: grow(world.database, *IN_ORDERS, "transitions", times=14))


def test_lists_of_a_customer(home: House, world: World, clock: Clock) -> None:
    clock.forward(timedelta(days=4 * 365))
    ours = _as(home.orderer)
    perform(saved_views.keep, home.orderer, name="Newest", query={}, columns=())
    reads: Reads = {
        "history": (2, ours(history.orders)),
        "filtered": (4, ours(history.orders, wanted=Wanted(fulfilment="delivered", sort="-changed"))),
        "filtered twice": (4, ours(history.orders, wanted=Wanted(billing="unbilled", cost_centre="4711"))),
        "searched by number": (6, ours(history.orders, wanted=Wanted(search="2026"))),
        "searched by word": (6, ours(history.orders, wanted=Wanted(search="471 4711"))),
        "choices": (3, ours(history_choices.choices)),
        "views": (2, ours(saved_views.views)),
        "tracking": (4, ours(tracking.moving)),
        "tracking one stage": (4, ours(tracking.moving, stage="delivered")),
        "register": (10, ours(cards.register)),
        "expiring": (7, ours(order_again.expiring, days=730)),
        "open drafts": (2, ours(order_again.open_drafts)),
        "layouts": (2, ours(layouts.layouts_for_ordering)),
    }
    grown = ("users", "articles", "layouts", "orders", *IN_ORDERS, "transitions", "saved_views")
    grow(world.database, *grown)
    hold(world, reads, lambda: grow(world.database, *grown, times=6))


def test_lists_of_the_bureau(home: House, world: World) -> None:
    bureau = world.bureau()
    desk_, shop, parcels, bills = (_as(who) for who in (home.desk, home.operator, home.shipper, home.biller))
    admin = _as(world.person(Role.BUREAU_ADMIN, bureau))
    designer = _as(world.person(Role.LAYOUT_DESIGNER, bureau))
    batch = perform(production_lists.batches, home.operator).rows[0].number
    parcel = perform(shipping_lists.shipments, home.shipper).rows[0].number
    reads: Reads = {
        "inbox": (4, desk_(desk.inbox)),
        "queue": (4, shop(production_lists.queue)),
        "batches": (9, shop(production_lists.batches)),
        "batch": (8, shop(production_lists.batch, number=batch)),
        "to pack": (6, parcels(shipping_lists.to_pack)),
        "shipments": (4, parcels(shipping_lists.shipments)),
        "parcel": (9, parcels(shipping_lists.parcel, number=parcel)),
        "to invoice": (7, bills(billing_lists.to_invoice)),
        "to settle": (4, bills(billing_lists.to_settle)),
        "invoices": (7, bills(billing_lists.invoices)),
        "layouts": (4, designer(layouts_editing.all_layouts)),
        "mails": (3, admin(outbox_list.mails)),
        "resets": (3, admin(factor_resets.waiting)),
    }
    grown = ("accounts", "users", "articles", "layouts", "orders", *IN_ORDERS, "transitions")
    grow(world.database, *grown)
    hold(world, reads, lambda: grow(world.database, *grown, times=6))


def test_the_team_and_the_addresses(home: House, world: World) -> None:
    admin = world.person(Role.ACCOUNT_ADMIN, home.customer, stepped_up=True)
    perform(team_roles.create, admin, name="Help", permissions=["orders:read"])
    perform(invitations.invite, admin, email="new@x.example", name="New", role="orderer")
    perform(addresses.add_address, admin, name="Home", address="Street 1")
    ours = _as(admin)
    reads: Reads = {
        "team": (6, ours(team.team)),
        "review": (8, ours(team_review.review)),
        "confirmations": (2, ours(team_review.confirmations)),
        "roles": (5, ours(team_roles.matrix)),
        "addresses": (3, ours(addresses.addresses)),
        "audit": (2, ours(audit.events)),
        "own account": (5, ours(account.own)),
    }
    grown = ("users", "own_roles", "memberships", "invitations", "delivery_addresses")
    hold(world, reads, lambda: grow(world.database, *grown, times=14))


def test_the_overview_of_each_role(home: House, world: World) -> None:
    bureau = world.bureau()

    def read(role: Role) -> Read:
        return _as(world.person(role, bureau if is_bureau_role(role) else home.customer))(overview.overview)

    reads: Reads = {role.value: (8, read(role)) for role in Role if role is not Role.OWN}
    hold(world, reads, lambda: grow(world.database, "orders", *IN_ORDERS, "transitions", times=2))


def test_drafts(world: World) -> None:
    ours = ordering_helpers.desk(world)
    number = ours.draft(staff(1), photo=None)
    reads: Reads = {"draft": (20, lambda: ours.view(number))}
    hold(world, reads, lambda: ours.add(number, staff(50)[1:], photo=None))


def test_a_submitted_draft(world: World) -> None:
    """An event over a whole draft: as many statements for fifty rows as for one."""
    ours = ordering_helpers.desk(world)
    taken: list[int] = []
    for persons in (staff(1), staff(2)[1:], staff(52)[2:]):
        number = ours.draft(persons)
        with sent(world.database) as statements:
            perform(ordering.submit, ours.orderer, number=number, key=ours.key())
        taken.append(len(statements))
    assert taken[1] == taken[2] < 30  # the account's first entry in its log takes two more


def test_those_who_were_asked(world: World) -> None:
    ours = ordering_helpers.desk(world)
    asked = partial(perform, holder_asking.ask, ours.orderer)
    two = "a1@x.example, b1@x.example"
    number = asked(key=ours.key(), people=two, layout_id=ours.layout.id).number
    reads: Reads = {"asked": (13, _as(ours.orderer)(holder_review.asked, number=number))}
    many = ", ".join(f"p{n}@x.example" for n in range(30))
    hold(world, reads, lambda: asked(key=ours.key(), people=many, number=number))


def test_people_who_are_found(world: World) -> None:
    customer = world.account()
    orderer, officer = (world.person(role, customer) for role in (Role.ORDERER, Role.PRIVACY_OFFICER))
    layout = world.layout(customer)

    def order(count: int) -> None:
        persons = [{"name": "Astrid Lind", "personal_number": each.personal_number} for each in staff(count)]
        order_of(world, orderer, *persons, layout=layout)

    order(2)
    reads: Reads = {"search": (12, _as(officer)(people.search, text="Lind"))}
    hold(world, reads, lambda: order(30))
