"""An identity is protected while its cards are sent, printed or taken away: two connections, either first."""

import io
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier, Event
from typing import Any
from uuid import UUID

import pytest
from pypdf import PdfReader
from sqlmodel import Session, select

from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.lifecycles import Stage
from nexus_portal.domain.permissions import Role
from nexus_portal.domain.protection import Protection
from nexus_portal.models.orders import CardItem
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import (
    desk,
    ordering,
    person_package,
    persons_export,
    print_file,
    production,
    protection,
    vault,
)
from nexus_portal.services.print_file import PrintPart, PrintPlan
from nexus_portal.services.use_case import perform
from tests import ordering_helpers
from tests.bureau_helpers import WAY
from tests.canaries import canaries
from tests.identity import enrolled, quick_passwords, signed_in  # noqa: F401 - asked for by name
from tests.ordering_helpers import Desk, values_of
from tests.pdf_texts import texts
from tests.people import order_of
from tests.world import World

pytestmark = [pytest.mark.usefixtures("quick_passwords")]
WHY: dict[str, Any] = {"purpose": "request of the person"}
ROUNDS = 5
HIDDEN, OTHER = canaries(2)


@pytest.fixture
def ours(world: World) -> Desk:
    return ordering_helpers.desk(world)


@pytest.fixture
def officer(world: World, ours: Desk) -> Actor:
    return signed_in(enrolled(world, Role.PRIVACY_OFFICER, ours.account)).actor


@pytest.fixture
def sent(ours: Desk) -> list[UUID]:
    """The card items of two persons, being printed."""
    number = ours.draft([HIDDEN, OTHER])
    perform(ordering.submit, ours.orderer, number=number, key=ours.key())
    return [item.id for item in ours.items(number)]


class Rival:
    """Protects somebody at the moment when persons have been opened, as far as it is let.

    Where the database makes it wait for whoever opens, that one goes on: it came first.
    """

    def __init__(self, officer: Actor, item: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
        self.acknowledged, self._opened, self._begun = Event(), Event(), False
        self._act = lambda: perform(protection.mark, officer, item_ids=[item])
        for name in ("open_many", "photo_bytes"):
            monkeypatch.setattr(vault, name, self._noticed(getattr(vault, name)))

    def _noticed(self, opens: Callable[..., Any]) -> Callable[..., Any]:
        def noticed(session: Session, actor: Actor, asked: Any, *more: Any) -> Any:
            found = opens(session, actor, asked, *more)
            if actor.signed_in and not self._begun:
                self._begun = True
                self._opened.set()
                self.acknowledged.wait(0.7)
            return found

        return noticed

    def race(self, take: Callable[[], str]) -> str:
        """What was taken after the protection was acknowledged; all of it where that came later."""

        def mark() -> None:
            assert self._opened.wait(20)
            self._act()
            self.acknowledged.set()

        with ThreadPoolExecutor(1) as pool:
            marking = pool.submit(mark)
            taken = take()
            marking.result(20)
        return taken


def late(rival: Rival, parts: Any) -> str:
    """What arrives once the protection is acknowledged."""
    return "".join(repr(part) for part in parts if rival.acknowledged.is_set())


def exported(officer: Actor) -> Any:
    taken = perform(persons_export.begin, officer, form="csv", **WHY)
    return persons_export.rows(officer, taken)


def test_who_is_marked_while_an_export_opens_them_is_not_in_it(
    officer: Actor, sent: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert HIDDEN.name in repr(list(exported(officer)))
    rows = exported(officer)
    rival = Rival(officer, sent[0], monkeypatch)
    taken = rival.race(lambda: late(rival, rows))
    assert OTHER.name in taken
    assert HIDDEN.name not in taken


def test_who_is_marked_while_their_package_is_made_is_not_in_it(
    officer: Actor, sent: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"item_ids": sent[:1], "language": "en", **WHY}
    files = person_package.files(officer, perform(person_package.begin, officer, **asked))
    rival = Rival(officer, sent[0], monkeypatch)
    taken = rival.race(lambda: late(rival, files))
    assert "person.json" in taken
    assert HIDDEN.name not in taken
    assert b"\xff\xd8".hex() not in taken
    assert ".jpg" not in taken


@pytest.mark.parametrize("before", [0, 1, 2])
def test_what_of_a_package_follows_the_mark_holds_nobody(
    officer: Actor, sent: list[UUID], before: int
) -> None:
    asked = {"item_ids": sent[:1], "language": "en", **WHY}
    files = person_package.files(officer, perform(person_package.begin, officer, **asked))
    taken = [next(files) for _ in range(before)]
    assert [name for name, _ in taken] == ["person.json", "person.pdf"][:before]
    perform(protection.mark, officer, item_ids=sent[:1])
    rest = list(files)
    assert [name for name, _ in rest if name.endswith(".jpg")] == []
    assert HIDDEN.name not in "".join(said(name, data) for name, data in rest)


def said(name: str, data: bytes) -> str:
    if name.endswith(".pdf"):
        return "".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
    return data.decode()


@dataclass
class Printing:
    """A batch at printing, and what its print file is to hold."""

    operator: Actor
    batch: str
    plan: PrintPlan

    def parts(self) -> Iterator[PrintPart]:
        return print_file.parts(self.operator, number=self.batch, plan=self.plan)


@pytest.fixture
def printing(world: World, ours: Desk, sent: list[UUID]) -> Printing:
    assert sent
    bureau = world.bureau()
    operator = world.person(Role.PRODUCTION_OPERATOR, bureau)
    perform(desk.accept, world.person(Role.ORDER_DESK, bureau), number="2026-00001")
    batch = perform(production.make_batch, operator, layout_id=ours.layout.id, limit=9, key=ours.key())
    for stage in WAY[:2]:
        perform(production.advance, operator, number=batch, to=stage)
    return Printing(operator, batch, perform(print_file.plan, operator, number=batch, printer="Standard"))


def test_who_is_marked_between_the_deciding_and_the_opening_is_left_out(
    officer: Actor, sent: list[UUID], printing: Printing
) -> None:
    rows, pages = exported(officer), printing.parts()
    perform(protection.mark, officer, item_ids=sent[:1])
    for taken in (repr(list(rows)), "".join(text for made in pages for text in texts(made.pdf))):
        assert HIDDEN.name not in taken
        assert OTHER.name in taken


def test_who_is_marked_while_their_card_is_drawn_is_not_in_the_print_file(
    officer: Actor, sent: list[UUID], printing: Printing, monkeypatch: pytest.MonkeyPatch
) -> None:
    rival = Rival(officer, sent[0], monkeypatch)

    def take() -> str:
        pages: list[str] = []
        for made in printing.parts():
            pages += texts(made.pdf) if rival.acknowledged.is_set() else []
        return "".join(pages)

    assert HIDDEN.name not in rival.race(take)


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_who_is_marked_while_another_card_of_theirs_is_ordered_is_protected_on_both(
    ours: Desk, officer: Actor, round_: int
) -> None:
    assert round_ < ROUNDS
    known = order_of(ours.world, ours.orderer, values_of(HIDDEN), values_of(OTHER), layout=ours.layout)
    with ours.world.database.transaction(SYSTEM) as session:
        for item in known.items:  # came back and was destroyed: another card may be ordered
            session.get_one(CardItem, item).stage = Stage.DESTROYED
    sent, draft = known.items, ours.draft([HIDDEN])
    together = Barrier(2)

    def at_once(act: Callable[[], object]) -> object:
        together.wait()
        return act()

    acts: Sequence[Callable[[], object]] = (
        lambda: perform(protection.mark, officer, item_ids=sent[:1]),
        lambda: perform(ordering.submit, ours.orderer, number=draft, key="sent"),
    )
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(at_once, acts))
    assert protections(ours, [sent[0], ours.items(draft)[0].id]) == [Protection.IN_FORCE] * 2
    assert protections(ours, sent[1:]) == [Protection.NONE]


def protections(ours: Desk, items: list[UUID]) -> list[int]:
    with ours.world.database.transaction(SYSTEM, writes=False) as session:
        found = dict(session.exec(select(HolderRecord.item_id, HolderRecord.protection)).all())
    return [found[item] for item in items]
