"""After erasing, a search of everything that a served portal keeps anywhere finds nobody.

Persons come by a spreadsheet and by the file server's inbox, are shown in tabs that stay open and in tabs
that close, exported and packaged; two workers serve them on PostgreSQL and Redis.
"""

import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast
from uuid import uuid4

import psycopg
import pytest
from redis import Redis
from sqlmodel import col, select

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.file_drops import Folder
from nexus_portal.domain.numbers import order_number
from nexus_portal.domain.permissions import Role
from nexus_portal.models.inbox import FileRules
from nexus_portal.models.orders import Order
from nexus_portal.services import billing, desk, file_uploads, ordering, production
from nexus_portal.services.file_sending import Begin
from nexus_portal.services.file_uploads import Sender
from nexus_portal.services.use_case import perform
from tests import ordering_helpers, samples
from tests.bureau_helpers import WAY
from tests.canaries import canaries, contents, everything_stored, secrets_of, ship, traces
from tests.e2e.wire import STATE, Client, Tab
from tests.identity import enrolled
from tests.inbox_helpers import sheet
from tests.ordering_helpers import Desk
from tests.samples import Person
from tests.served.portal import Served
from tests.world import World

PATIENCE = 40
HYDRATE = f"{STATE}.hydrate"
ORDER = f"{STATE}.nexus_portal___state___order____order_state"
ORDERS = f"{STATE}.nexus_portal___state___orders____order_history_state"
PEOPLE = f"{STATE}.nexus_portal___state___people____people_state"


@dataclass
class Stage:
    """Who acts, with which tabs, and where everything lies."""

    served: Served
    ours: Desk
    orderer: Client
    officer: Client
    staff: dict[Role, Actor]
    redis: Redis
    cluster: tuple[str, Path]
    tabs: list[Tab] = field(default_factory=list[Tab])
    closed: list[tuple[Client, str]] = field(default_factory=list[tuple[Client, str]])

    @property
    def world(self) -> World:
        """Its database."""
        return self.ours.world

    def orders(self) -> list[Order]:
        """What was ordered, the oldest first."""
        with self.world.database.transaction(SYSTEM, writes=False) as session:
            return list(session.exec(select(Order).order_by(col(Order.serial))).all())

    def states(self) -> dict[str, bytes]:
        """All that Redis holds, raw."""
        found: dict[str, bytes] = {}
        for key in cast("list[bytes]", self.redis.keys("*")):
            value = self.redis.get(key) if self.redis.type(key) == b"string" else self.redis.dump(key)
            found[key.decode()] = cast("bytes", value or b"")
        return found

    def postgresql(self) -> bytes:
        """The files of the server, its log of changes included, once it has written and cleaned up."""
        with psycopg.connect(self.cluster[0], dbname="portal", autocommit=True) as server:
            server.execute("VACUUM")
            server.execute("CHECKPOINT")
        return contents(self.cluster[1])


@pytest.fixture
def stage(served: Served, world: World, redis_url: str, cluster: tuple[str, Path]) -> Iterator[Stage]:
    ours = ordering_helpers.desk(world)
    bureau = world.bureau()
    orderer = enrolled(world, Role.ORDERER, ours.account)
    officer = enrolled(world, Role.PRIVACY_OFFICER, ours.account)
    ours.orderer = orderer.actor
    roles = (Role.ORDER_DESK, Role.PRODUCTION_OPERATOR, Role.SHIPPING, Role.BILLING)
    staff = {role: world.person(role, bureau) for role in roles}
    first, second = (Client(served).sign_in(served.reader(person)) for person in (orderer, officer))
    with Redis.from_url(redis_url) as redis:
        yield Stage(served, ours, first, second, staff, redis, cluster)
    first.close()
    second.close()


def wait_for(what: Callable[[], object], why: str | Callable[[], str]) -> None:
    """Until the workers have done it."""
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < deadline, why if isinstance(why, str) else why()
        time.sleep(0.3)


def order_by_spreadsheet(stage: Stage, persons: list[Person]) -> None:
    """Sent by a form with their photos, read by a worker, ordered."""
    answer = stage.orderer.http.post(
        "/imports",
        data={
            "csrf": stage.orderer.csrf(),
            "layout": str(stage.ours.layout.id),
            "key": stage.ours.key(),
        },
        files={"spreadsheet": ("list", sheet(persons)), "photos": ("photos", samples.photos_of(persons))},
        headers={"origin": stage.served.url, "sec-fetch-site": "same-origin", "accept": "application/json"},
    )
    number = answer.json()["next"].removeprefix("/orders/")
    wait_for(lambda: stage.ours.view(number).ready == len(persons), "the import was not read")
    perform(ordering.submit, stage.ours.orderer, number=number, key=stage.ours.key())


def order_by_inbox(stage: Stage, persons: list[Person]) -> None:
    """Dropped with their photos into the inbox, whose rules order them."""
    with stage.world.database.transaction(SYSTEM) as session:
        rules = {"orders_as": stage.ours.orderer.user_id, "submits": True}
        session.add(FileRules(account_id=stage.ours.account.id, changed_at=clock.now(), **rules))
    sender, before = Sender(lambda: stage.ours.orderer, at_once=True), len(stage.orders())
    for name, data in (("lista.csv", sheet(persons)), ("foton.zip", samples.photos_of(persons))):
        upload = file_uploads.begin(sender, folder=Folder.INBOX, name=name, how=Begin.ANEW)
        upload.write(0, data)
        upload.close()
    wait_for(
        lambda: [each.fulfilment for each in stage.orders()[before:]] == ["submitted"],
        "the inbox was not looked after",
    )


def deliver(stage: Stage, order: Order) -> None:
    """All that the bureau does."""
    number = order_number(order.serial)
    perform(desk.accept, stage.staff[Role.ORDER_DESK], number=number)
    operator, layout = stage.staff[Role.PRODUCTION_OPERATOR], stage.ours.layout.id
    batch = perform(production.make_batch, operator, layout_id=layout, limit=10, key=stage.ours.key())
    for step in WAY:
        perform(production.advance, operator, number=batch, to=step)
    ship(stage.ours, stage.staff[Role.SHIPPING], number)
    perform(billing.invoice, stage.staff[Role.BILLING], number=number, key=stage.ours.key())


def look_at(stage: Stage, tab: Tab, order: Order, person: Person) -> None:
    """The page of an order, its persons shown."""
    number = order_number(order.serial)
    path = f"/orders/{number}"
    tab.arrive()
    tab.ask(f"{ORDER}.load", path=path)
    [item, *_] = stage.ours.items(number)
    told = tab.ask(f"{ORDER}.show", {"item": str(item.id)}, path=path)
    assert person.name in json.dumps(told, ensure_ascii=False)


def look_for(tab: Tab, person: Person) -> None:
    """The history by names, as somebody types into it."""
    tab.arrive()
    tab.ask(f"{ORDERS}.load", path="/orders")
    tab.ask(f"{ORDERS}.also_names", {"on": True}, path="/orders")
    told = tab.ask(f"{ORDERS}.narrow", {"name": "search", "value": person.name}, path="/orders")
    assert len(told[ORDERS]["rows_rx_state_"]) == 1


def find(tab: Tab, person: Person) -> None:
    """The page that finds persons, with one revealed."""
    tab.arrive()
    tab.ask(f"{PEOPLE}.load", path="/people")
    found = tab.ask(f"{PEOPLE}.search", {"form": {"who": person.name}}, path="/people")
    [row] = found[PEOPLE]["rows_rx_state_"]
    tab.ask(f"{PEOPLE}.ask", {"item": row["item_id"], "code": row["code"]}, path="/people")
    shown = tab.ask(f"{PEOPLE}.reveal", {"form": {"purpose": "lost card"}}, path="/people")
    assert person.name in json.dumps(shown, ensure_ascii=False)


def see_and_take(stage: Stage, opened: ExitStack, persons: list[Person]) -> None:
    """Every page that shows them, in a tab that stays open and in one that closes; files besides."""
    first, second = stage.orders()
    looks: list[tuple[Client, Callable[[Tab], None]]] = [
        (stage.orderer, lambda tab: look_at(stage, tab, first, persons[0])),
        (stage.orderer, lambda tab: look_at(stage, tab, second, persons[2])),
        (stage.officer, lambda tab: look_for(tab, persons[1])),
        (stage.officer, lambda tab: find(tab, persons[0])),
    ]
    for client, look in looks:
        stage.tabs.append(opened.enter_context(client.tab()))
        look(stage.tabs[-1])
        token = str(uuid4())
        stage.closed.append((client, token))
        with client.tab(token) as closing:
            look(closing)
    asked = {"kind": "csv", "purpose": "request of the person"}
    taken = stage.officer.post("/orders/persons", asked)
    assert persons[0].name in taken.content.decode("utf-8-sig")
    items = [str(item.id) for item in stage.ours.items(order_number(first.serial))][:1]
    asked = {"items": items[0], "purpose": "request of the person", "language": "en"}
    package = stage.officer.post("/people/package", asked)
    assert any("json" in name for name in zipfile.ZipFile(io.BytesIO(package.content)).namelist())
    assert stage.orderer.http.get(f"/photos/{items[0]}").headers["content-type"] == "image/jpeg"


def test_after_erasing_nobody_is_found_anywhere(stage: Stage) -> None:
    persons = canaries(3)
    order_by_spreadsheet(stage, persons[:2])
    order_by_inbox(stage, persons[2:])
    for order in stage.orders():
        deliver(stage, order)
    secrets = [secret for order in stage.orders() for secret in secrets_of(stage.world.database, order.id)]
    with ExitStack() as opened:
        see_and_take(stage, opened, persons)
        # The search would find them: the tabs that are open show them, and what is kept is kept sealed.
        assert {person.name for person in persons} <= {
            trace for person in persons for trace in traces(person, b"".join(stage.states().values()))
        }
        kept = everything_stored(stage.world, stage.served.data_dir)
        assert [secret in kept for secret in secrets].count(True) > len(secrets) // 2
        for order in stage.orders():
            answer = stage.officer.post(f"/orders/{order_number(order.serial)}/erase", {})
            assert answer.status_code == 303
        assert [order.personal_data for order in stage.orders()] == ["erased", "erased"]
        wait_for(lambda: not holding(stage, persons), lambda: f"{holding(stage, persons)} hold somebody")
        told = [json.dumps(tab.ask(HYDRATE), ensure_ascii=False) for tab in stage.tabs]
        for client, token in stage.closed:
            with client.tab(token) as again:
                told.append(json.dumps(again.ask(HYDRATE), ensure_ascii=False))
        assert found(persons, "".join(told).encode()) == []
    kept = everything_stored(stage.world, stage.served.data_dir) + b"".join(stage.states().values())
    everywhere = kept + stage.postgresql() + stage.served.log.read_bytes()
    assert found(persons, everywhere) == []
    assert [secret for secret in secrets if secret in kept] == []


def holding(stage: Stage, persons: list[Person]) -> list[str]:
    """The keys in Redis that hold any of them."""
    return [key for key, value in stage.states().items() if found(persons, value)]


def found(persons: list[Person], haystack: bytes) -> list[str]:
    """Whoever is there, by name or number."""
    return [trace for person in persons for trace in traces(person, haystack)]
