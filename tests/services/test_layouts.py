"""Layouts on offer, and spreadsheets that fit them."""

import io

import openpyxl
import pytest

from nexus_portal.adapters import spreadsheets
from nexus_portal.domain import column_mapping
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import NotFound
from nexus_portal.models.layouts import Article, Layout
from nexus_portal.services import layouts
from nexus_portal.services.layouts import Kind, LayoutRow
from nexus_portal.services.use_case import perform
from tests.ordering_helpers import FIELDS, Desk, desk
from tests.samples import saved
from tests.world import World


@pytest.fixture
def orders(world: World) -> Desk:
    return desk(world)


def offered(orders: Desk) -> tuple[LayoutRow, ...]:
    return perform(layouts.layouts_for_ordering, orders.orderer)


def template(orders: Desk, kind: Kind, language: str) -> bytes:
    return perform(layouts.template, orders.orderer, layout_id=orders.layout.id, kind=kind, language=language)


def test_the_newest_version_of_each_layout_of_the_account_is_offered(orders: Desk) -> None:
    desk(orders.world)
    with orders.world.database.transaction(SYSTEM) as session:
        first = session.get_one(Layout, orders.layout.id)
        newer = Layout(**{**first.model_dump(), "id": orders.account.id, "version": 2})
        session.add(newer)
    [layout] = offered(orders)
    assert (layout.version, layout.id) == (2, str(orders.account.id))
    assert layout.photo_field
    assert layout.photo_field.key == "photo"


@pytest.mark.parametrize("table", [Layout, Article])
def test_what_is_withdrawn_is_not_offered(orders: Desk, table: type) -> None:
    with orders.world.database.transaction(SYSTEM) as session:
        session.get_one(Layout, orders.layout.id).active = table is not Layout
        session.get_one(Article, orders.layout.article_id).active = table is not Article
    assert offered(orders) == ()
    with pytest.raises(NotFound, match="no longer offered"):
        template(orders, "csv", "en")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize(("language", "label"), [("en", "label_en"), ("sv", "label_sv")])
def test_a_filled_template_is_read_back_without_choosing_columns(
    orders: Desk, kind: Kind, language: str, label: str
) -> None:
    empty = template(orders, kind, language)
    cells = ["Åsa Berg", "19640823-3234", "1.jpg", "Ekonomi"]
    if kind == "csv":
        filled = empty + ";".join(cells).encode() + b"\r\n"
    else:
        book = openpyxl.load_workbook(io.BytesIO(empty))
        book.active.append(cells)
        filled = saved(book)
    sheet = spreadsheets.read(filled)
    assert list(sheet.headers) == [field[label] for field in FIELDS]
    mapping = column_mapping.suggest(sheet.headers, offered(orders)[0].fields)
    assert mapping == dict(enumerate(field["key"] for field in FIELDS))
    assert [row.cells for row in sheet.rows] == [tuple(cells)]


def test_a_workbook_template_explains_its_columns_and_holds_no_formula(orders: Desk) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(template(orders, "xlsx", "en"))).active
    assert sheet is not None
    notes = [cell.comment.text for cell in sheet[1] if cell.comment]
    assert "Needed on every card.\nAt most 40 characters." in notes[0]
    assert "Tells holders of the same name apart." in notes[1]
    assert "One of: Ekonomi, Växeln, Slöjdsalen." in notes[3]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s"}
    assert sheet.column_dimensions["B"].number_format == "@"
