"""Marking a person as protected while ordering: by form, by spreadsheet, by the holder's own answer."""

import pytest
from sqlmodel import select

from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.column_mapping import protected_column
from nexus_portal.domain.protection import Protection, is_yes
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import (
    draft_mending,
    draft_single,
    holder_asking,
    holder_door,
    import_reading,
    import_run,
    ordering,
)
from nexus_portal.services.draft_single import CardForm
from nexus_portal.services.holder_door import Answer
from nexus_portal.services.import_run import Sent
from nexus_portal.services.use_case import perform
from tests import ordering_helpers
from tests.ordering_helpers import PHOTO, Desk, values_of
from tests.samples import HEADERS, csv_bytes, people
from tests.world import World

ONE, TWO = people(2)


@pytest.fixture
def ours(world: World) -> Desk:
    """Somebody who orders."""
    return ordering_helpers.desk(world)


def marks(ours: Desk, number: str) -> list[int]:
    ids = [item.id for item in ours.items(number)]
    with ours.world.database.transaction(SYSTEM, writes=False) as session:
        found = {row.item_id: row.protection for row in session.exec(select(HolderRecord)).all()}
    return [found[each] for each in ids]


def test_the_form_marks_and_unmarks_until_the_order_is_sent(ours: Desk) -> None:
    form = CardForm(values=values_of(ONE), photo=PHOTO, protected=True)
    kept = perform(draft_single.keep_form, ours.orderer, form=form, layout_id=ours.layout.id, key=ours.key())
    assert marks(ours, kept.number) == [Protection.ASKED]
    item = ours.item(kept.number)
    assert ours.view(kept.number).rows.rows[0].protected
    for protected, mark in ((None, Protection.ASKED), (False, Protection.NONE), (True, Protection.ASKED)):
        perform(
            draft_mending.mend_row, ours.orderer, item_id=item, values=values_of(ONE), protected=protected
        )
        assert marks(ours, kept.number) == [mark]
    perform(ordering.submit, ours.orderer, number=kept.number, key=ours.key())
    assert marks(ours, kept.number) == [Protection.IN_FORCE]


def test_a_column_of_the_spreadsheet_marks_rows(ours: Desk) -> None:
    rows = [(*ONE.cells, "Ja"), (*TWO.cells, "nej")]
    sheet = csv_bytes([(*HEADERS, "Skyddad identitet"), *rows])
    sent = Sent(
        files=import_run.keep({"spreadsheet": sheet, "photos": None}),
        layout_id=ours.layout.id,
        key=ours.key(),
    )
    number = import_run.accept(ours.orderer, sent=sent)
    import_reading.read_due()
    assert marks(ours, number) == [Protection.ASKED, Protection.NONE]


def test_a_column_that_fills_a_field_marks_nobody() -> None:
    headers = ["Namn", "Sekretess"]
    assert protected_column(headers, {0: "name"}) == 1
    assert protected_column(headers, {0: "name", 1: "note"}) is None
    assert protected_column(["Namn", "Avdelning"], {0: "name"}) is None


@pytest.mark.parametrize(
    ("cell", "marked"),
    [("ja", True), ("X", True), ("1", True), ("sekretess", True), ("", False), ("Nej", False), ("0", False)],
)
def test_what_is_no_plain_no_marks(cell: str, marked: bool) -> None:  # noqa: FBT001 - a parameter of a test
    assert is_yes(cell) is marked


def test_the_holder_says_so_by_the_link(ours: Desk) -> None:
    asked = {"key": "k", "layout_id": ours.layout.id, "people": f"{ONE.name} <hem@hemma.example>"}
    number = perform(holder_asking.ask, ours.orderer, **asked).number
    item = ours.item(number)
    secret = perform(holder_asking.copy_link, ours.orderer, item_id=item).link.partition("#")[2]
    answer = Answer(values=values_of(ONE), photo=PHOTO, protected=True)
    assert not holder_door.send(secret, answer, address="192.0.2.1")
    assert marks(ours, number) == [Protection.ASKED]
